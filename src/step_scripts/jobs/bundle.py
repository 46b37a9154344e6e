"""The code of one step as a bundle: everything that its script can see, and nothing else.

A bundle is addressed by its content. A step's code URI changes when something that the step can see changes, and at no
other time: SageMaker's cache hits for every other step.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts import closure, project

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = re.compile(r"\b(code/[\w.-]+/)[0-9a-f]{64}\b")
_RECORD: ContextVar[dict[str, Bundle] | None] = ContextVar("bundles", default=None)


def masked(definition: str) -> str:
    """Return a definition without the digests of its code: what a person reviews.

    Examples
    --------
    >>> masked(f"s3://b/{Bundle('steps/a.py', {}).key}")
    's3://b/code/a/<sha256>'
    """
    return _KEY.sub(r"\1<sha256>", definition)


@dataclass(frozen=True)
class Bundle:
    """The files of one step's code.

    Attributes
    ----------
    script : str
        The step's script as a path relative to the bundle's root, for example ``steps/train.py``.
    files : dict of str to bytes
        Relative POSIX path to content, in sorted order.
    """

    script: str
    files: dict[str, bytes]

    @property
    def sha256(self) -> str:
        """The bundle's address: a digest over every file's path, length and bytes.

        Examples
        --------
        >>> Bundle("a.py", {"a.py": b""}).sha256[:12]
        '5e0a71713877'
        """
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @property
    def key(self) -> str:
        """Where the bundle lies below the store: ``code/<step>/<sha256>``.

        Examples
        --------
        >>> Bundle("steps/a.py", {"steps/a.py": b""}).key[:23]
        'code/a/9aa5ff0c9dbca06b'
        """
        return f"code/{Path(self.script).stem}/{self.sha256}"


def of(script: str, root: Path) -> Bundle:
    """Collect the bundle of a script.

    Parameters
    ----------
    script : str
        Path of the script relative to `root`.
    root : Path
        The project's folder.

    Returns
    -------
    Bundle
        The script, what it can see (`step_scripts.closure`), and a ``pyproject.toml`` with the settings that a job
        needs. By this file the job finds its project.

    Raises
    ------
    ClosureError
        When the script does not exist or lies outside of the folder, or a module cannot be parsed.
    ProjectError
        When the folder's settings cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "pyproject.toml").write_text("[tool.step-scripts]")
    ...     _ = Path(folder, "first.py").write_text("import helper")
    ...     _ = Path(folder, "helper.py").write_text("")
    ...     list(of("first.py", Path(folder)).files)
    ['first.py', 'helper.py', 'pyproject.toml']
    """
    home = project.read(root.resolve())
    files = {name: path.read_bytes() for name, path in closure.of([Path(script)], home).files.items()}
    files[project.FILE] = home.settings_of_jobs()
    bundle = Bundle(script, dict(sorted(files.items())))
    if (record := _RECORD.get()) is not None:
        record[bundle.key] = bundle
    return bundle


@contextmanager
def recorded() -> Iterator[dict[str, Bundle]]:
    """Yield a dict that gets the bundles made while it is open, by key: what a definition refers to can be uploaded.

    Examples
    --------
    >>> with recorded() as bundles:
    ...     pass  # build a pipeline
    >>> bundles
    {}
    """
    found: dict[str, Bundle] = {}
    token = _RECORD.set(found)
    try:
        yield found
    finally:
        _RECORD.reset(token)
