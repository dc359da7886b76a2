"""Make an untrained brain, show it one observation, and read the chunk that it answers.

Run it: python examples/brain.py (needs the policy extra)
"""

import tempfile
from pathlib import Path

import msgspec
import numpy as np
import torch

from ontakt.contract import SIDES, ArmState, Observation
from ontakt.policy import Xr0Policy
from ontakt.policy.fresh_checkpoint import find_body, write_fresh
from ontakt.policy.xr0.config import XR0_COMPACT

torch.set_num_threads(1)


def arm(y: float) -> ArmState:
    """An arm that waits with its gripper open, its tool pointing down."""
    position = np.array([0.4, y, 0.3])
    return ArmState(
        position=position,
        quaternion=np.array([0.0, 1.0, 0.0, 0.0]),
        opening=0.04,
        grip_force=0.0,
        wrist_force=np.zeros(3),
        target=position,
        target_opening=0.04,
    )


def ramp(height: int, width: int) -> np.ndarray:
    """A picture that grows brighter to the right."""
    row = np.linspace(0, 255, width).astype(np.uint8)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


look = Observation(
    tick=90,
    utc_ns=0,
    arms={"left": arm(0.2), "right": arm(-0.2)},
    images={"head": ramp(128, 128), "left_wrist": ramp(96, 96), "right_wrist": ramp(96, 96)},
    instruction="Load both nuts.",
)

with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "brain"
    write_fresh(folder, XR0_COMPACT, "ontakt-compact", find_body("ontakt-compact"), seed=0)
    brain = Xr0Policy.from_checkpoint(folder, "ontakt-compact", device="cpu")

inputs = brain.processor.inputs(look)
print(f"{brain.spec.name} looks through {', '.join(brain.spec.cameras)}")
print(f"prompt: {inputs.input_ids.shape[1]} tokens, {inputs.mm_token_type_ids.sum()} of images")

brain.reset(SIDES, seed=7)
chunk = brain.infer(look)
space = brain.action_space
print(f"chunk: ticks {chunk.observed_tick} to {chunk.observed_tick + chunk.horizon - 1}")
for side in space.sides:
    for row in (0, 15):
        x, y, z = 1000 * space.position(chunk.targets[row], side)
        width = 1000 * float(space.opening(chunk.targets[row], side))
        print(f"{side:5} row {row:2}: {x:6.1f} {y:6.1f} {z:6.1f} mm, {width:4.1f} mm open")

brain.reset(SIDES, seed=7)
print("the same seed, the same chunk:", np.array_equal(brain.infer(look).targets, chunk.targets))

# Three ticks on, the next three targets are committed already: the new chunk begins with them.
committed = chunk.targets[3:6]
later = brain.infer(msgspec.structs.replace(look, tick=93), prefix=committed)
print("begins with what was committed:", np.array_equal(later.targets[:3], committed))
