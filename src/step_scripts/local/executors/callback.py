"""Callback: send a message to the queue of this machine, and wait for somebody's answer."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from step_scripts.local.callbacks import Callbacks
from step_scripts.local.executors import outputs
from step_scripts.local.executors.base import Executor, StepError

if TYPE_CHECKING:
    from collections.abc import Mapping

POLL_S = 0.05
TIMEOUT = "STEP_SCRIPTS_CALLBACK_TIMEOUT"  # seconds, in the environment
TIMEOUT_S = 600.0  # the service waits for days; a person at a laptop has gone by then


class Callback(Executor):
    """Waits for ``step-scripts callback TOKEN``, which stands for ``SendPipelineExecutionStepSuccess``."""

    step_type = "Callback"

    def run(self) -> dict[str, Any]:
        """Send the message, and return what the answer holds."""
        declared = self.step.request.get("OutputParameters") or []
        queue, token = Callbacks(self.context.state / "callbacks"), f"{self.context.execution_id}-{self.step.name}"
        seconds = _timeout()
        message = {
            "step": self.step.name,
            "execution": self.context.execution_id,
            "queue": self.step.request["SqsQueueUrl"],
            "arguments": self.step.arguments,
            "outputs": {each["OutputName"]: each["OutputType"] for each in declared},
        }
        queue.send(token, message)
        try:
            words = " ".join(f"--output {each['OutputName']}={each['OutputType']}" for each in declared)
            self.step.show(f"{self.step.name} waits for: {f'step-scripts callback {token} {words}'.rstrip()}")
            answer = self._answer(queue, token, seconds)
        finally:
            queue.remove(token)
        if "failure" in answer:
            raise StepError(answer["failure"])
        found = outputs.checked(answer["outputs"], declared)
        self.report = outputs.report(found)
        return {"CallbackToken": token, "SqsQueueUrl": message["queue"], "OutputParameters": found}

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Show the token and the outputs."""
        shown = {name: properties[name] for name in ("CallbackToken", "SqsQueueUrl")}
        return {"Callback": {**shown, "OutputParameters": outputs.metadata(properties["OutputParameters"])}}

    def _answer(self, queue: Callbacks, token: str, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.context.interrupt.received:
                raise StepError("interrupted")
            if answer := queue.answer(token):
                return answer
            time.sleep(POLL_S)
        raise StepError(f"no answer has come in {seconds:g} seconds; fix: answer earlier, or set ${TIMEOUT}")


def _timeout() -> float:
    text = os.environ.get(TIMEOUT, str(TIMEOUT_S))
    try:
        return float(text)
    except ValueError:
        raise StepError(f"${TIMEOUT}: expected: a number of seconds; got: {text}") from None
