"""One page at a time holds the robot, and only while it keeps saying so; old jogs are void."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from ontakt.board.freshness import LATE_S, Freshness
from ontakt.board.lease import LEASE_S, Lease

PAGES = {"a1": "ann", "a2": "ann", "b": "bob"}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "renew", "end", "away"]),
        st.sampled_from(sorted(PAGES)),
        st.floats(0.0, 1.5),
    ),
    max_size=40,
)


@dataclass
class Reference:
    """What a lease is, said the long way: the page, and when it was last heard."""

    key: str | None = None
    heard: float = 0.0

    def held(self, now: float) -> str | None:
        return self.key if now < self.heard + LEASE_S else None


@settings(max_examples=150)
@given(STEPS)
def test_at_most_one_page_holds_it_and_silence_ends_it(steps: list[tuple[str, str, float]]) -> None:
    lease, plain, now = Lease(), Reference(), 0.0
    for what, key, pause in steps:
        now += pause
        held = plain.held(now)
        assert (None if (h := lease.holder(now)) is None else h.key) == held
        assert (lease.lapsed(now) is not None) == (plain.key is not None and held is None)
        if what == "take":
            way = lease.take(PAGES[key], key, now)
            assert (None if way is None else way.key) == (held if held != key else None)
            if way is None:
                plain = Reference(key, now)
        elif what == "renew":
            assert lease.renew(key, now) == (held == key)
            if held == key:
                plain.heard = now
        elif what == "end":
            assert (lease.end(key) is not None) == (plain.key == key)
            plain = Reference() if plain.key == key else plain
        else:
            assert (lease.end() is not None) == (plain.key is not None)
            plain = Reference()


def test_a_second_window_of_the_same_person_is_another_page() -> None:
    lease = Lease()
    assert lease.take("ann", "a1", 0.0) is None
    way = lease.take("ann", "a2", 0.5)
    assert way is not None
    assert way.who == "ann"
    assert lease.take("ann", "a2", LEASE_S) is None


@given(
    st.floats(-1e6, 1e6), st.floats(1e-3, 0.1),
    st.lists(st.floats(0.0, LATE_S - 0.02), min_size=1, max_size=60), st.floats(0.2, 5.0),
)  # fmt: skip
def test_only_a_jog_that_was_held_back_is_void(
    apart: float, quickest: float, more: list[float], late: float
) -> None:
    freshness = Freshness()
    assert freshness.fresh(apart, quickest)
    for k, extra in enumerate(more, start=1):
        sent = 0.05 * k
        assert freshness.fresh(sent + apart, sent + quickest + extra)
    sent = 0.05 * (len(more) + 1)
    assert not freshness.fresh(sent + apart, sent + quickest + late)


def test_clocks_that_drift_apart_do_not_make_jogs_old() -> None:
    freshness = Freshness()
    for k in range(200_000):  # nearly three hours at 20 Hz, 100 ppm apart
        assert freshness.fresh(0.05 * k * (1 - 1e-4), 0.05 * k + 0.01)
