"""The model that a server loads: ``model.tar.gz``, unpacked."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from typing import TYPE_CHECKING

from step_scripts.local.endpoints.state import EndpointError

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = "model.tar.gz"


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder, and nowhere else.

    Raises
    ------
    EndpointError
        If the archive is damaged, or has an entry that leads outside.
    """
    folder.mkdir()
    try:
        with gzip.open(archive) as unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|") as members:
                members.extractall(folder, filter="data")
            while unpacked.read(2**20):  # the checksum is at the end of a gzip stream; a tar reader stops before
                pass
    except FileNotFoundError:
        raise EndpointError(f"the model has no {ARCHIVE}") from None
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise EndpointError(
            f"{ARCHIVE} is damaged ({error}); fix: fetch it again from the job that trained the model"
        ) from None
