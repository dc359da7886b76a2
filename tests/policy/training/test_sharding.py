"""Weights cut into parts: two processes with a half each train what one does."""

import multiprocessing
import os
import socket
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from tests.policy.training.tiny import WRISTS, config, processor, table, training
from torch.distributed.tensor import DTensor

from ontakt.contract import SetupError
from ontakt.policy.training.batches import Batches
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.sharding import Sharded, check_shardable, held
from ontakt.policy.training.state import load_state, save_state
from ontakt.policy.training.team import Alone, Team
from ontakt.policy.training.trainer import StepReport, Trainer
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.layout import EMBEDDING, HEAD

STEPS, STOP, MEMBERS = 5, 2, 2


def asked() -> TrainingConfig:
    """All that XR-0's post-training does: the DiT is asked again and again for the weights of the
    errors, prompts are read once for several draws, token embeddings are held."""
    found = training(rule="adamw", average=0.0, bfloat16=False, frozen_embeddings=True)
    post = msgspec.structs.replace(
        found.post_training, reweight=True, prefix_probability=1.0, repeat=2
    )
    return msgspec.structs.replace(found, post_training=post).lasting(STEPS)


def begun(team: Team) -> Trainer:
    torch.set_num_threads(1)
    how = asked()
    return Trainer(new_model(config(), how.seed), how, WRISTS, team)


def learn(one: Trainer, last: int) -> list[StepReport]:
    how, team = one.config, one.team
    batches = Batches(
        table(), processor(), how.batch, how.seed, how.post_training, how.augmentation, (1, 1),
        part=team.rank, parts=team.size,
    )  # fmt: skip
    return [one.learn(batches.at(step)) for step in range(one.step, last)]


def assert_halved(one: Trainer) -> None:
    """Every parameter and every moment has its rows on both sides, as evenly as they go."""
    moments = {id(p): m for rule in one.optimizers for p, m in rule.state.items()}
    for name, p in one.model.named_parameters():
        assert isinstance(p, DTensor), name
        rows = p.to_local().shape[0]
        assert rows in {len(p) // MEMBERS, -(-len(p) // MEMBERS)}, name
        for slot in ("exp_avg", "exp_avg_sq"):
            if id(p) in moments:
                assert moments[id(p)][slot].to_local().shape == p.to_local().shape, name
    parameters = list(one.model.parameters())
    assert held(parameters) == pytest.approx(sum(p.numel() for p in parameters) / MEMBERS, rel=0.01)


def member(rank: int, port: int, folder: Path) -> None:
    """One of the processes: trains through, and once more from a state in the middle."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(MEMBERS)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    whole = begun(Sharded(cpu=True))
    reports = learn(whole, STOP)
    save_state(whole, folder / "middle", 2.5)
    reports += learn(whole, STEPS)
    assert_halved(whole)
    resumed = begun(whole.team)
    assert load_state(resumed, folder / "middle") == 2.5
    assert_halved(resumed)
    assert learn(resumed, STEPS) == reports[STOP:]
    for one, name in ((whole, "whole"), (resumed, "resumed")):
        save_state(one, folder / name, 0.0)
    (folder / f"reports-{rank}").write_bytes(msgspec.json.encode(reports))
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_halves_train_what_one_whole_does_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn = multiprocessing.get_context("spawn")
    members = [spawn.Process(target=member, args=(k, port, tmp_path)) for k in range(MEMBERS)]
    for process in members:
        process.start()
    alone = begun(Alone())
    first = alone.model.state_dict()[EMBEDDING].clone()
    reports = learn(alone, STEPS)
    for process in members:
        process.join(600)
        assert process.exitcode == 0

    for rank in range(MEMBERS):
        told = msgspec.json.decode(
            (tmp_path / f"reports-{rank}").read_bytes(), type=list[StepReport]
        )
        for one, other in zip(reports, told, strict=True):
            for figure in (
                "loss",
                "squared",
                "frequency",
                "localisation",
                "presence",
                "norm",
                "rate",
            ):
                mine, theirs = getattr(one, figure), getattr(other, figure)
                assert theirs == pytest.approx(mine, rel=1e-4), (one.step, figure)
    whole, resumed = load_file(tmp_path / "whole"), load_file(tmp_path / "resumed")
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    for name, value in alone.model.state_dict().items():
        if name != HEAD:
            assert float((whole[f"model/{name}"] - value).abs().max()) < 1e-4, name
    assert torch.equal(whole[f"model/{EMBEDDING}"], first)
    save_state(alone, tmp_path / "alone", 0.0)
    assert load_file(tmp_path / "alone").keys() == whole.keys()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule": "muon", "average": 0.9}, "--rule adamw and --average 0"),
        ({"rule": "muon", "average": 0.0}, "--rule adamw,"),
        ({"rule": "adamw", "average": 0.9}, "--average 0,"),
    ],
)
def test_what_needs_whole_tensors_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        check_shardable(training(**changes))
    assert said in str(caught.value)
    check_shardable(asked())
