"""Register and Lambda steps run here: with the registry of earlier runs, and with what Lambda promises and forbids."""

import io
import json
import re
import textwrap
from contextlib import redirect_stderr, redirect_stdout

import psutil
import pytest

from step_scripts.local import launch, scheduler
from step_scripts.sandbox.registry import Registry, RegistryError

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
MODEL, FUNCTION = "s3://store/model/model.tar.gz", "arn:aws:lambda:us-east-1:111122223333:function:houses-{}"
APPROVE = """
    import os
    import boto3
    from texts import GREETING

    def handler(event, context):
        print(GREETING, sorted(name for name in os.environ if "SECRET" in name or name == "PYTHONPATH"))
        client = boto3.client("sagemaker")
        client.update_model_package(ModelPackageArn=event["arn"], ModelApprovalStatus="Approved")
        left = context.get_remaining_time_in_millis()
        found = client.describe_model_package(ModelPackageName=event["arn"])["ModelApprovalStatus"]
        return {"status": found, "count": event["count"] + 1, "share": 1, "sure": left > 0, "more": None}
"""
MISBEHAVE = """
    import os, subprocess, sys, time

    def lambda_handler(event, context):
        mode = event["mode"]
        if mode == "raise":
            raise LookupError("no approved version of houses")
        if mode == "sleep":
            time.sleep(9)
        if mode == "memory":
            kept = [bytearray(b"x" * 2**20) for _ in range(400)]
            time.sleep(60)
        if mode == "exit":
            subprocess.Popen(["sleep", "987"], start_new_session=True)
            os._exit(3)
        if mode == "import":
            import pandas
        return {"type": {"status": 1}, "missing": {}, "list": [], "json": {"status": {1}}}[mode]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with two functions and a module that one of them imports."""
    folder = tmp_path_factory.mktemp("project")
    limits = "[tool.step-scripts.functions.misbehave]\ntimeout_s = 5\nmemory_mb = 200\n"
    (folder / "pyproject.toml").write_text(f"[tool.step-scripts]\n{limits}")
    (folder / "functions").mkdir()
    for name, text in {"approve": APPROVE, "misbehave": MISBEHAVE, "texts": "GREETING = 'hello'"}.items():
        (folder / "functions" / f"{name}.py").write_text(textwrap.dedent(text))
    return folder


def register(session):
    """Return a step that registers the model."""
    from types import SimpleNamespace

    from sagemaker.core.model_registry import create_model_package_from_containers
    from sagemaker.mlops.workflow.model_step import ModelStep

    session.init_model_step_arguments(SimpleNamespace(sagemaker_session=session))
    create_model_package_from_containers(
        session,
        containers=[{"Image": "step-scripts:latest", "ModelDataUrl": MODEL}],
        content_types=["application/json"],
        response_types=["application/json"],
        model_package_group_name="houses",
        approval_status="PendingManualApproval",
    )
    arguments, session.context = session.context, None
    return ModelStep(name="Register", step_args=arguments)


def invoke(session, name, function, inputs, **outputs):
    """Return a step that invokes a function."""
    from sagemaker.core.lambda_helper import Lambda
    from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep

    declared = [LambdaOutput(output, LambdaOutputTypeEnum[kind]) for output, kind in outputs.items()]
    arn = FUNCTION.format(function)
    called = Lambda(function_arn=arn, session=session)
    return LambdaStep(name=name, lambda_func=called, inputs=inputs, outputs=declared)


def approval(session):
    """Register a model, approve it, and say what the function returned."""
    from sagemaker.core.workflow.functions import Join
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    version = register(session)
    inputs = {"arn": version.properties.ModelPackageArn, "count": 2}
    outputs = {"status": "String", "count": "Integer", "share": "Float", "sure": "Boolean"}
    approve = invoke(session, "Approve", "approve", inputs, **outputs)
    said = [approve.properties.Outputs[name] for name in outputs]
    end = FailStep(name="Say", error_message=Join(on=" ", values=said))
    return Pipeline(name="approval", steps=[version, approve, end], sagemaker_session=session)


@pytest.fixture(scope="module")
def approved(root, tmp_path_factory):
    """Two runs of that pipeline, which print nothing."""
    runs, lines, printed = tmp_path_factory.mktemp("runs"), [], io.StringIO()
    options = {"runs_dir": runs, "uploads": {"s3://store/model": {"model.tar.gz": b"model"}}, "project": root}
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(printed), redirect_stdout(printed):
        patch.setenv("MY_SECRET", "x")
        executions = [launch.run(approval, on_line=lambda *line: lines.append(line), **options) for _ in range(2)]
    assert printed.getvalue() == ""
    return executions, lines


