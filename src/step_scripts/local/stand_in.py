"""The stand-in for Docker: the program that the SDK finds under that name while a pipeline runs."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.local.runner.container import BIN

if TYPE_CHECKING:
    from collections.abc import Iterator

COPY = "step-scripts-bin"  # name of the folder of a copy


@contextlib.contextmanager
def on_path(folder: Path) -> Iterator[None]:
    """Put the stand-in first on PATH while entered.

    Parameters
    ----------
    folder
        The run's private folder. It gets a copy where the installed program is not executable: not every installer
        keeps that bit of a file in a wheel.
    """
    place = BIN
    if not os.access(BIN / "docker", os.X_OK):
        place = folder / COPY
        place.mkdir()
        shutil.copyfile(BIN / "docker", place / "docker")
        (place / "docker").chmod(0o755)
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(place), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def is_folder(folder: str) -> bool:
    """Tell whether a folder of PATH holds the stand-in, and not the real program.

    Examples
    --------
    >>> is_folder("/usr/bin"), is_folder(str(BIN))
    (False, True)
    """
    return folder == str(BIN) or Path(folder).name == COPY
