"""What can be asked of a training on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import UseAppendAction, arg

Number = Annotated[int | None, arg(metavar="N", help_behavior_hint="")]
Factor = Annotated[float | None, arg(metavar="X", help_behavior_hint="")]


@dataclass(frozen=True)
class TrainingRequest:
    """The options of `ontakt train`; those left out are the recipe's."""

    out: Annotated[Path, arg(metavar="DIR")]
    """The training's folder."""
    data: Annotated[UseAppendAction[tuple[Path, ...]], arg(metavar="DIR")] = ()
    """A dataset of demonstrations; may be given several times."""
    config: Annotated[str | None, arg(metavar="NAME|FOLDER", help_behavior_hint="")] = None
    """xr0-compact, xr0, or a folder with a config.json; the checkpoint's, or else xr0-compact, when
    left out."""
    init: Annotated[Path | None, arg(metavar="CHECKPOINT", help_behavior_hint="")] = None
    """A checkpoint to begin with, with its statistics; nothing when left out."""
    embodiment: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """Take the statistics from the data for this embodiment, and not from the checkpoint."""
    recipe: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """small or published; published for xr0, small for all others when left out. nut-loading: from
    nothing to the checkpoint that ships, data included."""
    steps: Number = None
    """How long."""
    first_step: Number = None
    """The step of a longer schedule at which it begins; 0 when left out."""
    schedule_steps: Number = None
    """Of that schedule; it ends with this training when left out."""
    minutes: Annotated[float | None, arg(metavar="M", help_behavior_hint="")] = None
    """The same in time: measured over a few steps first, then held as a number of steps."""
    device: Annotated[str, arg(metavar="NAME")] = "cpu"
    """cpu, cuda, cuda:N or auto."""
    threads: Number = None
    """Of a CPU."""
    shard: bool = False
    """Cut weights, gradients and moments into one part for every process."""
    save_every: Annotated[str, arg(metavar="5min|N")] = "5min"
    """Minutes or steps between two savings; it is also saved at the end and when it is stopped."""
    tables: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """Where prepared data are kept for the next training; in each dataset when left out."""
    shares: Annotated[tuple[float, ...], arg(metavar="X X ...")] = ()
    """Of a batch, one number a dataset; alike when left out."""
    seed: Number = None
    """Of first weights, order of lessons, noise."""
    batch: Number = None
    """Lessons a step, over all processes."""
    repeat: Number = None
    """Draws of noise for one reading of a prompt."""
    rate: Factor = None
    """Greatest learning rate."""
    rule: Literal["adamw", "muon"] | None = None
    """How weights are moved."""
    precision: Literal["float32", "bfloat16"] | None = None
    """Of products; weights are float32."""
    window: Annotated[str | None, arg(metavar="N|none", help_behavior_hint="")] = None
    """How many earlier actions an action sees; none: all of them."""
    offset: Number = None
    """How far the actions behind a prefix are moved on in position."""
    prefix: Literal["committed", "truth", "none"] | None = None
    """What stands for actions that are already committed: what the robot was told, the beginning of
    the right answer, nothing."""
    longest_prefix: Number = None
    """Most actions of a prefix."""
    weighting: Literal["on", "off"] | None = None
    """Whether behind a prefix errors weigh by how far off the model is."""
    frequency: Factor = None
    """Weight of the frequency term."""
    no_mirror: bool = False
    """Do not mirror lessons."""
    no_light: bool = False
    """Do not change their light."""
    localisation: Factor = None
    """Weight of saying where nut and pin are."""
    presence: Factor = None
    """Weight of saying whether a nut is there, and one on the pin."""
    average: Factor = None
    """Decay of the average of the weights; 0 keeps the last weights."""
