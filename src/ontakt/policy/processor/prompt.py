"""The words around the images, as token ids.

The template is XR-0's, to the letter: what its server, its evaluation clients and its training data
agree on (a user's turn with one titled image per view and the task, and an answered chain of
thought that is empty).
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract.errors import BadValue

Int64 = NDArray[np.int64]
Grid = tuple[int, int, int]
Kind = Literal["xr0", "compact"]
Spelling = Literal["as_is", "capitalize", "first_upper"]

IMAGE = "<|image_pad|>"
VISION_START, VISION_END = "<|vision_start|>", "<|vision_end|>"
_BLOCK = f"{VISION_START}{IMAGE}{VISION_END}"
_CONTROL_WORDS = ("<cot>", "</cot>", "<bot>", "</bot>", "/no_cot")
"""Words that steer the model without being tokens of their own."""
_CONTROL_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's control characters, halves of characters, line and paragraph ends."""


class Tokenizer(Protocol):
    """What is used of a transformers `PreTrainedTokenizerBase`."""

    @property
    def all_special_tokens(self) -> list[str]: ...
    def get_vocab(self) -> dict[str, int]: ...
    def get_added_vocab(self) -> dict[str, int]: ...
    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...
    def save_pretrained(self, save_directory: Path) -> Any: ...


class InstructionStyle(Struct, frozen=True, kw_only=True):
    """How the benchmark that the weights were trained on spells its instructions."""

    spelling: Spelling = "as_is"
    """`capitalize`: first letter upper, all others lower; `first_upper`: others as they are."""
    full_stop: bool = False
    """Whether a full stop is put at the end; one that is there stays the only one."""

    def apply(self, instruction: str) -> str:
        """The instruction in this style, without blanks around it."""
        text = instruction.strip()
        if self.spelling == "capitalize":
            text = text.capitalize()
        elif self.spelling == "first_upper":
            text = text[:1].upper() + text[1:]
        return f"{text}." if self.full_stop and not text.endswith(".") else text


class Tokens(Struct, frozen=True, eq=False):
    """A prompt for the model, read-only arrays of shape (1, S)."""

    input_ids: Int64
    attention_mask: Int64
    """All ones: one prompt is never padded."""
    mm_token_type_ids: Int64
    """1 where an image's token stands."""


def prompt_text(kind: Kind, labels: Sequence[str], instruction: str) -> str:
    """The prompt with one `<|image_pad|>` per view; `instruction` is taken as it is.

    `compact` keeps the images' blocks and the instruction and leaves out the words that never
    change: a small model has no use for them.
    """
    if kind == "compact":
        return _BLOCK * len(labels) + instruction
    views = "".join(f"# {label}\n{_BLOCK}\n" for label in labels)
    return (
        "<|im_start|>user\n"
        "The following observations are captured from multiple views.\n"
        f"{views}"
        "Generate robot actions for the task:\n"
        f"{instruction} /no_cot<|im_end|>\n"
        "<|im_start|>assistant\n"
        "<cot></cot><|im_end|>\n"
    )


class Prompt:
    """Makes the prompts of one embodiment. The last one is kept: while the job and the images'
    sizes stay the same, nothing is tokenised.

    Raises BadValue for a tokenizer that does not know the tokens around an image.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        kind: Kind,
        labels: Sequence[str],
        style: InstructionStyle,
        merge: int,
    ) -> None:
        self._tokenizer, self._kind, self._style = tokenizer, kind, style
        self._labels, self._merge = tuple(labels), merge
        vocabulary = tokenizer.get_vocab()
        for token in (VISION_START, IMAGE, VISION_END):
            if token not in vocabulary:
                raise BadValue("The tokenizer's vocabulary", f"lacking {token}", "XR-0 needs it")
        self._image = vocabulary[IMAGE]
        added = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab(), *_CONTROL_WORDS}
        self._refused = sorted({token.casefold() for token in added if token.strip()})
        self._last: tuple[tuple[str, tuple[Grid, ...]], Tokens] | None = None

    def tokens(self, instruction: str, grids: Sequence[Grid]) -> Tokens:
        """The prompt for `instruction` and images of `grids`, patches by time, height and width.

        Raises BadValue for an instruction that is empty, holds control characters or a control
        token in any spelling. No word is refused: a wording far from those that a model learnt is
        answered badly.
        """
        key = (instruction, tuple(grids))
        if self._last is None or self._last[0] != key:
            self._last = (key, self._make(instruction, key[1]))
        return self._last[1]

    def _make(self, instruction: str, grids: tuple[Grid, ...]) -> Tokens:
        text = self._checked(instruction)
        whole = prompt_text(self._kind, self._labels, text)
        ids = self._tokenizer.encode(whole, add_special_tokens=False)
        if ids.count(self._image) != len(grids):
            raise BadValue(
                "The prompt's images", ids.count(self._image), f"there are {len(grids)} views"
            )
        sizes = iter([t * h * w // self._merge**2 for t, h, w in grids])
        row = [k for token in ids for k in [token] * (next(sizes) if token == self._image else 1)]
        input_ids = np.array([row], dtype=np.int64)
        return Tokens(
            input_ids=_frozen(input_ids),
            attention_mask=_frozen(np.ones_like(input_ids)),
            mm_token_type_ids=_frozen((input_ids == self._image).astype(np.int64)),
        )

    def _checked(self, instruction: str) -> str:
        """The instruction as the prompt has it. Raises BadValue as `tokens`."""
        text = self._style.apply(instruction)
        if not instruction.strip():
            raise BadValue("The instruction", instruction, "it must say what to do")
        for character in instruction.strip():
            if unicodedata.category(character) in _CONTROL_CATEGORIES:
                raise BadValue("The instruction", instruction, "it must hold no control characters")
        folded = f"{instruction}\n{text}".casefold()
        for token in self._refused:
            if token in folded:
                raise BadValue("The instruction", instruction, f"it must not hold {token!r}")
        return text


def _frozen(array: Int64) -> Int64:
    array.setflags(write=False)
    return array
