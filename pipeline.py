"""The claims-fraud pipeline: its parameters, its steps and the edges between them.

Preprocess → Train → Evaluate → Gate → Register, or Reject where the model is not good enough. Beside Register,
CreateModel → Score answers the claims that were held out, as a batch transform does. The version that Register adds to
the model registry waits for a person's approval; `pipelines/deployment.py` deploys it.

``python pipeline.py --help`` shows what the command line can do. The definition knows no target: the same bytes run
as processes on a laptop, in containers, and in the service. Scripts, outputs and metric paths are named here a
second time on purpose: the definition is the contract with the service, and the wiring tests compare both sides.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline import main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.functions import JsonGet
    from sagemaker.core.workflow.parameters import Parameter
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import ProcessingStep, Step, TrainingStep

    from step_scripts.jobs.shapes import Jobs

ROOT = Path(__file__).resolve().parent


def parameters() -> dict[str, Parameter]:
    """List what can be set when an execution starts.

    Returns
    -------
    dict of str to sagemaker.core.workflow.parameters.Parameter
        Name to parameter, in the order in which the definition declares them. The defaults suit the shipped tables.

    Examples
    --------
    >>> parameters()["TestFraction"].default_value
    0.2
    """
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString

    declared = [
        ParameterString("Store", "s3://step-scripts"),
        ParameterString("InputData", "s3://step-scripts/data/claims"),
        ParameterString("Image", "step-scripts:latest"),
        ParameterString("Role", "arn:aws:iam::111122223333:role/step-scripts"),
        ParameterString("PreprocessInstanceType", "ml.m5.xlarge"),
        ParameterInteger("PreprocessInstanceCount", 1),
        ParameterString("TrainInstanceType", "ml.m5.xlarge"),
        ParameterString("EvaluateInstanceType", "ml.m5.xlarge"),
        ParameterString("Split", "hash", enum_values=["hash", "sequential"]),
        ParameterFloat("TestFraction", 0.2),
        ParameterFloat("MaxQuarantineShare", 0.01),
        ParameterInteger("MaxDepth", 1),
        ParameterFloat("Eta", 0.2),
        ParameterInteger("NumBoostRound", 300),
        ParameterInteger("EarlyStoppingRounds", 20),
        ParameterInteger("Folds", 5),
        ParameterFloat("Alpha", 0.0),
        ParameterFloat("MinChildWeight", 1.0),
        ParameterFloat("ScalePosWeight", 1.0),
        ParameterString("TreeMethod", "hist", enum_values=["hist", "approx", "exact"]),
        ParameterInteger("Seed", 0),
        ParameterFloat("MinAucLowerBound", 0.7),
        ParameterString("ScoreInstanceType", "ml.m5.xlarge"),
        ParameterString("ModelPackageGroup", "claims-fraud"),
        ParameterString(
            "ModelApprovalStatus",
            "PendingManualApproval",
            enum_values=["PendingManualApproval", "Approved", "Rejected"],
        ),
    ]
    return {parameter.name: parameter for parameter in declared}


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
    ['Preprocess', 'Train', 'Evaluate', 'Gate']
    """
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import Jobs, artifact_of, output_of

    p = parameters()
    jobs = Jobs(session, root=ROOT, store=p["Store"], image=p["Image"], role=p["Role"])

    prepared = preprocess(jobs, p)
    trained = train(jobs, p, rows=output_of(prepared, "train"))
    evaluated, lower_bound = evaluate(jobs, p, model=artifact_of(trained), rows=output_of(prepared, "test"))
    registered = register(jobs, p, evaluated, model=artifact_of(trained))
    model = jobs.create_model("CreateModel", model_data=artifact_of(trained))
    score = jobs.transform(
        "Score", model=model, records=output_of(prepared, "records"), instance_type=p["ScoreInstanceType"]
    )
    passed = gate(lower_bound, p["MinAucLowerBound"], then=[registered, model, score])

    return Pipeline(
        name="claims-fraud",
        parameters=list(p.values()),
        steps=[prepared, trained, evaluated, passed],
        sagemaker_session=session,
    )


