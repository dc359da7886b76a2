"""What a name in golden data means: which tensor of the model, at which time, step or prefix.

A name is CASE.QUANTITY, and ends with `_bf16rope` where the rotary frequencies are as trained.
"""

import re
from collections.abc import Callable
from re import Match

from msgspec import Struct
from torch import Tensor

from ontakt.policy.parity import training
from ontakt.policy.parity.evaluation import Evaluation, NotComparable
from ontakt.policy.parity.flow_length import flow_length
from ontakt.policy.xr0.flow import STEPS

AS_TRAINED = "_bf16rope"
TIME = r"(?P<t>\d+(?:\.\d+)?)"
EVAL, TRAIN = r"eval_p(?P<p>\d+)\.", r"train_p(?P<p>\d+)\."
ACTIONS, EVAL_ACTIONS = r"actions_(?P<n>\d+)", EVAL + r"actions(?:_(?P<n>\d+))?"
FREQUENCY = r"train_p(?P<p>\d+)_freq(?P<c>\d+(?:\.\d+)?)\."


class Value(Struct, frozen=True, eq=False):
    """A tensor that was computed again, and where it counts: `where` broadcasts to it, True =
    compare; None everywhere. What stands at padding is each implementation's own affair."""

    tensor: Tensor
    where: Tensor | None = None


class Asked(Struct, frozen=True, eq=False):
    """One name of a file of outputs, in its case."""

    case: Evaluation
    match: Match[str]
    siblings: frozenset[str]
    """All names of the case in the same file, without the ending of the rotary frequencies."""

    def number(self, group: str) -> int:
        """An index, a length or a count in the name."""
        return int(self.match[group])


Compute = Callable[[Asked], Value]


class Quantity(Struct, frozen=True):
    """A kind of tensor: how its names read, the group it is told under, how it is computed."""

    group: str
    pattern: str
    compute: Compute


def find_quantity(name: str) -> tuple[Quantity, Match[str]]:
    """What `name`, without case and ending, means. Raises NotComparable."""
    for quantity in QUANTITIES:
        match = re.fullmatch(quantity.pattern, name)
        if match:
            return quantity, match
    raise NotComparable("the layout has no such name")


def _cache(asked: Asked) -> Value:
    context, layer = asked.case.context, asked.number("layer")
    if layer >= len(context.keys):
        raise NotComparable(f"the cache has layers 0 to {len(context.keys) - 1}")
    part = context.keys if asked.match["part"] == "key" else context.values
    return Value(part[layer], context.attention_mask.bool()[:, None, :, None])


def _deepstack(asked: Asked) -> Value:
    features, index = asked.case.views.deepstack, asked.number("i")
    if index >= len(features):
        raise NotComparable(f"there are {len(features)} deepstack features")
    return Value(features[index])


def _prompt_positions(asked: Asked) -> Value:
    context = asked.case.context
    return Value(context.position_ids, context.attention_mask.bool()[None])


def _time(asked: Asked) -> Value:
    vector, rows = asked.case.time(float(asked.match["t"]))
    return Value(vector if asked.match["what"] == "t_embed" else rows)


def _released_flow(asked: Asked) -> Value:
    named = {int(n) for n in _numbers(asked.siblings, r"actions_(\d+)")}
    done = {int(n) for n in _numbers(asked.siblings, r"x_after_step(\d+)")}
    steps, k = flow_length(named, done), asked.number("k")
    return Value(asked.case.flow(0, steps)[k].x)


def _eval_steps(asked: Asked) -> int:
    prefix = f"eval_p{asked.match['p']}"
    named = {int(n) for n in _numbers(asked.siblings, rf"{prefix}\.actions_(\d+)")}
    done = {int(n) + 1 for n in _numbers(asked.siblings, rf"{prefix}\.[zv]_step(\d+)")}
    return flow_length(named, done)


def _eval_flow(asked: Asked) -> Value:
    step = asked.case.flow(asked.number("p"), _eval_steps(asked))[asked.number("k")]
    return Value(step.x if asked.match["what"] == "z" else step.v)


def _numbers(names: frozenset[str], pattern: str) -> tuple[str, ...]:
    matches = (re.fullmatch(pattern, name) for name in names)
    return tuple(match[1] for match in matches if match)


def _actions(asked: Asked) -> Value:
    length, steps = flow_run(asked) or (0, STEPS)
    return Value(asked.case.flow(length, steps)[-1].x)


