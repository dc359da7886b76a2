"""The small recipe, and the same with one thing left out or changed."""

from collections.abc import Sequence

from msgspec import Struct

from ontakt.contract import SetupError, UnknownName


class Variant(Struct, frozen=True):
    """One training, and how it is asked afterwards."""

    name: str
    changes: str
    """In words."""
    options: tuple[str, ...] = ()
    """Of `ontakt train`, beside the recipe's own."""
    strategy: str = "prefix"
    datasets: int | None = None
    """Of those given, how many are learnt from; None: all."""


FULL = Variant("full", "the small recipe")
VARIANTS = (
    FULL,
    Variant("other-seed", "other chance: what differs here is no ingredient's", ("--seed", "1")),
    Variant("no-window", "an action sees all earlier ones", ("--window", "none")),
    Variant("no-offset", "actions behind a prefix stay where they are", ("--offset", "0")),
    Variant("weighted", "behind a prefix errors weigh by how far off", ("--weighting", "on")),
    Variant("repeat-4", "four draws a lesson, and not one", ("--repeat", "4")),
    Variant("no-frequency", "no frequency term", ("--frequency", "0")),
    Variant("no-mirror", "lessons are not mirrored", ("--no-mirror",)),
    Variant("no-light", "their light is not changed", ("--no-light",)),
    Variant("no-localisation", "nut and pin need not be told", ("--localisation", "0")),
    Variant("no-presence", "whether there are nuts need not be told", ("--presence", "0")),
    Variant("no-average", "the last weights, and not their average", ("--average", "0")),
    Variant("adamw", "AdamW for all weights, and not Muon", ("--rule", "adamw")),
    Variant("truth", "a prefix is the beginning of the right answer", ("--prefix", "truth")),
    Variant("no-prefix", "no prefix, and asked by async", ("--prefix", "none"), strategy="async"),
    Variant("no-corrections", "the first dataset alone", datasets=1),
)
"""No squash of the actions is missing: `ontakt train` takes embodiments by name alone, and none of
those that ship is `ontakt-compact` without it."""


def find_variants(only: Sequence[str], datasets: int) -> tuple[Variant, ...]:
    """Those called `only`, all of them where it is empty, as far as they differ from the full
    recipe on so many `datasets`. Raises UnknownName, and SetupError for one that does not."""
    known = {variant.name: variant for variant in VARIANTS}
    for name in only:
        if name not in known:
            raise UnknownName("variant", name, tuple(known))
        if known[name].datasets == datasets:
            raise SetupError(f"{name}: is the full recipe on {datasets} dataset; give --data more.")
    return tuple(
        variant
        for variant in VARIANTS
        if (variant.name in only or not only) and variant.datasets != datasets
    )
