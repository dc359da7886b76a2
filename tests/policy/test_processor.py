"""The processor whole: arrays for the model, targets for the robot, files, and what it refuses."""

import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.desk import ByteTokenizer, arm, observation, picture, same_targets, targets

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.contract.observation import Observation
from ontakt.contract.spaces import SIDES
from ontakt.policy.processor import (
    Processor,
    Statistics,
    VisionGeometry,
    compact_tokenizer,
    embodiments,
)

SHIPPED = {name: file.embodiment for name, file in embodiments().items()}
GEOMETRY = VisionGeometry()
MOTIONS = [*range(7), *range(14, 21)]
ACTIVE = [1 if k in MOTIONS else 0 for k in range(32)]


def _statistics(seed: int = 0, horizon: int = 10, epsilon: float = 1e-6) -> Statistics:
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=(horizon, 32)) * 0.01
    std = rng.uniform(0.01, 0.1, (horizon, 32)) * np.array(ACTIVE)
    return Statistics.of("arm", mean, std, epsilon=epsilon)


def _processor(name: str = "ontakt", **changed: Any) -> Processor:
    given: dict[str, Any] = {
        "embodiment": SHIPPED[name],
        "statistics": _statistics(),
        "tokenizer": ByteTokenizer(),
        "geometry": GEOMETRY,
    }
    return Processor(**{**given, **changed})


def _seen(processor: Processor, seed: int = 0, **changed: Any) -> Observation:
    return observation(np.random.default_rng(seed), processor.cameras, **changed)


def test_inputs_of_the_station() -> None:
    processor = _processor()
    seen = _seen(processor)
    inputs = processor.inputs(seen)
    # 96x96 becomes 256x256 by Qwen's least area: 256 patches and 64 tokens a view
    assert inputs.pixel_values.shape == (3 * 256, 1536)
    assert inputs.image_grid_thw.tolist() == [[1, 16, 16]] * 3
    assert int(inputs.mm_token_type_ids.sum()) == 3 * 64
    assert inputs.input_ids.shape == inputs.attention_mask.shape == inputs.mm_token_type_ids.shape
    assert inputs.state.shape == (1, 1, 32)
    assert inputs.action_mask.shape == (1, 10, 32)
    np.testing.assert_array_equal(inputs.action_mask[0], np.array([ACTIVE] * 10))
    assert inputs.prefix is None
    for field, kind in (
        ("input_ids", np.int64), ("attention_mask", np.int64), ("mm_token_type_ids", np.int64),
        ("image_grid_thw", np.int64), ("pixel_values", np.float32), ("state", np.float32),
        ("action_mask", np.float32),
    ):  # fmt: skip
        assert getattr(inputs, field).dtype == kind
    assert processor.horizon == 10
    assert processor.action_space.sides == SIDES
    tokenizer = processor.tokenizer
    assert isinstance(tokenizer, ByteTokenizer)
    text = tokenizer.text(inputs.input_ids[0].tolist()).replace("<|image_pad|>", "")
    assert "# Ego View\n<|vision_start|><|vision_end|>\n# Left-Wrist View" in text
    assert "Generate robot actions for the task:\nLoad both nuts. /no_cot<|im_end|>" in text


def test_inputs_of_the_compact_station() -> None:
    pytest.importorskip("transformers")
    processor = _processor(
        "ontakt-compact",
        tokenizer=compact_tokenizer(),
        geometry=VisionGeometry(temporal=1),
    )
    inputs = processor.inputs(_seen(processor))
    assert inputs.image_grid_thw.tolist() == [[1, 2, 6], [1, 6, 6], [1, 6, 6]]
    assert inputs.pixel_values.shape == (84, 768)
    assert inputs.input_ids.shape == (1, 21 + 6 + 4)


def test_the_compact_station_says_what_it_was_told_and_no_more() -> None:
    pytest.importorskip("transformers")
    processor = _processor("ontakt-compact", tokenizer=compact_tokenizer(["load it"]))
    ids = processor.inputs(_seen(processor, instruction="load it")).input_ids
    said = processor.tokenizer.encode("load it", add_special_tokens=False)
    assert ids[0].tolist() == [*(k for n in (3, 9, 9) for k in (1, *[3] * n, 2)), *said]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_embodiment_makes_inputs_and_targets(name: str) -> None:
    tokenizer: Any = ByteTokenizer()
    if name == "ontakt-compact":
        pytest.importorskip("transformers")
        tokenizer = compact_tokenizer()
    processor = _processor(name, tokenizer=tokenizer)
    seen = _seen(processor, joints=6)
    inputs = processor.inputs(seen)
    assert np.isfinite(inputs.pixel_values).all()
    assert np.abs(inputs.pixel_values).max() <= 1.0
    rows = processor.decode(np.zeros((10, 32), np.float32), seen)
    assert rows.shape == (10, processor.action_space.width)
    assert not rows.flags.writeable
    assert np.isfinite(rows).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-6]))
