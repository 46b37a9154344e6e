"""Steps that leave SageMaker: a Lambda function, or a message that somebody answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.lambda_helper import Lambda
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep

from step_scripts.jobs.base import JobsBase
from step_scripts.jobs.errors import JobsError

if TYPE_CHECKING:
    from step_scripts.jobs.settings import Text

Json: TypeAlias = Any  # JSON whose values may be pipeline variables

# Of the SDK's enumerations, which by a value in brackets, as in LambdaOutputTypeEnum("Float"), give String.
TYPES = ("String", "Integer", "Float", "Boolean")
_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?")
_QUEUE = re.compile(r"https://[a-z0-9.-]+/\d{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?")


class Functions(JobsBase):
    """Makes the steps that leave SageMaker."""

    def invoke(self, name: str, *, function: str, inputs: Mapping[str, Json], outputs: Mapping[str, str]) -> LambdaStep:
        """Invoke a Lambda function that exists.

        Parameters
        ----------
        name : str
            The step's name.
        function : str
            The function's ARN. It can be no pipeline parameter: the published schema of definitions has a text there,
            and so has every public definition that we know. Whether the service takes a parameter is unknown.
        inputs : mapping of str to JSON
            The function's event. Values may be pipeline variables.
        outputs : mapping of str to str
            What the function returns: a key of its result, and ``String``, ``Integer``, ``Float`` or ``Boolean``.
            `result_of` refers to one of them.

        Raises
        ------
        JobsError
            When the function is no ARN, an input is no JSON, or an output has another type.
        """
        if not (isinstance(function, str) and _ARN.fullmatch(function)):
            got = function.expr if isinstance(function, PipelineVariable) else repr(function)
            expected = "arn:aws:lambda:<region>:<account>:function:<name>"
            fix = "write the ARN as a text; the service is not known to take a pipeline parameter there"
            raise JobsError(f"{name}, function: expected: {expected}; got: {got}; fix: {fix}")
        _check_inputs(name, inputs)
        _check_outputs(name, outputs)
        return LambdaStep(
            name=name,
            lambda_func=Lambda(function_arn=function, session=self.session),  # without it, the SDK makes a session
            inputs=dict(inputs),
            outputs=[LambdaOutput(key, LambdaOutputTypeEnum[kind]) for key, kind in outputs.items()],
        )

    def callback(
        self, name: str, *, queue: Text, inputs: Mapping[str, Json], outputs: Mapping[str, str]
    ) -> CallbackStep:
        """Send a message to a queue, and wait until somebody answers its token.

        Parameters
        ----------
        name : str
            The step's name.
        queue : str or PipelineVariable
            The URL of an SQS queue.
        inputs : mapping of str to JSON
            What the message holds beside the token. Values may be pipeline variables.
        outputs : mapping of str to str
            What the answer holds: a key, and ``String``, ``Integer``, ``Float`` or ``Boolean``. `result_of` refers to
            one of them.

        Raises
        ------
        JobsError
            When the queue is no URL, an input is no JSON, or an output has another type.
        """
        if not (isinstance(queue, PipelineVariable) or (isinstance(queue, str) and _QUEUE.fullmatch(queue))):
            expected = "https://sqs.<region>.amazonaws.com/<account>/<name>, or a pipeline parameter"
            raise JobsError(f"{name}, queue: expected: {expected}; got: {queue!r}; fix: correct the URL")
        _check_inputs(name, inputs)
        _check_outputs(name, outputs)
        return CallbackStep(
            name=name,
            sqs_queue_url=queue,
            inputs=dict(inputs),
            outputs=[CallbackOutput(key, CallbackOutputTypeEnum[kind]) for key, kind in outputs.items()],
        )


def result_of(step: LambdaStep | CallbackStep, output: str) -> PipelineVariable:
    """Refer to an output of an earlier Lambda or Callback step. This makes the edge between the two steps.

    Raises
    ------
    JobsError
        When the step has no such output.
    """
    known = step.properties.Outputs
    if output not in known:
        expected = f"one of {', '.join(known) or 'none'}"
        fix = "correct the name, or add it to the step's outputs"
        raise JobsError(f"{step.name}, outputs: expected: {expected}; got: {output}; fix: {fix}")
    return known[output]


def _check_inputs(step: str, inputs: object) -> None:
    if not isinstance(inputs, Mapping) or not _is_json(inputs):
        expected = "a mapping of texts to JSON or pipeline variables"
        raise JobsError(f"{step}, inputs: expected: {expected}; got: {inputs!r}; fix: convert the values")


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value) and all(map(_is_json, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return value is None or isinstance(value, PipelineVariable | str | bool | int | float)


def _check_outputs(step: str, outputs: Mapping[str, str]) -> None:
    for key, kind in outputs.items():
        if kind not in TYPES:
            expected = f"one of {', '.join(TYPES)}"
            raise JobsError(f"{step}, outputs, {key}: expected: {expected}; got: {kind!r}; fix: choose one")
