"""The compact tokenizer: any text and back, the same on every run, a token a station's word."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract.errors import BadValue
from ontakt.contract.job import HELD_OUT, WORDINGS, mirrored
from ontakt.policy.processor.prompt import InstructionStyle, Prompt
from ontakt.policy.processor.vocabulary import MOST, SPECIAL, compact_tokenizer, read_tokenizer
from ontakt.policy.xr0.config import XR0_COMPACT

transformers = pytest.importorskip("transformers")
TRAINED = [text for wordings in WORDINGS.values() for text in wordings]
HELD = [text for wordings in HELD_OUT.values() for text in wordings]
GRIDS = [(1, 4, 4), (1, 6, 6), (1, 6, 6)]
TOKENIZER = compact_tokenizer()


def _encode(text: str, tokenizer: Any = TOKENIZER) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def _prompt(tokenizer: Any = TOKENIZER) -> Prompt:
    return Prompt(tokenizer, "compact", ("a", "b", "c"), InstructionStyle(), merge=2)


@given(st.text() | st.sampled_from([*TRAINED, *SPECIAL, "Lege die Mutter auf; 拧紧螺母 🔩"]))
def test_any_text_comes_back(text: str) -> None:
    ids = _encode(text)
    assert TOKENIZER.decode(ids) == text
    assert max(ids, default=0) < len(TOKENIZER) <= MOST


def test_special_tokens_then_bytes_then_merges() -> None:
    assert [TOKENIZER.convert_ids_to_tokens(k) for k in range(len(SPECIAL))] == list(SPECIAL)
    assert TOKENIZER.pad_token_id == 0
    assert set(TOKENIZER.all_special_tokens) == set(SPECIAL)
    bytes_and_merges = [TOKENIZER.convert_ids_to_tokens(k) for k in range(5, len(TOKENIZER))]
    assert {len(token) for token in bytes_and_merges[:256]} == {1}
    assert min(len(token) for token in bytes_and_merges[256:]) == 2
    assert _encode("é") == [5 + bytes_and_merges.index(c) for c in ("Ã", "©")]


def test_it_fits_the_embedding() -> None:
    assert XR0_COMPACT.text["vocab_size"] == MOST
    much = compact_tokenizer([" ".join(f"w{k}x{k**3}" for k in range(MOST))])
    assert len(much) == MOST


def test_a_word_of_the_station_is_one_token() -> None:
    for text in TRAINED:
        assert len(_encode(text)) == len(re.findall(r"\w+|[^\w\s]", text)) < 24
        assert len(_encode(mirrored(text))) == len(_encode(text))


def test_held_out_wordings_are_made_of_tokens_that_were_learnt() -> None:
    learnt = {token for text in TRAINED for token in _encode(text)}
    for text in HELD:
        assert set(_encode(text)) <= learnt, text
        assert len(_encode(text)) < 24


def test_other_texts_make_another_vocabulary() -> None:
    other = compact_tokenizer(["Weld it."])
    assert len(_encode("Weld it.", other)) == 3 < len(_encode("Weld it."))


def test_every_process_learns_the_same() -> None:
    code = (
        "from ontakt.policy.processor import compact_tokenizer as made\n"
        "print(made().backend_tokenizer.to_str())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "TOKENIZERS_PARALLELISM": parallel},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for seed, parallel in (("1", "true"), ("2", "false"))
    ]
    assert told == [TOKENIZER.backend_tokenizer.to_str()] * 2


def test_a_folder_gives_it_back(tmp_path: Path) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "mibot"}')
    images = [token for n in (4, 9, 9) for token in (1, *[3] * n, 2)]
    for again in (
        transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True),
        read_tokenizer(tmp_path),
    ):
        assert again.get_vocab() == TOKENIZER.get_vocab()
        assert again.all_special_tokens == TOKENIZER.all_special_tokens
        for text in ("Load both nuts.", "Lege beide Muttern auf!"):
            tokens = _prompt(again).tokens(text, GRIDS).input_ids[0].tolist()
            assert tokens == [*images, *_encode(text)]


@pytest.mark.parametrize("text", ["", " ", "a\nb", "<|pad|>", "Load <|IMAGE_PAD|>", "go /no_cot"])
def test_what_is_no_instruction_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="The instruction is"):
        _prompt().tokens(text, GRIDS)
