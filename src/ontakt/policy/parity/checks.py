"""What a folder of golden data lets one check besides its tensors: the noise against its seed, and
the lists of names."""

from collections.abc import Iterator, Set

import torch
from torch import Tensor

from ontakt.policy.parity.evaluation import Evaluation, NotComparable
from ontakt.policy.parity.folder import GoldenFolder
from ontakt.policy.parity.models import Models
from ontakt.policy.parity.quantity import Value
from ontakt.policy.parity.training import differentiate
from ontakt.policy.parity.verdict import Compared, judge
from ontakt.policy.xr0.flow import draw_noise
from ontakt.policy.xr0.post_training import PostTraining, draw

WITHOUT_GRADIENT, KEYS = "params_without_grad.txt", "state_dict_keys.txt"


def check_noise(folder: GoldenFolder) -> Iterator[Compared]:
    """Every noise against what its seed gives. Exactly: both were drawn alike. Raises
    NotComparable for a seed that is no whole number."""
    inputs: dict[str, Tensor] = {}
    for one in folder.sets:
        inputs |= one.inputs
    for name in sorted(inputs):
        case, _, quantity = name.partition(".")
        noise = inputs.get(f"{case}.noise")
        if quantity == "seed" and noise is not None:
            seed = inputs[name]
            if seed.numel() != 1 or seed.is_floating_point():
                raise NotComparable(f"{name} is no whole number")
            drawn = draw_noise(tuple(noise.shape), int(seed))
            yield judge(f"{case}.noise (seed)", "noise", Value(drawn), noise, 0.0)


def check_keys(folder: GoldenFolder, models: Models) -> Iterator[Compared]:
    """The names and shapes of the model's tensors against the list of them, where there is one."""
    lines = folder.lines(KEYS)
    if lines is not None:
        state = models.find(False, "exact").state_dict()
        ours = {f"{name}\t{tuple(tensor.shape)}" for name, tensor in state.items()}
        yield _lines(KEYS, ours, set(lines))


def check_gradients(folder: GoldenFolder, models: Models) -> Iterator[Compared]:
    """The parameters that training does not reach against the list of them, where there is one.
    Which those are does not hang on the numbers: the first case is trained on noise. Raises
    NotComparable without a case."""
    lines = folder.lines(WITHOUT_GRADIENT)
    if lines is None:
        return
    cases = [(s, name.partition(".")[0]) for s in folder.sets for name in sorted(s.inputs)]
    cases = [(s, case) for s, case in cases if f"{case}.input_ids" in s.inputs]
    if not cases:
        raise NotComparable("the inputs have no case with input_ids")
    model = models.find(True, "exact")
    case = Evaluation(model, cases[0][0].inputs, cases[0][1])
    config = PostTraining(repeat=1, prefix_probability=0.0, frequency="unmasked")
    noise = case.given("noise")
    batch, horizon, width = noise.shape
    draws = draw(config, batch, horizon, width, torch.Generator().manual_seed(0))
    reached = differentiate(case, draws, noise, config).gradients
    names = {name for name, _ in model.named_parameters()}
    yield _lines(WITHOUT_GRADIENT, {n for n in names if reached.get(n) is None}, set(lines))


def _lines(name: str, ours: Set[str], golden: Set[str]) -> Compared:
    apart = len(ours ^ golden)
    return Compared(name=name, group="names", worst=float(apart), ok=not apart)
