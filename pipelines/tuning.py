"""The tuning pipeline: it searches hyperparameters, and registers the best model that it finds.

Preprocess → Tune → Evaluate the winner → Gate → Register, or Reject where even the winner is not good enough. Its steps
are those of ``pipeline.py``; only Train is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline import main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.parameters import Parameter
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import TuningStep

    from step_scripts.jobs.shapes import Jobs, Search

ROOT = Path(__file__).resolve().parents[1]
# Of pipeline.py, what this pipeline searches or does not do.
LEFT_OUT = {"MaxDepth", "Eta", "Alpha", "MinChildWeight", "ScoreInstanceType"}


def parameters() -> dict[str, Parameter]:
    """List what can be set when an execution starts: the parameters of ``pipeline.py``, and the limits of the search.

    Returns
    -------
    dict of str to sagemaker.core.workflow.parameters.Parameter
        Name to parameter, in the order in which the definition declares them. The defaults suit a laptop.

    Examples
    --------
    >>> parameters()["MaxJobs"].default_value
    4
    """
    from sagemaker.core.workflow.parameters import ParameterInteger

    import pipeline

    declared = {name: each for name, each in pipeline.parameters().items() if name not in LEFT_OUT}
    own = [
        ParameterInteger("MaxJobs", 4),
        ParameterInteger("MaxParallelJobs", 2),
        ParameterInteger("SearchSeed", 0),
    ]
    return declared | {parameter.name: parameter for parameter in own}


def build(session: PipelineSession) -> Pipeline:
    """Build the pipeline: every step with its arguments, and the edges between them.

    Parameters
    ----------
    session : sagemaker.core.workflow.pipeline_context.PipelineSession
        The session that captures the steps' arguments. No target changes a byte of the definition.

    Returns
    -------
    sagemaker.mlops.workflow.pipeline.Pipeline
        The whole pipeline; nothing is uploaded or created.

    Examples
    --------
    >>> from step_scripts.local import sdk
    >>> with sdk.compile_session() as session:
    ...     [step.name for step in build(session).steps]
    ['Preprocess', 'Tune', 'Evaluate', 'Gate']
    """
    from sagemaker.mlops.workflow.pipeline import Pipeline

    import pipeline
    from step_scripts.jobs.shapes import Jobs, output_of, winner_of

    p = parameters()
    jobs = Jobs(session, root=ROOT, store=p["Store"], image=p["Image"], role=p["Role"])

    prepared = pipeline.preprocess(jobs, p)
    tuned = tune(jobs, p, rows=output_of(prepared, "train"))
    winner = winner_of(tuned)
    evaluated, lower_bound = pipeline.evaluate(jobs, p, model=winner, rows=output_of(prepared, "test"))
    registered = pipeline.register(jobs, p, evaluated, model=winner)
    passed = pipeline.gate(lower_bound, p["MinAucLowerBound"], then=[registered])

    return Pipeline(
        name="claims-fraud-tuning",
        parameters=list(p.values()),
        steps=[prepared, tuned, evaluated, passed],
        sagemaker_session=session,
    )


def tune(jobs: Jobs, p: Mapping[str, Parameter], *, rows: PipelineVariable) -> TuningStep:
    """Return the step that trains a model with each setting of the search, and finds the best one."""
    return jobs.tune(
        "Tune",
        script="steps/train.py",
        channels={"train": rows},
        hyperparameters={
            "num-boost-round": p["NumBoostRound"],
            "early-stopping-rounds": p["EarlyStoppingRounds"],
            "folds": p["Folds"],
            "scale-pos-weight": p["ScalePosWeight"],
            "tree-method": p["TreeMethod"],
            "seed": p["Seed"],
        },
        metrics={"train:auc": "train:auc=([0-9.]+)", "validation:auc": "validation:auc=([0-9.]+)"},
        search=search(p),
        instance_type=p["TrainInstanceType"],
    )


def search(p: Mapping[str, Parameter]) -> Search:
    """Return what is searched: settings around those with which the model was best so far."""
    from step_scripts.jobs.shapes import ContinuousParameter, IntegerParameter, Search

    return Search(
        ranges={
            "max-depth": IntegerParameter(1, 6),
            "eta": ContinuousParameter(0.05, 0.9, scaling_type="Logarithmic"),
            "alpha": ContinuousParameter(0, 2),
            "min-child-weight": ContinuousParameter(1, 10),
        },
        objective="validation:auc",
        max_jobs=p["MaxJobs"],
        max_parallel_jobs=p["MaxParallelJobs"],
        seed=p["SearchSeed"],
    )


if __name__ == "__main__":
    sys.exit(main(build))
