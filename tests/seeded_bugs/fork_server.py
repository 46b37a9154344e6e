"""Run pytest again and again, and import the libraries once: each run is a fork of a process that has them.

The server is this file, run as a program by the Python of a copy's environment. A line on its standard input is a
request, a line on its standard output is pytest's exit code. A run tells the server which installed libraries it has
imported, and the server imports them before the next run. It imports nothing of the project: each fork imports the
copy's modules as they are then.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ForkServer:
    """The client's side.

    Parameters
    ----------
    programs : Path
        The folder of the environment's programs. The server is copied there, because `step_scripts.project.find` does
        not take a script of an environment for a part of a project.
    folder : Path
        Where pytest runs.
    environment : mapping of str to str
        In which it runs.
    """

    def __init__(self, programs: Path, folder: Path, environment: Mapping[str, str]) -> None:
        command = [programs / "python", shutil.copy(__file__, programs)]
        self._server = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def pytest(self, *arguments: str) -> tuple[int, str]:
        """Run pytest; return its exit code and what it printed.

        Raises
        ------
        RuntimeError
            When the server has ended; its standard error says why.
        """
        with tempfile.TemporaryDirectory(prefix="seeded-bugs-run-") as name:
            request = {"arguments": arguments, "printed": f"{name}/printed", "imported": f"{name}/imported"}
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps(request), file=self._server.stdin, flush=True)
            assert self._server.stdout
            code = self._server.stdout.readline()
            if not code:
                raise RuntimeError(f"the fork server has ended with {self._server.wait()}")
            return int(code), Path(name, "printed").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End the server."""
        self._server.communicate()


def serve() -> int:
    """Answer requests until there are no more; in a fork, run pytest and return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after a Ctrl-C the client has no more requests
    tried: set[str] = set()
    broken: set[str] = set()
    for line in sys.stdin:
        request = json.loads(line)
        assert threading.active_count() == 1, f"a fork would not have the threads {threading.enumerate()}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of OpenBLAS's threads, which are safe to fork
            pid = os.fork()
        if not pid:
            return _run(**request)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(FileNotFoundError):  # the run has crashed
            _import(json.loads(Path(request["imported"]).read_text()), tried, broken)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return 0


def _run(arguments: list[str], printed: str, imported: str) -> int:
    """Run pytest in this process, as its own program would, and list the installed modules that it has imported."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(printed, os.O_WRONLY | os.O_CREAT)
    for number, descriptor in enumerate((nothing, output, output)):
        os.dup2(descriptor, number)
    importlib.invalidate_caches()
    sys.argv[1:] = arguments
    import pytest
    from hypothesis import Phase, settings

    # It can take a minute to shrink an example for a message that is not read.
    settings.register_profile("not shrunk", settings.default, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("not shrunk")
    code = pytest.main(arguments)
    specs = [(name, getattr(module, "__spec__", None)) for name, module in sys.modules.copy().items()]
    installed = [name for name, spec in specs if spec and "site-packages" in str(spec.origin)]
    Path(imported).write_text(json.dumps(installed))
    return int(code)


def _import(names: list[str], tried: set[str], broken: set[str]) -> None:
    """Import what has not been tried yet, in the same order, and undo what imports do to the log.

    A package of which one module cannot be imported is `broken`: nothing of it stays imported.
    """
    handlers, level = logging.root.handlers[:], logging.root.level
    quiet = Path(os.devnull).open("w")  # noqa: SIM115  # in the next line
    with quiet, contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), _a_region():
        for name in names:
            package = name.partition(".")[0]
            if name in tried or package in broken:
                continue
            tried.add(name)
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001  # the fork imports it by itself
                _forget(package)
                broken.add(package)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    gc.freeze()  # a collection in a fork would copy the memory of what is imported here


@contextlib.contextmanager
def _a_region() -> Iterator[None]:
    """Have an AWS region while entered: without one, the SageMaker SDK cannot be imported. The runs have none."""
    name = "AWS_DEFAULT_REGION"
    before = os.environ.get(name)
    os.environ[name] = before or "us-east-1"
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
        if boto3 := sys.modules.get("boto3"):
            boto3.DEFAULT_SESSION = None  # it has the region


def _forget(package: str) -> None:
    """Remove a package that could not be imported, with those of its modules that could.

    They would be imported in another order than the package does it. Where its modules import each other, that fails.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


if __name__ == "__main__":
    sys.exit(serve())
