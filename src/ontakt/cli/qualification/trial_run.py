"""The shifts of a registered plan, read in the order of the plan, and what they come to."""

from collections.abc import Mapping

from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.contract import HaltError
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.judge import Judgement, decided, judge
from ontakt.evidence.gate.registration import Registered
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.store import open_store


class TrialRun:
    """A plan under way. Shifts may end in any order; the gate reads each when all before it are
    there, and none behind the one that decided: neither speed nor a kill changes what it reads."""

    def __init__(self, registered: Registered, orders: tuple[ShiftOrder, ...]) -> None:
        self._registered, self._orders = registered, orders
        self._tallies: dict[str, Tally] = {}
        self.judgement = self._judge(())
        """What the shifts that were read come to."""
        self.read: tuple[tuple[ShiftOrder, KeptShift], ...] = ()
        """The shifts that were read, in the order of the plan."""

    def enough(self, done: Mapping[str, KeptShift]) -> bool:
        """Read what of `done` can be read by now; True when the gate has decided. Raises HaltError
        for a shift of another policy or configuration than was registered."""
        for order in self._orders[len(self.read) :]:
            if decided(self.judgement) or order.name not in done:
                break
            kept = done[order.name]
            self._tallies[order.name] = self._tally(order, kept)
            self.read = (*self.read, (order, kept))
            self.judgement = self._judge(tuple(self._tallies.values()))
        return decided(self.judgement)

    def _judge(self, tallies: tuple[Tally, ...]) -> Judgement:
        registered = self._registered
        return judge(
            registered.plan,
            tallies,
            registered.takt_s,
            finished=len(tallies) == len(self._orders),
            policy_hash=registered.policy_hash,
            config_hash=registered.config_hash,
        )

    def _tally(self, order: ShiftOrder, kept: KeptShift) -> Tally:
        cell = " ".join(order.options.variation)
        with open_store(kept.store) as store:
            shift = fold(store.records(store.find().shift))
        origin, registered = shift.origin, self._registered
        if origin.policy_hash != registered.policy_hash:
            raise HaltError(f"{order.name} was worked by another policy than was registered.")
        if origin.config_hash != registered.config_hashes[cell]:
            raise HaltError(f"{order.name} was worked in another configuration than registered.")
        return Tally.of(shift, cell)
