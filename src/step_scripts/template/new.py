"""The command ``step-scripts new``: a project from somebody's own tables, green at three levels."""

from __future__ import annotations

import argparse
import itertools
import re
import signal
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.template.draft import Draft
from step_scripts.template.fit import MIN_ROWS
from step_scripts.template.guess import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 2_000  # of the fixtures: enough for a first model, and tests stay quick
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Names of contracts, of outputs, and of folders in the fixtures.
_TAKEN = ("evaluate", "evaluation", "features", "preprocess", "quarantine", "records", "test", "train")


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``step-scripts new``."""
    flags = argparse.ArgumentParser(
        prog="step-scripts new",
        description="Write a project for a table of yours: contracts, steps, a model, a pipeline, and tests at three "
        "levels. Without --table it is a small example.",
        epilog="Example: step-scripts new houses --table houses.csv --label price --key house_id",
    )
    flags.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="the folder of the project; new, or empty")
    flags.add_argument("--table", type=Path, action="append", default=[], metavar="FILE", dest="tables",
                       help="a CSV or Parquet file; several are joined by their key")  # fmt: skip
    flags.add_argument("--label", metavar="COLUMN", help="the column to predict")
    flags.add_argument("--key", action="append", default=[], metavar="COLUMN", dest="keys",
                       help="a column that names a row; several name it together")  # fmt: skip
    flags.add_argument("--task", choices=("classification", "regression"), help="how to predict it (default: guessed)")
    flags.add_argument("--name", help="the project's name (default: that of the folder)")
    flags.add_argument(
        "--rows", type=int, default=ROWS, metavar="N", help="rows of the fixtures (default: %(default)s)"
    )
    flags.add_argument("--synthetic", action="store_true",
                       help="draw the fixtures from the contracts, for data that may not be committed")  # fmt: skip
    flags.add_argument("--adopt", type=Path, metavar="DIR",
                       help="instead: make steps of this repository's scripts, without changing them")  # fmt: skip
    return flags


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out ``step-scripts new``."""
    options = parser()
    args = options.parse_args(argv)
    given = {name: value for name, value in vars(args).items() if value != options.get_default(name)}
    if args.adopt:
        if len(given) > 1:
            options.error("--adopt DIR stands alone: the project is the repository itself")
        from step_scripts.template.adopt import adopt

        _require_libraries()
        return adopt(args.adopt)
    if not args.folder:
        options.error("name the folder of the project: step-scripts new DIR")
    if args.tables and not args.label:
        options.error("--table needs --label: the column to predict")
    if not args.tables and (ignored := {"label", "keys", "task", "synthetic", "rows"} & {*given}):
        options.error(f"--{min(ignored).removesuffix('s')} needs --table: the example has a table of its own")
    if args.rows < MIN_ROWS:
        options.error(f"--rows {args.rows}: expected at least {MIN_ROWS}, so that a model can be trained and tested")
    start = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - start:5.1f} s  {line}", flush=True)

    # Set also where a shell has switched Ctrl-C off, as for a job in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        create(args.folder, tables=args.tables, label=args.label, keys=args.keys, task=args.task, name=args.name,
               rows=args.rows, synthetic=args.synthetic, say=say)  # fmt: skip
    except KeyboardInterrupt:
        print("step-scripts new: interrupted; nothing was written", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGINT, before)
    print(f"\nNext:\n  cd {args.folder}\n  python pipeline.py --execute\n  tox\nIts README.md says what to review.")
    return 0


