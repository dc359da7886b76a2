"""The worker: together where it can, one by one where it must; and brains of single policies."""

from asyncio import Future, new_event_loop
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from tests.runtime.server.echo import SPACE, EchoBrain, EchoSession, question

from ontakt.contract import ActionChunk, Array, Asked, CycleError, Guidance, Observation
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.messages import Infer, Reset, read_request
from ontakt.runtime.server import OneByOne, ServerLimits, brain_of
from ontakt.runtime.server.metrics import Inference
from ontakt.runtime.server.sessions import Session
from ontakt.runtime.server.turns import Turn, Turns
from ontakt.runtime.server.worker import Worker

Done = list[tuple[Sequence[Turn], Sequence[Inference]]]


@pytest.fixture
def future() -> Iterator["Future[None]"]:
    loop = new_event_loop()
    yield loop.create_future()
    loop.close()


def infer(brain: EchoBrain, tick: int, prompt: str = "") -> Infer:
    request = read_request(
        {**question(tick), "prompt": prompt, "state": np.asarray(question()["state"])},
        brain.spec,
        SPACE,
    )
    assert isinstance(request, Infer)
    return request


def worked(brain: EchoBrain, turns: list[Turn], batch: int = 8) -> Done:
    """What the worker delivers for `turns`, which all wait when it begins."""
    queue, done = Turns(ServerLimits(queue=100)), Done()
    for turn in turns:
        queue.put(turn)

    def deliver(over: Sequence[Turn], inferences: Sequence[Inference]) -> None:
        done.append((over, inferences))
        if not len(queue):
            queue.close()

    Worker(brain, queue, batch, deliver).run()
    return done


def test_one_robots_nonsense_is_nobody_elses(future: "Future[None]") -> None:
    brain = EchoBrain(batch=4)
    words = ["", "refuse", "", "crash"]
    turns = [
        Turn(Session(), infer(brain, tick, prompt), 0.0, future)
        for tick, prompt in enumerate(words)
    ]
    [(over, inferences)] = worked(brain, turns)
    assert list(over) == turns
    assert [type(turn.error) for turn in turns] == [
        type(None),
        CycleError,
        type(None),
        RuntimeError,
    ]
    for tick in (0, 2):
        chunk = turns[tick].chunk
        assert chunk is not None
        assert chunk.targets[0, 0] == tick
    assert brain.batches == [(1, 2, 3, 4), (1,), (2,), (3,), (4,)]
    assert [each.robots for each in inferences] == [1, 1, 1, 1]
    assert all(turn.wait_s > 0.0 for turn in turns)


@pytest.mark.parametrize(("wanted", "able", "sizes"), [(8, 2, [2, 2, 1]), (3, 8, [3, 2])])
def test_batches_are_as_large_as_wanted_and_possible(
    future: "Future[None]", wanted: int, able: int, sizes: list[int]
) -> None:
    brain = EchoBrain(batch=able)
    turns = [Turn(Session(), infer(brain, tick), 0.0, future) for tick in range(5)]
    assert [len(over) for over, _ in worked(brain, turns, batch=wanted)] == sizes


def test_a_reset_keeps_its_place_in_its_session(future: "Future[None]") -> None:
    brain, session = EchoBrain(), Session()
    turns = [
        Turn(session, request, 0.0, future)
        for request in (
            infer(brain, 0),
            Reset(sides=("left",), seed=5),
            infer(brain, 1),
        )
    ]
    worked(brain, turns)
    seeds = [None if turn.chunk is None else turn.chunk.targets[0, -2] for turn in turns]
    assert seeds == [0, None, 5]
    assert isinstance(session.policy, EchoSession)
    assert session.policy.resets == [(("left",), 5)]


def test_a_brain_that_loses_answers_fails_instead_of_mixing_them_up(
    future: "Future[None]",
) -> None:
    class Forgetful(EchoBrain):
        def infer_together(self, asked: Sequence[Asked]) -> Sequence[ActionChunk]:
            return super().infer_together(asked)[:-1]

    turns = [Turn(Session(), infer(EchoBrain(), tick), 0.0, future) for tick in range(2)]
    worked(Forgetful(), turns)
    assert [str(turn.error) for turn in turns] == ["1 questions, 0 answers"] * 2


def test_one_by_one_makes_a_policy_for_every_session_and_asks_it_alone() -> None:
    station, made = FakeStation(), list[FakePolicy]()

    def make() -> FakePolicy:
        made.append(FakePolicy(station))
        return made[-1]

    brain = OneByOne(make)
    assert len(made) == 1
    assert brain.spec is made[0].spec
    assert brain.batch == 1
    one, two = brain.session(), brain.session()
    assert [one, two] == made
    seen = station.observe(3, 0)
    chunks = brain.infer_together([Asked(two, seen), Asked(one, seen)])
    assert [chunk.observed_tick for chunk in chunks] == [3, 3]
    assert [policy.seen for policy in made] == [[seen], [seen]]


def test_guidance_reaches_the_policy_that_is_asked_with_it() -> None:
    heard = []

    class Guided(FakePolicy):
        def infer(
            self,
            observation: Observation,
            prefix: Array | None = None,
            guidance: Guidance | None = None,
        ) -> ActionChunk:
            heard.append((prefix, guidance))
            return super().infer(observation)

    station = FakeStation()
    brain = OneByOne(lambda: Guided(station))
    rows = np.zeros((10, 16))
    guidance = Guidance(previous=rows, inference_delay=1, execution_horizon=2)
    session, seen = brain.session(), station.observe(0, 0)
    brain.infer_together([Asked(session, seen, guidance=guidance), Asked(session, seen, rows)])
    assert [(p is None, g is guidance) for p, g in heard] == [(True, True), (False, False)]


def test_a_brain_stays_itself_and_a_policy_becomes_one() -> None:
    brain = EchoBrain()
    assert brain_of(lambda: brain) is brain  # type: ignore[arg-type,return-value]
    station, made = FakeStation(), list[FakePolicy]()

    def make() -> FakePolicy:
        made.append(FakePolicy(station))
        return made[-1]

    wrapped = brain_of(make)
    assert isinstance(wrapped, OneByOne)
    assert len(made) == 1
    assert wrapped.session() is made[0]
