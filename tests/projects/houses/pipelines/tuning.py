"""The search: Preprocess → Tune → Evaluate the winner → Gate → Register → Approve, or Reject."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline import main

if TYPE_CHECKING:
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline

APPROVE = "arn:aws:lambda:us-east-1:111122223333:function:houses-approve"


def build(session: PipelineSession) -> Pipeline:
    """Write the pipeline: every step with its arguments, and the edges between them."""
    from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
    from sagemaker.core.workflow.functions import Join, JsonGet, PropertyFile
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from step_scripts.jobs.shapes import ContinuousParameter, Jobs, Search, output_of, winner_of

    store = ParameterString("Store", "s3://houses")
    data = ParameterString("InputData", "s3://houses/data")
    image = ParameterString("Image", "step-scripts:latest")
    role = ParameterString("Role", "arn:aws:iam::111122223333:role/houses")
    instance = ParameterString("InstanceType", "ml.m5.large")
    test_fraction = ParameterFloat("TestFraction", 0.25)
    trials = ParameterInteger("MaxJobs", 3)
    most = ParameterFloat("MaxRmseUpperBound", 50_000.0)
    status = ParameterString("Status", "Approved", enum_values=["Approved", "PendingManualApproval"])
    jobs = Jobs(session, root=Path(__file__).resolve().parents[1], store=store, image=image, role=role)

    preprocess = jobs.process(
        "Preprocess",
        script="steps/preprocess.py",
        inputs={"data": data},
        outputs=["train", "test", "records", "quarantine"],
        flags={"test-fraction": test_fraction.to_string()},
        instance_type=instance,
    )
    search = Search(
        ranges={"ridge": ContinuousParameter(0.01, 100, scaling_type="Logarithmic")},
        objective="train:rmse",
        objective_type="Minimize",
        max_jobs=trials,
    )
    tune = jobs.tune(
        "Tune",
        script="steps/train.py",
        channels={"train": output_of(preprocess, "train")},
        hyperparameters={},
        metrics={"train:rmse": "train:rmse=([0-9.]+)"},
        search=search,
        instance_type=instance,
    )
    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = jobs.process(
        "EvaluateWinner",
        script="steps/evaluate.py",
        inputs={"model": winner_of(tune), "test": output_of(preprocess, "test")},
        outputs=["evaluation"],
        instance_type=instance,
        property_files=[report],
    )
    upper = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.rmse.upper")
    register = jobs.register(
        "Register",
        model_data=winner_of(tune),
        group="houses",
        metrics={"model_statistics": Join(on="/", values=[output_of(evaluate, "evaluation"), "evaluation.json"])},
    )
    approve = jobs.invoke(
        "Approve",
        function=APPROVE,
        inputs={"package": register.properties.ModelPackageArn, "status": status, "reason": "below the bound"},
        outputs={"status": "String", "version": "Integer"},
    )
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionLessThanOrEqualTo(left=upper, right=most)],
        if_steps=[register, approve],
        else_steps=[FailStep(name="Reject", error_message=Join(on="", values=["The upper bound is ", upper]))],
    )
    return Pipeline(
        name="houses-tuning",
        parameters=[store, data, image, role, instance, test_fraction, trials, most, status],
        steps=[preprocess, tune, evaluate, gate],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    sys.exit(main(build))