def flow_run(asked: Asked) -> tuple[int, int] | None:
    """Length of the prefix and number of steps of the run whose answer is asked for; None for
    anything but such an answer."""
    pattern = asked.match.re.pattern
    if pattern == ACTIONS:
        return 0, asked.number("n")
    if pattern == EVAL_ACTIONS:
        steps = asked.number("n") if asked.match["n"] else _eval_steps(asked)
        return asked.number("p"), steps
    return None


def _generated(asked: Asked) -> Value:
    generated = training.train(asked.case, asked.number("p"), 0.0).loss.generated
    if generated is None:
        raise NotComparable("without a prefix nothing is generated in training")
    return Value(generated)


def _loss(asked: Asked) -> Value:
    loss = training.train(asked.case, asked.number("p"), float(asked.match["c"])).loss
    terms = {"loss": loss.total, "loss_mse": loss.squared, "loss_freq": loss.frequency}
    return Value(terms[asked.match["what"]].detach())


def _gradient(asked: Asked) -> Value:
    name = asked.match["name"]
    step = training.train(asked.case, asked.number("p"), float(asked.match["c"]))
    if name not in step.gradients:
        raise NotComparable(f"no parameter that training moves is called {name}")
    found = step.gradients[name]
    # What nothing flows to has the gradient zero.
    return Value(asked.case.model.get_parameter(name) * 0 if found is None else found)


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("caches", r"kv(?P<layer>\d+)\.(?P<part>key|value)", _cache),
    Quantity("views", r"visual_embeds", lambda a: Value(a.case.views.tokens)),
    Quantity("views", r"deepstack(?P<i>\d+)", _deepstack),
    Quantity("positions", r"vlm_position_ids", _prompt_positions),
    Quantity("positions", r"dit_position_ids", lambda a: Value(a.case.positions(0))),
    Quantity(
        "positions", EVAL + "dit_position_ids", lambda a: Value(a.case.positions(a.number("p")))
    ),
    Quantity(
        "positions",
        TRAIN + "dit_position_ids",
        lambda a: Value(training.positions(a.case, a.number("p"))),
    ),
    Quantity("masks", r"dit_attn_mask", lambda a: Value(a.case.surroundings(0).mask)),
    Quantity(
        "masks", EVAL + "dit_attn_mask", lambda a: Value(a.case.surroundings(a.number("p")).mask)
    ),
    Quantity(
        "masks",
        TRAIN + "dit_attn_mask",
        lambda a: Value(training.surroundings(a.case, a.number("p")).mask),
    ),
    Quantity(
        "rotary",
        r"dit_(?P<what>cos|sin)",
        lambda a: Value(getattr(a.case.surroundings(0), a.match["what"])),
    ),
    Quantity(
        "rotary",
        EVAL + r"dit_(?P<what>cos|sin)",
        lambda a: Value(getattr(a.case.surroundings(a.number("p")), a.match["what"])),
    ),
    Quantity(
        "rotary",
        TRAIN + r"dit_(?P<what>cos|sin)",
        lambda a: Value(getattr(training.surroundings(a.case, a.number("p")), a.match["what"])),
    ),
    Quantity("time", rf"(?P<what>t_embed|t_proj)_{TIME}", _time),
    Quantity("state", r"state_embed", lambda a: Value(a.case.surroundings(0).state)),
    Quantity(
        "velocities",
        rf"velocity_at_noise_t{TIME}",
        lambda a: Value(a.case.velocity(float(a.match["t"]))),
    ),
    Quantity("flow", r"x_after_step(?P<k>\d+)", _released_flow),
    Quantity("flow", EVAL + r"(?P<what>[zv])_step(?P<k>\d+)", _eval_flow),
    Quantity("actions", ACTIONS, _actions),
    Quantity("actions", EVAL_ACTIONS, _actions),
    Quantity(
        "velocities",
        TRAIN + "pred_velocity",
        lambda a: Value(training.train(a.case, a.number("p"), 0.0).loss.velocity.detach()),
    ),
    Quantity("actions", TRAIN + "online_generated", _generated),
    Quantity("losses", FREQUENCY + "(?P<what>loss|loss_mse|loss_freq)", _loss),
    Quantity("gradients", FREQUENCY + r"grad\.(?P<name>.+)", _gradient),
)
"""Every name that the layout knows."""
