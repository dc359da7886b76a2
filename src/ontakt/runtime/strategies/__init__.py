"""Chunk strategies: when to think, what to tell the brain of what is committed, and where on the
timeline the answer goes."""

from ontakt.runtime.strategies.ensemble import Ensemble
from ontakt.runtime.strategies.guided import Guided
from ontakt.runtime.strategies.lerp import Lerp
from ontakt.runtime.strategies.naive import Naive
from ontakt.runtime.strategies.names import STRATEGIES, parse_strategy
from ontakt.runtime.strategies.prefixed import Prefixed
from ontakt.runtime.strategies.strategy import Question, Strategy
from ontakt.runtime.strategies.sync import Sync

__all__ = [
    "STRATEGIES",
    "Ensemble",
    "Guided",
    "Lerp",
    "Naive",
    "Prefixed",
    "Question",
    "Strategy",
    "Sync",
    "parse_strategy",
]
