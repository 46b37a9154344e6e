"""Calls of the real Docker engine, through its command line."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

from step_scripts._shared import StepScriptsError

ANSWER_TIMEOUT_S = 60.0  # removing a container that writes a lot takes a few seconds

_HELP = ("Usage:", "Run '", "See '")


class EngineError(StepScriptsError, RuntimeError):
    """The engine refused a command, or did not answer. The message is the engine's last line."""


class Engine(NamedTuple):
    """The engine behind a ``docker`` program.

    Attributes
    ----------
    program
        The program's path. While a pipeline runs, the first ``docker`` on PATH is our stand-in.
    """

    program: str

    def ask(self, *words: str, timeout: float = ANSWER_TIMEOUT_S) -> str:
        """Return what ``docker <words>`` prints.

        Raises
        ------
        EngineError
            If it fails, or takes longer than `timeout` seconds.
        """
        try:
            done = subprocess.run(  # noqa: S603  # a list of words, and no shell
                [self.program, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(f"no answer within {timeout:g} seconds") from None
        if done.returncode:
            raise EngineError(last_line(done.stderr) or f"docker {words[0]} ended with exit code {done.returncode}")
        return done.stdout.strip()


def last_line(text: str) -> str:
    r"""Return the last line of Docker's output that is a message, without the words that all messages begin with.

    Examples
    --------
    >>> last_line("docker: Error response from daemon: No such image: a:b\n\nRun 'docker run --help' for more")
    'No such image: a:b'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(_HELP)]
    return lines[-1].removeprefix("docker: ").removeprefix("Error response from daemon: ") if lines else ""
