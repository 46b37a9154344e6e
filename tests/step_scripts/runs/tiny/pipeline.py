"""A tiny pipeline of three jobs, a gate and a model, made of throw-away scripts, and a program that runs it."""

import argparse
import os
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORE, ROLE = "s3://tiny", "arn:aws:iam::111122223333:role/tiny"
CODE = {
    "first": {"first.py": (HERE / "first.py").read_bytes(), "helper.py": b""},
    "train": {"steps/train.py": (HERE / "train.py").read_bytes()},
    "evaluate": {"evaluate.py": (HERE / "evaluate.py").read_bytes()},
}
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/tiny:latest"  # a name for which Docker would log in


def uploads():
    """What lies in S3 before the start."""
    code = {f"{STORE}/code/{name}": files for name, files in CODE.items()}
    return {f"{STORE}/data": {"table.csv": b"1\n2\n3\n"}, **code}


def build(session):
    """Write the pipeline."""
    from sagemaker.core.network import NetworkConfig
    from sagemaker.core.processing import Processor
    from sagemaker.core.shapes import (
        OutputDataConfig,
        ProcessingInput,
        ProcessingOutput,
        ProcessingS3Input,
        ProcessingS3Output,
    )
    from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet, PropertyFile
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData

    from step_scripts.local import sdk

    behaviour = ParameterString("Behaviour", "work")
    hosts = ParameterInteger("Hosts", 1)
    gate = ParameterFloat("Gate", 1.5)
    at = "/opt/ml/processing"

    def process_step(name, script, inputs, output, *, arguments=None, count=1, files=(), isolated=False, **env):
        processor = Processor(
            role=ROLE,
            image_uri=IMAGE,
            entrypoint=["python3", f"{at}/input/code/{script}.py"],
            env={"PYTHONPATH": f"{at}/input/code", **env},
            instance_count=count,
            instance_type="ml.m5.xlarge",
            network_config=NetworkConfig(enable_network_isolation=isolated),
            sagemaker_session=session,
        )
        sources = {"code": f"{STORE}/code/{script}", **inputs}
        target = Join(on="/", values=[STORE, "out", ExecutionVariables.PIPELINE_EXECUTION_ID, name, output])
        arguments = processor.run(
            inputs=[
                ProcessingInput(
                    input_name=channel,
                    s3_input=ProcessingS3Input(
                        s3_uri=uri,
                        local_path=f"{at}/input/{channel}",
                        s3_data_type="S3Prefix",
                        s3_input_mode="File",
                    ),
                )
                for channel, uri in sources.items()
            ],
            outputs=[
                ProcessingOutput(
                    output_name=output,
                    s3_output=ProcessingS3Output(
                        s3_uri=target, local_path=f"{at}/output/{output}", s3_upload_mode="EndOfJob"
                    ),
                )
            ],
            arguments=arguments,
        )
        return ProcessingStep(name=name, step_args=arguments, property_files=list(files))

    first = process_step(
        "First",
        "first",
        {"data": f"{STORE}/data"},
        "facts",
        arguments=[behaviour, f"--in={at}/input/data", "s3://bucket/opt/ml"],
        isolated=True,
    )
    facts = first.properties.ProcessingOutputConfig.Outputs["facts"].S3Output.S3Uri
    trainer = ModelTrainer(
        role=ROLE,
        training_image=IMAGE,
        base_job_name="train",
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"{STORE}/models"),
        hyperparameters={"max-depth": 3, "eta": gate, "name": "mean"},
        sagemaker_session=session,
    )
    channels = {"code": f"{STORE}/code/train", "train": facts}
    train = TrainingStep(
        name="Train",
        step_args=trainer.train(
            input_data_config=[InputData(channel_name=name, data_source=uri) for name, uri in channels.items()]
        ),
    )
    artifact = train.properties.ModelArtifacts.S3ModelArtifacts
    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = process_step(
        "Evaluate", "evaluate", {"model": artifact}, "evaluation", count=hosts, files=[report], OMP_NUM_THREADS="1"
    )
    score = JsonGet(step_name="Evaluate", property_file=report, json_path="score.value")
    container = {"Image": IMAGE, "ModelDataUrl": artifact}
    model = ModelStep(name="Model", step_args=sdk.create_model_arguments(session, role=ROLE, container=container))
    reject = FailStep(name="Reject", error_message=Join(on="", values=["the score is only ", score]))
    decide = ConditionStep(
        name="Decide",
        conditions=[ConditionGreaterThanOrEqualTo(left=score, right=gate)],
        if_steps=[model],
        else_steps=[reject],
    )
    return Pipeline(
        name="tiny",
        parameters=[behaviour, hosts, gate],
        steps=[first, train, evaluate, decide],
        sagemaker_session=session,
    )


def main():
    """Run it as a pipeline.py does."""
    from step_scripts.local.containers import Containers
    from step_scripts.local.interrupt import InterruptedRunError
    from step_scripts.local.launch import run
    from step_scripts.local.processes import Processes

    options = argparse.ArgumentParser()
    options.add_argument("runs_dir", type=Path)
    options.add_argument("--behaviour", default="work")
    options.add_argument("--target", default="process")
    options.add_argument("--fresh", action="store_true", help="start each job in a new interpreter")
    args = options.parse_args()
    try:
        execution = run(
            build,
            runs_dir=args.runs_dir,
            parameters={"Behaviour": args.behaviour},
            uploads=uploads(),
            target=Containers() if args.target == "docker" else Processes(preload=["pandas"], fresh=args.fresh),
            on_event=lambda step: print(step.name, step.status, flush=True),
        )
    except InterruptedRunError as error:
        print(f"{error}: {error.execution.status if error.execution else 'before it began'}", flush=True)
        return 130
    print(execution.status)
    return 0 if execution.status == "Succeeded" else 1


class SignalAtImport:
    """Sends this process a signal when it begins to import a module, which is a moment inside the SDK's import."""

    def __init__(self, module):
        self.module = module

    def find_spec(self, name, _path, _target=None):
        """Find nothing."""
        if name == self.module:
            self.module = None
            os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    from step_scripts.local.interrupt import exit_code_of

    def start():
        """Run, and say that everything from here on can be interrupted."""
        print("started", flush=True)
        if module := os.environ.get("SIGNAL_AT_IMPORT"):
            sys.meta_path.insert(0, SignalAtImport(module))
        return main()

    sys.exit(exit_code_of(start))
