"""Calls of the real Docker engine, by its command line."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

PATIENCE = 60.0  # seconds for an answer; removing a container that writes a lot takes a few

_HELP = ("Usage:", "Run '", "See '")


class EngineError(RuntimeError):
    """The engine refused, or gave no answer. The message is its own last word."""


class Engine(NamedTuple):
    """The engine behind a ``docker`` program.

    Attributes
    ----------
    program
        The program's path: while a pipeline runs, the first ``docker`` on PATH is ours.
    """

    program: str

    def ask(self, *words: str, patience: float = PATIENCE) -> str:
        """Return what ``docker <words>`` prints.

        Raises
        ------
        EngineError
            If it fails, or takes longer than `patience` seconds.
        """
        try:
            done = subprocess.run(  # noqa: S603  # a list of words, and no shell
                [self.program, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(f"no answer within {patience:g} seconds") from None
        if done.returncode:
            raise EngineError(last_word(done.stderr) or f"docker {words[0]} ended with exit code {done.returncode}")
        return done.stdout.strip()


def last_word(text: str) -> str:
    r"""Return the last line of what Docker says that is a message, without what is the same in all of them.

    Examples
    --------
    >>> last_word("docker: Error response from daemon: No such image: a:b\n\nRun 'docker run --help' for more")
    'No such image: a:b'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(_HELP)]
    return lines[-1].removeprefix("docker: ").removeprefix("Error response from daemon: ") if lines else ""
