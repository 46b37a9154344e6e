"""Steps that invoke a Lambda function, or wait for an answer from a queue."""

import pytest

from step_scripts.jobs.errors import JobsError

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:appraise"
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/appraisals"


def test_a_function_gets_an_event_and_has_outputs(jobs, compiled):
    """Values keep their JSON type; a later step refers to an output."""
    from step_scripts.jobs.shapes import result_of

    first = jobs.invoke(
        "Appraise",
        function=FUNCTION,
        inputs={"store": jobs.store, "rooms": 3, "kinds": ["flat", None], "strict": True},
        outputs={"price": "Float", "package": "String"},
    )
    model = jobs.create_model("Model", package=result_of(first, "package"))
    steps = compiled(first, model)
    step = steps["Appraise"]
    assert (step["Type"], step["FunctionArn"]) == ("Lambda", FUNCTION)
    assert step["Arguments"] == {
        "store": {"Get": "Parameters.Store"},
        "rooms": 3,
        "kinds": ["flat", None],
        "strict": True,
    }
    assert step["OutputParameters"] == [
        {"OutputName": "price", "OutputType": "Float"},
        {"OutputName": "package", "OutputType": "String"},
    ]
    assert steps["Model"]["Arguments"]["PrimaryContainer"]["ModelPackageName"] == {
        "Get": "Steps.Appraise.OutputParameters['package']"
    }


def test_a_callback_sends_to_a_queue(jobs, compiled):
    """Which may be a parameter: public definitions have one there."""
    from sagemaker.core.workflow.parameters import ParameterString

    queue = ParameterString("Queue", QUEUE)
    outputs = {"approved": "Boolean"}
    asked = jobs.callback("Ask", queue=queue, inputs={"store": jobs.store}, outputs=outputs)
    plain = jobs.callback("AskAgain", queue=QUEUE, inputs={}, outputs=outputs)
    steps = compiled(asked, plain, parameters=[queue])
    assert steps["Ask"]["SqsQueueUrl"] == {"Get": "Parameters.Queue"}
    assert steps["AskAgain"]["SqsQueueUrl"] == QUEUE
    assert steps["Ask"]["OutputParameters"] == [{"OutputName": "approved", "OutputType": "Boolean"}]


def test_a_function_is_no_parameter(jobs):
    """No public definition has one there, and the published schema of definitions has a text."""
    with pytest.raises(JobsError, match=r"^Appraise, function: expected: arn:aws:lambda:.*got: \{'Get'.*; fix: write"):
        jobs.invoke("Appraise", function=jobs.store, inputs={}, outputs={})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"function": "appraise"}, "function: expected: arn:aws:lambda:<region>:<account>:function:<name>; got: 'appr"),
        ({"inputs": {"a": object()}}, "inputs: expected: a mapping of texts to JSON or pipeline variables; got: {'a'"),
        ({"inputs": {1: "a"}}, "inputs: expected: a mapping of texts to JSON"),
        ({"outputs": {"price": "Number"}}, "outputs, price: expected: one of String, Integer, .*; got: 'Number'; fix"),
    ],
)
def test_a_mistake_is_an_error(jobs, words, message):
    """The message has the step, what was expected, what came, and what to do."""
    given = {"function": FUNCTION, "inputs": {}, "outputs": {}} | words
    with pytest.raises(JobsError, match=f"^Appraise, {message}"):
        jobs.invoke("Appraise", **given)
    if "function" not in words:
        with pytest.raises(JobsError, match=f"^Appraise, {message}"):
            jobs.callback("Appraise", queue=QUEUE, **({"inputs": {}, "outputs": {}} | words))


def test_a_queue_has_a_url(jobs):
    """Not its name or its ARN."""
    with pytest.raises(
        JobsError, match=r"Ask, queue: expected: https://sqs.*; got: 'appraisals'; fix: correct the URL"
    ):
        jobs.callback("Ask", queue="appraisals", inputs={}, outputs={})


def test_an_output_that_is_not_declared_is_an_error(jobs):
    """A reference to it would fail in the cloud."""
    from step_scripts.jobs.shapes import result_of

    step = jobs.invoke("Appraise", function=FUNCTION, inputs={}, outputs={"price": "Float"})
    with pytest.raises(JobsError, match="Appraise, outputs: expected: one of price; got: prise; fix: correct"):
        result_of(step, "prise")
