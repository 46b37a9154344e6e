"""Small helpers that every package uses. Imports the standard library only, and little of it: each job waits for it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO


class StepScriptsError(Exception):
    """The base class of the framework's errors: a message for the user, without a traceback."""


def write_whole(path: Path, data: bytes | Iterable[bytes] | Callable[[IO[bytes]], object]) -> Path:
    """Write a file that appears whole or not at all; its folder is made.

    Parameters
    ----------
    path : Path
        The file. It is replaced where it exists.
    data : bytes, iterable of bytes, or callable
        The content, in one piece or several; or a function that writes it to the open file.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "new", "a.txt"), b"a").read_text()
    'a'
    """
    import secrets

    path.parent.mkdir(parents=True, exist_ok=True)
    # The name begins with a dot, so that no reader takes it for a part of a table.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            if callable(data):
                data(file)
            else:
                file.writelines([data] if isinstance(data, bytes) else data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a name; None where none is like it.

    Examples
    --------
    >>> nearest("TestFracton", ["TestFraction", "Seed"])
    'TestFraction'
    """
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1)
    return found[0] if found else None
