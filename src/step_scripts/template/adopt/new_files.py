"""New files in a folder: all or none, and never in the place of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_all(root: Path, files: Mapping[str, str]) -> None:
    """Write new files, and the folders that they need.

    Parameters
    ----------
    root : Path
        The folder.
    files : mapping of str to str
        Relative path to content. A program, which begins with ``#!``, is executable.

    Raises
    ------
    OSError
        When one cannot be written, or is there already. Then those that were written are removed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_all(Path(folder), {"tests/a.txt": "a"})
    ...     Path(folder, "tests/a.txt").read_text()
    'a'
    """
    made: list[Path] = []
    try:
        for name, content in files.items():
            path = root / name
            for parent in reversed(path.relative_to(root).parents):
                if not (root / parent).exists():
                    (root / parent).mkdir()
                    made.append(root / parent)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(content)
            if content.startswith("#!"):
                path.chmod(0o755)
    except BaseException:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        raise
