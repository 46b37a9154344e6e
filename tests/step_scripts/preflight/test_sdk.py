"""preflight reports no error in what SDK v3 writes, for every type of step.

The functions in the files of `sdk_steps` build the steps: a new function is a new case.
"""

import inspect
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from moto import mock_aws

from step_scripts import preflight
from step_scripts.local import sdk
from step_scripts.preflight.conditions import CONDITIONS
from step_scripts.preflight.definition import FUNCTIONS, PARAMETER_TYPES, STEP_TYPES, references
from step_scripts.preflight.properties import EXECUTION
from step_scripts.preflight.retries import EXCEPTIONS, RETRIED
from step_scripts.preflight.semantics import CACHED

FILES = sorted((Path(__file__).parent / "sdk_steps").glob("*.py"))
# Classes that no pipeline uses: base classes, and parts of a compiled step.
INTERNAL = {"CompiledStep", "ConfigurableRetryStep", "_FunctionStep", "_RepackModelStep"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Every pipeline of `sdk_steps`: its definition, and the objects from which the SDK wrote it.

    The SDK uploads scripts and describes models: moto answers.
    """
    with mock_aws(), sdk.compile_session() as session:
        session.boto_session.client("s3").create_bucket(Bucket="bucket")
        role = "arn:aws:iam::111122223333:role/jobs"
        given = SimpleNamespace(session=session, role=role, folder=tmp_path_factory.mktemp("sources"))
        yield {f"{path.stem}.{build.__name__}": _write(build, given) for path in FILES for build in _builders(path)}


def _builders(path):
    names = runpy.run_path(str(path))
    return [
        thing
        for name, thing in names.items()
        if inspect.isfunction(thing) and thing.__module__ == "<run_path>" and not name.startswith("_")
    ]


def _write(build, given):
    """Compile the steps, parameters and experiment that a function builds."""
    from sagemaker.core.workflow.parameters import Parameter
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.pipeline_experiment_config import PipelineExperimentConfig
    from sagemaker.mlops.workflow.step_collections import StepCollection

    parts = build(given)
    steps = [
        step
        for part in parts
        if not isinstance(part, Parameter | PipelineExperimentConfig)
        for step in (part.steps if isinstance(part, StepCollection) else [part])
    ]
    pipeline = Pipeline(
        name="valid",
        parameters=[part for part in parts if isinstance(part, Parameter)],
        steps=steps,
        pipeline_experiment_config=next((part for part in parts if isinstance(part, PipelineExperimentConfig)), None),
        sagemaker_session=given.session,
    )
    return SimpleNamespace(definition=json.loads(pipeline.definition()), parts=parts, steps=steps)


def _kinds(base):
    """A class and all its subclasses."""
    return {base} | {kind for below in base.__subclasses__() for kind in _kinds(below)}


def _takers(written, option):
    """The types of the steps whose class has an option."""
    steps = [step for one in written.values() for step in one.steps]
    return {step.step_type.value for step in steps if option in _options(step)}


def _options(step):
    return inspect.signature(type(step).__init__).parameters


def test_what_the_sdk_writes_passes(written):
    """There is no error, and no parameter is reported as unused."""
    found = {name: preflight.check(one.definition) for name, one in written.items()}
    assert [
        (name, finding)
        for name, findings in found.items()
        for finding in findings
        if finding.severity == "error" or finding.rule == "unused-parameter"
    ] == []


def test_every_step_of_the_sdk_is_written(written):
    """Each type, which are the types that preflight knows, and each class."""
    from sagemaker.mlops.workflow.step_collections import StepCollection
    from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

    texts = " ".join(json.dumps(one.definition) for one in written.values())
    assert {kind.value for kind in StepTypeEnum} == STEP_TYPES
    assert {kind for kind in STEP_TYPES if f'"Type": "{kind}"' not in texts} == set()
    built = {type(part) for one in written.values() for part in one.parts}
    known = {kind for base in (Step, StepCollection) for kind in _kinds(base) - {base}}
    assert {kind.__name__ for kind in known - built} == INTERNAL


def test_every_function_variable_and_parameter_of_the_sdk_is_known(written):
    """The functions, execution variables and parameter types that a definition can have."""
    from sagemaker.core.workflow.execution_variables import ExecutionVariable, ExecutionVariables
    from sagemaker.core.workflow.parameters import ParameterTypeEnum

    used = {name for one in written.values() for _, name, _ in references(one.definition, "")}
    assert used == set(FUNCTIONS)
    variables = [value for value in vars(ExecutionVariables).values() if isinstance(value, ExecutionVariable)]
    assert {variable.name for variable in variables} == set(EXECUTION)
    assert {kind.value: kind.python_type for kind in ParameterTypeEnum} == PARAMETER_TYPES


def test_every_condition_and_retry_of_the_sdk_is_written(written):
    """Each type of condition, and each exception of each retry policy."""
    from sagemaker.core.workflow.conditions import ConditionTypeEnum
    from sagemaker.mlops.workflow.retry import SageMakerJobExceptionTypeEnum, StepExceptionTypeEnum

    texts = " ".join(json.dumps(one.definition) for one in written.values())
    assert {kind.value for kind in ConditionTypeEnum} == set(CONDITIONS)
    exceptions = {kind.value for kinds in (SageMakerJobExceptionTypeEnum, StepExceptionTypeEnum) for kind in kinds}
    assert exceptions <= EXCEPTIONS
    assert [kind for kind in (*CONDITIONS, *sorted(exceptions)) if f'"{kind}"' not in texts] == []


def test_every_step_that_takes_a_cache_or_retries_may_have_them(written):
    """The SDK's classes have more of them than the developer guide lists; preflight accepts both."""
    assert _takers(written, "cache_config") <= CACHED
    assert _takers(written, "retry_policies") <= RETRIED
