"""The properties of a Tuning step: what the service answers about a tuning job and its training jobs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.tuning.trials import COMPLETED, FAILED, STOPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from step_scripts.local.execution import Trial
    from step_scripts.local.executors.tuning.request import Plan
    from step_scripts.local.executors.tuning.trials import Trials

MAX_SUMMARIES = 50  # trials that a pipeline may refer to, the best first: Amazon SageMaker Pipelines, "Tuning step"


def described(plan: Plan, trials: Trials, ranked: Sequence[Trial], *, started: datetime) -> dict[str, Any]:
    """Return what DescribeHyperParameterTuningJob and ListTrainingJobsForHyperParameterTuningJob answer together.

    Parameters
    ----------
    plan
        The search.
    trials
        Has run them.
    ranked
        All of them, the best first.
    started
        When the search began.
    """
    from moto.core import DEFAULT_ACCOUNT_ID

    arns = f"arn:aws:sagemaker:{trials.context.session.boto_region_name}:{DEFAULT_ACCOUNT_ID}"
    statuses = Counter(trial.status for trial in ranked)
    with_objective = sum(trial.objective is not None for trial in ranked)
    summaries = [_summary(plan, trials, trial, arns, started) for trial in ranked]
    ended = datetime.now(UTC)
    return {
        "HyperParameterTuningJobName": trials.name,
        "HyperParameterTuningJobArn": f"{arns}:hyper-parameter-tuning-job/{trials.name.lower()}",
        "HyperParameterTuningJobConfig": dict(plan.config),
        "TrainingJobDefinition": dict(plan.job),
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": started,
        "HyperParameterTuningEndTime": ended,
        "LastModifiedTime": ended,
        "TrainingJobStatusCounters": {
            "Completed": statuses[COMPLETED],
            "InProgress": 0,
            "RetryableError": 0,
            "NonRetryableError": statuses[FAILED],
            "Stopped": statuses[STOPPED],
        },
        "ObjectiveStatusCounters": {
            "Succeeded": with_objective,
            "Pending": 0,
            "Failed": len(ranked) - with_objective,
        },
        "BestTrainingJob": summaries[0],
        "TrainingJobSummaries": summaries[:MAX_SUMMARIES],
    }


def _summary(plan: Plan, trials: Trials, trial: Trial, arns: str, started: datetime) -> dict[str, Any]:
    start, end = trials.times.get(trial.name, (None, None))
    members = {
        "TrainingJobDefinitionName": plan.job.get("DefinitionName"),
        "TrainingJobName": trial.name,
        "TrainingJobArn": f"{arns}:training-job/{trial.name.lower()}",
        "CreationTime": start or started,
        "TrainingStartTime": start,
        "TrainingEndTime": end,
        "TrainingJobStatus": trial.status,
        "TunedHyperParameters": dict(trial.hyperparameters),
        "FailureReason": trial.reason,
        "FinalHyperParameterTuningJobObjectiveMetric": None
        if trial.objective is None
        else {"Type": plan.objective.type, "MetricName": plan.objective.metric, "Value": trial.objective},
        "ObjectiveStatus": "Failed" if trial.objective is None else "Succeeded",
    }
    return {name: value for name, value in members.items() if value is not None}