def preprocess(jobs: Jobs, p: Mapping[str, Parameter]) -> ProcessingStep:
    """Return the step that joins, checks and splits the tables."""
    return jobs.process(
        "Preprocess",
        script="steps/preprocess.py",
        inputs={"data": p["InputData"]},
        outputs=["train", "test", "records", "quarantine", "summary"],
        flags={
            "split": p["Split"],
            "test-fraction": p["TestFraction"].to_string(),
            "max-quarantine-share": p["MaxQuarantineShare"].to_string(),
        },
        instance_type=p["PreprocessInstanceType"],
        instance_count=p["PreprocessInstanceCount"],
    )


def train(jobs: Jobs, p: Mapping[str, Parameter], *, rows: PipelineVariable) -> TrainingStep:
    """Return the step that trains a model."""
    return jobs.train(
        "Train",
        script="steps/train.py",
        channels={"train": rows},
        hyperparameters={
            "max-depth": p["MaxDepth"].to_string(),
            "eta": p["Eta"].to_string(),
            "num-boost-round": p["NumBoostRound"].to_string(),
            "early-stopping-rounds": p["EarlyStoppingRounds"].to_string(),
            "folds": p["Folds"].to_string(),
            "alpha": p["Alpha"].to_string(),
            "min-child-weight": p["MinChildWeight"].to_string(),
            "scale-pos-weight": p["ScalePosWeight"].to_string(),
            "tree-method": p["TreeMethod"],
            "seed": p["Seed"].to_string(),
        },
        metrics={"train:auc": "train:auc=([0-9.]+)", "validation:auc": "validation:auc=([0-9.]+)"},
        instance_type=p["TrainInstanceType"],
    )


def evaluate(
    jobs: Jobs, p: Mapping[str, Parameter], *, model: PipelineVariable, rows: PipelineVariable
) -> tuple[ProcessingStep, JsonGet]:
    """Return the step, and the number in its report that the gate compares."""
    from sagemaker.core.workflow.functions import JsonGet, PropertyFile

    report = PropertyFile(name="EvaluationReport", output_name="evaluation", path="evaluation.json")
    step = jobs.process(
        "Evaluate",
        script="steps/evaluate.py",
        inputs={"model": model, "test": rows},
        outputs=["evaluation", "plots"],
        instance_type=p["EvaluateInstanceType"],
        property_files=[report],
    )
    return step, JsonGet(
        step_name=step.name,
        property_file=report,
        json_path="binary_classification_metrics.auc.confidence_interval.lower",
    )


def register(
    jobs: Jobs, p: Mapping[str, Parameter], evaluated: ProcessingStep, *, model: PipelineVariable
) -> ModelStep:
    """Return the step that registers a model, with its report and with what it was made of."""
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join

    from step_scripts.jobs.shapes import output_of

    return jobs.register(
        "Register",
        model_data=model,
        group=p["ModelPackageGroup"],
        approval_status=p["ModelApprovalStatus"],
        metrics={"model_statistics": Join(on="/", values=[output_of(evaluated, "evaluation"), "evaluation.json"])},
        metadata={
            "execution": ExecutionVariables.PIPELINE_EXECUTION_ID,
            "data": p["InputData"],
            "preprocess-code": jobs.code_uri("steps/preprocess.py"),
            "train-code": jobs.code_uri("steps/train.py"),
            "evaluate-code": jobs.code_uri("steps/evaluate.py"),
            "plots": output_of(evaluated, "plots"),
            **jobs.contract_versions(),
        },
        content_types=["application/json", "application/jsonlines", "text/csv"],
        response_types=["application/json", "application/jsonlines", "text/csv"],
    )


def gate(lower_bound: JsonGet, minimum: Parameter, *, then: list[Step]) -> ConditionStep:
    """Return the condition: it goes on when the model is good enough, and fails with a reason when it is not."""
    from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
    from sagemaker.core.workflow.functions import Join
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep

    reason = [
        "The lower confidence bound of the test AUC is ",
        lower_bound,
        ", below MinAucLowerBound = ",
        minimum,
        ". No model was registered: look at Evaluate's report and plots.",
    ]
    return ConditionStep(
        name="Gate",
        conditions=[ConditionGreaterThanOrEqualTo(left=lower_bound, right=minimum)],
        if_steps=then,
        else_steps=[FailStep(name="Reject", error_message=Join(on="", values=reason))],
    )


if __name__ == "__main__":
    sys.exit(main(build))
