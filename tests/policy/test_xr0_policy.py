"""A checkpoint in a folder becomes a brain: observation in, chunk of absolute targets out."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from tests.policy.desk import arm

import ontakt.policy
from ontakt.contract import (
    INSTRUCTIONS,
    SIDES,
    Array,
    BadValue,
    Guidance,
    Jacobian,
    Observation,
    SetupError,
    UnknownName,
)
from ontakt.policy import Xr0Policy
from ontakt.policy.fresh_checkpoint import find_body, write_fresh
from ontakt.policy.question import question_of
from ontakt.policy.xr0.config import XR0_COMPACT, Xr0Config
from ontakt.policy.xr0.flow import sample

ROBOT = "ontakt-compact"
KINDS = tuple(INSTRUCTIONS.values())


@pytest.fixture(scope="session")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained compact checkpoint; not to be changed."""
    folder = tmp_path_factory.mktemp("brain") / "compact"
    write_fresh(folder, XR0_COMPACT, ROBOT, find_body(ROBOT), seed=1)
    return folder


@pytest.fixture
def mine(brain: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(brain, tmp_path / "mine"))


@pytest.fixture(scope="module")
def policy(brain: Path) -> Xr0Policy:
    return Xr0Policy.from_checkpoint(brain, ROBOT)


