"""`eval_info.json` as lerobot-eval writes it: successes by task.

Since LeRobot 0.4 `per_task` lists {task_group, task_id, metrics: {successes, sum_rewards, ...}};
before that `per_episode` listed {episode_ix, success, sum_reward, max_reward, seed}. Neither says
when an episode began or how long it took.
"""

from collections.abc import Mapping
from typing import Any

from ontakt.evidence.imported.episodes import Episode, Episodes


def lerobot(document: Mapping[str, Any]) -> Episodes | None:
    """The episodes of `document`; None when it is nothing that lerobot-eval wrote."""
    if "per_task" in document and "overall" in document:
        found = [
            Episode(f"{task['task_group']}_{task['task_id']}", _success(one))
            for task in document["per_task"]
            for one in task["metrics"]["successes"]
        ]
    elif "per_episode" in document and "aggregated" in document:
        found = [Episode("", _success(one["success"])) for one in document["per_episode"]]
    else:
        return None
    return Episodes(kind="lerobot-eval", episodes=found)


def _success(value: object) -> bool | None:
    return None if value is None else bool(value)
