"""The code of one step as a bundle: everything that its script can see, and nothing else.

A bundle is addressed by its content. A step's code URI changes when, and only when, something that the step can see
changes, so SageMaker's cache hits for every other step.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from step_scripts import closure, project


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
        """Where the bundle lies below the store: ``code/<step>/<sha256>``."""
        return f"code/{Path(self.script).stem}/{self.sha256}"


def of(script: str, root: Path) -> Bundle:
    """Collect the bundle of a script.

    Parameters
    ----------
    script : str
        Path of the script relative to ``root``.
    root : Path
        The project's folder.

    Returns
    -------
    Bundle
        The script, what it can see (`step_scripts.closure`), and a ``pyproject.toml`` with the settings that a job
        needs, by which the job finds its project.

    Raises
    ------
    FileNotFoundError
        If the script does not exist.
    SyntaxError
        If a module does not compile.
    """
    home = project.read(root.resolve())
    files = {name: path.read_bytes() for name, path in closure.of([script], home).files.items()}
    files[project.FILE] = home.settings_of_jobs()
    return Bundle(script, dict(sorted(files.items())))
