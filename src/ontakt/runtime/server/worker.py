"""The one thread that thinks, so that the event loop never waits for the brain."""

from collections.abc import Callable, Sequence
from time import perf_counter

from ontakt.contract import Asked, Brain
from ontakt.runtime.messages import Reset
from ontakt.runtime.server.metrics import Inference
from ontakt.runtime.server.turns import Turn, Turns


class Worker:
    """Takes turns and ends them, as many together as the brain can and `batch` allows.

    `deliver` is called in its thread with turns that are over and the inferences that ended them.
    """

    def __init__(
        self,
        brain: Brain,
        turns: Turns,
        batch: int,
        deliver: Callable[[Sequence[Turn], Sequence[Inference]], None],
    ) -> None:
        self._brain, self._turns = brain, turns
        self._most = max(1, min(batch, brain.batch))
        self._deliver = deliver

    def run(self) -> None:
        """Until the queue is closed."""
        while turns := self._turns.take(self._most):
            begun = perf_counter()
            questions = []
            for turn in turns:
                turn.wait_s = begun - turn.asked_at
                try:
                    question = self._prepare(turn)
                except Exception as error:  # noqa: BLE001 - anybody's policy; the client is told
                    turn.error = error
                else:
                    if question is not None:
                        questions.append((turn, question))
            self._deliver(turns, self._think(questions) if questions else [])

    def _prepare(self, turn: Turn) -> Asked | None:
        """What to ask the brain; None for a reset, which is done at once."""
        session, request = turn.session, turn.request
        if session.policy is None:
            session.policy = self._brain.session()
        if isinstance(request, Reset):
            session.policy.reset(request.sides, request.seed)
            return None
        return Asked(session.policy, request.observation, request.prefix, request.guidance)

    def _think(self, questions: Sequence[tuple[Turn, Asked]]) -> list[Inference]:
        """Together, and where that fails one by one: one robot's nonsense is nobody else's."""
        begun = perf_counter()
        error = None
        try:
            chunks = self._brain.infer_together([asked for _, asked in questions])
            if len(chunks) != len(questions):
                raise RuntimeError(f"{len(questions)} questions, {len(chunks)} answers")
        except Exception as caught:  # noqa: BLE001 - anybody's policy; the client is told
            error = caught
        took = perf_counter() - begun
        if error is not None and len(questions) > 1:
            return [batch for one in questions for batch in self._think([one])]
        for index, (turn, _) in enumerate(questions):
            turn.infer_s, turn.error = took, error
            if error is None:
                turn.chunk = chunks[index]
        return [Inference(len(questions), took)]
