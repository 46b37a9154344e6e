"""Scripts and child processes for the tests of the runner."""

import os
import time
from pathlib import Path

import pytest

from step_scripts.local.runner import child
from step_scripts.local.runner.container import Container

SCRIPTS = {
    "prints": "import sys; print('out', sys.argv[1:], __name__, __file__); print('err', file=sys.stderr)",
    "exits": "import sys; print('unflushed', end=''); sys.exit(3)",
    "exits with a large code": "import sys; sys.exit(259)",
    "exits with text": "import sys; sys.exit('sorry')",
    "exits with nothing": "import sys; sys.exit()",
    "crashes": "def deep():\n    raise ValueError('bad')\ndeep()",
    "crashes twice": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('k')",
    "does not compile": "print('a'\n",
    "says goodbye": "import atexit\natexit.register(print, 'bye')\nraise SystemExit(4)",
    "has a thread": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), print('late'))).start()",
    "kills itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "pickles": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))).__module__)",
    "imports a neighbour": "import neighbour; print(neighbour.NAME)",
    "imports from PYTHONPATH": "import distant; print(distant.NAME)",
    "forks workers": (
        "import multiprocessing\n"
        "def double(x): return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(double, [1, 2]))"
    ),
    "reads its input": "import sys; print(repr(sys.stdin.read()))",
    "is not there": None,
}


@pytest.fixture(autouse=True)
def _same_folder():
    """Go back to the working directory: a runner goes to its server's folder, and here it is the test's process."""
    before = Path.cwd()
    yield
    os.chdir(before)


@pytest.fixture(params=SCRIPTS)
def script(request, tmp_path):
    """The path of each script in turn, in a folder with a neighbour."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "neighbour.py").write_text("NAME = 'neighbour'")
    (tmp_path / "distant").mkdir()
    (tmp_path / "distant" / "distant.py").write_text("NAME = 'distant'")
    if SCRIPTS[request.param] is not None:
        (folder / "script.py").write_text(SCRIPTS[request.param])
    return folder / "script.py"


@pytest.fixture
def environment(tmp_path):
    """A job's environment."""
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "distant"), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def finish(tmp_path):
    """A function that starts a command as a child and waits for its end: exit code and output."""

    def run(argv, environment, *, server=None, known=None):
        log = Path(tmp_path / "log.txt")
        log.write_bytes(b"")
        container = Container([str(word) for word in argv], environment, tmp_path)
        job = child.start(container, log, server=server, known=known or {})
        while (code := job.poll()) is None:
            time.sleep(0.005)
        return code, log.read_text()

    return run


@pytest.fixture
def wait_for_end():
    """A function that waits until a process has ended, and returns True; its parent may not have noticed yet."""

    def wait(pid):
        deadline = time.monotonic() + 10
        while os.popen(f"ps -o stat= -p {pid}").read().strip()[:1] not in {"", "Z"}:
            assert time.monotonic() < deadline, "it did not end in time"
            time.sleep(0.01)
        return True

    return wait
