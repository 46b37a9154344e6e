"""Files and folders that appear whole or not at all."""

import itertools
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from step_scripts._shared import write_whole
from step_scripts.step.environment import base


def write_bytes(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """Write a file, in one piece or several. It appears whole or not at all; its folder is made.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        When it cannot be written. The error names the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder, "new", "a.txt"), b"a").read_text()
    'a'
    """
    with _named(path):
        return write_whole(path, data)


def write_json(path: Path, value: object) -> Path:
    """Write JSON with sorted keys, whole or not at all.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        For NaN and infinity, which JSON does not have. Nothing is written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     print(write_json(Path(folder, "a.json"), {"rows": 3}).read_text(), end="")
    {
      "rows": 3
    }
    """
    return write_bytes(path, (json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n").encode())


@contextmanager
def all_or_nothing(*folders: Path) -> Iterator[tuple[Path, ...]]:
    """Yield a private folder inside each folder. At the end their files move up; after an error they are removed.

    The private folders lie inside, because each output of a job may be a mount of its own, and a rename does not cross
    mounts. Data moves before JSON, and inner folders before outer ones: a file that vouches for another one (a seal,
    ``artifact.json``) never appears before it. On a laptop a line says where the files are.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:  # doctest: +ELLIPSIS
    ...     with all_or_nothing(Path(home, "train"), Path(home, "test")) as (train, test):
    ...         _ = (train / "part.csv").write_text("1"), (test / "part.csv").write_text("2")
    ...     sorted(path.relative_to(home).as_posix() for path in Path(home).rglob("*.csv"))
    wrote ...: train, test
    ['test/part.csv', 'train/part.csv']
    """
    with ExitStack() as cleanup, _named(*folders):
        partials = []
        for folder in folders:
            partial = folder / f".{secrets.token_hex(4)}.partial"
            cleanup.callback(shutil.rmtree, partial, ignore_errors=True)
            partial.mkdir(parents=True)
            partials.append(partial)
        yield tuple(partials)
        files = [(partial, path.relative_to(partial)) for partial in partials for path in partial.rglob("*")]
        for partial, path in sorted(files, key=lambda file: (file[1].suffix == ".json", -len(file[1].parts), file[1])):
            if (partial / path).is_file():
                target = partial.parent / path
                target.parent.mkdir(parents=True, exist_ok=True)
                (partial / path).replace(target)
    if base() is None:
        _print_places(folders)


@contextmanager
def _named(*paths: Path) -> Iterator[None]:
    """Add the paths that are being written to an OSError without a file name, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = ", ".join(map(str, paths))
        raise


def _print_places(folders: Iterable[Path]) -> None:
    here = Path.cwd()
    for home, some in itertools.groupby((folder.resolve() for folder in folders), key=lambda folder: folder.parent):
        shown = home.relative_to(here) if home.is_relative_to(here) else home
        print(f"wrote {shown}: {', '.join(folder.name for folder in some)}")
