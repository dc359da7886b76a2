"""The layout of requests, replies and metadata, through the codec and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.hostile_frames import DIALECTS

from ontakt.contract import (
    SIDES,
    ActionChunk,
    ActionSpace,
    ArmState,
    Array,
    Belief,
    CameraSpec,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    Sight,
    frozen_array,
)
from ontakt.runtime.messages import (
    Infer,
    Reset,
    ServerMetadata,
    metadata_of,
    read_metadata,
    read_reply,
    read_request,
    reply_of,
    request_of,
    reset_reply,
    reset_request,
)
from ontakt.runtime.wire import WireError, decode, encode

SPACE = ActionSpace()
SPEC = PolicySpec(
    name="xr0",
    hash="abc",
    horizon=10,
    cameras=("head", "left_wrist"),
    longest_prefix=4,
    jacobians=("identity", "exact"),
)
PLAIN = PolicySpec(name="toy", hash="def", horizon=10)

NUMBERS = st.floats(-2.0, 2.0)


def vector(length: int) -> st.SearchStrategy[Array]:
    return st.lists(NUMBERS, min_size=length, max_size=length).map(frozen_array)


def unit(values: Array) -> Array:
    """A quaternion, w beside zero so that it can be normalised."""
    values = values + np.array([3.0, 0.0, 0.0, 0.0])
    return frozen_array(values / np.linalg.norm(values))


ARMS = st.builds(
    ArmState,
    position=vector(3),
    quaternion=vector(4).map(unit),
    opening=NUMBERS,
    grip_force=NUMBERS,
    wrist_force=vector(3),
    target=vector(3),
    target_opening=NUMBERS,
    joints=st.none() | vector(7),
)
IMAGES = st.integers(0, 255).map(lambda n: np.full((4, 6, 3), n, dtype=np.uint8))
OBSERVATIONS = st.builds(
    Observation,
    tick=st.integers(0, 2**40),
    utc_ns=st.integers(0, 2**62),
    arms=st.fixed_dictionaries(dict.fromkeys(SIDES, ARMS)),
    images=st.fixed_dictionaries(dict.fromkeys(SPEC.cameras, IMAGES)),
    sights=st.dictionaries(
        st.sampled_from(["left_nut", "right_pin"]),
        st.builds(Sight, vector(3), st.floats(0.0, 1.0)),
    ),
    instruction=st.text(max_size=30),
    job=st.sampled_from([(), ("left",), ("right", "left"), SIDES]),
)


def observation(**changed: Any) -> Observation:
    """Both arms somewhere else, nothing seen."""
    arms: dict[Side, ArmState] = {
        side: ArmState(
            position=frozen_array([0.1 * i, 0.2, 1.0]),
            quaternion=frozen_array([0.0, 1.0, 0.0, 0.0]),
            opening=0.05,
            grip_force=1.0 + i,
            wrist_force=frozen_array([0.0, 0.0, -9.0]),
            target=frozen_array([0.1 * i, 0.2, 0.9]),
            target_opening=0.01,
        )
        for i, side in enumerate(SIDES)
    }
    images = {name: np.zeros((4, 6, 3), np.uint8) for name in SPEC.cameras}
    whole: dict[str, Any] = {"tick": 5, "utc_ns": 9, "arms": arms, "images": images, "job": SIDES}
    return Observation(**{**whole, **changed})


def sent(message: Mapping[str, object], dialect: Any = "openpi") -> Any:
    """`message` after it went over the wire."""
    return decode(encode(message, dialect))[0]


def asked(message: Mapping[str, object], spec: PolicySpec = SPEC) -> Infer:
    """The question of a request that went over the wire."""
    infer = read_request(sent(message), spec, SPACE)
    assert isinstance(infer, Infer)
    return infer


def without(message: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key not in keys}


def equal(a: Any, b: Any) -> bool:
    """Of the same fields with the same bits."""
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if hasattr(a, "__struct_fields__"):
        return type(a) is type(b) and all(
            equal(getattr(a, name), getattr(b, name)) for name in a.__struct_fields__
        )
    return type(a) is type(b) and bool(a == b)


@given(OBSERVATIONS, st.sampled_from(DIALECTS))
def test_an_observation_arrives_bit_for_bit(seen: Observation, dialect: Any) -> None:
    infer = read_request(sent(request_of(seen, SPACE), dialect), SPEC, SPACE)
    assert isinstance(infer, Infer)
    assert equal(infer.observation, seen)
    assert infer.prefix is None
    assert infer.guidance is None


def test_one_side_alone_arrives_too() -> None:
    space, seen = ActionSpace(("right",)), observation(job=("right",))
    infer = read_request(sent(request_of(seen, space)), SPEC, space)
    assert isinstance(infer, Infer)
    assert list(infer.observation.arms) == ["right"]
    assert equal(infer.observation.arms["right"], seen.arms["right"])


def test_a_stock_client_need_not_send_more_than_images_and_state() -> None:
    state = np.tile(np.array([0.3, 0.1, 1.0, 0.0, 1.0, 0.0, 0.0, 0.05], np.float32), 2)
    head = np.zeros((224, 224, 3), np.uint8)
    message = {"images/head": head, "images/left_wrist": head, "images/other": 1, "state": state}
    infer = asked({**message, "observation/gripper_position": [1], "reset_pose": None})
    seen = infer.observation
    assert (seen.tick, seen.utc_ns, seen.instruction, seen.job) == (0, 0, "", SIDES)
    assert list(seen.images) == ["head", "left_wrist"]
    left = seen.arms["left"]
    assert left.position.tolist() == [float(np.float32(0.3)), float(np.float32(0.1)), 1.0]
    assert left.target.tolist() == left.position.tolist()
    assert left.opening == left.target_opening == float(np.float32(0.05))
    assert (left.grip_force, left.wrist_force.tolist(), left.joints) == (0.0, [0.0] * 3, None)
    assert (infer.session_id, infer.request_id) == (None, None)


def test_numbers_may_come_as_lists() -> None:
    message = request_of(observation(), SPACE)
    lists = {key: each.tolist() if key == "state" else each for key, each in message.items()}
    lists["wrist_force"] = [[0, 0, -9], [0.0, 0.0, -9.0]]
    assert equal(asked(lists).observation, observation())


def test_names_come_back() -> None:
    infer = asked(request_of(observation(), SPACE, session_id="cell-4", request_id=11))
    assert (infer.session_id, infer.request_id) == ("cell-4", 11)


ROWS = frozen_array(np.arange(3 * 16).reshape(3, 16) / 7.0)


def test_a_prefix_arrives_bit_for_bit() -> None:
    infer = asked(request_of(observation(), SPACE, prefix=ROWS))
    assert infer.prefix is not None
    assert equal(infer.prefix, ROWS)
    assert infer.guidance is None


def test_only_the_rows_that_count_are_a_prefix() -> None:
    padded = np.concatenate([ROWS, np.zeros((7, 16))])
    message = request_of(observation(), SPACE)
    infer = asked({**message, "action_prefix": padded, "prefix_length": 3})
    assert infer.prefix is not None
    assert equal(infer.prefix, ROWS)
    none = asked({**message, "action_prefix": padded, "prefix_length": 0})
    assert none.prefix is None
    assert asked({**message, "action_prefix": ROWS[:0]}).prefix is None
    assert asked({**message, "action_prefix": None}).prefix is None


def test_a_delay_alone_does_not_make_a_prefix_soft() -> None:
    message = request_of(observation(), SPACE, prefix=ROWS)
    assert asked({**message, "inference_delay": 2}).prefix is not None
    assert asked({**message, "execution_horizon": 2}).prefix is not None


def test_guidance_arrives_bit_for_bit() -> None:
    guidance = Guidance(
        previous=frozen_array(np.arange(160).reshape(10, 16) / 3.0),
        inference_delay=2,
        execution_horizon=5,
        jacobian="identity",
        max_weight=2.5,
    )
    infer = asked(request_of(observation(), SPACE, guidance=guidance))
    assert infer.prefix is None
    assert infer.guidance is not None
    assert equal(infer.guidance, guidance)


def test_what_is_left_of_a_plan_is_continued_by_its_last_row() -> None:
    message = request_of(observation(), SPACE, prefix=ROWS)
    infer = asked({**message, "inference_delay": 1, "execution_horizon": 5})
    guidance = infer.guidance
    assert guidance is not None
    assert guidance.previous.shape == (10, 16)
    assert not guidance.previous.flags.writeable
    assert np.array_equal(guidance.previous[:3], ROWS)
    assert np.array_equal(guidance.previous[3:], np.tile(ROWS[-1], (7, 1)))
    assert (guidance.jacobian, guidance.max_weight) == ("identity", 5.0)


def test_prefix_and_guidance_have_one_place() -> None:
    guidance = Guidance(previous=ROWS, inference_delay=0, execution_horizon=1)
    with pytest.raises(WireError, match="not both"):
        request_of(observation(), SPACE, prefix=ROWS, guidance=guidance)


def test_a_reset_arrives() -> None:
    reset = read_request(sent(reset_request(("right",), 7, "cell-4", "r1")), SPEC, SPACE)
    assert reset == Reset(sides=("right",), seed=7, session_id="cell-4", request_id="r1")
    assert read_request({"endpoint": "reset"}, SPEC, SPACE) == Reset(sides=SIDES)


GUIDED = {"action_prefix": ROWS, "inference_delay": 1, "execution_horizon": 5}
NAN_STATE = np.where(np.arange(16) == 3, np.nan, 0.5)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": None}, r"state is missing; numbers of shape \(16\) are wanted"),
        ({"state": np.zeros(14)}, r"state is float64 of shape \(14,\); numbers of shape \(16\)"),
        ({"state": np.zeros((1, 16))}, r"state is float64 of shape \(1, 16\)"),
        ({"state": np.zeros(16, bool)}, "state is bool of shape"),
        ({"state": ["0"] * 16}, "state is a list"),
        ({"state": [[0.0], [0.0, 1.0]]}, "state is a list"),
        ({"state": NAN_STATE}, "state holds numbers that are not finite"),
        ({"state": np.full(16, 0.5)}, None),  # a quaternion of four halves is one
        ({"state": np.zeros(16)}, "state has a quaternion of norm 0 for left"),
        ({"target": np.full(16, np.inf)}, "target holds numbers that are not finite"),
        (
            {"images/head": None},
            r"images/head is missing; uint8 of shape \(height, width, 3\) is wanted",
        ),
        ({"images/head": np.zeros((3, 4, 6), np.uint8)}, r"uint8 of shape \(3, 4, 6\)"),
        ({"images/head": np.zeros((4, 6, 3), np.float32)}, "images/head is float32"),
        ({"images/head": np.zeros((0, 6, 3), np.uint8)}, "images/head"),
        ({"grip_force": np.zeros(3)}, "grip_force"),
        ({"wrist_force": np.zeros((3, 2))}, "wrist_force"),
        ({"joints/left": 3}, "joints/left is 3"),
        ({"sights/nut": np.zeros(3)}, "'sights/nut' is float64"),
        ({"sights/nut": np.array([0.0, 0.0, 0.0, -1.0])}, "'sights/nut' has a negative"),
        ({"sights/" + "n" * 200: np.zeros(4)}, "a text of at most 128"),
        ({"prompt": 3}, "prompt is 3; a text"),
        ({"job": "left"}, "job is 'left'; a list of left, right"),
        ({"job": ["up"]}, "job is 'up'; a list of left, right"),
        ({"job": ["left", "left"]}, "job is 'left left'"),
        ({"tick": -1}, "tick is -1; a whole number of 0 or more"),
        ({"tick": 1.0}, "tick is 1.0"),
        ({"tick": True}, "tick is True"),
        ({"tick": 2**63}, "tick is 9223372036854775808"),
        ({"tick": np.int64(3)}, None),
        ({"action_prefix": np.zeros((5, 16))}, "5 rows; xr0 goes on from at most 4"),
        ({"action_prefix": np.zeros((3, 15))}, r"numbers of shape \(any, 16\)"),
        ({"action_prefix": ROWS * np.nan}, "action_prefix holds numbers that are not finite"),
        ({"action_prefix": ROWS, "prefix_length": 4}, "prefix_length is 4; .* from 0 to 3"),
        ({**GUIDED, "inference_delay": 6}, "inference_delay is 6; .* from 0 to 5"),
        ({**GUIDED, "execution_horizon": 11}, "execution_horizon is 11; .* from 0 to 10"),
        ({**GUIDED, "action_prefix": np.zeros((11, 16))}, "11 rows; the horizon is 10"),
        ({**GUIDED, "jacobian": "none"}, "jacobian is 'none'; identity or exact is wanted"),
        ({**GUIDED, "jacobian": np.zeros(3)}, "jacobian is float64"),
        ({**GUIDED, "max_weight": 0.0}, "max_weight is 0.0; more than 0 is wanted"),
        ({**GUIDED, "max_weight": float("nan")}, "max_weight is nan; a finite number"),
        ({"endpoint": "kill"}, "endpoint is 'kill'; infer or reset is wanted"),
        ({"endpoint": np.zeros(2)}, "endpoint is float64"),
        ({"session_id": 4}, "session_id is 4; a text"),
        ({"request_id": 1.5}, "request_id is 1.5; a text"),
        ({"endpoint": "reset", "seed": -1}, "seed is -1"),
        ({"endpoint": "reset", "sides": ["up"]}, "sides is 'up'"),
    ],
)
def test_refusals_name_the_key_and_what_is_wanted(
    changed: dict[str, object], reason: str | None
) -> None:
    message = {**request_of(observation(), SPACE), **changed}
    if reason is None:
        asked(message)
        return
    with pytest.raises(WireError, match=reason):
        read_request(sent(message), SPEC, SPACE)


def test_a_policy_is_not_asked_for_what_it_cannot() -> None:
    message = request_of(observation(), SPACE)
    with pytest.raises(WireError, match="toy goes on from at most 0"):
        asked({**message, "action_prefix": ROWS}, PLAIN)
    with pytest.raises(WireError, match="toy cannot be guided"):
        asked({**message, **GUIDED}, PLAIN)


@pytest.mark.parametrize("value", [None, [], "state", np.zeros(16)])
def test_a_message_is_a_map(value: object) -> None:
    with pytest.raises(WireError, match=r"The request is .*; a map is wanted"):
        read_request(value, SPEC, SPACE)
    with pytest.raises(WireError, match=r"metadata is .*; a map is wanted"):
        read_metadata(value)


BELIEFS: dict[Side, Belief] = {
    "left": Belief("reach"),
    "right": Belief("seat", done=True, gave_up="jam", retries=2, confidence=0.25),
}


@given(st.lists(st.lists(st.floats(), min_size=16, max_size=16), min_size=1, max_size=12))
def test_a_chunk_arrives_bit_for_bit_not_a_number_too(rows: list[list[float]]) -> None:
    chunk = ActionChunk(5, frozen_array(rows), BELIEFS)
    reply = reply_of(chunk, infer_ms=12.5, prev_total_ms=20.0, queue_ms=1.0)
    got, times = read_reply(sent(reply), 5, 16)
    assert equal(got, chunk)
    assert not got.targets.flags.writeable
    assert times == {
        "infer_ms": 12.5,
        "prev_total_ms": 20.0,
        "queue_ms": 1.0,
        "policy_infer_ms": 12.5,
    }


def test_actions_are_the_only_array_of_a_reply() -> None:
    def arrays(value: object) -> int:
        if isinstance(value, dict):
            return sum(arrays(each) for each in value.values())
        return isinstance(value, np.ndarray | np.generic)

    confident = {"left": Belief("reach", confidence=np.float64(0.5))}
    chunk = ActionChunk(5, np.zeros((3, 16)), confident)  # type: ignore[arg-type]
    reply = sent(reply_of(chunk, infer_ms=np.float64(1.0), request_id="q"))
    assert arrays(reply) == 1
    assert reply["request_id"] == "q"


def test_other_servers_answers() -> None:
    rows = np.arange(32, dtype=np.float32).reshape(2, 16)
    for value in (
        {"actions": rows},
        {"actions": {"arms": rows}, "server_timing": {"infer_ms": "fast"}, "policy_timing": None},
        {"actions": rows.tolist()},
        rows,
    ):
        chunk, times = read_reply(decode(encode(value))[0], 9, 16)
        assert chunk.observed_tick == 9
        assert chunk.targets.dtype == np.float64
        assert np.array_equal(chunk.targets, rows)
        assert (chunk.beliefs, times) == ({}, {})


ROW = np.zeros((1, 16))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({}, r"actions is missing; numbers of shape \(any, 16\)"),
        ({"actions": np.zeros((0, 16))}, "actions has no rows"),
        ({"actions": np.zeros((3, 7))}, r"actions is float64 of shape \(3, 7\)"),
        ({"actions": np.zeros(16)}, r"actions is float64 of shape \(16,\)"),
        ({"actions": np.zeros((1, 3, 16))}, "actions is float64"),
        ({"actions": {"arm": ROW, "base": ROW}}, "keys 'arm', 'base'; one array is wanted"),
        ({"actions": {}}, "keys none"),
        ({"actions": ROW, "observed_tick": 4}, "to tick 4; the question was of 5"),
        ({"actions": ROW, "observed_tick": "5"}, "observed_tick is '5'"),
        ({"actions": ROW, "beliefs": {"up": {"phase": "a"}}}, "beliefs: Invalid enum value 'up'"),
        ({"actions": ROW, "beliefs": {"left": {"phase": 3}}}, "beliefs: Expected `str`"),
        ({"type": "error", "message": "out of memory"}, "with an error: 'out of memory'"),
    ],
)
def test_replies_that_are_none(reply: dict[str, object], reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        read_reply(sent(reply), 5, 16)


def test_a_reset_is_confirmed() -> None:
    assert sent(reset_reply(3)) == {"status": "reset successful", "request_id": 3}


def test_metadata_says_what_the_policy_can() -> None:
    cameras = [CameraSpec("head", 320, 240, 1.0), CameraSpec("overview", 640, 480, 1.0)]
    told = read_metadata(sent(metadata_of(SPEC, SPACE, "ontakt 0.1.0", cameras)))
    assert (told.protocol, told.server) == ("openpi-ws/1", "ontakt 0.1.0")
    assert (told.policy, told.policy_hash) == ("xr0", "abc")
    assert (told.action_horizon, told.action_dim, told.control_hz) == (10, 16, 30)
    assert (told.sides, told.state_dim) == (SIDES, 16)
    assert told.image_keys == ("images/head", "images/left_wrist")
    assert told.image_sizes == {"images/head": (240, 320)}
    assert told.strategies == ("sync", "async", "ensemble", "lerp", "prefix", "rtc")
    assert (told.max_prefix, told.jacobians) == (4, ("identity", "exact"))
    assert told.needs_session_id is False


def test_metadata_of_a_policy_that_can_little() -> None:
    told = read_metadata(sent(metadata_of(PLAIN, SPACE, "ontakt 0.1.0")))
    assert told.strategies == ("sync", "async", "ensemble", "lerp")
    assert (told.max_prefix, told.jacobians, told.image_keys) == (0, (), ())
    assert told.image_sizes is None


@pytest.mark.parametrize(
    "value",
    [{}, {"reset_pose": np.zeros(14), "needs_wrist_camera": True}, {"policy": None}],
)
def test_other_servers_metadata_is_unknown(value: dict[str, object]) -> None:
    assert read_metadata(sent(value)) == ServerMetadata()


def test_numpys_numbers_are_numbers_in_metadata() -> None:
    assert read_metadata(sent({"action_horizon": np.int64(50)})).action_horizon == 50


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("action_horizon", "10"),
        ("action_horizon", 0),
        ("max_prefix", -1),
        ("image_keys", "images/head"),
        ("image_sizes", {"images/head": [1, 2, 3]}),
        ("policy", {"name": "pi0"}),
        ("needs_session_id", 1),
        ("state_dim", np.zeros(3)),
    ],
)
def test_a_known_key_of_a_wrong_type_is_refused(key: str, value: object) -> None:
    with pytest.raises(WireError, match=rf"metadata: .*\$\.{key}"):
        read_metadata(sent({key: value}))
