"""Between what Ontakt sees and means and what XR-0 reads and writes."""

from ontakt.policy.processor.action_layout import ActionLayout
from ontakt.policy.processor.embodiment import (
    Embodiment,
    View,
    embodiments,
    find_embodiment,
)
from ontakt.policy.processor.gripper import Gripper
from ontakt.policy.processor.images import ImageRecipe, VisionGeometry
from ontakt.policy.processor.processor import Inputs, Processor
from ontakt.policy.processor.prompt import InstructionStyle, Prompt, prompt_text
from ontakt.policy.processor.state_layout import StateLayout, StatePart
from ontakt.policy.processor.statistics import Statistics, robot_types
from ontakt.policy.processor.vocabulary import compact_tokenizer

__all__ = [
    "ActionLayout",
    "Embodiment",
    "Gripper",
    "ImageRecipe",
    "Inputs",
    "InstructionStyle",
    "Processor",
    "Prompt",
    "StateLayout",
    "StatePart",
    "Statistics",
    "View",
    "VisionGeometry",
    "compact_tokenizer",
    "embodiments",
    "find_embodiment",
    "prompt_text",
    "robot_types",
]