def test_decode_undoes_encode_and_back(seed: int, epsilon: float) -> None:
    rng = np.random.default_rng(seed)
    processor = _processor(statistics=_statistics(seed, epsilon=epsilon))
    seen = observation(rng)
    wanted = targets(rng, 10, 2)
    encoded = processor.encode_chunk(wanted, seen)
    assert encoded.dtype == np.float32
    assert not encoded[:, [k for k in range(32) if k not in MOTIONS]].any()
    # float32 carries seven digits of numbers up to a hundred deviations
    assert same_targets(processor.decode(encoded, seen), wanted, atol=1e-5)
    actions = rng.uniform(-2, 2, (10, 32)).astype(np.float32)
    # kept open, so that no opening is cut at zero
    actions[:, [6, 20]] = 4.0
    again = processor.encode_chunk(processor.decode(actions, seen), seen)
    np.testing.assert_allclose(again[:, MOTIONS], actions[:, MOTIONS], atol=2e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_prefix_is_the_committed_targets_in_the_new_frame(seed: int, length: int) -> None:
    """What was decoded at one observation and handed over at the next means the same targets."""
    rng = np.random.default_rng(seed)
    processor = _processor()
    first, second = observation(rng, processor.cameras), observation(rng, processor.cameras)
    chunk = processor.decode(rng.uniform(-2, 2, (10, 32)), first)
    committed = chunk[3 : 3 + length]
    prefix = processor.inputs(second, committed).prefix
    assert prefix is not None
    assert prefix.shape == (1, length, 32)
    assert prefix.dtype == np.float32
    np.testing.assert_array_equal(prefix[0], processor.encode_chunk(committed, second))
    assert same_targets(processor.decode(prefix[0], second), committed, atol=1e-5)


def test_no_prefix_and_an_empty_one_are_the_same() -> None:
    processor = _processor()
    assert processor.inputs(_seen(processor), np.zeros((0, 16))).prefix is None


def test_a_hand_is_never_told_to_shut_further_than_shut() -> None:
    processor = _processor()
    actions = np.zeros((10, 32))
    actions[:, [6, 20]] = -100.0
    rows = processor.decode(actions, _seen(processor))
    assert (rows[:, [7, 15]] == 0.0).all()


def _with(**changed: Any) -> Any:
    def make(processor: Processor) -> Observation:
        return msgspec.structs.replace(_seen(processor), **changed)

    return make


def _image(image: Any, name: str = "left_wrist") -> Any:
    def make(processor: Processor) -> Observation:
        seen = _seen(processor)
        return msgspec.structs.replace(seen, images={**seen.images, name: image})

    return make


def _arm(**changed: Any) -> Any:
    def make(processor: Processor) -> Observation:
        rng = np.random.default_rng(0)
        return _with(arms={"left": arm(rng), "right": arm(rng, **changed)})(processor)

    return make


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (_with(images={}), "'head' is missing, which the view 'Ego View' shows"),
        (_image(np.zeros((96, 96, 3), np.float32)), "camera 'left_wrist': type"),
        (_image(np.zeros((96, 96, 1), np.uint8)), "camera 'left_wrist': shape"),
        (_image(np.zeros((0, 0, 3), np.uint8)), "camera 'left_wrist': size"),
        (_with(instruction="Load<|im_end|>"), "The instruction"),
        (_with(instruction=""), "The instruction"),
        (_with(arms={}), "'left' is missing"),
        (_arm(position=np.array([0.0, math.nan, 0.0])), "right arm: position"),
        (_arm(quaternion=np.zeros(4)), "right arm: length of the quaternion"),
        (_arm(opening=math.nan), "right arm: opening"),
        (_arm(joints=np.array([math.nan])), "right arm: joints"),
    ],
)
def test_a_bad_observation_is_refused(make: Any, text: str) -> None:
    processor = _processor()
    with pytest.raises(BadValue, match=text):
        processor.inputs(make(processor))


