"""Scripts that run as the trials of a tuning job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import TuningStep
from sagemaker.train.tuner import HyperparameterTuner

from step_scripts.jobs import parts
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.search import MAX_METRICS
from step_scripts.jobs.training import Training, program_of
from step_scripts.jobs.words import as_words
from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable

    from step_scripts.jobs.search import Search
    from step_scripts.jobs.settings import JobDefaults, Number, Text
    from step_scripts.jobs.words import Value


class Tuning(Training):
    """Makes tuning steps."""

    def tune(
        self,
        name: str,
        *,
        script: str,
        channels: Mapping[str, PipelineVariable],
        hyperparameters: Mapping[str, Value],
        metrics: Mapping[str, str],
        search: Search,
        instance_type: Text | None = None,
        instance_count: Number | None = None,
        overrides: JobDefaults | None = None,
    ) -> TuningStep:
        """Run a script as many training jobs, and find the best one.

        It takes what `train` takes, and a `Search`. Each trial gets the static hyperparameters, and one value of each
        range.

        Parameters
        ----------
        name : str
            The step's name.
        script, channels
            As of `train`.
        hyperparameters : mapping of str to PipelineVariable, str, number, bool, list or None
            The script's options without ``--`` that have the same value in all trials.
        metrics : mapping of str to str
            A metric's name, and the regular expression that finds its value in a trial's log. The objective is one of
            them.
        search : Search
            The ranges, the objective and the number of trials.
        instance_type, instance_count
            The machines of a trial.
        overrides : JobDefaults, optional
            What the trials run with instead of the pipeline's defaults.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        JobsError
            When no metric is the objective, a hyperparameter has a range, too, or a setting is not possible.
        """
        settings = self._settings(name, "Tuning", overrides, instance_type, instance_count)
        _check_search(name, search, metrics, hyperparameters)
        static = {**as_words(name, hyperparameters), **program_of(script)}
        tuner = HyperparameterTuner(
            self._trainer(name, settings, {}),
            objective_metric_name=search.objective,
            hyperparameter_ranges=dict(search.ranges),
            metric_definitions=[{"Name": metric, "Regex": regex} for metric, regex in metrics.items()],
        )

        def complete(request: dict[str, Any]) -> None:
            """Write what the SDK's tuner drops, refuses or changes: see `step_scripts.local.sdk`."""
            request["HyperParameterTuningJobConfig"] = search.request()
            job = request["TrainingJobDefinition"]
            job["StaticHyperParameters"] = static
            job["EnableNetworkIsolation"] = True
            if job.get("EnableManagedSpotTraining") is False:
                del job["EnableManagedSpotTraining"]

        step_args = sdk.edited_arguments(self.session, tuner.tune(inputs=self._channels(script, channels)), complete)
        return TuningStep(
            name=name,
            step_args=self._with_settings(step_args, name, "Tuning", settings),
            cache_config=parts.cache(settings),
            retry_policies=parts.retry_policies(settings),
        )


def winner_of(step: TuningStep) -> PipelineVariable:
    """Refer to the model.tar.gz of the best trial of an earlier tuning step.

    All of it are properties of the step. With the execution's id in the address, a tuning step that is found in the
    cache would have left its artifact elsewhere, below the id of an earlier execution.
    """
    folder = step.properties.TrainingJobDefinition.OutputDataConfig.S3OutputPath
    best = step.properties.TrainingJobSummaries[0].TrainingJobName
    return Join(on="/", values=[folder, best, "output/model.tar.gz"])


def _check_search(name: str, search: Search, metrics: Mapping[str, str], hyperparameters: Mapping[str, Value]) -> None:
    if search.objective not in metrics:
        known = ", ".join(metrics) or "none"
        fix = "define it, or choose one of them"
        raise JobsError(f"{name}, objective: expected: one of metrics ({known}); got: {search.objective}; fix: {fix}")
    if len(metrics) > MAX_METRICS:
        expected = f"at most {MAX_METRICS} of a tuning job"
        raise JobsError(f"{name}, metrics: expected: {expected}; got: {len(metrics)}; fix: leave some out")
    if both := sorted({*search.ranges} & {*hyperparameters}):
        expected, got = "a range or a value of each hyperparameter", f"both of {', '.join(both)}"
        raise JobsError(f"{name}, hyperparameters: expected: {expected}; got: {got}; fix: leave one out")
