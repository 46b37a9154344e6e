"""A pipeline that asks the workshop's five tuned settings as grids: a tuning step each, with one value a range."""

import sys

import pipeline
from step_scripts.pipeline import main

# In the order of the workshop's table: max-depth, eta, alpha, min-child-weight.
SETTINGS = (
    ("1", "0.298008", "1.557797", "9.191875"),
    ("1", "0.435041", "1.891045", "8.057893"),
    ("5", "0.085494", "1.537592", "3.851098"),
    ("5", "0.881021", "1.663407", "4.641075"),
    ("6", "0.718337", "0.879738", "6.042929"),
)
STATIC = {
    "num-boost-round": 100,
    "early-stopping-rounds": 10,
    "folds": 5,
    "scale-pos-weight": 29,
    "base-score": 0.5,
    "tree-method": "exact",
    "seed": 0,
}


def build(session):
    """Build the pipeline: Preprocess, and a tuning step for each setting."""
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import CategoricalParameter, Jobs, Search, output_of

    p = pipeline.parameters()
    jobs = Jobs(session, root=pipeline.ROOT, store=p["Store"], image=p["Image"], role=p["Role"])
    prepared = pipeline.preprocess(jobs, p)
    tuned = []
    for number, values in enumerate(SETTINGS, start=1):
        names = ("max-depth", "eta", "alpha", "min-child-weight")
        ranges = {name: CategoricalParameter([value]) for name, value in zip(names, values, strict=True)}
        tuned.append(
            jobs.tune(
                f"Tune{number}",
                script="steps/train.py",
                channels={"train": output_of(prepared, "train")},
                hyperparameters=STATIC,
                metrics={"validation:auc": "validation:auc=([0-9.]+)"},
                search=Search(ranges=ranges, objective="validation:auc", strategy="Grid"),
                instance_type=p["TrainInstanceType"],
            )
        )
    used = ("Store", "InputData", "Image", "Role", "PreprocessInstanceType", "PreprocessInstanceCount")
    used += ("TrainInstanceType", "Split", "TestFraction", "MaxQuarantineShare")
    return Pipeline(
        name="workshop-tuning",
        parameters=[p[name] for name in used],
        steps=[prepared, *tuned],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    sys.exit(main(build))
