"""The tokenizers of checkpoints, and the word vocabulary of a compact model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ontakt.contract.errors import BadValue, MissingExtra, SetupError
from ontakt.policy.json_object import read_object
from ontakt.policy.processor.prompt import IMAGE, VISION_END, VISION_START, Tokenizer

SPECIAL = ("<|pad|>", VISION_START, VISION_END, IMAGE, "<|video_pad|>")
"""Ids 0 to 4 of a compact vocabulary."""
MOST = 256
"""Entries that the embedding of xr0-compact has, special tokens included."""


def compact_tokenizer(instructions: Sequence[str]) -> Any:
    """A `PreTrainedTokenizerFast` with one token for every word and mark of `instructions`, in
    alphabetical order behind `SPECIAL`.

    It has no token for an unknown word: `Prompt` refuses one and names those there are. Raises
    BadValue for more than `MOST` entries, MissingExtra without transformers.
    """
    try:
        from tokenizers import Tokenizer as Core
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtra("A tokenizer", "policy") from error

    cut = Whitespace()
    words = {word for text in instructions for word, _ in cut.pre_tokenize_str(text)}
    entries = [*SPECIAL, *sorted(words)]
    if len(entries) > MOST:
        raise BadValue(
            "Words of the instructions", len(words), f"at most {MOST - len(SPECIAL)} fit"
        )
    core = Core(WordLevel({word: k for k, word in enumerate(entries)}, unk_token="<|unknown|>"))
    core.pre_tokenizer = cut
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=SPECIAL[0],
        additional_special_tokens=list(SPECIAL[1:]),
        clean_up_tokenization_spaces=False,
    )


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the checkpoint in `folder`. Nothing is downloaded and no code of the
    checkpoint runs. Raises SetupError where there is none or it cannot be read, MissingExtra
    without transformers."""
    try:
        from transformers import AutoTokenizer, PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtra("A tokenizer", "policy") from error

    # tokenizer.json is the whole tokenizer. The other way asks config.json for the kind of model,
    # which for XR-0 is none that transformers knows.
    whole = (folder / "tokenizer.json").is_file()
    if not whole and not (folder / "vocab.json").is_file():
        raise SetupError(
            f"{folder}: has no tokenizer (tokenizer.json, or vocab.json and merges.txt)."
        )
    if whole:  # of a torn file the library would tell by an error without a kind
        read_object(folder / "tokenizer.json")
    kind = PreTrainedTokenizerFast if whole else AutoTokenizer
    try:
        tokenizer: Tokenizer = kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # tokenizers raises some without a kind
        told = " ".join(str(error).split())
        raise SetupError(f"{folder}: its tokenizer cannot be read ({told}).") from error
    return tokenizer
