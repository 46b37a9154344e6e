"""Read a model.tar.gz that may come from anywhere: in memory, bounded, and without running any of it."""

import gzip
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from step_scripts._shared import StepScriptsError

MAX_BYTES = 512 * 2**20  # unpacked


class ArchiveError(StepScriptsError, ValueError):
    """An archive that is damaged, or holds what does not belong there."""


def read_archive(
    path: Path, *, files: Collection[str], folders: Collection[str], max_bytes: int = MAX_BYTES
) -> dict[str, bytes]:
    """Return the contents of an archive's files.

    Parameters
    ----------
    path : Path
        A tar archive, packed by gzip.
    files : collection of str
        Names of the files to return.
    folders : collection of str
        Names of top-level folders that may be there too; their files are skipped.
    max_bytes : int
        Size of the largest archive when unpacked, whatever its headers say.

    Returns
    -------
    dict of str to bytes
        Those of the files that are there.

    Raises
    ------
    ArchiveError
        When the archive is damaged or too large, or has any other entry: a link, a device, a path that leads outside.
    """
    found = {}
    try:
        with gzip.open(path) as unpacked:
            bounded = cast("BinaryIO", _Bounded(cast("BinaryIO", unpacked), max_bytes))
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                for member in archive:
                    name = _checked_name(member, files, folders)
                    content = archive.extractfile(member)
                    if content is not None and name in files:
                        found[name] = content.read()
            # The checksum is at the end of a gzip stream; a tar reader stops before.
            while bounded.read(2**16):
                pass
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ArchiveError(str(error)) from error
    return found


def _checked_name(member: tarfile.TarInfo, files: Collection[str], folders: Collection[str]) -> str:
    # By hand, because `tarfile.data_filter` needs Python 3.11.4. A sparse file unpacks to more than the stream holds.
    name = PurePosixPath(member.name)
    top = name.parts[0] if name.parts else "."
    regular = member.isreg() and not member.issparse()
    if top == "." or any(name in PurePosixPath(each).parents for each in files):
        fits = member.isdir()
    else:
        fits = regular if str(name) in files else top in folders
    if name.is_absolute() or ".." in name.parts or not fits or not (regular or member.isdir()):
        raise ArchiveError(f"{member.name!r} does not belong there")
    return str(name)


class _Bounded:
    """A stream that raises an error beyond a size: a small archive can unpack to terabytes."""

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError("it holds more data than a model artifact can have")
        return data
