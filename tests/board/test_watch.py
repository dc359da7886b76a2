"""One look for everybody, ten seconds of pictures, and the seconds before a call."""

import asyncio
from itertools import pairwise

import pytest

from ontakt.board.console_link import NoConsole
from ontakt.board.console_wire import Seen
from ontakt.board.watch import CLIP_S, LOOK_S, Watch
from ontakt.contract import Live, PortStatus

HZ = 30


class Eyes:
    """Sees a picture every five ticks of a clock that a test moves."""

    def __init__(self) -> None:
        self.looks, self.now, self.gone, self.shift = 0, 0.0, False, "s"

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


def test_the_last_ten_seconds_are_kept_and_those_before_a_call_stay() -> None:
    async def talk() -> None:
        eyes = Eyes()
        watch = Watch("s", eyes, lambda: eyes.now)
        await seconds(watch, eyes, 20.0)
        ticks = [frame.tick for frame in watch.clip]
        assert ticks[-1] - ticks[0] == CLIP_S * HZ
        assert all(b - a == 5 for a, b in pairwise(ticks))
        watch.called(3)
        await seconds(watch, eyes, 30.0)
        watch.called(3)
        assert [frame.tick for frame in watch.clip] == ticks
        assert watch.picture("head", ticks[0]) == str(ticks[0]).encode()
        watch.called(None)
        assert watch.clip[0].tick > ticks[-1]
        assert watch.picture("head") == str(watch.clip[-1].tick).encode()
        assert watch.picture("tail") is None
        assert watch.picture("head", 1) is None

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