def test_a_function_changes_the_registry_and_returns_values(approved):
    """Each of the declared type, for later steps."""
    (_, execution), lines = approved
    assert execution.failure.step == "Say"
    assert execution.failure.reason == "Approved 3 1.0 True"
    steps = {step.name: step for step in execution.steps}
    assert steps["Register"].report == {"version": "2", "approval": "PendingManualApproval"}
    assert steps["Approve"].report == {"status": "Approved", "count": "3", "share": "1.0", "sure": "True"}
    assert steps["Approve"].log.read_text() == "hello ['AWS_SECRET_ACCESS_KEY']\n"
    assert lines[0][0] == "Approve"
    assert re.fullmatch(r"Approve: approve.py, with an event of \d+ bytes", lines[0][1])


def test_versions_last_between_runs(approved):
    """Both are in the registry of the runs' folder, with their artifact."""
    execution = approved[0][0]
    registry = Registry(execution.folder.parent / "registry")
    versions = registry.versions("houses")
    assert [(each.number, each.status) for each in versions] == [(1, "Approved"), (2, "Approved")]
    assert registry.content(versions[0], MODEL) == b"model"


REASONS = {
    "raise": r"LookupError: no approved version of houses",
    "sleep": r"Sandbox.Timedout: Task timed out after 5.00 seconds",
    "memory": r"Runtime.OutOfMemory: .* more than its 200 MiB of memory; fix: .*functions.misbehave.*",
    "exit": r"Runtime.ExitError: Runtime exited with code 3",
    "import": r"ModuleNotFoundError: No module named 'pandas' in Lambda, .*; fix: .*libraries in pyproject.toml.*",
    "json": r"Runtime.MarshalError: Unable to marshal response: .*set.*",
    "type": r"output status: expected: a value of type String; got: 1 \(int\); fix: .*",
    "missing": r"expected: an output status \(String\); got: nothing; fix: .*",
    "list": r"expected: an object with the outputs status; got: \[\] \(list\)",
}


@pytest.mark.parametrize("mode", REASONS)
def test_a_function_that_misbehaves_fails_its_step(root, tmp_path, mode):
    """With a reason as the service's, or a better one; and the pipeline fails."""

    def build(session):
        from sagemaker.mlops.workflow.pipeline import Pipeline

        step = invoke(session, "Misbehave", "misbehave", {"mode": mode}, status="String")
        return Pipeline(name="misbehave", steps=[step], sagemaker_session=session)

    execution = launch.run(build, runs_dir=tmp_path, project=root)
    assert (execution.status, execution.failure.step) == ("Failed", "Misbehave")
    assert re.fullmatch(REASONS[mode], execution.failure.reason)
    if mode == "exit":
        assert ["sleep", "987"] not in [each.info["cmdline"] for each in psutil.process_iter(["cmdline"])]
    if mode == "raise":
        assert "Traceback" in "\n".join(execution.failure.log_tail)
        written = json.loads((execution.folder / "run.json").read_text())
        assert written["failure"]["reason"] == execution.failure.reason


def test_what_cannot_run_is_refused_before_anything_runs(root, tmp_path):
    """A function without code, and a type of step that no executor runs, also in a branch; by name."""

    def build(session, *steps):
        from sagemaker.core.workflow.conditions import ConditionEquals
        from sagemaker.mlops.workflow.condition_step import ConditionStep
        from sagemaker.mlops.workflow.pipeline import Pipeline

        gate = ConditionStep(name="Gate", conditions=[ConditionEquals(left=1, right=1)], if_steps=list(steps))
        return Pipeline(name="none", steps=[gate], sagemaker_session=session)

    def misspelt(session):
        return build(session, invoke(session, "Aprove", "aprove", {}))

    def of_another_type(session):
        from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig

        config = EMRStepConfig(jar="s3://store/a.jar")
        return build(session, EMRStep("Count", "Count", "counts", cluster_id="j-1", step_config=config))

    with pytest.raises(scheduler.StepTypeError, match=r"Aprove: .*; fix: did you mean approve\?"):
        launch.run(misspelt, runs_dir=tmp_path, project=root)
    with pytest.raises(scheduler.StepTypeError, match=r"Count: expected: a step .*Training.*; got: EMR; fix: "):
        launch.run(of_another_type, runs_dir=tmp_path, project=root)
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_the_cache_has_does_not_run(approved, root, tmp_path):
    """Its properties are those of the earlier execution, and the steps after it run."""
    earlier = approved[0][1]
    arn = earlier.step("Register").properties["ModelPackageArn"]
    options = {"runs_dir": tmp_path, "project": root, "registry": earlier.folder.parent / "registry"}
    execution = launch.run(approval, hits={"Register": earlier.step("Register").properties}, **options)
    assert execution.step("Register").report == {"cache": "hit"}
    assert execution.step("Register").properties["ModelPackageArn"] == arn
    assert execution.failure.reason == "Approved 3 1.0 True"
    assert len(Registry(earlier.folder.parent / "registry").versions("houses")) == 2


def test_a_broken_registry_is_found_before_anything_runs(root, tmp_path):
    """And not after hours of jobs."""
    path = tmp_path / "registry" / "houses" / "group.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(RegistryError, match=r"group\.json"):
        launch.run(approval, runs_dir=tmp_path, project=root)
    assert [each.name for each in tmp_path.iterdir()] == ["registry"]
