"""A tiny pipeline that tunes a throw-away script, and a program that runs it."""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORE, ROLE = "s3://tiny", "arn:aws:iam::111122223333:role/tiny"
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/tiny:latest"


def uploads():
    """What lies in S3 before the start."""
    return {f"{STORE}/code/trial": {"steps/train.py": (HERE / "trial.py").read_bytes()}}


def search(*, strategy="Random", ranges, jobs=None, parallel=1, seed=7, objective="Maximize", **more):
    """What the service calls HyperParameterTuningJobConfig, with the ranges by kind."""
    limits = {"MaxParallelTrainingJobs": parallel} | ({} if jobs is None else {"MaxNumberOfTrainingJobs": jobs})
    return {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": objective, "MetricName": "score"},
        "ResourceLimits": limits,
        "ParameterRanges": ranges,
        **({} if seed is None else {"RandomSeed": seed}),
        **more,
    }


def builder(searches):
    """Return a function that writes a pipeline of Tuning steps, one after the other.

    Each has a search and static hyperparameters.
    """

    def build(session):
        from sagemaker.core.parameter import IntegerParameter
        from sagemaker.core.shapes import OutputDataConfig
        from sagemaker.core.workflow.execution_variables import ExecutionVariables
        from sagemaker.core.workflow.functions import Join
        from sagemaker.mlops.workflow.pipeline import Pipeline
        from sagemaker.mlops.workflow.steps import TuningStep
        from sagemaker.train import ModelTrainer
        from sagemaker.train.configs import Compute, InputData
        from sagemaker.train.tuner import HyperparameterTuner

        from step_scripts.local import sdk

        def step(name, config, static, after):
            output = Join(on="/", values=[STORE, "out", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
            trainer = ModelTrainer(
                role=ROLE,
                training_image=IMAGE,
                base_job_name=name,
                compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
                output_data_config=OutputDataConfig(s3_output_path=output),
                sagemaker_session=session,
            )
            tuner = HyperparameterTuner(
                trainer,
                objective_metric_name="score",
                hyperparameter_ranges={"n": IntegerParameter(1, 2)},
                metric_definitions=[{"Name": "score", "Regex": r"score=([-+0-9.e]+)"}],
            )

            def complete(request):
                request["HyperParameterTuningJobConfig"] = config
                job = request["TrainingJobDefinition"]
                job["StaticHyperParameters"] = dict(static)
                job["EnableNetworkIsolation"] = True
                job.pop("EnableManagedSpotTraining", None)

            arguments = tuner.tune(inputs=[InputData(channel_name="code", data_source=f"{STORE}/code/trial")])
            return TuningStep(name=name, step_args=sdk.edited_arguments(session, arguments, complete), depends_on=after)

        steps = []
        for name, (config, static) in searches.items():
            steps.append(step(name, config, static, steps[-1:]))
        return Pipeline(name="tiny-tuning", steps=steps, sagemaker_session=session)

    return build


def main():
    """Run one search as a pipeline.py does."""
    from step_scripts.local import progress
    from step_scripts.local.containers import Containers
    from step_scripts.local.interrupt import InterruptedRunError
    from step_scripts.local.launch import run
    from step_scripts.local.processes import Processes

    options = argparse.ArgumentParser()
    options.add_argument("runs_dir", type=Path)
    options.add_argument("--behaviour", default="work")
    options.add_argument("--target", default="process")
    args = options.parse_args()
    ranges = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "9"}]}
    try:
        execution = run(
            builder({"Tune": (search(ranges=ranges, jobs=4, parallel=2), {"behaviour": args.behaviour})}),
            runs_dir=args.runs_dir,
            uploads=uploads(),
            target=Containers() if args.target == "docker" else Processes(preload=["json"]),
            on_event=progress.show,
            on_line=progress.show_line,
        )
    except InterruptedRunError as error:
        print(f"{error}: {error.execution.status if error.execution else 'before it began'}", flush=True)
        return 130
    print(progress.summary(execution))
    return 0 if execution.status == "Succeeded" else 1


if __name__ == "__main__":
    from step_scripts.local.interrupt import exit_code_of

    sys.exit(exit_code_of(main))
