"""Call a Lambda function's handler in this interpreter, as Lambda's own runtime does.

A program: it reads ``{"file", "event", "hidden", "libraries", "context", "answer", "parent"}`` from its standard input,
and writes ``{"result": ...}`` or ``{"errorType", "errorMessage", "stackTrace"}`` to the file `answer`. What the handler
prints goes to the standard output, which is its log. It imports the standard library only, as Lambda's runtime does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from typing import Any

HANDLERS = ("handler", "lambda_handler")
# What Lambda's Python runtime has besides the standard library.
RUNTIME = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})


class Runtime:
    """Finds no library that Lambda would not find: this machine has more of them."""

    def __init__(self, folder: str, libraries: list[str]) -> None:
        own = {name.partition(".")[0] for name in os.listdir(folder)}  # noqa: PTH208  # see main
        self._known = {*sys.stdlib_module_names, *RUNTIME, *libraries, *own}

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> None:  # noqa: ANN401
        """Let the next finder find the module, unless it is one of those."""
        if path is None and name not in self._known:
            fix = "put its code into functions/, or name it in libraries in pyproject.toml if a layer has it"
            message = f"No module named {name!r} in Lambda, which has boto3 and the standard library; fix: {fix}"
            raise ModuleNotFoundError(message, name=name)


class Context:
    """What a handler gets as its second argument: the members of Lambda's context object.

    Attributes
    ----------
    function_name, function_version, invoked_function_arn, memory_limit_in_mb, aws_request_id
        As in Lambda.
    log_group_name, log_stream_name
        As in Lambda.
    identity, client_context
        None: those of mobile applications.
    """

    identity = client_context = None

    def __init__(self, members: dict[str, Any], deadline: float) -> None:
        self.__dict__.update(members)
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def answer(file: str, event: Any, context: Context) -> dict[str, Any]:  # noqa: ANN401
    """Call the handler; return what it returns, or its error."""
    try:
        spec = importlib.util.spec_from_file_location("lambda_function", file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        found = [getattr(module, name) for name in HANDLERS if hasattr(module, name)]
        if not found:
            return _error("Runtime.HandlerNotFound", f"{os.path.basename(file)}: expected: a function called handler")  # noqa: PTH119
        result = found[0](event, context)
    except SystemExit as end:
        return _error("Runtime.ExitError", f"Runtime exited with code {end.code}")
    except BaseException as error:  # noqa: BLE001  # the handler's own
        trace = [line.rstrip() for line in traceback.format_tb(error.__traceback__)[1:]]
        traceback.print_exc(file=sys.stdout)
        message = str(error).encode(errors="backslashreplace").decode()
        return {**_error(type(error).__name__, message), "stackTrace": trace}
    try:
        # Lambda's own answer is UTF-8, which a half of a surrogate pair is not.
        return {"result": json.loads(json.dumps(result, ensure_ascii=False).encode())}
    except (TypeError, ValueError, RecursionError) as error:
        return _error("Runtime.MarshalError", f"Unable to marshal response: {error}")


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"errorType": kind, "errorMessage": message}


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def main() -> int:
    """Answer one event."""
    deadline = time.monotonic()
    request = json.load(sys.stdin)
    deadline += request["context"].pop("timeout_s")
    threading.Thread(target=_watch, args=(request["parent"],), daemon=True).start()
    folder = os.path.dirname(request["file"])  # noqa: PTH120  # pathlib would be one more import in each start
    rest = [path for path in sys.path if os.path.realpath(path) not in request["hidden"]]
    sys.path[:] = [folder, *rest]
    sys.meta_path.insert(0, Runtime(folder, request["libraries"]))  # a finder that finds nothing
    answered = answer(request["file"], request["event"], Context(request["context"], deadline))
    sys.stdout.flush()
    partial = request["answer"] + ".partial"
    with open(partial, "w") as file:  # noqa: PTH123
        json.dump(answered, file)
    os.replace(partial, request["answer"])  # noqa: PTH105
    return 0


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    sys.exit(main())
