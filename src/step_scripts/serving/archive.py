"""Reading a model.tar.gz that may come from anywhere: in memory, bounded, and nothing of it is run."""

import gzip
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from step_scripts._shared import StepScriptsError

MOST_BYTES = 512 * 2**20  # unpacked; a model of this pipeline has some 100 KB


class ArchiveError(StepScriptsError, ValueError):
    """An archive that is damaged, or holds what does not belong there."""


def read_archive(
    path: Path, *, files: Collection[str], folders: Collection[str], most_bytes: int = MOST_BYTES
) -> dict[str, bytes]:
    """Return the contents of an archive's files.

    Parameters
    ----------
    path : Path
        A tar archive, packed by gzip.
    files : collection of str
        Names of the files to return.
    folders : collection of str
        Names of top-level folders that may be there too; what they hold is passed over.
    most_bytes : int
        How much the archive may hold unpacked, whatever its headers say.

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
            bounded = cast("BinaryIO", _Bounded(cast("BinaryIO", unpacked), most_bytes))
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                for member in archive:
                    name = _checked_name(member, files, folders)
                    content = archive.extractfile(member)
                    if content is not None and name in files:
                        found[name] = content.read()
            # The checksum stands at the end of a gzip stream; a tar reader stops before.
            while bounded.read(2**16):
                pass
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ArchiveError(str(error)) from error
    return found


def _checked_name(member: tarfile.TarInfo, files: Collection[str], folders: Collection[str]) -> str:
    # By hand, for `tarfile.data_filter` came with Python 3.11.4. A sparse file unpacks to more than the stream holds.
    name = PurePosixPath(member.name)
    top = name.parts[0] if name.parts else "."
    regular = member.isreg() and not member.issparse()
    fits = member.isdir() if top == "." else regular if str(name) in files else top in folders
    if name.is_absolute() or ".." in name.parts or not fits or not (regular or member.isdir()):
        raise ArchiveError(f"{member.name!r} does not belong there")
    return str(name)


class _Bounded:
    """A stream that ends with an error when it has given too much: a small archive can unpack to terabytes."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError("it holds more data than a model artifact can have")
        return data
