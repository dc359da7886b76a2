"""The tokenizers of checkpoints, and the one learnt from the stations' own wordings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ontakt.contract.errors import MissingExtra, SetupError
from ontakt.contract.job import WORDINGS
from ontakt.policy.json_object import read_object
from ontakt.policy.processor.prompt import IMAGE, VISION_END, VISION_START, Tokenizer

SPECIAL = ("<|pad|>", VISION_START, VISION_END, IMAGE, "<|video_pad|>")
"""Ids 0 to 4 of a compact vocabulary."""
MOST = 512
"""Entries that the embedding of xr0-compact has, special tokens included."""


def compact_tokenizer(texts: Sequence[str] | None = None) -> Any:
    """A `PreTrainedTokenizerFast` of byte pairs: `SPECIAL`, one token for each of the 256 bytes,
    then the merges learnt from `texts` (the stations' `WORDINGS` when left out), at most `MOST`
    entries. The same texts give the same entries.

    It encodes any text and decodes it again exactly, so no word is unknown to it. A model answers
    wordings far from those that it learnt all the same, only badly: nothing refuses them. Raises
    MissingExtra without transformers.
    """
    try:
        from tokenizers import Tokenizer as Core
        from tokenizers.decoders import ByteLevel as Joined
        from tokenizers.models import BPE
        from tokenizers.pre_tokenizers import ByteLevel
        from tokenizers.trainers import BpeTrainer
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtra("A tokenizer", "policy") from error

    if texts is None:
        texts = [text for wordings in WORDINGS.values() for text in wordings]
    core = Core(BPE())
    core.pre_tokenizer = ByteLevel(add_prefix_space=False)
    core.decoder = Joined()
    trainer = BpeTrainer(
        vocab_size=MOST,
        special_tokens=list(SPECIAL),
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
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