def _nan_row() -> Any:
    rows = targets(np.random.default_rng(0), 3, 2)
    rows[1, 9] = math.nan
    return rows


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        (targets(np.random.default_rng(0), 11, 2), "The prefix: steps is 11; the horizon is 10"),
        (targets(np.random.default_rng(0), 3, 1), r"The prefix: shape is \(3, 8\)"),
        (np.zeros(16), r"The prefix: shape is \(16,\)"),
        (_nan_row(), r"The prefix\[1\]\[9\] is nan"),
        (np.zeros((3, 16)), "length of a quaternion of the left arm is 0.0"),
    ],
)
def test_a_bad_prefix_is_refused(prefix: Any, text: str) -> None:
    processor = _processor()
    with pytest.raises(BadValue, match=text):
        processor.inputs(_seen(processor), prefix)


def test_a_prefix_without_joints_is_refused_where_joints_are_active() -> None:
    active = [1] * 13 + [0] + [1] * 13 + [0] * 5
    moving = Statistics.of("arm", np.zeros((10, 32)), np.ones((10, 32)), active=active)
    rows = targets(np.random.default_rng(0), 3, 2)
    processor = _processor("bimanual", statistics=moving)
    with pytest.raises(BadValue, match="joint motions, which targets of a tool cannot tell"):
        processor.inputs(_seen(processor, joints=6), rows)
    still = _processor("bimanual")
    assert still.inputs(_seen(still, joints=6), rows).prefix is not None


def test_the_chunk_before_is_told_as_a_prefix_is() -> None:
    rng = np.random.default_rng(2)
    processor = _processor()
    before, now = observation(rng, processor.cameras), observation(rng, processor.cameras)
    chunk = processor.decode(rng.uniform(-2, 2, (10, 32)), before)
    found = processor.inputs(now, previous=chunk)
    assert found.prefix is None
    assert found.previous is not None
    assert found.previous.shape == (1, 10, 32)
    np.testing.assert_array_equal(found.previous[0], processor.encode_chunk(chunk, now))
    np.testing.assert_array_equal(processor.told, processor.statistics.mask)
    assert processor.takes_prefix
    assert bool((found.previous[0][processor.told == 0] == 0).all())


def test_of_the_chunk_before_joints_are_left_untold() -> None:
    active = [1] * 13 + [0] + [1] * 13 + [0] * 5
    moving = Statistics.of("arm", np.zeros((10, 32)), np.ones((10, 32)), active=active)
    rows = targets(np.random.default_rng(0), 10, 2)
    processor = _processor("bimanual", statistics=moving)
    found = processor.inputs(_seen(processor, joints=6), previous=rows).previous
    assert found is not None
    assert not processor.takes_prefix
    told = [*range(7), *range(14, 21)]
    assert np.flatnonzero(processor.told.any(axis=0)).tolist() == told
    still = _processor("bimanual", statistics=Statistics.of("arm", *np.ones((2, 10, 32))))
    assert not still.takes_prefix


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (np.zeros((10, 31)), r"Shape of the actions is \(10, 31\)"),
        (np.zeros((1, 10, 32)), "Shape of the actions"),
        (np.zeros((11, 32)), "The actions: steps is 11"),
        (np.full((10, 32), np.nan), r"The actions\[0\]\[0\] is nan"),
    ],
)
def test_bad_actions_are_refused(actions: Any, text: str) -> None:
    processor = _processor()
    with pytest.raises(BadValue, match=text):
        processor.decode(actions, _seen(processor))


def test_layouts_must_fit_the_model() -> None:
    narrow = Statistics.of("arm", np.zeros((10, 16)), np.ones((10, 16)))
    with pytest.raises(BadValue, match="Width of the action of embodiment 'ontakt' is 21"):
        _processor(statistics=narrow)
    with pytest.raises(BadValue, match="Width of the state of embodiment 'ontakt' is 25"):
        _processor(state_width=16)


# Files


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Processor]:
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("checkpoint")
    tokenizer = compact_tokenizer()
    processor = _processor("ontakt-compact", tokenizer=tokenizer)
    processor.save(folder)
    return folder, processor


@pytest.fixture
def folder(ours: tuple[Path, Processor], tmp_path: Path) -> Path:
    """A copy of our checkpoint's files."""
    return Path(shutil.copytree(ours[0], tmp_path / "copy"))


def _change(folder: Path, **changed: Any) -> None:
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_a_saved_processor_loads_as_it_was(ours: tuple[Path, Processor]) -> None:
    folder, before = ours
    after = Processor.load(folder, "arm", GEOMETRY, width=32, state_width=32)
    assert after.embodiment == before.embodiment
    seen = _seen(before)
    one, two = before.inputs(seen), after.inputs(seen)
    for field in one.__struct_fields__:
        np.testing.assert_array_equal(getattr(one, field), getattr(two, field))
    actions = np.random.default_rng(0).normal(size=(10, 32))
    np.testing.assert_array_equal(before.decode(actions, seen), after.decode(actions, seen))
    assert all(path.suffix == ".json" for path in folder.iterdir())