def seen(seed: int = 0, **changed: Any) -> Observation:
    """An observation by chance, as the station's cameras give it."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {
        "tick": 41 + seed,
        "utc_ns": 0,
        "arms": {side: arm(rng) for side in SIDES},
        "images": {
            name: rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)
            for name in ("head", "left_wrist", "right_wrist")
        },
        "instruction": KINDS[0],
        "job": SIDES,
    }
    return Observation(**{**values, **changed})


def test_it_says_what_it_is(policy: Xr0Policy) -> None:
    assert policy.spec.name == f"xr0:{ROBOT}"
    assert policy.spec.horizon == 16
    assert policy.spec.cameras == ("head", "left_wrist", "right_wrist")
    assert policy.action_space.sides == SIDES


def test_a_chunk_holds_absolute_targets_near_the_arms(policy: Xr0Policy) -> None:
    """An untrained model moves like noise of millimetres around where the arms are."""
    policy.reset(SIDES, 5)
    observation = seen()
    chunk = policy.infer(observation)
    space = policy.action_space
    assert chunk.targets.shape == (16, space.width)
    assert not chunk.targets.flags.writeable
    assert chunk.observed_tick == observation.tick
    for side in SIDES:
        moved = space.position(chunk.targets, side) - observation.arms[side].position
        assert 1e-5 < float(np.abs(moved).max()) < 0.02
        turned = space.quaternion(chunk.targets, side)
        np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), 1, atol=1e-9)
        assert bool(np.all(space.opening(chunk.targets, side) >= 0))


def test_it_is_the_plain_model_between_the_processors_two_ends(policy: Xr0Policy) -> None:
    observation = seen(3)
    asked = question_of(policy.processor.inputs(observation))
    noise = torch.randn(asked.action_mask.shape, generator=torch.Generator().manual_seed(8))
    model = policy.engine.model
    with torch.no_grad():
        context = model.perceive(asked.prompt)
        actions = sample(model, context, asked.state, asked.action_mask, noise)
    policy.reset(SIDES, 8)
    wanted = policy.processor.decode(actions[0].numpy(), observation)
    np.testing.assert_allclose(policy.infer(observation).targets, wanted, atol=1e-7)


def test_all_chance_comes_from_the_seed(policy: Xr0Policy) -> None:
    answers: list[list[Array]] = []
    for seed in (3, 3, 4):
        policy.reset(SIDES, seed)
        torch.manual_seed(len(answers))  # nobody's business
        answers.append([policy.infer(seen()).targets for _ in range(2)])
    np.testing.assert_array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0][0], answers[0][1])
    assert not np.array_equal(answers[0][0], answers[2][0])


@pytest.mark.parametrize("seed", [0, 2**31, 2**63 - 1, 2**64 - 1])
def test_any_seed_serves(policy: Xr0Policy, seed: int) -> None:
    policy.reset(SIDES, seed)
    assert bool(np.isfinite(policy.infer(seen()).targets).all())


def test_a_committed_prefix_leads_the_answer_unchanged(policy: Xr0Policy) -> None:
    """Targets of an earlier chunk, seen from a later observation, after the arms moved on."""
    policy.reset(SIDES, 5)
    earlier = policy.infer(seen(0)).targets[6:10]
    later = policy.infer(seen(1), earlier)
    np.testing.assert_array_equal(later.targets[:4], earlier)
    assert later.targets.shape == (16, 16)
    policy.reset(SIDES, 5)
    policy.infer(seen(0))
    free = policy.infer(seen(1))
    assert not np.allclose(later.targets[4:], free.targets[4:], atol=1e-6)


def test_a_prefix_reaches_as_far_as_training_went(policy: Xr0Policy) -> None:
    committed = policy.infer(seen(0)).targets
    assert policy.spec.longest_prefix == 6
    later = policy.infer(seen(1), committed[:6]).targets
    np.testing.assert_array_equal(later[:6], committed[:6])
    with pytest.raises(BadValue, match=r"prefix is 7; .*ontakt-compact.* from 6 rows"):
        policy.infer(seen(1), committed[:7])


@pytest.mark.parametrize(
    ("config", "longest"),
    [
        ({"action_window": None, "action_rope_offset": 0}, 0),
        ({"trained_prefix": 0}, 0),
        ({"trained_prefix": 2}, 2),
        ({"trained_prefix": 60}, 16),
    ],
)
def test_who_was_not_trained_with_prefixes_takes_none(
    mine: Path, config: dict[str, Any], longest: int
) -> None:
    _edit(mine / "config.json", lambda content: content.update(config))
    policy = Xr0Policy.from_checkpoint(mine, ROBOT)
    assert policy.spec.longest_prefix == longest
    committed = policy.infer(seen(0)).targets
    if longest:
        policy.infer(seen(1), committed[:longest])
    else:
        with pytest.raises(BadValue, match=r"prefix is 1; .* from none"):
            policy.infer(seen(1), committed[:1])
    policy.infer(seen(1), committed[:0])


def guidance(previous: Array, jacobian: Jacobian = "identity", **changed: Any) -> Guidance:
    values: dict[str, Any] = {"inference_delay": 3, "execution_horizon": 6, **changed}
    return Guidance(previous=previous, jacobian=jacobian, **values)


def plan_from(policy: Xr0Policy, observation: Observation) -> Array:
    """A smooth plan that leaves from where the arms are."""
    space, rows = policy.action_space, []
    for k in range(policy.spec.horizon):
        parts: dict[Any, Any] = {}
        for side in SIDES:
            arm = observation.arms[side]
            parts[side] = (arm.position + 0.0004 * k, arm.quaternion, arm.opening)
        rows.append(space.pack(parts))
    return np.array(rows)


@pytest.mark.parametrize("jacobian", ["exact", "identity"])
def test_guidance_draws_the_answer_to_the_chunk_before(
    policy: Xr0Policy, jacobian: Jacobian
) -> None:
    """In metres of the real targets: the plan was re-expressed and normalised as it should."""
    observation, space = seen(2), policy.action_space
    plan = plan_from(policy, observation)
    policy.reset(SIDES, 6)
    free = policy.infer(observation).targets
    policy.reset(SIDES, 6)
    drawn = policy.infer(observation, guidance=guidance(plan, jacobian)).targets
    assert policy.spec.jacobians == ("exact", "identity")
    for side in SIDES:
        wanted = space.position(plan, side)[:3]
        off = np.abs(space.position(drawn, side)[:3] - wanted).max()
        assert off < 0.35 * np.abs(space.position(free, side)[:3] - wanted).max()


@pytest.mark.parametrize("jacobian", ["exact", "identity"])
def test_guidance_of_no_weight_is_no_guidance(policy: Xr0Policy, jacobian: Jacobian) -> None:
    observation = seen(2)
    plan = plan_from(policy, observation)
    for changed in ({"max_weight": 0.0}, {"inference_delay": 0, "execution_horizon": 16}):
        policy.reset(SIDES, 6)
        free = policy.infer(observation).targets
        policy.reset(SIDES, 6)
        drawn = policy.infer(observation, guidance=guidance(plan, jacobian, **changed)).targets
        np.testing.assert_allclose(drawn, free, atol=1e-7)


@pytest.mark.parametrize("jacobian", ["exact", "identity"])
def test_a_prefix_stands_under_guidance_too(policy: Xr0Policy, jacobian: Jacobian) -> None:
    observation = seen(2)
    plan = plan_from(policy, observation)
    told = guidance(plan[::-1], jacobian)
    drawn = policy.infer(observation, plan[:4], told).targets
    np.testing.assert_array_equal(drawn[:4], plan[:4])
    assert bool(np.isfinite(drawn).all())


def test_guidance_leaves_nothing_behind(policy: Xr0Policy) -> None:
    observation = seen(2)
    policy.reset(SIDES, 6)
    free = policy.infer(observation).targets
    policy.infer(observation, guidance=guidance(plan_from(policy, observation)))
    policy.reset(SIDES, 6)
    np.testing.assert_array_equal(policy.infer(observation).targets, free)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"previous": np.zeros((15, 16))}, "previous chunk: steps is 15"),
        ({"previous": np.zeros((16, 15))}, "previous chunk: shape"),
        ({"previous": np.zeros((16, 16))}, "quaternion"),
        ({"previous": np.full((16, 16), np.nan)}, "previous chunk"),
        ({"jacobian": "both"}, "'both'; it is exact or identity"),
        ({"max_weight": -1.0}, "max_weight"),
        ({"max_weight": float("nan")}, "max_weight"),
        ({"inference_delay": 17}, "delay"),
        ({"execution_horizon": 17}, "execution horizon"),
    ],
)
def test_guidance_that_cannot_be_followed_is_refused(
    policy: Xr0Policy, changed: dict[str, Any], named: str
) -> None:
    told = msgspec.structs.replace(guidance(plan_from(policy, seen())), **changed)
    policy.reset(SIDES, 4)
    wanted = policy.infer(seen()).targets
    policy.reset(SIDES, 4)
    with pytest.raises(BadValue, match=named) as refused:
        policy.infer(seen(), guidance=told)
    assert "\n" not in str(refused.value)
    np.testing.assert_array_equal(policy.infer(seen()).targets, wanted)


def test_the_same_folder_gives_the_same_answers_and_hash(brain: Path, policy: Xr0Policy) -> None:
    again = Xr0Policy.from_checkpoint(str(brain), ROBOT)
    assert again.spec == policy.spec
    for one in (policy, again):
        one.reset(SIDES, 2)
    np.testing.assert_array_equal(again.infer(seen()).targets, policy.infer(seen()).targets)


@pytest.mark.parametrize("changed", [{"steps": 2}, {"rotary": "as_trained"}, {"dtype": "bfloat16"}])
def test_what_decides_an_answer_is_in_the_hash(
    brain: Path, policy: Xr0Policy, changed: dict[str, Any]
) -> None:
    other = Xr0Policy.from_checkpoint(brain, ROBOT, **changed)
    assert other.spec.hash != policy.spec.hash
    for one in (policy, other):
        one.reset(SIDES, 2)
    difference = other.infer(seen()).targets - policy.infer(seen()).targets
    assert 0 < float(np.abs(difference).max()) < 0.02


def test_other_weights_have_another_hash(policy: Xr0Policy, tmp_path: Path) -> None:
    write_fresh(tmp_path / "other", XR0_COMPACT, ROBOT, find_body(ROBOT), seed=2)
    other = Xr0Policy.from_checkpoint(tmp_path / "other", ROBOT)
    assert other.spec.hash != policy.spec.hash


def test_a_robot_type_that_is_missing_or_unknown_lists_those_there_are(brain: Path) -> None:
    with pytest.raises(SetupError, match=ROBOT):
        Xr0Policy.from_checkpoint(brain)
    with pytest.raises(UnknownName, match=ROBOT):
        Xr0Policy.from_checkpoint(brain, "libero_all")


def _blank(shape: tuple[int, ...], kind: str = "uint8") -> Any:
    return np.zeros(shape, dtype=kind)


def _arms(**changed: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {"left": arm(rng, **changed), "right": arm(rng)}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"images": {}}, "head"),
        ({"images": {"head": _blank((96, 96, 3), "float32")}}, "head"),
        ({"images": {"head": _blank((96, 96, 4))}}, "head"),
        ({"images": {"head": _blank((96, 96))}}, "head"),
        ({"arms": _arms(position=np.array([0.1, np.nan, 0.2]))}, "left"),
        ({"arms": _arms(position=np.zeros(2))}, "left"),
        ({"arms": _arms(quaternion=np.zeros(4))}, "left"),
        ({"arms": _arms(opening=float("nan"))}, "left"),
        ({"arms": {}}, "left"),
        ({"instruction": ""}, "nstruction"),
        ({"instruction": "Load both nuts.<|image_pad|>"}, "image_pad"),
        ({"instruction": "Load both\nnuts."}, "nstruction"),
    ],
)
def test_an_observation_that_cannot_be_used_is_refused_by_name(
    policy: Xr0Policy, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(BadValue, match=named) as refused:
        policy.infer(seen(**changed))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "prefix", [np.zeros((17, 16)), np.zeros((2, 15)), np.full((2, 16), np.nan), np.zeros((2, 16))]
)
def test_a_prefix_that_cannot_be_used_is_refused(policy: Xr0Policy, prefix: Any) -> None:
    """Too long, too narrow, not finite, no rotation."""
    with pytest.raises(BadValue, match="prefix"):
        policy.infer(seen(), prefix)


def test_a_refusal_costs_no_chance(policy: Xr0Policy) -> None:
    """What was refused was not computed: the next answer is what it would have been."""
    policy.reset(SIDES, 4)
    wanted = policy.infer(seen()).targets
    policy.reset(SIDES, 4)
    with pytest.raises(BadValue):
        policy.infer(seen(images={}))
    np.testing.assert_array_equal(policy.infer(seen()).targets, wanted)


def _edit(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _nan(content: Any) -> None:
    content["action_config"][ROBOT]["std"][0][0] = float("nan")


def test_statistics_that_are_not_numbers_are_refused(mine: Path) -> None:
    _edit(mine / "preprocessor_config.json", _nan)
    with pytest.raises(SetupError, match=ROBOT):
        Xr0Policy.from_checkpoint(mine, ROBOT)


def test_another_architecture_is_refused(mine: Path) -> None:
    _edit(mine / "config.json", lambda content: content.update(model_type="qwen3_vl"))
    with pytest.raises(SetupError, match="qwen3_vl"):
        Xr0Policy.from_checkpoint(mine, ROBOT)


def test_a_truncated_file_is_refused(mine: Path) -> None:
    weights = mine / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(SetupError, match=r"model\.safetensors"):
        Xr0Policy.from_checkpoint(mine, ROBOT)


@pytest.mark.parametrize(
    "wrong", [{"dtype": "float16"}, {"acceleration": "warp"}, {"rotary": "round"}, {"steps": 1.5}]
)
def test_an_argument_that_is_none_of_those_is_refused(brain: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match=next(iter(wrong))):
        Xr0Policy.from_checkpoint(brain, ROBOT, **wrong)


def test_a_tokenizer_of_another_model_is_refused(mine: Path) -> None:
    _edit(mine / "config.json", lambda content: content["vlm_config"].update(image_token_id=9))
    with pytest.raises(BadValue, match="image_pad"):
        Xr0Policy.from_checkpoint(mine, ROBOT)


def test_a_model_of_more_than_one_state_is_refused(mine: Path) -> None:
    _edit(mine / "config.json", lambda content: content.update(state_length=2))
    with pytest.raises(BadValue, match="state_length"):
        Xr0Policy.from_checkpoint(mine, ROBOT)


def test_no_steps_are_no_flow(brain: Path) -> None:
    with pytest.raises(BadValue, match="steps"):
        Xr0Policy.from_checkpoint(brain, ROBOT, steps=0)


def test_the_room_knows_no_other_name() -> None:
    with pytest.raises(AttributeError, match="Xr1Policy"):
        _ = ontakt.policy.Xr1Policy


def test_the_horizon_is_that_of_the_statistics(tmp_path: Path) -> None:
    """Whatever `action_length` says."""
    longer: Xr0Config = msgspec.structs.replace(XR0_COMPACT, action_length=30)
    write_fresh(tmp_path / "longer", longer, "mine", find_body(ROBOT), seed=1)
    _edit(tmp_path / "longer" / "config.json", lambda content: content.update(action_length=99))
    policy = Xr0Policy.from_checkpoint(tmp_path / "longer", "mine")
    assert policy.infer(seen()).targets.shape == (30, 16)
