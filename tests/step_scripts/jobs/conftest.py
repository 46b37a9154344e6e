"""A project whose steps take no settings of their own, and a pipeline of it."""

import json

import pytest

from step_scripts import preflight
from step_scripts.local import sdk


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with three scripts."""
    folder = tmp_path_factory.mktemp("houses")
    (folder / "pyproject.toml").write_text("[tool.step-scripts]\n")
    (folder / "steps").mkdir()
    for name in ("prepare", "train", "fit"):
        (folder / "steps" / f"{name}.py").write_text("")
    return folder


@pytest.fixture(scope="module")
def session():
    """A session that writes definitions."""
    with sdk.compile_session() as session:
        yield session


@pytest.fixture(scope="module")
def compile_houses(root, session):
    """A function that compiles a pipeline with a step of each kind: its text.

    `defaults` are the pipeline's, `overrides` those of a step by its name. `parameters` are declared beside the three
    that each pipeline has.
    """
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import IntegerParameter, JobDefaults, Jobs, Search, artifact_of, output_of, winner_of

    def compile_it(
        defaults=None, overrides=None, *, role="arn:aws:iam::111122223333:role/jobs", parameters=(), **words
    ):
        over = overrides or {}
        store, image, machine = (
            ParameterString(name, value)
            for name, value in [("Store", "s3://bucket"), ("Image", "image:1"), ("Machine", "ml.m5.large")]
        )
        given = {} if (defaults and defaults.instance_type) else {"instance_type": machine}
        jobs = Jobs(session, root=root, store=store, image=image, role=role, defaults=defaults or JobDefaults())
        prepare = jobs.process(
            "Prepare",
            script="steps/prepare.py",
            inputs={"houses": store},
            outputs=["train", "records"],
            flags=words.get("flags"),
            overrides=over.get("Prepare"),
            **given,
        )
        fit = jobs.train(
            "Fit",
            script="steps/fit.py",
            channels={"train": output_of(prepare, "train")},
            hyperparameters=words.get("hyperparameters", {}),
            metrics={"error": "error=([0-9.]+)"},
            overrides=over.get("Fit"),
            **given,
        )
        model = jobs.create_model("Model", model_data=artifact_of(fit), overrides=over.get("Model"))
        score = jobs.transform(
            "Score", model=model, records=output_of(prepare, "records"), overrides=over.get("Score"), **given
        )
        tune = jobs.tune(
            "Tune",
            script="steps/fit.py",
            channels={"train": output_of(prepare, "train")},
            hyperparameters=words.get("hyperparameters", {}),
            metrics={"error": "error=([0-9.]+)"},
            search=Search(ranges={"depth": IntegerParameter(1, 6)}, objective="error", max_jobs=2),
            overrides=over.get("Tune"),
            **given,
        )
        register = jobs.register("Register", model_data=winner_of(tune), group="houses", overrides=over.get("Register"))
        config = jobs.endpoint_config(
            "Config", endpoint_name="houses", model=model, overrides=over.get("Config"), **given
        )
        endpoint = jobs.endpoint("Endpoint", endpoint_name="houses", config=config, overrides=over.get("Endpoint"))
        pipeline = Pipeline(
            name="houses",
            parameters=[store, image, *([machine] if given else []), *parameters],
            steps=[prepare, fit, model, score, tune, register, config, endpoint],
            sagemaker_session=session,
        )
        assert pipeline.definition() == pipeline.definition()
        return pipeline.definition()

    return compile_it


@pytest.fixture(scope="module")
def steps_of():
    """A function that returns the steps of a definition by name."""
    return lambda text: {step["Name"]: step for step in json.loads(text)["Steps"]}


@pytest.fixture(scope="module")
def jobs(root, session):
    """What makes steps, on a machine of its own."""
    from sagemaker.core.workflow.parameters import ParameterString

    from step_scripts.jobs.shapes import JobDefaults, Jobs

    store, image = ParameterString("Store", "s3://bucket"), ParameterString("Image", "image:1")
    defaults = JobDefaults(instance_type="ml.m5.large")
    role = "arn:aws:iam::111122223333:role/jobs"
    return Jobs(session, root=root, store=store, image=image, role=role, defaults=defaults)


@pytest.fixture(scope="module")
def compiled(jobs, session, steps_of):
    """A function that compiles steps and parameters twice, and returns the definition's steps by name."""
    from sagemaker.mlops.workflow.pipeline import Pipeline

    def compile_them(*steps, parameters=()):
        pipeline = Pipeline(
            name="houses", parameters=[jobs.store, jobs.image, *parameters], steps=[*steps], sagemaker_session=session
        )
        text = pipeline.definition()
        assert pipeline.definition() == text
        findings = [each for each in preflight.check(json.loads(text)) if each.severity == "error"]
        assert findings == []
        return steps_of(text)

    return compile_them
