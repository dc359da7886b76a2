"""Names of policies, resolved in this one place."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ontakt.contract import BadValue, Policy, SetupError, Station, UnknownName
from ontakt.runtime.server_name import SCHEMES, find_server
from ontakt.station.registry import StationFile

if TYPE_CHECKING:
    from ontakt.policy import Xr0Policy

POLICIES = {
    "xr0-compact": "XR-0 in small, from pixels: trained at nut-loading, ships with Ontakt",
    "expert": "scripted: nominal places, a vision estimate with a stated error, force and lag",
    "chunk-expert": "scripted, without memory: a second of motion from anywhere, after any prefix",
    "xr0:CHECKPOINT?robot_type=NAME": "XR-0 from pixels: a checkpoint's folder or hub id",
    "openpi://HOST:PORT": "any of them behind a server: see ontakt serve",
}

SHIPPED = "xr0-compact"
"""The checkpoint that ships, which may be followed by the options of any other."""

XR0_OPTIONS = {
    "robot_type": "whose statistics: see ontakt policy inspect CHECKPOINT",
    "embodiment": "views, state and actions, where the robot type does not tell",
    "cameras": "the station's cameras in the order of the views, as head,left_wrist",
    "device": "cpu, cuda, cuda:N or auto",
    "dtype": "float32 or bfloat16",
    "rotary": "exact or as_trained",
    "steps": "Euler steps of the flow",
    "acceleration": "plain, compile, graph or compile+graph",
    "threads": "threads of a CPU; by the size of the model when left out",
}
"""What may stand behind the question mark, joined by `&`."""

_OWN_TYPE = "robot_type=sim:g1"

_CHOICES = {
    "dtype": ("float32", "bfloat16"),
    "rotary": ("exact", "as_trained"),
    "acceleration": ("plain", "compile", "graph", "compile+graph"),
}
_COUNTS = {"steps": 1000, "threads": 1024}
"""Options that are numbers, and the greatest that makes sense."""


def find_policy(name: str) -> str:
    """`name` when a policy answers to it, a folder in it made absolute, so that a shift can be
    resumed from anywhere. Raises UnknownName, and BadValue for an option that cannot be used."""
    if name in POLICIES and ":" not in name:
        return name
    if name.startswith(f"{SHIPPED}?"):
        parse_xr0(name)
        return name
    if name.startswith(SCHEMES):
        return find_server(name)
    if not name.startswith("xr0:"):
        raise UnknownName("policy", name, POLICIES)
    source, _ = parse_xr0(name)
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return name
    return f"xr0:{folder.absolute()}{name.removeprefix(f'xr0:{source}')}"


def shipped_checkpoint() -> Path:
    """The folder of the checkpoint that ships."""
    return Path(str(files("ontakt.policy") / "shipped" / SHIPPED))


def usual_strategy(name: str) -> str:
    """The strategy of a policy for which none is named: the robot waits for the answers of one that
    may not have been trained to go on from what is committed."""
    return "prefix" if name.partition("?")[0] == SHIPPED else "sync"


def build_policy(name: str, file: StationFile, station: Station) -> Policy:
    """The policy called `name`, for the station that `file` describes. Raises UnknownName, and
    SetupError for a policy that does not fit the station."""
    if find_policy(name).startswith(("xr0:", SHIPPED)):
        return _xr0(name, station)
    if name.startswith(SCHEMES):
        from ontakt.cli.remote import connect_policy

        return connect_policy(name, station)
    from ontakt.station.chunk_expert import ChunkExpert, ChunkExpertConfig
    from ontakt.station.expert import Expert
    from ontakt.station.expert_config import ExpertConfig

    if name == "chunk-expert":
        expert = file.config.section("expert", ExpertConfig)
        more = file.config.optional("chunk_expert", ChunkExpertConfig())
        return ChunkExpert(station.spec, station.limits, expert, more)
    return Expert(station.spec, file.config.section("expert", ExpertConfig))


def load_xr0(name: str) -> "Xr0Policy":
    """The XR-0 called `name`, for whatever station. Raises SetupError."""
    from ontakt.policy import Xr0Policy

    source, options = parse_xr0(name)
    settings: dict[str, Any] = {"threads": "auto", **options}
    settings |= {key: int(options[key]) for key in _COUNTS if key in options}
    if "cameras" in options:
        settings["cameras"] = options["cameras"].split(",")
    return Xr0Policy.from_checkpoint(source, **settings)


def _xr0(name: str, station: Station) -> Policy:
    policy, spec = load_xr0(name), station.spec
    if policy.action_space != spec.action_space:
        raise SetupError(
            f"Policy {name!r} drives {_named(policy.action_space.sides)} at "
            f"{policy.action_space.control_hz} Hz; station {spec.name!r} has "
            f"{_named(spec.action_space.sides)} at {spec.action_space.control_hz} Hz."
        )
    known = [camera.name for camera in spec.cameras]
    for camera in policy.spec.cameras:
        if camera not in known:
            raise UnknownName(f"camera of station {spec.name!r}", camera, known)
    return policy


def parse_xr0(name: str) -> tuple[str, Mapping[str, str]]:
    """Checkpoint and options of `xr0:CHECKPOINT?option=value&...`, or of the checkpoint that ships.
    Raises BadValue."""
    source, _, query = name.removeprefix("xr0:").partition("?")
    if source == SHIPPED and name.startswith(SHIPPED):
        source = str(shipped_checkpoint())
        query = query if "robot_type=" in query else "&".join(filter(None, (_OWN_TYPE, query)))
    if not source:
        raise BadValue("policy", name, "a checkpoint is named: xr0:CHECKPOINT?robot_type=NAME")
    # A plus is a plus here: it joins the parts of an acceleration.
    pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    if query and len(pairs) != query.count("&") + 1:
        raise BadValue("policy", name, "options are written option=value, joined by &")
    options = dict(pairs)
    if len(options) < len(pairs):
        raise BadValue("policy", name, "no option stands there twice")
    for key, value in options.items():
        if key not in XR0_OPTIONS:
            raise UnknownName("option of xr0", key, XR0_OPTIONS)
        if key in _CHOICES and value not in _CHOICES[key]:
            raise BadValue(f"xr0's {key}", value, f"choose from: {', '.join(_CHOICES[key])}")
        if not value:
            raise BadValue(f"xr0's {key}", value, XR0_OPTIONS[key])
        if key in _COUNTS and not (value.isdecimal() and 1 <= int(value) <= _COUNTS[key]):
            raise BadValue(f"xr0's {key}", value, f"it lies between 1 and {_COUNTS[key]}")
    return source, options


def _named(sides: tuple[str, ...]) -> str:
    return " and ".join(sides)
