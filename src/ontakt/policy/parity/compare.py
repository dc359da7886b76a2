"""Every tensor of a folder of golden data, computed again and compared."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from torch import Tensor

from ontakt.contract.errors import BadValue
from ontakt.policy.parity.checks import (
    KEYS,
    WITHOUT_GRADIENT,
    check_gradients,
    check_keys,
    check_noise,
)
from ontakt.policy.parity.evaluation import Evaluation, NotComparable
from ontakt.policy.parity.folder import GoldenFolder, GoldenSet, read_folder
from ontakt.policy.parity.models import Models
from ontakt.policy.parity.quantity import AS_TRAINED, Asked, Value, find_quantity, flow_run
from ontakt.policy.parity.verdict import Compared, Parity, Skip, judge
from ontakt.policy.xr0.config import Rotary
from ontakt.policy.xr0.model import Prompt, Xr0Model

ATOL = 2e-5
"""Other builds and numbers of threads move float32 results by up to 4e-6."""

ILL_FITTING = (RuntimeError, ValueError, IndexError, TypeError)
"""What torch and transformers raise for inputs that do not fit the model or each other."""


class Actor(Protocol):
    """A faster way from an observation to actions."""

    def act(
        self,
        prompt: Prompt,
        state: Tensor,
        action_mask: Tensor,
        noise: Tensor,
        prefix: Tensor | None,
    ) -> Tensor:
        """Actions (B, T, D), as `ontakt.policy.xr0.flow.sample` gives them."""
        ...


Actors = Mapping[str, Callable[[Xr0Model, int], Actor]]
"""How to make an actor of a model and a number of Euler steps, by the name it is told under."""


def compare(path: Path, atol: float = ATOL, actors: Actors | None = None) -> Parity:
    """The folder `path` of golden data against this model, and the actions of it against every one
    of `actors` as well. float32, on the CPU.

    Raises SetupError for a folder of another layout or a file that cannot be read, BadValue for a
    tolerance that is none.
    """
    if not 0 <= atol < math.inf:
        raise BadValue("atol", atol, "it is 0 or a greater number")
    comparison = _Comparison(read_folder(path), atol, actors or {})
    comparison.run()
    return comparison.parity()


class _Comparison:
    def __init__(self, folder: GoldenFolder, atol: float, actors: Actors) -> None:
        self.folder, self.atol, self.actors = folder, atol, actors
        self.models = Models(folder)
        self.tensors: list[Compared] = []
        self.checks: list[Compared] = []
        self.skipped: list[Skip] = []
        self._acting: dict[Hashable, Actor] = {}

    def run(self) -> None:
        self.models.find(False, "exact")  # weights that do not fit are found before anything else
        for golden in self.folder.sets:
            by_case: dict[str, list[str]] = {}
            for name in sorted(golden.outputs):
                by_case.setdefault(name.partition(".")[0], []).append(name)
            for case, names in by_case.items():
                self._case(golden, case, names)
        for name in self.folder.strangers:
            self._skip(name, NotComparable("its name says neither inputs nor outputs"))
        self._check("noise (seed)", check_noise(self.folder))
        self._check(KEYS, check_keys(self.folder, self.models))
        self._check(WITHOUT_GRADIENT, check_gradients(self.folder, self.models))

    def parity(self) -> Parity:
        return Parity(
            atol=self.atol,
            tensors=tuple(self.tensors),
            checks=tuple(self.checks),
            skipped=tuple(self.skipped),
        )

    def _check(self, name: str, found: Iterable[Compared]) -> None:
        try:
            self.checks += found
        except (NotComparable, *ILL_FITTING) as error:
            self._skip(name, error)

    def _case(self, golden: GoldenSet, case: str, names: list[str]) -> None:
        """All tensors of one case; what the model made of it is forgotten at the end."""
        siblings = frozenset(_quantity(name).removesuffix(AS_TRAINED) for name in names)
        evaluations: dict[tuple[bool, Rotary], Evaluation] = {}
        for name in names:
            quantity = _quantity(name)
            rotary: Rotary = "as_trained" if quantity.endswith(AS_TRAINED) else "exact"
            quantity = quantity.removesuffix(AS_TRAINED)
            post = golden.post or quantity.startswith(("eval_p", "train_p"))
            key = (post, rotary)
            if key not in evaluations:
                model = self.models.find(*key)
                evaluations[key] = Evaluation(model, golden.inputs, case)
            self._tensor(golden, name, quantity, evaluations[key], siblings)

    def _tensor(
        self,
        golden: GoldenSet,
        name: str,
        quantity: str,
        case: Evaluation,
        siblings: frozenset[str],
    ) -> None:
        reference, label = golden.outputs[name], self._label(golden, name)
        try:
            kind, match = find_quantity(quantity)
            asked = Asked(case, match, siblings)
            value = kind.compute(asked)
            self.tensors.append(judge(label, kind.group, value, reference, self.atol))
        except (NotComparable, *ILL_FITTING) as error:
            self._skip(label, error)
        else:
            run = flow_run(asked)
            if run is not None:
                self._act(label, case, run, reference)

    def _skip(self, name: str, error: Exception) -> None:
        reason = str(error).partition("\n")[0] or type(error).__name__
        if not isinstance(error, NotComparable):
            reason = f"the model cannot take the inputs: {reason}"
        self.skipped.append(Skip(name, reason))

    def _label(self, golden: GoldenSet, name: str) -> str:
        """The tensor's name, with the file's where another file has the same one."""
        twice = sum(name in one.outputs for one in self.folder.sets) > 1
        return f"{golden.file}: {name}" if twice else name

    def _act(self, label: str, case: Evaluation, run: tuple[int, int], reference: Tensor) -> None:
        """The same actions, by every actor."""
        length, steps = run
        for name, make in self.actors.items():
            told = f"{label} ({name})"
            config = case.model.config
            key = (name, config.action_window, config.action_rope_offset, config.rotary, steps)
            try:
                if key not in self._acting:
                    # An actor may lay the weights out anew, so it has a model of its own.
                    self._acting[key] = make(self.models.make(config), steps)
                actions = self._acting[key].act(
                    case.prompt,
                    case.given("state"),
                    case.given("action_mask"),
                    case.given("noise"),
                    case.prefix(length),
                )
            except ILL_FITTING as error:
                self._skip(told, error)
            else:
                self.checks.append(judge(told, name, Value(actions), reference, self.atol))


def _quantity(name: str) -> str:
    return name.partition(".")[2]
