"""A brain made of policies that know nothing of each other."""

from collections.abc import Callable, Sequence

from ontakt.contract import ActionChunk, Asked, Brain, Policy, PolicySpec


class OneByOne:
    """`contract.Brain` over a factory of policies, for those that answer one question at a time.

    Every session is a policy of its own from `make`; the first one is made at once, for its spec.
    """

    batch = 1

    def __init__(self, make: Callable[[], Policy]) -> None:
        self._make = make
        self._spare: Policy | None = make()
        self._spec = self._spare.spec

    @property
    def spec(self) -> PolicySpec:
        """Of each of its policies."""
        return self._spec

    def session(self) -> Policy:
        """A policy of one robot's own."""
        made, self._spare = self._spare, None
        return self._make() if made is None else made

    def infer_together(self, asked: Sequence[Asked]) -> Sequence[ActionChunk]:
        """One after the other."""
        return [one.session.infer(one.observation, one.prefix, one.guidance) for one in asked]


def brain_of(make: Callable[[], Policy]) -> Brain:
    """What `make` makes, where that is a brain already; otherwise `OneByOne` over it."""
    made = [make()]
    if callable(getattr(made[0], "infer_together", None)):
        return made[0]  # type: ignore[return-value]
    return OneByOne(lambda: made.pop() if made else make())