def create(
    folder: Path,
    *,
    tables: Sequence[Path] = (),
    label: str | None = None,
    keys: Sequence[str] = (),
    task: Any = None,  # noqa: ANN401 - a word of `guess.Task`, or None
    name: str | None = None,
    rows: int = ROWS,
    synthetic: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> None:
    """Write a project into a new folder. It appears whole or not at all.

    Parameters
    ----------
    folder : Path
        The new folder; an empty one may be there.
    tables : sequence of Path
        The tables; without any, a small example is made.
    label : str
        The column to predict, which exactly one table has.
    keys : sequence of str
        The columns that name a row in each table.
    task : {"classification", "regression"}, optional
        How to predict the label; by default it is guessed.
    name : str, optional
        The project's name; by default the folder's.
    rows : int
        Rows of the fixtures.
    synthetic : bool
        Whether the fixtures are drawn from the contracts, and hold no row of the tables.
    say : callable, optional
        Gets a line for each thing that is done.

    Raises
    ------
    TemplateError
        When the folder is not empty, or no project can be made of the tables; the message says why.
    FixturesError
        When a step fails on the fixtures.
    """
    _require_libraries()
    _require_empty(folder)
    project = _project_name(name or folder.resolve().name, given=name is not None)
    folder.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{project}-", dir=folder.resolve().parent) as partial:
        if not tables:
            from step_scripts.template import tiny

            tables, label, keys = [tiny.write(Path(partial) / "houses.csv")], tiny.LABEL, tiny.KEYS
        draft = Draft(Path(partial) / "project", project, say)
        draft.guess(table_names(tables), label=str(label), keys=keys, task=task)
        draft.write_contracts(synthetic=synthetic)
        draft.write_fixtures(rows=rows, synthetic=synthetic)
        draft.write_code()
        _move(draft.home, folder)
    say(f"wrote {folder}")


def _move(home: Path, folder: Path) -> None:
    """Move a whole project to its folder; into it, where it is there and empty, such as the working directory."""
    if not folder.exists():
        home.rename(folder)
        return
    # The settings come last: without them, a folder is not a project.
    for path in sorted(home.iterdir(), key=lambda path: path.name == "pyproject.toml"):
        path.rename(folder / path.name)


def _require_libraries() -> None:
    """Check before any work is done that a project can be made here."""
    needed = ("great_expectations", "jinja2", "matplotlib", "moto", "pytest", "sagemaker", "sklearn", "xgboost")
    if lacking := [name for name in needed if find_spec(name) is None]:
        fix = "pip install 'step-scripts[project]'"
        raise TemplateError("the libraries of a project", f"none called {', '.join(lacking)}", fix)


def _require_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        got = f"{folder}, which is {'a folder with files' if folder.is_dir() else 'a file'}"
        raise TemplateError("a new folder, or an empty one", got, "name another folder; nothing was written")


def _project_name(name: str, *, given: bool) -> str:
    """Return a project's name as pipelines, images and packages may be called."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].rstrip("-")
    if given and not _NAME.fullmatch(name):
        fix = f"for example --name {plain}" if _NAME.fullmatch(plain) else "for example --name houses"
        raise TemplateError("a name of small letters and digits, with single hyphens", repr(name), fix)
    return plain if _NAME.fullmatch(plain) else f"project-{plain}".rstrip("-")


def table_names(paths: Sequence[Path]) -> dict[str, Path]:
    """Return the name of each table, after its file.

    The files of a table are those whose names begin with its own. So no name begins with another table's, and none of
    those of the fixtures' folders does.

    Raises
    ------
    TemplateError
        When two files have the same name.

    Examples
    --------
    >>> list(table_names([Path("Houses 2024.csv"), Path("train.csv.gz")]))
    ['houses_2024', 'train_table']
    """
    found: dict[str, Path] = {}
    for path in paths:
        stem = path.name.lower().removesuffix(".gz").removesuffix(".csv").removesuffix(".parquet")
        name = re.sub(r"[^a-z0-9]+", "_", stem).strip("_") or "table"
        name = name if name[0].isalpha() else f"table_{name}"
        if name in found:
            fix = "rename one of the files: a table is named after its file"
            raise TemplateError("tables with different names", f"{found[name]} and {path}", fix)
        found[name] = path
    named: dict[str, str] = {}
    for name in sorted(found, key=len, reverse=True):
        wanted = itertools.chain([name, f"{name}_table"], (f"t{number}_{name}" for number in itertools.count(1)))
        others = list(named.values())
        named[name] = next(
            each
            for each in wanted
            if not any(other.startswith(each) for other in [*_TAKEN, *others])
            and not any(each.startswith(other) for other in others)
        )
    return {named[name]: path for name, path in found.items()}
