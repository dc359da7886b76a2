"""The brain: XR-0, its checkpoints, data and training; torch lives here only.

Its one public name, `Xr0Policy`, brings torch and transformers along, so it is imported when it is
first asked for.
"""

from typing import TYPE_CHECKING

from ontakt.contract import MissingExtra

if TYPE_CHECKING:
    from ontakt.policy.xr0_policy import Xr0Policy

__all__ = ["Xr0Policy"]


def __getattr__(name: str) -> object:
    """`Xr0Policy`. Raises MissingExtra without torch and transformers."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from ontakt.policy.xr0_policy import Xr0Policy
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ontakt"):
            raise
        raise MissingExtra(f"XR-0 ({error.name})", "policy") from error
    return Xr0Policy
