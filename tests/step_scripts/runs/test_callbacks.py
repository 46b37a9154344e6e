"""A Callback step waits for the command that answers its token."""

import threading
import time

import pytest

from step_scripts import cli
from step_scripts.local import launch
from step_scripts.local.executors import callback
from step_scripts.local.interrupt import InterruptedRunError

QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/houses"


def build(session):
    """Ask for a price, and say it."""
    from sagemaker.core.workflow.functions import Join
    from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    outputs = [
        CallbackOutput("price", CallbackOutputTypeEnum.Float),
        CallbackOutput("by", CallbackOutputTypeEnum.String),
    ]
    ask = CallbackStep(name="Ask", sqs_queue_url=QUEUE, inputs={"house": 7}, outputs=outputs)
    said = [ask.properties.Outputs["by"], ask.properties.Outputs["price"]]
    end = FailStep(name="Say", error_message=Join(on=": ", values=said))
    return Pipeline(name="asking", steps=[ask, end], sagemaker_session=session)


def run_and_answer(runs, *answers):
    """Run the pipeline, and call the command in another thread as soon as the step waits; return run and exit codes."""
    codes, waits = [], threading.Event()

    def answer():
        waits.wait()
        for words in answers:
            token = next((runs / "callbacks").glob("*-Ask.json")).stem
            codes.append(cli.main(["callback", *(token if word == "TOKEN" else word for word in words)]))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        return launch.run(build, runs_dir=runs, on_line=lambda *_: waits.set()), codes
    finally:
        waits.set()
        thread.join()


def test_an_answer_gives_the_outputs(tmp_path, capsys):
    """Wrong answers are refused, and the step waits on."""
    where = ["--runs-dir", str(tmp_path)]
    execution, codes = run_and_answer(
        tmp_path,
        [*where],
        ["TOKEN", "--output", "price=2.5", *where],
        ["TOKEN", "--output", "price=two", "--output", "by=me", *where],
        ["TOKEN", "--output", "price=2.5", "--output", "by=me", *where],
    )
    assert codes == [0, 2, 2, 0]
    assert execution.failure.reason == "me: 2.5"
    assert execution.step("Ask").report == {"price": "2.5", "by": "me"}
    printed = capsys.readouterr()
    assert f"{execution.id}-Ask" in printed.out
    assert "house=7" in printed.out
    assert "expected: --output price=Float --output by=String; got: price" in printed.err
    assert "--output price: expected: a value of type Float; got: two" in printed.err
    assert list((tmp_path / "callbacks").iterdir()) == []


def test_a_failure_fails_the_step(tmp_path):
    """With the reason that somebody gave."""
    execution, codes = run_and_answer(tmp_path, ["TOKEN", "--failure", "no time", "--runs-dir", str(tmp_path)])
    assert (codes, execution.failure.step, execution.failure.reason) == ([0], "Ask", "no time")


def test_a_time_out_fails_the_step(tmp_path, monkeypatch):
    """And leaves no message behind."""
    monkeypatch.setenv(callback.TIMEOUT, "0.1")
    execution = launch.run(build, runs_dir=tmp_path)
    assert execution.failure.reason.startswith("no answer has come in 0.1 seconds; fix: ")
    assert list((tmp_path / "callbacks").iterdir()) == []


def test_an_interrupt_ends_the_wait(tmp_path):
    """As it ends a job."""
    import os
    import signal

    def interrupt(*_):
        threading.Thread(target=lambda: (time.sleep(0.2), os.kill(os.getpid(), signal.SIGINT))).start()

    with pytest.raises(InterruptedRunError) as caught:
        launch.run(build, runs_dir=tmp_path, on_line=interrupt)
    assert caught.value.execution.step("Ask").status == "Interrupted"
    assert list((tmp_path / "callbacks").iterdir()) == []


def test_only_a_token_that_waits_can_be_answered(tmp_path, capsys):
    """The exit code is 2."""
    assert cli.main(["callback", "A1-Ask", "--runs-dir", str(tmp_path)]) == 2
    assert "expected: the token of a step that waits; got: A1-Ask" in capsys.readouterr().err
    assert cli.main(["callback", "../x", "--runs-dir", str(tmp_path)]) == 2
