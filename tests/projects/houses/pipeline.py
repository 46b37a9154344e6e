"""The houses pipeline: Preprocess → Train → Evaluate → Gate → CreateModel → Score, or Reject."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline import main

if TYPE_CHECKING:
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline


def build(session: PipelineSession) -> Pipeline:
    """Write the pipeline: every step with its arguments, and the edges between them."""
    from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
    from sagemaker.core.workflow.functions import Join, JsonGet, PropertyFile
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from step_scripts.jobs.shapes import Jobs, artifact_of, output_of

    store = ParameterString("Store", "s3://houses")
    data = ParameterString("InputData", "s3://houses/data")
    image = ParameterString("Image", "step-scripts:latest")
    role = ParameterString("Role", "arn:aws:iam::111122223333:role/houses")
    instance = ParameterString("InstanceType", "ml.m5.large")
    hosts = ParameterInteger("PreprocessInstanceCount", 1)
    test_fraction = ParameterFloat("TestFraction", 0.25)
    ridge = ParameterFloat("Ridge", 1.0)
    most = ParameterFloat("MaxRmseUpperBound", 50_000.0)
    jobs = Jobs(session, root=Path(__file__).resolve().parent, store=store, image=image, role=role)

    preprocess = jobs.process(
        "Preprocess",
        script="steps/preprocess.py",
        inputs={"data": data},
        outputs=["train", "test", "records", "quarantine"],
        flags={"test-fraction": test_fraction.to_string()},
        instance_type=instance,
        instance_count=hosts,
    )
    train = jobs.train(
        "Train",
        script="steps/train.py",
        channels={"train": output_of(preprocess, "train")},
        hyperparameters={"ridge": ridge.to_string()},
        metrics={"train:rmse": "train:rmse=([0-9.]+)"},
        instance_type=instance,
    )
    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = jobs.process(
        "Evaluate",
        script="steps/evaluate.py",
        inputs={"model": artifact_of(train), "test": output_of(preprocess, "test")},
        outputs=["evaluation"],
        instance_type=instance,
        property_files=[report],
    )
    upper = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.rmse.upper")
    model = jobs.create_model("CreateModel", model_data=artifact_of(train))
    score = jobs.transform("Score", model=model, records=output_of(preprocess, "records"), instance_type=instance)
    why = Join(on="", values=["The upper bound of the RMSE is ", upper, ", above MaxRmseUpperBound = ", most])
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionLessThanOrEqualTo(left=upper, right=most)],
        if_steps=[model, score],
        else_steps=[FailStep(name="Reject", error_message=why)],
    )
    return Pipeline(
        name="houses",
        parameters=[store, data, image, role, instance, hosts, test_fraction, ridge, most],
        steps=[preprocess, train, evaluate, gate],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    sys.exit(main(build))
