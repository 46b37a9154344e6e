"""The trials of a search: training jobs of the SDK's local mode, several at a time."""

from __future__ import annotations

import copy
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from step_scripts.local import sdk, storage
from step_scripts.local.execution import Trial
from step_scripts.local.executors.tuning import objective

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from step_scripts.local.executors.base import Context
    from step_scripts.local.executors.tuning.request import Plan
    from step_scripts.local.executors.tuning.strategies import Point

COMPLETED, FAILED, STOPPED = "Completed", "Failed", "Stopped"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Runs trials.

    Attributes
    ----------
    context
        What an executor may use of the run.
    plan
        The search.
    name
        Of the tuning job: each trial's name begins with it.
    folder
        The step's own. Each trial has a folder in it, called by its number: ``001``.
    isolated
        Whether the trials have no network.
    times
        When each trial started and ended, by its name.
    """

    context: Context
    plan: Plan
    name: str
    folder: Path
    isolated: bool
    times: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, points: Sequence[Point], *, first: int, ended: Callable[[Trial], None]) -> list[Trial]:
        """Run a trial of each point, as many at a time as the request and the cores allow.

        The SDK's session is not made for threads. So one thread at a time is inside the SDK, except while its job runs.

        Parameters
        ----------
        points
            The values of the hyperparameters.
        first
            The number of the first trial.
        ended
            Is called with each trial when it ends by itself, in this thread.

        Returns
        -------
        list of Trial
            In the order of the points, whatever order they ended in. After an interrupt, those that had started.
        """
        at_a_time = max(1, min(self.plan.max_parallel_jobs, cores(), len(points)))
        with sdk.released_while_a_job_runs(self._lock), ThreadPoolExecutor(at_a_time) as pool:
            futures = [pool.submit(self._run, number, point) for number, point in enumerate(points, start=first)]
            for future in as_completed(futures):
                if (trial := future.result()) and trial.status != STOPPED:
                    ended(trial)
        return [trial for future in futures if (trial := future.result())]

    def _run(self, number: int, point: Point) -> Trial | None:
        name, folder = f"{self.name}-{number:03d}", self.folder / f"{number:03d}"
        log = folder / "log.txt"
        with self._lock:
            if self.context.interrupt.received:
                return None
            start = time.monotonic()
            folder.mkdir(parents=True, exist_ok=True)
            log.touch()
            status, reason = self._train(name, point, folder)
        found = objective.final(log, self.plan.objective) if status == COMPLETED else None
        return Trial(name, number, status, found, point, time.monotonic() - start, log, reason)

    def _train(self, name: str, point: Point, folder: Path) -> tuple[str, str | None]:
        """Run a training job; return its status and, if it failed, the reason."""
        spec, client = self.context.spec, self.context.session.sagemaker_client
        spec.job(folder, isolated=self.isolated, name=name).write()
        try:
            client.create_training_job(name, **self._arguments(point))
            described = client.describe_training_job(name)
            self.times[name] = (described["TrainingStartTime"], described["TrainingEndTime"])
            artifact = described["ModelArtifacts"]["S3ModelArtifacts"].rpartition("/")[0]
            storage.download(self.context.session.s3_client, artifact, folder / "output")
        except Exception as error:  # noqa: BLE001  # the SDK raises whatever it meets
            if self.context.interrupt.received:
                return STOPPED, None
            return FAILED, spec.reason(name) or f"{type(error).__name__}: {error}"
        return COMPLETED, None

    def _arguments(self, point: Point) -> dict[str, Any]:
        job = copy.deepcopy(dict(self.plan.job))  # the SDK writes into it
        static = {name: str(value) for name, value in (job.pop("StaticHyperParameters", None) or {}).items()}
        machines = job.pop("HyperParameterTuningResourceConfig", None)
        if machines and "ResourceConfig" not in job:
            kinds = machines.get("InstanceConfigs") or [machines]
            job["ResourceConfig"] = {"InstanceCount": 1, **machines, **kinds[0]}
        job["HyperParameters"] = {**static, **point, "_tuning_objective_metric": self.plan.objective.metric}
        return job