def test_a_released_file_needs_nothing_of_ours(folder: Path) -> None:
    rows = {"mean": np.zeros((10, 32)).tolist(), "std": np.ones((10, 32)).tolist()}
    released = {
        "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2,
        "size": {"shortest_edge": 4096, "longest_edge": 16384},
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "processor_class": "MiBotProcessor",
        "action_config": {"libero_all": rows, "droid_pt": rows},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(released))
    processor = Processor.load(folder, "libero_all", GEOMETRY)
    assert processor.embodiment.name == "libero"
    assert processor.statistics.epsilon == 0.0
    assert processor.cameras == ("agentview", "robot0_eye_in_hand")
    # the checkpoint's own bounds decide the size: 96x96 stays, and 480x640 shrinks to 96x128
    seen = Processor.load(folder, "libero_all", GEOMETRY, cameras=["a", "b"]).views(
        Observation(
            tick=0,
            utc_ns=0,
            arms={},
            images={
                "a": picture(np.random.default_rng(0)),
                "b": picture(np.random.default_rng(0), 480, 640),
            },
        )
    )
    assert [image.shape for image in seen] == [(96, 96, 3), (96, 128, 3)]
    with pytest.raises(SetupError, match="'droid_pt' belongs to no embodiment"):
        Processor.load(folder, "droid_pt", GEOMETRY)
    assert Processor.load(folder, "droid_pt", GEOMETRY, embodiment="ontakt").horizon == 10


def test_a_robot_type_must_be_named(folder: Path) -> None:
    with pytest.raises(SetupError, match="must be named; available: arm"):
        Processor.load(folder, None, GEOMETRY)
    with pytest.raises(UnknownName, match=r"'leg'.*Available: arm"):
        Processor.load(folder, "leg", GEOMETRY)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"patch_size": 14}, "patch_size is 14; the model's is 16"),
        ({"merge_size": 1}, "merge_size"),
        ({"temporal_patch_size": 1}, "temporal_patch_size"),
        ({"image_mean": [0.48, 0.46, 0.41]}, "image_mean"),
        ({"size": {"shortest_edge": 9, "longest_edge": 3}}, "size"),
        ({"size": [3, 4]}, "size"),
        ({"size": {"shortest_edge": 10**12, "longest_edge": 10**13}}, "the least up to"),
        ({"embodiments": {"arm": {"name": "x"}}}, r"embodiments\['arm'\]"),
        ({"embodiments": [1]}, "embodiments must be an object"),
        ({"action_config": {}}, "'action_config'"),
        (
            {"action_config": {"arm": {"mean": [[math.nan] * 32], "std": [[1.0] * 32]}}},
            r"robot type 'arm': mean\[0\]\[0\] is nan",
        ),
        ({"action_config": {"arm": {"mean": [[0.0]], "std": [[1.0]]}}}, "width"),
    ],
)
def test_a_bad_file_is_refused_by_its_name(
    folder: Path, changed: dict[str, Any], text: str
) -> None:
    _change(folder, **changed)
    with pytest.raises(SetupError, match=text) as told:
        Processor.load(folder, "arm", GEOMETRY, width=32)
    assert "preprocessor_config.json" in str(told.value)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    path = folder / "preprocessor_config.json"
    for text, message in (("{", "cannot be read as JSON"), ("[]", "is not a JSON object")):
        path.write_text(text)
        with pytest.raises(SetupError, match=message):
            Processor.load(folder, "arm", GEOMETRY)
    path.unlink()
    with pytest.raises(SetupError, match="cannot be read"):
        Processor.load(folder, "arm", GEOMETRY)


@pytest.mark.slow
def test_it_costs_less_than_two_milliseconds() -> None:
    """Three small views, a prefix of six and thirty steps: the median, generous on a busy machine
    because the share of 33 ms is what counts."""
    pytest.importorskip("transformers")
    processor = _processor(
        "ontakt-compact",
        statistics=_statistics(horizon=30),
        tokenizer=compact_tokenizer(),
    )
    rng = np.random.default_rng(0)
    seen, rows = _seen(processor), targets(rng, 6, 2)
    actions = rng.normal(size=(30, 32)).astype(np.float32)
    times = []
    for _ in range(50):
        start = time.perf_counter()
        processor.inputs(seen, rows)
        processor.decode(actions, seen)
        times.append(time.perf_counter() - start)
    assert sorted(times)[25] < 2e-3
