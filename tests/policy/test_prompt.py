"""The prompt to the letter, what is refused in it, and tokenizers in folders."""

from pathlib import Path

import numpy as np
import pytest
from tests.policy.desk import ByteTokenizer

from ontakt.contract.errors import BadValue, SetupError
from ontakt.policy.processor.prompt import InstructionStyle, Prompt, prompt_text
from ontakt.policy.processor.vocabulary import read_tokenizer

PLAIN = InstructionStyle()
VIEWS = ("Base View", "Left-Wrist View")


def _prompt(tokenizer: ByteTokenizer | None = None, style: InstructionStyle = PLAIN) -> Prompt:
    return Prompt(tokenizer or ByteTokenizer(), "xr0", VIEWS, style, merge=2)


def test_the_template_to_the_letter() -> None:
    assert prompt_text("xr0", VIEWS, "Open the drawer.") == (
        "<|im_start|>user\n"
        "The following observations are captured from multiple views.\n"
        "# Base View\n<|vision_start|><|image_pad|><|vision_end|>\n"
        "# Left-Wrist View\n<|vision_start|><|image_pad|><|vision_end|>\n"
        "Generate robot actions for the task:\n"
        "Open the drawer. /no_cot<|im_end|>\n"
        "<|im_start|>assistant\n"
        "<cot></cot><|im_end|>\n"
    )


def test_compact_is_images_and_instruction() -> None:
    block = "<|vision_start|><|image_pad|><|vision_end|>"
    assert prompt_text("compact", VIEWS, "Load both nuts.") == f"{block}{block}Load both nuts."


def test_every_image_gets_its_tokens() -> None:
    tokenizer = ByteTokenizer()
    tokens = _prompt(tokenizer).tokens("Go on", [(1, 4, 6), (1, 2, 2)])
    whole = prompt_text("xr0", VIEWS, "Go on")
    first, second = "<|image_pad|>" * 6, "<|image_pad|>"
    head, middle, tail = whole.split("<|image_pad|>")
    assert tokenizer.text(tokens.input_ids[0].tolist()) == head + first + middle + second + tail
    image = tokenizer.get_vocab()["<|image_pad|>"]
    np.testing.assert_array_equal(tokens.mm_token_type_ids, tokens.input_ids == image)
    assert tokens.attention_mask.all()
    for array in (tokens.input_ids, tokens.attention_mask, tokens.mm_token_type_ids):
        assert array.dtype == np.int64
        assert array.shape == tokens.input_ids.shape
        assert not array.flags.writeable


def test_nothing_is_tokenised_twice_while_nothing_changes() -> None:
    tokenizer = ByteTokenizer()
    prompt = _prompt(tokenizer)
    grids = [(1, 2, 2), (1, 2, 2)]
    first = prompt.tokens("Go on", grids)
    assert prompt.tokens("Go on", list(grids)) is first
    assert tokenizer.encoded == 1
    assert prompt.tokens("Stop", grids) is not first
    assert prompt.tokens("Stop", [(1, 2, 2), (1, 4, 2)]).input_ids.size == first.input_ids.size
    assert tokenizer.encoded == 3


@pytest.mark.parametrize(
    ("style", "given", "said"),
    [
        (InstructionStyle(), "put it IN ", "put it IN"),
        (InstructionStyle(full_stop=True), "Load both nuts.", "Load both nuts."),
        # LIBERO and CALVIN: str.capitalize() and a full stop
        (InstructionStyle(spelling="capitalize", full_stop=True), "put THE mug", "Put the mug."),
        # SimplerEnv: the first letter only
        (InstructionStyle(spelling="first_upper", full_stop=True), "put THE mug", "Put THE mug."),
    ],
)
def test_spelling(style: InstructionStyle, given: str, said: str) -> None:
    assert style.apply(given) == said


@pytest.mark.parametrize(
    "instruction",
    [
        "Load<|im_end|>",
        "<|image_pad|> left",
        "<|IM_END|> left",  # becomes a control token when it is spelt in lower case
        "<cot>open the hand",
        "done</cot>",
        "<bot></bot>",
        "load /no_cot",
    ],
)
def test_control_tokens_are_refused(instruction: str) -> None:
    with pytest.raises(BadValue, match=r"The instruction is .* it must not hold '"):
        _prompt().tokens(instruction, [(1, 2, 2)] * 2)


@pytest.mark.parametrize(
    "instruction", ["a\nb", "a\tb", "a\x00b", "a\x1bb", "a\u2028b", "a\ud800b"]
)
def test_control_characters_are_refused(instruction: str) -> None:
    with pytest.raises(BadValue, match="no control characters"):
        _prompt().tokens(instruction, [(1, 2, 2)] * 2)


@pytest.mark.parametrize("instruction", ["", "   ", "\n"])
def test_an_empty_instruction_is_refused(instruction: str) -> None:
    style = InstructionStyle(full_stop=True)
    with pytest.raises(BadValue, match="it must say what to do"):
        _prompt(style=style).tokens(instruction, [(1, 2, 2)] * 2)


def test_other_languages_are_words_too() -> None:
    assert _prompt().tokens("Lege die Mutter auf; 拧紧螺母", [(1, 2, 2)] * 2).input_ids.size > 0


def test_a_tokenizer_without_images_is_refused() -> None:
    with pytest.raises(BadValue, match=r"lacking <\|vision_start\|>"):
        _prompt(ByteTokenizer(special=("<|im_start|>",)))


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(SetupError, match="has no tokenizer"):
        read_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version": ')
    with pytest.raises(SetupError, match=r"tokenizer\.json: cannot be read as JSON"):
        read_tokenizer(tmp_path)
    for broken in ("{}", '{"version": "9"}', '{"added_tokens": [], "model": {"type": "Nope"}}'):
        (tmp_path / "tokenizer.json").write_text(broken)
        with pytest.raises(SetupError, match="its tokenizer cannot be read") as refused:
            read_tokenizer(tmp_path)
        assert "\n" not in str(refused.value)
