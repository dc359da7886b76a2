"""An internship worked: round by round, each piece once, gone on with where it was cut."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ontakt.cli.internship.examine import examine
from ontakt.cli.internship.learn import learn
from ontakt.cli.internship.place import Round, policy_at
from ontakt.cli.internship.plan import MOST_ROUNDS, InternshipPlan
from ontakt.cli.internship.shift import demonstrate, work_shift
from ontakt.cli.internship.version import Gathered, Internship, Version
from ontakt.cli.policy.configuration import read_configuration
from ontakt.cli.provenance import software
from ontakt.cli.teaching.demonstrations import Demonstrations
from ontakt.contract import BadValue, SetupError
from ontakt.evidence.internship import RECORD, write_page


def work_internship(
    plan: InternshipPlan,
    rounds: int,
    folder: Path,
    jobs: int,
    command: Sequence[str] = (),
    say: Callable[[str], object] = lambda _: None,
) -> Internship:
    """Versions 0 to `rounds` of `plan` in `folder`, with intern.json and report.html written after
    each. The same plan goes on at the first piece that is not finished; more rounds may be asked
    for later. `command` is what was typed; `say` hears what begins.

    Raises SetupError for what cannot be worked and for a folder that holds something else,
    HaltError where a worker fails, KeyboardInterrupt where a training is stopped.
    """
    if not 0 <= rounds <= MOST_ROUNDS:
        raise BadValue("--rounds", rounds, f"it lies between 0 and {MOST_ROUNDS}")
    if jobs < 1:
        raise BadValue("--jobs", jobs, "at least 1 episode at a time")
    plan = plan.checked()
    check_same(folder, plan)
    robot_type = robot_of(plan)
    told = Internship(
        plan=plan, rounds=rounds, command=tuple(command), software=software(), versions=()
    )
    _write(folder / RECORD, told)
    for number in range(rounds + 1):
        version = work_round(plan, Round(folder, number), robot_type, jobs, say)
        told = msgspec.structs.replace(told, versions=(*told.versions, version))
        _write(folder / RECORD, told)
        write_page(folder)
    return told


def work_round(
    plan: InternshipPlan,
    where: Round,
    robot_type: str,
    jobs: int,
    say: Callable[[str], object] = lambda _: None,
) -> Version:
    """One round: lessons, training, examination. Raises as `work_internship`."""
    gathered = None
    if where.number:
        say(f"round {where.number}: a shift of {plan.parts} parts by version {where.number - 1}")
        gathered = work_shift(plan, where, robot_type, jobs)
    elif plan.start is None:
        say(f"round 0: {plan.demos} demonstrations")
        gathered = demonstrate(plan, where, jobs)
    say(f"round {where.number}: training")
    checkpoint = learn(plan, where)
    say(f"round {where.number}: examination in {plan.episodes} episodes")
    told = examine(plan, where, robot_type, jobs)
    counted = None
    if gathered is not None:
        counted = Gathered.count([(one.length, one.facts) for one in gathered.episodes])
    return Version.of(where.number, str(checkpoint.relative_to(where.run)), counted, told)


def robot_of(plan: InternshipPlan) -> str:
    """The robot type that its data will name, when all that the pieces need has been looked at.
    Raises SetupError for what they could not be worked with."""
    from ontakt.policy.device import find_device

    find_device(plan.device)
    robot_type = Demonstrations.new(plan.course(0), plan.demos).spec.robot
    if plan.start is None:
        read_configuration(plan.config)
    else:
        learner = policy_at(Path(plan.start), robot_type)
        Demonstrations.new(plan.course(1, learner), plan.parts)
    return robot_type


def check_same(folder: Path, plan: InternshipPlan) -> None:
    """Raises SetupError where `folder` holds another internship, or something else."""
    path = folder / RECORD
    if not path.is_file():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise SetupError(
                f"{folder} is not empty and holds no internship; choose another --out."
            )
        return
    try:
        begun = msgspec.json.decode(path.read_bytes(), type=Internship).plan
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error
    for name in plan.__struct_fields__:
        before, now = getattr(begun, name), getattr(plan, name)
        if before != now:
            raise SetupError(
                f"{folder} holds an internship with {name} {before!r}, and not {now!r}; choose "
                "another --out."
            )


def _write(path: Path, told: Internship) -> None:
    """Whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")
        partial.replace(path)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written ({error.strerror}).") from error
