"""Lambda: the function's own code, in a child process, with what Lambda promises and forbids."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local import functions
from step_scripts.local.executors import outputs
from step_scripts.local.executors.base import Executor, StepError
from step_scripts.local.processes import working_tree
from step_scripts.local.runner import container, handler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from step_scripts.local.functions import Function

MAX_PAYLOAD = 6 * 2**20  # bytes of an event, and of an answer
POLL_S = 0.01
_MIB = 2**20


class LambdaStep(Executor):
    """Invokes a function.

    Its environment is Lambda's: the libraries of the function's own folder and the installed ones, AWS through the
    run's own account, no variable of the user. Its log is the step's ``log.txt``.
    """

    step_type = "Lambda"
    has_log = True

    @classmethod
    def check(cls, request: Mapping[str, Any], project: Path) -> None:
        """Look for the function's code. A function that a parameter names is known only when the step runs."""
        if isinstance(request["FunctionArn"], str):
            _found(project, request["FunctionArn"])

    def run(self) -> dict[str, Any]:
        """Call the handler with the step's arguments; return the declared outputs."""
        answer = self._invoke(_found(self.context.project, str(self.step.request["FunctionArn"])))
        if "errorType" in answer:
            raise StepError(f"{answer['errorType']}: {answer['errorMessage']}")
        found = outputs.checked(answer["result"], self.step.request.get("OutputParameters") or [])
        self.report = outputs.report(found)
        return {"OutputParameters": found}

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Show the outputs."""
        return {"Lambda": {"OutputParameters": outputs.metadata(properties["OutputParameters"])}}

    def _invoke(self, function: Function) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="function-", dir=self.context.spec.folder) as private:
            request: dict[str, Any] = {
                "file": str(function.file),
                "event": self.step.arguments,
                "libraries": list(function.libraries),
                "hidden": [str(folder) for folder in working_tree()],
                "context": self._context(function),
                "answer": str(Path(private, "answer.json")),
                "parent": os.getpid(),
            }
            event = _sized(json.dumps(request["event"], default=_not_json), "event")
            self.step.show(f"{self.step.name}: {function.file.name}, with an event of {len(event)} bytes")
            child = self._start(function, Path(private), json.dumps(request))
            try:
                self._wait(child, function)
            finally:
                _end(child, private)
            path = Path(request["answer"])
            if not path.is_file():
                raise StepError(f"Runtime.ExitError: Runtime exited with {_ending(child.returncode)}")
            answer: dict[str, Any] = json.loads(_sized(path.read_text(), "answer"))
            return answer

    def _start(self, function: Function, private: Path, request: str) -> subprocess.Popen[bytes]:
        environment = {
            **container.environment({}),
            **self.context.door.environment(),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "LAMBDA_TASK_ROOT": str(function.file.parent),
            "PYTHONDONTWRITEBYTECODE": "1",  # the function's folder is the user's
            "TMPDIR": str(private),
        }
        request_file = private / "request.json"
        request_file.write_text(request)
        with (self.folder / "log.txt").open("ab") as log, request_file.open("rb") as given:
            return subprocess.Popen(  # noqa: S603  # the function is the user's own code
                [sys.executable, handler.__file__],
                env=environment,
                cwd=private,
                stdin=given,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait(self, child: subprocess.Popen[bytes], function: Function) -> None:
        """Wait until the function has ended, or has used up what it may use."""
        import psutil

        deadline = time.monotonic() + function.timeout_s
        process = psutil.Process(child.pid)
        while child.poll() is None:
            if self.context.interrupt.received:
                raise StepError("interrupted")
            if time.monotonic() > deadline:
                raise StepError(f"Sandbox.Timedout: Task timed out after {function.timeout_s:.2f} seconds")
            try:
                used = process.memory_info().rss
            except psutil.Error:  # it has ended
                used = 0
            if used > function.memory_mb * _MIB:
                raise StepError(
                    f"Runtime.OutOfMemory: the function uses more than its {function.memory_mb} MiB of memory; "
                    f"fix: raise memory_mb in [tool.step-scripts.functions.{function.file.stem}] of pyproject.toml"
                )
            time.sleep(POLL_S)

    def _context(self, function: Function) -> dict[str, Any]:
        name = self.context.name(self.step.name)
        return {
            "function_name": function.name,
            "function_version": "$LATEST",
            "invoked_function_arn": str(self.step.request["FunctionArn"]),
            "memory_limit_in_mb": str(function.memory_mb),
            "aws_request_id": name,
            "log_group_name": f"/aws/lambda/{function.name}",
            "log_stream_name": name,
            "timeout_s": function.timeout_s,
        }


def _found(project: Path, arn: str) -> Function:
    try:
        return functions.find(project, arn)
    except functions.FunctionError as error:
        raise StepError(str(error)) from None


def _sized(text: str, what: str) -> str:
    if len(text.encode()) > MAX_PAYLOAD:
        raise StepError(f"expected: an {what} of at most {MAX_PAYLOAD} bytes; got: {len(text.encode())}")
    return text


def _not_json(value: object) -> str:
    return str(value)  # a time, as the service writes one


def _end(child: subprocess.Popen[bytes], private: str) -> None:
    """End the function, and all that it has started: its processes have its private folder in their environment."""
    import psutil

    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended, or is another user's
            if process.environ().get("TMPDIR") == private:
                process.kill()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
