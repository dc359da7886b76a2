"""Shifts worked by the nodes of a Ray cluster.

Ray's own wire pickles: whoever reaches a cluster's ports runs code on it. What Ontakt sends and
takes back are words and bytes.
"""

import logging
import os
import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from ontakt.cli.fleet.dispatch import Dispatch
from ontakt.cli.fleet.ended import Ended
from ontakt.cli.fleet.hands import PATIENCE_S
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.ray_shift import work_shift, write_files
from ontakt.cli.fleet.result import ShiftResult
from ontakt.cli.fleet.watch import Watch
from ontakt.contract import HaltError, MissingExtra, SetupError

_PATIENT_S = 5.0
"""For a cluster to open its door."""
_FAREWELL_S = 5.0
"""For nodes to end what they are at and to clear their scratch folders."""


@dataclass(frozen=True)
class RayFleet:
    """A Ray cluster, `jobs` shifts at a time. Each node has this Ontakt installed, with station
    files and checkpoints under the same paths; its results are refused when software or policy
    differ from ours."""

    jobs: int

    @classmethod
    def new(cls, address: str | None, jobs: int | None) -> Self:
        """The cluster at `address`; without one that of RAY_ADDRESS or of this machine, and where
        there is none this machine alone. As many jobs as the cluster has cores when None.

        Raises MissingExtra, and SetupError when it does not answer or has no core.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            ray = _ray()
        except ModuleNotFoundError as error:
            raise MissingExtra("--fleet ray", "fleet") from error
        if not ray.is_initialized():
            try:
                _knock(address or os.environ.get("RAY_ADDRESS") or "")
                ray.init(address, logging_level=logging.ERROR, log_to_driver=False)
            except (OSError, ImportError, RuntimeError, ValueError, AssertionError) as error:
                raise SetupError(f"--fleet ray:{address or ''}: no cluster ({error}).") from error
        count = int(ray.cluster_resources().get("CPU", 0))
        if count < 1:
            raise SetupError(f"--fleet ray:{address or ''}: no node has a core to give.")
        return cls(jobs or count)

    def work(
        self, orders: Sequence[ShiftOrder], folder: Path, watch: Watch
    ) -> Generator[ShiftResult, None, None]:
        """As `Fleet.work`. Raises SetupError for orders that are to be worked alone: what else
        runs on a node is not ours to say."""
        for order in orders:
            if order.alone:
                raise SetupError(
                    f"{order.name}: latency {order.options.latency!r} is of one machine that does "
                    "nothing else; use --fleet local."
                )
        yield from Dispatch(orders, folder, RayHands(), self.jobs, watch).results()


def _ray() -> Any:
    """The library, typed in part and differently from release to release."""
    return import_module("ray")


def _knock(address: str) -> None:
    """Raises OSError where nobody listens at HOST:PORT; Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), _PATIENT_S).close()


class RayHands:
    """A task of one core for each shift; it is we who repeat what was lost, not Ray."""

    def __init__(self) -> None:
        self._ray = _ray()
        self._task = self._ray.remote(num_cpus=1, max_retries=0)(work_shift)
        self._running: dict[Any, tuple[str, Path]] = {}

    def begin(self, order: ShiftOrder, place: Path) -> None:
        """As `Hands.begin`."""
        self._running[self._task.remote(order.options.command()[1:])] = (order.name, place)

    def ended(self) -> Sequence[tuple[str, Ended]]:
        """As `Hands.ended`."""
        ready, _ = self._ray.wait(list(self._running), timeout=PATIENCE_S)
        return [self._fetch(reference) for reference in ready]

    def _fetch(self, reference: Any) -> tuple[str, Ended]:
        name, place = self._running.pop(reference)
        try:
            code, said, files = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            why = " ".join(str(error).split())
            return name, Ended(None, f"was lost with its node ({type(error).__name__}: {why:.200})")
        try:
            write_files(place, files)
        except OSError as error:
            raise HaltError(f"{place}: cannot be written ({error.strerror}).") from error
        except ValueError as error:
            raise HaltError(f"{name}: a node sent {error}.") from error
        return name, Ended(code, said)

    def close(self) -> None:
        """As `Hands.close`."""
        references = list(self._running)
        for force in (False, True):
            for reference in references:
                self._ray.cancel(reference, force=force)
            if references:
                _, references = self._ray.wait(
                    references, num_returns=len(references), timeout=_FAREWELL_S
                )
