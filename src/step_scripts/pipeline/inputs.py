"""What a run reads and where it writes, checked before the SDK is imported."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline.errors import UsageError
from step_scripts.pipeline.parameters import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

S3_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/]+(?:/[^/]+)*)?")
TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")
OTHER_TABLES = (".gz", ".zip", ".txt", ".tsv", ".xlsx", ".xls", ".jsonl", ".orc", ".avro", ".pq")
_KINDS = ", ".join(TABLE_SUFFIXES)


def tables(folder: Path, patterns: Mapping[str, Sequence[str]]) -> dict[str, bytes]:
    """Read the input tables of a folder.

    Parameters
    ----------
    folder : Path
        Where the tables lie.
    patterns : mapping of str to sequence of str
        The file name patterns of each contract, for example ``{"houses": ["houses*"]}``.

    Returns
    -------
    dict of str to bytes
        File name to content.

    Raises
    ------
    UsageError
        When the folder or a contract's table is missing, or a file looks like a table of another format, which no
        step would read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "houses.csv").write_text("house_id")
    ...     tables(Path(folder), {"houses": ["houses*"]})
    {'houses.csv': b'house_id'}
    """
    if not folder.is_dir():
        raise UsageError(f"--input-dir {folder}: there is no such folder")
    found: dict[str, bytes] = {}
    for some in patterns.values():
        matching = [path for path in sorted(folder.iterdir()) if any(fnmatch(path.name, pattern) for pattern in some)]
        paths = [path for path in matching if path.name.endswith(TABLE_SUFFIXES)]
        if other := sorted(path.name for path in folder.iterdir() if path not in paths and _may_be(path, some)):
            raise UsageError(f"--input-dir {folder}: {', '.join(other)} would not be read; expected {_KINDS}")
        if not paths:
            raise UsageError(
                f"--input-dir {folder}: expected at least one file {' or '.join(some)} ({_KINDS}), found none"
            )
        found |= {path.name: _content(path) for path in paths}
    return found


def require_data(root: Path, places: Mapping[str, str]) -> None:
    """Check that what a run uploads for each parameter is there: a file, or a folder with at least one.

    Parameters
    ----------
    root : Path
        The project's folder.
    places : mapping of str to str
        Parameter to file or folder, relative to `root`.

    Raises
    ------
    UsageError
        When one is missing or empty.
    """
    for name, place in places.items():
        path = root / place
        if not (path.is_file() or any(each.is_file() for each in path.rglob("*"))):
            got = "an empty folder" if path.is_dir() else "no such file or folder"
            fix = f"put a small sample of what {name} holds there"
            raise UsageError(f"{place}: expected: data for a local run; got: {got}; fix: {fix}")


def require_writable(folder: Path, *, option: str = "--runs-dir") -> None:
    """Check that a folder for runs, or that of an option, can be made or written to, without making it.

    Raises
    ------
    UsageError
        When it cannot.
    """
    existing = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(
            f"{option} {folder}: expected a folder that can be written; got: {existing}; name another folder"
        )


def in_s3(name: str, value: object, *, folder: bool = False) -> str:
    """Check that a parameter's value is a place in S3: a bucket, or a folder in one, without a slash at the end.

    Parameters
    ----------
    name, value
        The parameter's.
    folder : bool
        Whether it has to be a folder.

    Raises
    ------
    ParameterError
        When it is anything else.

    Examples
    --------
    >>> in_s3("Store", "s3://step-scripts")
    's3://step-scripts'
    """
    found = S3_PLACE.fullmatch(str(value))
    if not found or (folder and not found[1]):
        expected = "s3://bucket/folder" if folder else "s3://bucket or s3://bucket/folder"
        raise ParameterError(f"--param {name}={value}: expected {expected}")
    return found[0]


def _may_be(path: Path, patterns: Iterable[str]) -> bool:
    """Tell whether a file looks like a table of a pattern, apart from the case or the ending of its name."""
    name = path.name.casefold()
    matches = any(fnmatch(name, pattern.casefold()) for pattern in patterns)
    return matches and name.endswith((*TABLE_SUFFIXES, *OTHER_TABLES))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--input-dir {path.parent}: {path.name} cannot be read: {error.strerror}") from None
