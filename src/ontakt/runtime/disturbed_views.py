"""A policy that is shown something else than its cameras see: does it look at all, and where?"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from ontakt.contract import (
    ActionChunk,
    Array,
    BadValue,
    Guidance,
    Image,
    Observation,
    Policy,
    PolicySpec,
    SetupError,
    Side,
)
from ontakt.contract.units import quantity

Views = Mapping[str, Image]
Disturb = Callable[[Views], Views]

WRISTS = ("left_wrist", "right_wrist")
SCALE = 1000.0 / 96.0
"""Image widths per metre that something at the tool moves by in a wrist view: about 1 px per mm of
96 px (field of view 58 degrees, tool 0.1 m away)."""
FARTHEST = 0.04
"""A shift beyond this [m] leaves nothing of the tool in the view."""

_ALLOWED = "choose from: none, black, frozen, swapped, shifted:LENGTH as shifted:5mm"


class DisturbedViews:
    """`contract.Policy` around another one: it sees what `disturb` makes of the images."""

    def __init__(self, policy: Policy, disturb: Disturb) -> None:
        self._policy, self._disturb = policy, disturb

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self._policy.reset(sides, seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        shown = self._disturb(observation.images)
        return self._policy.infer(
            msgspec.structs.replace(observation, images=shown), prefix, guidance
        )


def parse_views(text: str) -> Callable[[Policy], Policy]:
    """What makes a policy be shown what `text` says, from the next episode on: `none` (what there
    is), `black`, `frozen` (the first images), `swapped` (left and right wrist), `shifted:LENGTH`
    (the wrist views, by so much at the tool, along the image's rows).

    Raises BadValue for another text; what is returned raises SetupError for a policy that does not
    look at such views. A policy is wrapped anew for each episode: `frozen` remembers.
    """
    kind, _, value = text.partition(":")
    makers: dict[str, Callable[[], Disturb]] = {
        "black": lambda: _black,
        "frozen": _frozen,
        "swapped": lambda: _swapped,
    }
    if kind == "shifted" and value:
        metres = quantity(value, "length", "cameras shifted")
        if not 0 < abs(metres) <= FARTHEST:
            raise BadValue("cameras", text, "a shift is more than 0 and at most 40 mm")
        makers["shifted"] = lambda: _shifted(metres)
    elif text != "none" and (value or kind not in makers):
        raise BadValue("cameras", text, _ALLOWED)

    def wrap(policy: Policy) -> Policy:
        if kind == "none":
            return policy
        seen = policy.spec.cameras
        if not seen:
            raise SetupError(
                f"Policy {policy.spec.name!r} looks through no camera; cameras {text} changes "
                "nothing that it sees."
            )
        if kind in ("swapped", "shifted") and not set(WRISTS) <= set(seen):
            raise SetupError(
                f"cameras {text} is about {' and '.join(WRISTS)}; policy {policy.spec.name!r} "
                f"looks through {', '.join(seen)}."
            )
        return DisturbedViews(policy, makers[kind]())

    return wrap


def _black(views: Views) -> Views:
    return {name: np.zeros_like(image) for name, image in views.items()}


def _frozen() -> Disturb:
    first: dict[str, Image] = {}

    def show(views: Views) -> Views:
        for name, image in views.items():
            first.setdefault(name, image.copy())
        return {name: first[name] for name in views}

    return show


def _swapped(views: Views) -> Views:
    left, right = WRISTS
    return {**views, left: views[right], right: views[left]}


def _shifted(metres: float) -> Disturb:
    def show(views: Views) -> Views:
        return {
            name: _moved(image, round(metres * SCALE * image.shape[1])) if name in WRISTS else image
            for name, image in views.items()
        }

    return show


def _moved(image: Image, pixels: int) -> Image:
    """`image` moved to the right; its edge is repeated."""
    columns = np.arange(image.shape[1]) - pixels
    return image[:, np.clip(columns, 0, image.shape[1] - 1)]
