"""A station that can be asked where things really are."""

from typing import Protocol, runtime_checkable

from ontakt.contract import SetupError, Station


@runtime_checkable
class Truthful(Protocol):
    """What a simulated station can do beside `contract.Station`."""

    def tell_truth(self) -> None:
        """From here on sights are the true places, with a sigma of 0."""
        ...


def tell_truth(station: Station) -> None:
    """Let `station` tell true places. Raises SetupError for one that does not know them: nobody
    can teach there."""
    if not isinstance(station, Truthful):
        raise SetupError(
            f"Station {station.spec.name!r} does not know the true places of things; a teacher "
            "needs a simulated one."
        )
    station.tell_truth()
