"""Evaluations as they are kept beside the weights that they were of."""

import hashlib
from pathlib import Path
from shlex import join

import msgspec
from msgspec.structs import asdict

from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.cli.evaluation.record import PLAN, RESULTS, Identity
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.cli.policies import SHIPPED, load_xr0, parse_xr0
from ontakt.contract import SetupError
from ontakt.policy.xr0.source import EVALUATIONS

TRAINING = "training.json"
HERE = "xr0:."
"""What the checkpoint is called in its own folder, wherever that lies."""


class KeptEvaluation(Evaluation, frozen=True, kw_only=True):
    """One entry of evaluations.json."""

    command: str
    """What works it again, in the checkpoint's folder."""
    checkpoint: str
    """`files_hash` of the folder that was evaluated."""


def files_hash(folder: Path) -> str:
    """sha256 over the names and bytes of a checkpoint's files; what is told about it left out."""
    whole = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in (EVALUATIONS, TRAINING):
            with path.open("rb") as file:
                whole.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def read_kept(folder: Path) -> tuple[KeptEvaluation, ...]:
    """All entries, oldest first; none where there is no file. Raises SetupError for a file that
    holds something else."""
    path = folder / EVALUATIONS
    if not path.is_file():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[KeptEvaluation, ...])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error


def keep(told: Evaluation, folder: Path) -> KeptEvaluation:
    """Add `told` to the evaluations of the checkpoint in `folder`; an earlier one by the same
    command gives way. Raises SetupError for an evaluation of another policy, and where nothing can
    be written."""
    kept = _kept(told, folder)
    others = [one for one in read_kept(folder) if one.command != kept.command]
    path = folder / EVALUATIONS
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode([*others, kept])) + b"\n")
        partial.replace(path)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written ({error.strerror}).") from error
    return kept


def read_results(place: Path) -> Evaluation:
    """The figures of the evaluation in `place`: its folder, or what it printed with --json. Raises
    SetupError for anything else."""
    try:
        if place.is_dir():
            return _counted(place)
        last = place.read_bytes().strip().splitlines()[-1:]
        return msgspec.json.decode(b"".join(last), type=Evaluation)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SetupError(
            f"{place}: is no evaluation's folder, nor what its --json printed ({error})."
        ) from error


def command_of(told: Evaluation, policy: str) -> tuple[str, ...]:
    """The command line that works the same episodes with `policy`."""
    return (
        "ontakt", "evaluate", policy, told.station, "--episodes", str(told.episodes),
        "--variation", *told.variation, "--seed", str(told.seed), "--strategy", told.strategy,
        "--latency", told.latency, "--limit", f"{told.limit_s:g}",
        "--instruction", told.instruction, "--cameras", told.cameras,
    )  # fmt: skip


def _kept(told: Evaluation, folder: Path) -> KeptEvaluation:
    if not told.policy.startswith(("xr0:", SHIPPED)):
        raise SetupError(f"That is an evaluation of {told.policy!r}, and of no checkpoint.")
    options = "&".join(f"{key}={value}" for key, value in parse_xr0(told.policy)[1].items())
    own = load_xr0(f"xr0:{folder}?{options}").spec.hash
    if own != told.policy_hash:
        raise SetupError(
            f"That is an evaluation of another policy: {told.policy} had the hash "
            f"{told.policy_hash[:16]}, and {folder} has {own[:16]}."
        )
    here = f"{HERE}?{options}"
    return KeptEvaluation(
        **asdict(told) | {"policy": here},
        command=join(command_of(told, here)),
        checkpoint=files_hash(folder),
    )


def _counted(folder: Path) -> Evaluation:
    """Of the lines in `folder`, whose plan says how many episodes were asked for last."""
    identity = msgspec.json.decode((folder / PLAN).read_bytes(), type=Identity)
    lines = (folder / RESULTS).read_bytes().splitlines()
    found = {
        one.index: one for one in (msgspec.json.decode(line, type=EpisodeResult) for line in lines)
    }
    asked = max(identity.plan.episodes, len(found))
    if not found.keys() >= set(range(asked)):
        raise SetupError(
            f"{folder}: has {len(found)} of {asked} episodes; the same command with --out goes on."
        )
    results = [found[index] for index in range(asked)]
    # No episode was worked to count these, so it took no time.
    return Evaluation.count(identity.plan, identity.ready, results, 0.0)
