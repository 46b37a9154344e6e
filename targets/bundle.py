"""The code of one step as a bundle: the script, what it imports of ours, and the data files of those packages.

A bundle is addressed by its content. A step's code URI changes when, and only when, something that the step
can import changes, so SageMaker's cache hits for every other step.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from modulefinder import ModuleFinder
from pathlib import Path

# What is no data: code, which comes by import, and what editors and patches leave behind.
NO_DATA = re.compile(r"\..*|#.*#|.*(~|\.(py|pyc|orig|rej|bak|swp))")


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

    Imports are read from the code and never executed; those inside functions count too. A package brings its
    data files (such as the contracts' YAML) along, without the sub-folders that are no packages.

    Parameters
    ----------
    script : str
        Path of the script relative to ``root``.
    root : Path
        The project's root folder, below which our own packages lie.

    Returns
    -------
    Bundle
        The script and its import closure below ``root``.

    Raises
    ------
    FileNotFoundError
        If the script does not exist.
    SyntaxError
        If the script does not compile.

    Examples
    --------
    >>> [name for name in of("steps/train.py", Path()).files if name.startswith("steps/")]
    ['steps/__init__.py', 'steps/_boosting.py', 'steps/_job.py', 'steps/_options.py', 'steps/train.py']
    """
    root = root.resolve()
    finder = ModuleFinder(path=[str(root)])
    finder.run_script(str(root / script))
    sources = {root / script} | {
        Path(file).resolve() for module in finder.modules.values() if (file := getattr(module, "__file__", None))
    }
    sources = {source for source in sources if source.is_relative_to(root)}
    packages = {source.parent for source in sources if source.name == "__init__.py"}
    data = {
        file
        for package in packages
        for file in package.iterdir()
        if file.is_file() and not NO_DATA.fullmatch(file.name)
    }
    named = {path.relative_to(root).as_posix(): path for path in sources | data}
    return Bundle(script, {name: named[name].read_bytes() for name in sorted(named)})
