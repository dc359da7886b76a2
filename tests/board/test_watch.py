"""One look for everybody, ten seconds of pictures, and the ten before a call."""

import asyncio
from itertools import pairwise

import pytest

from ontakt.board.console_link import NoConsole
from ontakt.board.console_wire import Seen, Taken
from ontakt.board.watch import LOOK_S, Watch
from ontakt.contract import Live, PortStatus
from ontakt.contract.live import CLIP_S

HZ = 30


class Eyes:
    """Sees a picture every five ticks of a clock that a test moves."""

    def __init__(self) -> None:
        self.looks, self.now, self.gone, self.shift = 0, 0.0, False, "s"
        self.recalled: list[int] = []
        self.clip: dict[int, tuple[Taken, ...]] = {}
        """What the shift still knows, by call."""

    async def recall(self, call: int) -> tuple[Taken, ...] | None:
        await asyncio.sleep(0)
        if self.gone:
            raise NoConsole("gone")
        self.recalled.append(call)
        return self.clip.get(call)

    async def look(self, *, pictures: bool = False) -> Seen:
        assert pictures
        await asyncio.sleep(0)
        if self.gone:
            raise NoConsole("gone")
        self.looks += 1
        tick = int(self.now * HZ)
        taken = tick - tick % 5
        return Seen(
            number=0,
            status=PortStatus(tick=tick),
            live=Live(shift=self.shift, tick=tick, hz=HZ, state=None, sides={}),
            pictures={"head": str(taken).encode()},
            pictured_tick=taken,
        )


def taken(tick: int, *cameras: str) -> Taken:
    return Taken(tick=tick, pictures={name: f"{name} {tick}".encode() for name in cameras})


async def seconds(watch: Watch, eyes: Eyes, much: float) -> None:
    end = eyes.now + much
    while eyes.now < end:
        eyes.now += 0.1
        await watch.now()


def test_ten_pages_cost_one_look() -> None:
    async def talk() -> None:
        eyes = Eyes()
        watch = Watch("s", eyes, lambda: eyes.now)
        seen = await asyncio.gather(*(watch.now() for _ in range(10)))
        assert eyes.looks == 1
        assert len({id(one) for one in seen}) == 1
        eyes.now += LOOK_S
        await watch.now()
        assert eyes.looks == 2

    asyncio.run(talk())


def test_the_last_ten_seconds_are_kept() -> None:
    async def talk() -> None:
        eyes = Eyes()
        watch = Watch("s", eyes, lambda: eyes.now)
        await seconds(watch, eyes, 20.0)
        ticks = [frame.tick for frame in watch.clip]
        assert ticks[-1] - ticks[0] == CLIP_S * HZ
        assert all(b - a == 5 for a, b in pairwise(ticks))
        assert watch.clip_cameras == ("head",)
        assert watch.picture("head") == str(watch.clip[-1].tick).encode()
        assert watch.picture("tail") is None
        assert watch.picture("head", 1) is None

    asyncio.run(talk())


def test_a_console_that_opens_in_a_call_shows_what_the_shift_saw_before_it() -> None:
    async def talk() -> None:
        eyes = Eyes()
        eyes.now = 100.0  # long after it
        eyes.clip = {3: (taken(10, "head", "wrist"), taken(14, "head"), taken(18, "head", "wrist"))}
        watch = Watch("s", eyes, lambda: eyes.now)
        await watch.now()
        await asyncio.gather(*(watch.called(3) for _ in range(5)))
        await seconds(watch, eyes, 30.0)
        await watch.called(3)
        assert eyes.recalled == [3]
        assert [one.tick for one in watch.clip] == [10, 14, 18]
        assert watch.clip_cameras == ("head",)  # the policy did not look through the other
        assert watch.picture("wrist", 18) == b"wrist 18"
        await watch.called(None)
        assert watch.clip[0].tick > 18
        assert watch.picture("head", 14) == b"head 14"  # a page may still be playing it

    asyncio.run(talk())


def test_nothing_that_came_after_a_call_is_shown_as_before_it() -> None:
    async def talk() -> None:
        eyes = Eyes()
        watch = Watch("s", eyes, lambda: eyes.now)
        await seconds(watch, eyes, 5.0)
        await watch.called(4)  # the record is ahead of the shift's own eyes
        assert [one.tick for one in watch.clip] == []
        assert watch.clip_cameras == ()
        eyes.clip = {4: (taken(10, "head"),)}
        await watch.called(4)
        assert [one.tick for one in watch.clip] == [10]
        eyes.clip = {5: ()}  # a policy that sees nothing, and nobody looked
        await watch.called(5)
        await watch.called(5)
        assert [one.tick for one in watch.clip] == []
        assert eyes.recalled == [4, 4, 5]
        eyes.gone = True
        with pytest.raises(NoConsole):
            await watch.called(6)

    asyncio.run(talk())


def test_what_is_gone_is_told_and_another_shift_is_not_shown() -> None:
    async def talk() -> None:
        eyes = Eyes()
        watch = Watch("s", eyes, lambda: eyes.now)
        await watch.now()
        eyes.now, eyes.gone = 1.0, True
        with pytest.raises(NoConsole):
            await watch.now()
        eyes.gone, eyes.shift = False, "t"
        with pytest.raises(NoConsole, match="another shift"):
            await watch.now()

    asyncio.run(talk())
