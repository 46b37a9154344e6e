"""A project's pipelines, compiled: each file by its own command line, all of them in one go, once a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from step_scripts.testing._helpers import copy_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from step_scripts.project import Project

_TIMEOUT_S = 120
# Runs each file as `python FILE --definition -`, in a fork of a process that has imported the SDK: the import takes as
# long as a compilation, and no pipeline sees what another one has changed in its process.
_PROGRAM = """
import contextlib, json, os, runpy, sys, tempfile, traceback

root, files = sys.argv[1], sys.argv[2:]


def needs_sdk(file):
    with contextlib.suppress(OSError), open(os.path.join(root, file), "rb") as text:
        return b"sagemaker" in text.read()


if sum(map(needs_sdk, files)) > 1:
    with contextlib.suppress(Exception):
        from step_scripts.local import sdk
        with sdk.private_environment():
            import step_scripts.jobs.shapes
            import sagemaker.mlops.workflow.pipeline


def compiled(file):
    path = os.path.join(root, file)
    sys.argv, sys.path[0] = [path, "--definition", "-"], os.path.dirname(path)
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
            return 1
        return error.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


running, found = [], []
for file in files:
    out, errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
    child = os.fork()
    if child == 0:
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        code = compiled(file)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    running.append((child, out, errors))
for child, *streams in running:
    _, status = os.waitpid(child, 0)
    texts = [stream.seek(0) or stream.read() for stream in streams]
    found.append([os.waitstatus_to_exitcode(status), *texts])
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Compiled:
    """What the command line of a pipeline did: exit code, definition, and what it said on stderr."""

    code: int
    text: str
    errors: str


def compile_all(
    root: Path, files: Sequence[str], *, cwd: Path | None = None, **environment: str
) -> Mapping[str, Compiled]:
    """Compile pipelines of a folder in a fresh process with a bare environment.

    Parameters
    ----------
    root : Path
        The folder of a project, or of a copy of it.
    files : sequence of str
        Files of pipelines, relative to the folder.
    cwd : Path, optional
        The working directory; the folder when absent.
    **environment : str
        More variables, besides ``PATH`` and ``PYTHONPATH``.

    Returns
    -------
    mapping of str to Compiled
        By file, also where one does not compile.
    """
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(  # noqa: S603 - the project's own pipelines
        [sys.executable, "-c", _PROGRAM, str(root), *files],
        cwd=cwd or root,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    if done.returncode:
        return dict.fromkeys(files, Compiled(done.returncode, "", done.stderr))
    return {file: Compiled(*found) for file, found in zip(files, json.loads(done.stdout), strict=True)}


@dataclass(frozen=True)
class Compilation:
    """The pipelines of a project, compiled when the first of them is asked for.

    Attributes
    ----------
    project : Project
        The project.
    files : sequence of str
        The files of its pipelines, relative to its folder.
    home : Path
        A temporary folder.
    together : sequence of str
        Those that are compiled in one go. Another one is compiled by itself, when it is asked for.
    reported : set of str
        The files whose error a test has shown.
    """

    project: Project
    files: Sequence[str]
    home: Path
    together: Sequence[str]
    reported: set[str] = field(default_factory=set)

    def of(self, file: str) -> Compiled:
        """Return a pipeline as the project has it."""
        return self.first[file] if file in self.together else compile_all(self.project.root, [file])[file]

    def again_of(self, file: str) -> Compiled:
        """Return a pipeline of the copy."""
        return self.again[file] if file in self.together else self._again([file])[file]

    @cached_property
    def first(self) -> Mapping[str, Compiled]:
        """The pipelines as the project has them."""
        return compile_all(self.project.root, self.together)

    @cached_property
    def clone(self) -> Path:
        """A copy of the project. What changes it puts it back."""
        return copy_project(self.project, self.home / "clone")

    @cached_property
    def again(self) -> Mapping[str, Compiled]:
        """The pipelines of the copy: from another folder, with another hash seed, home, region and AWS profile."""
        return self._again(self.together[::-1])

    def _again(self, files: Sequence[str]) -> Mapping[str, Compiled]:
        settings = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_PROFILE": "another", "HOME": str(self.home)}
        return compile_all(self.clone, files, cwd=self.home, PYTHONHASHSEED="7", **settings)
