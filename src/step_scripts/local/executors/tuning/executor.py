"""The executor of Tuning steps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import Executor, StepError
from step_scripts.local.executors.tuning import lines, objective, properties
from step_scripts.local.executors.tuning import request as requests
from step_scripts.local.executors.tuning.trials import FAILED, Trials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from step_scripts.local.executors.tuning.request import Plan

MAX_NAME = 32  # characters of a tuning job's name, as in the service


class Tuning(Executor):
    """Runs the trials of a tuning job on this machine.

    ``<step>/<number>/`` has a trial's ``log.txt``, ``failure.txt`` and ``output``.
    """

    step_type = "Tuning"

    @classmethod
    def check(cls, request: Mapping[str, Any], project: Path) -> None:
        """Refuse what only the service has."""
        del project
        requests.refuse_what_is_missing(request.get("Arguments") or {})

    def run(self) -> dict[str, Any]:
        """Search, and return what DescribeHyperParameterTuningJob answers, with the trials by rank."""
        started = datetime.now(UTC)
        plan = requests.read(self.step.arguments, fallback_seed=f"{self.context.execution_id}/{self.step.name}")
        for note in plan.notes:
            self.step.show(note)
        trials = Trials(
            context=self.context,
            plan=plan,
            name=self.job_name(),
            folder=self.folder,
            isolated=self.step.name in self.context.isolated,
        )
        self._search(plan, trials)
        self.trials = objective.ranked(self.trials, plan.objective)
        if self.context.interrupt.received:
            raise StepError("interrupted")
        best = self.trials[0]
        if best.objective is None:
            raise StepError(self._failure(plan))
        self.report = {
            "winner": f"{best.number}/{len(self.trials)}",
            plan.objective.metric: repr(best.objective),
            **{name: lines.rounded(value) for name, value in best.hyperparameters.items()},
        }
        return properties.described(plan, trials, self.trials, started=started)

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Name the tuning job."""
        return {"TuningJob": {"Arn": properties["HyperParameterTuningJobArn"]}}

    def job_name(self) -> str:
        """Return the tuning job's name: shorter than others, because the names of its trials begin with it."""
        whole = self.context.name(self.step.name)
        start, ending = f"{self.context.execution_id.lower()}-", whole[whole.rindex("-") :]
        step = self.step.name.replace("_", "-")[: MAX_NAME - len(start) - len(ending)]
        return f"{start}{step.strip('-')}{ending}"

    def _search(self, plan: Plan, trials: Trials) -> None:
        """Run all trials. `trials` has them in the order in which they were chosen."""
        strategy, progress = plan.strategy(), lines.Progress(plan.objective, plan.max_jobs)
        # What depends on results waits for a whole batch, so that the outcome does not depend on who ends first.
        waits = strategy.learns or plan.target is not None or plan.patience is not None
        while len(self.trials) < plan.max_jobs:
            left = plan.max_jobs - len(self.trials)
            points = strategy.ask(min(left, plan.max_parallel_jobs) if waits else left)
            done = trials.run(
                points, first=len(self.trials) + 1, ended=lambda trial: self.step.show(progress.line(trial))
            )
            self.trials += done
            if self.context.interrupt.received:
                return
            strategy.tell([trial.objective for trial in done])
            found = [trial.objective for trial in self.trials]
            if over := objective.is_over(found, plan.objective, target=plan.target, patience=plan.patience):
                self.step.show(f"the search is over: {over}")
                break

    def _failure(self, plan: Plan) -> str:
        """Return why there is no winner, and write the end of a log into the step's ``failure.txt``."""
        failed = [trial for trial in self.trials if trial.status == FAILED]
        if len(failed) == len(self.trials):
            example = min(failed, key=lambda trial: trial.number)
            reason = f"all {len(failed)} trials failed; trial {example.number}: {example.reason}"
        else:
            example = min((trial for trial in self.trials if trial not in failed), key=lambda trial: trial.number)
            name, pattern = plan.objective.metric, plan.objective.pattern.pattern
            expected, got = f"a finite number in a line of a log that matches {pattern}", "none in any log"
            fix = f"print {name} in the script, or correct its Regex"
            reason = f"no trial has the objective {name}; expected: {expected}; got: {got}; fix: {fix}"
        (self.folder / "failure.txt").write_text("\n".join(lines.evidence(example)))
        return reason
