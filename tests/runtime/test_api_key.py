"""Proofs of a key: what they are made of, and that they tell and allow nothing else."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.runtime.api_key import PROOF_SCHEME, Proof, check_key, key_header, proof

KEY = "0123456789abcdef-a"
NONCE = "00112233445566778899aabbccddeeff"


def test_a_proof_is_the_hmac_of_time_nonce_and_path() -> None:
    told = proof(KEY, 1_700_000_000_123, NONCE, "/page")
    said = f"ontakt\n1700000000123\n{NONCE}\n/page".encode()
    digest = hmac.new(KEY.encode(), said, hashlib.sha256).hexdigest()
    assert told == f"Api-Key-Proof 1700000000123:{NONCE}:{digest}"
    assert KEY not in told
    assert key_header(KEY) == f"Api-Key {KEY}"


@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=40),
    ms=st.integers(0, 10**15 - 1),
    nonce=st.text("0123456789abcdef", min_size=32, max_size=32),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_a_proof_holds_for_its_key_its_time_its_nonce_and_its_path_alone(
    key: str, ms: int, nonce: str, path: str
) -> None:
    found = Proof.parse(proof(key, ms, nonce, path).removeprefix(f"{PROOF_SCHEME} "))
    assert found is not None
    assert (found.ms, found.nonce) == (ms, nonce)
    assert found.is_of(key, path)
    assert not found.is_of(key + "x", path)
    assert not found.is_of(key, path + "x")
    assert not Proof(ms + 1, nonce, found.digest).is_of(key, path)
    assert not Proof(ms, nonce[::-1] + "0", found.digest).is_of(key, path)


@pytest.mark.parametrize(
    "text",
    ["", "1:2:3", f"1:{NONCE}:", f"-1:{NONCE}:{'0' * 64}", f"1:{NONCE}:{'0' * 64} ", f"1:{NONCE}"],
)
def test_what_is_no_proof_is_none(text: str) -> None:
    assert Proof.parse(text) is None


@pytest.mark.parametrize("nonce", ["", "00", NONCE.upper(), NONCE + "0", "x" * 32])
def test_a_nonce_has_one_form(nonce: str) -> None:
    with pytest.raises(BadValue, match="32 lower-case hexadecimal digits"):
        proof(KEY, 0, nonce)


@pytest.mark.parametrize("key", ["", "short", "with a space inside", "umlaut-äöüäöüäöü", "x" * 257])
def test_what_cannot_be_a_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(BadValue) as refused:
        check_key(key, "here")
    assert str(refused.value) == (
        f"here is '{len(key)} characters'; a key is 16 to 256 visible ASCII characters without "
        "spaces."
    )
