"""The EvalLog of inspect-robots, schema version 1: scores by scene and epoch.

A trial that ended in an error has no scores: it is `aborted`, and its result is unknown. When a
trial began and how long it took is not in the log.
"""

from collections.abc import Mapping
from typing import Any

from ontakt.evidence.imported.episodes import Episode, Episodes
from ontakt.evidence.imported.table import About

SUCCESS = ("operator", "success_at_end", "reached_goal_state")
"""Scores that say whether a trial succeeded, the most trustworthy first."""


def inspect_robots(document: Mapping[str, Any]) -> Episodes | None:
    """The trials of `document`; None when it is no EvalLog."""
    if not {"eval", "samples", "results", "stats", "version"} <= document.keys():
        return None
    told = document["eval"]
    known = {
        "station": told.get("task"),
        "robot": told.get("embodiment"),
        "policy": told.get("policy_checkpoint") or told.get("policy"),
    }
    return Episodes(
        kind="inspect-robots",
        episodes=[episode for scene in document["samples"] for episode in _trials(scene)],
        about=About(known={name: str(value) for name, value in known.items() if value}),
    )


def _trials(scene: Mapping[str, Any]) -> list[Episode]:
    epochs = scene.get("epochs", ())
    judged = [*scene.get("operator_judgements", ()), *[None] * len(epochs)]
    return [
        Episode("", _success(scores, judgement), "" if scores else "aborted")
        for scores, judgement in zip(epochs, judged, strict=False)
    ]


def _success(scores: Mapping[str, Any], judgement: object) -> bool | None:
    """The first score that says it; the operator's is 0 too where he never judged."""
    for name in SUCCESS:
        value = scores.get(name)
        if value in (0, 1) and (name != "operator" or judgement is not None):
            return bool(value)
    return None
