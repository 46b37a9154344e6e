"""File locks: the system releases them when a process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def acquire(path: Path) -> int | None:
    """Lock a file, and return its descriptor; None where another process holds the lock.

    The lock lasts until the last copy of the descriptor is closed. So a child process that gets a copy keeps the lock
    for as long as it runs.
    """
    import fcntl  # which Windows does not have

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # the holder before has deleted the file


def is_held(path: Path) -> bool:
    """Tell whether a process holds the lock of a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> is_held(Path("no", "such", "file"))
    False
    """
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of a file while entered; yield False where another process holds it."""
    descriptor = acquire(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
