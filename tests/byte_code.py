"""Copy byte code between virtual environments with the same libraries: ``python -m tests.byte_code FROM TO``.

uv compiles none. So the first process that imports a library does, and so does every other one that starts before that
is done. To compile the libraries of a project takes 17 seconds of CPU time. Byte code is a cache: Python ignores it
where its source has another time or size. uv links the files of all environments to its cache, which makes them equal.
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path

LIBRARIES = "lib/python*/site-packages"


def copy(source: Path, target: Path) -> int:
    """Copy the byte code of each module that both environments have; return the number of files."""
    copied = 0
    for here, there in product(source.glob(LIBRARIES), target.glob(LIBRARIES)):
        for cache in here.rglob("__pycache__"):
            package = there / cache.parent.relative_to(here)
            for path in cache.glob("*.pyc") if package.is_dir() else ():
                if (package / path.name.partition(".")[0]).with_suffix(".py").is_file():
                    (package / "__pycache__").mkdir(exist_ok=True)
                    shutil.copyfile(path, package / "__pycache__" / path.name)
                    copied += 1
    return copied


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    print(f"copied {copy(source, target)} files of byte code from {source} to {target}")
