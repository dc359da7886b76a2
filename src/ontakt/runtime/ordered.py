"""A policy that is given another order than its drives would tell it: other words, another job."""

import msgspec

from ontakt.contract import ActionChunk, Array, Guidance, Observation, Policy, PolicySpec, Side


class Ordered:
    """`contract.Policy` around another one: every observation says `instruction` and `job`."""

    def __init__(self, policy: Policy, instruction: str, job: tuple[Side, ...]) -> None:
        self._policy = policy
        self.instruction, self.job = instruction, job
        """What is ordered; may be changed between cycles."""

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self._policy.reset(sides, seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        ordered = msgspec.structs.replace(observation, instruction=self.instruction, job=self.job)
        return self._policy.infer(ordered, prefix, guidance)
