"""The edge between a step and the machine it runs on: folders, whole files, exit codes.

A step is a file with a pure function of its own name and four others, and its ``main`` is five verbs::

    @job.exits_cleanly
    def main(argv: Sequence[str] | None = None) -> None:
        args = parser().parse_args(argv)                                           # parse
        inputs = read_inputs(args)                                                 # read and check
        result = preprocess(*inputs, **_options.given(preprocess, args))           # call
        write_outputs(result, args)                                                # check and write
        job.report(rows=len(result.train) + len(result.test))                      # report

``read_inputs(args)`` returns the function's positional arguments, in their order; each of its options has a flag of
the same name. Tests rely on both: they call every step's function, and need to know none of them. The same inputs give
the same bytes; but what a clock said, which is never the same again, is an output of its own called ``latency``.
"""

import errno
import functools
import io
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple, NoReturn, ParamSpec

from step_scripts import project
from step_scripts._shared import StepScriptsError

P = ParamSpec("P")

_FAILURE_LIMIT = 1024  # characters of /opt/ml/output/failure that SageMaker shows as a job's FailureReason
_RIGHTS = "give this user the right to it, or name another path"
_SPACE = "free some space there, or name another folder; a job in the cloud needs a larger volume"
_REMEDIES = {
    errno.EACCES: _RIGHTS,
    errno.EDQUOT: _SPACE,
    errno.ENOENT: "name a path that exists",
    errno.ENOSPC: _SPACE,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "name a folder that can be written to",
}


class StepError(StepScriptsError, ValueError):
    """What a step cannot work with, said in one message for its user: exit code 1, no traceback."""


class Host(NamedTuple):
    """A machine's place among the hosts of its job: its number, from 0, and how many there are."""

    number: int
    of: int


def base() -> Path | None:
    """Return the container's base folder, or None on a laptop.

    It is ``$SAGEMAKER_BASE_DIR`` when set, else ``/opt/ml`` when that looks as SageMaker lays it out.
    """
    if named := os.environ.get("SAGEMAKER_BASE_DIR"):
        return Path(named)
    standard = Path("/opt/ml")
    return standard if (standard / "processing").is_dir() or (standard / "input").is_dir() else None


def host() -> Host:
    """Return which host this is, as ``resourceconfig.json`` tells a container; the only one where nothing does.

    A processing job finds it in ``<base>/config``, a training job in ``<base>/input/config``.
    """
    if container := base():
        for folder in ("config", "input/config"):
            path = container / folder / "resourceconfig.json"
            if path.is_file():
                told = json.loads(path.read_text())
                return Host(sorted(told["hosts"]).index(told["current_host"]), len(told["hosts"]))
    return Host(0, 1)


def part(name: str) -> str:
    """Return the name of this host's part of a file, for SageMaker merges what the hosts of a job write.

    It is the file's own name where there is one host, else ``train-2.parquet`` for ``train.parquet`` on number 2.
    """
    here, path = host(), Path(name)
    return name if here.of == 1 else f"{path.stem}-{here.number}{path.suffix}"


def channel(name: str, *, fixture: str) -> Path:
    """Return the folder of an input, by the same name in a training job and in a processing job.

    ``$SM_CHANNEL_<NAME>`` wins; then ``<base>/input/data/<name>`` and ``<base>/processing/input/<name>``; without a
    container it is the project's ``fixtures/<fixture>``. A container never falls back to a fixture.
    """
    if named := os.environ.get(f"SM_CHANNEL_{name.upper().replace('-', '_')}"):
        return Path(named)
    container = base()
    if container is None:
        return project.find().folder("fixtures") / fixture
    training = container / "input" / "data" / name
    return training if training.is_dir() else container / "processing" / "input" / name


def output_dir(step: str) -> Path:
    """Return the folder below which a processing step's outputs lie.

    It is ``<base>/processing/output`` or ``runs/<step>``.
    """
    container = base()
    return project.find().root / "runs" / step if container is None else container / "processing" / "output"


def model_dir(step: str) -> Path:
    """Return the folder of a training step's artifact: ``$SM_MODEL_DIR``, ``<base>/model`` or ``runs/<step>/model``."""
    container = base()
    default = project.find().root / "runs" / step / "model" if container is None else container / "model"
    return Path(os.environ.get("SM_MODEL_DIR") or default)


def output_data_dir(step: str) -> Path:
    """Return the folder of a training step's other files.

    It is ``$SM_OUTPUT_DATA_DIR``, ``<base>/output/data`` or ``runs/<step>/output``.
    """
    container = base()
    default = project.find().root / "runs" / step / "output" if container is None else container / "output" / "data"
    return Path(os.environ.get("SM_OUTPUT_DATA_DIR") or default)


def keep_apart(source: Path, output: Path) -> None:
    """Refuse to read from the folder that will be written to: what is read would be replaced.

    Raises
    ------
    StepError
        When the two are one folder.
    """
    if source.resolve() == output.resolve():
        raise StepError(f"{source} is read, and would be written over: name another folder for one of the two")


def write_bytes(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """Write a file, in one piece or several, that appears whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with _names(path):
            with partial.open("wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def write_json(path: Path, value: object) -> Path:
    """Write JSON with sorted keys, whole or not at all. NaN and infinity, which JSON lacks, are a ValueError."""
    return write_bytes(path, (json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n").encode())


@contextmanager
def all_or_nothing(*folders: Path) -> Iterator[tuple[Path, ...]]:
    """Give a private folder inside each folder; at the end move up what was written there, after an error remove it.

    Inside, because each output of a job may be a mount of its own, and a rename does not cross mounts. Data is moved
    first and JSON last, inner folders before outer ones: what vouches for a file, as a seal and ``artifact.json`` do,
    never appears before it. On a laptop a line says where all of it is.

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
    with ExitStack() as cleanup, _names(*folders):
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
        _say_where(folders)


@contextmanager
def _names(*paths: Path) -> Iterator[None]:
    """Let an error of the file system that names no file, as that of a full disk does, name what was being written."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = ", ".join(map(str, paths))
        raise


def _say_where(folders: Iterable[Path]) -> None:
    here = Path.cwd()
    for home, some in itertools.groupby((folder.resolve() for folder in folders), key=lambda folder: folder.parent):
        shown = home.relative_to(here) if home.is_relative_to(here) else home
        print(f"wrote {shown}: {', '.join(folder.name for folder in some)}")


def report(warning: str = "", **facts: float | str) -> None:
    """Print the last line of a step, which the pipeline's summary table reads: ``report: rows=4000 auc=0.8070``.

    One host of several reports on its share, and adds ``part=<its number>``. Before it stands a warning: what the step
    could live with, and its user has to know.
    """
    if warning:
        print(warning)
    here = host()
    facts |= {"part": here.number} if here.of > 1 else {}
    shown = (f"{name}={fact:.4f}" if isinstance(fact, float) else f"{name}={fact}" for name, fact in facts.items())
    print("report:", *shown, flush=True)


def leave_failure(message: str) -> None:
    """Leave a message in ``<base>/output/failure``, the first 1024 characters of which are a job's failure reason."""
    if container := base():
        # On a full disk too, where the message is on stderr alone, the step ends as it would.
        with suppress(OSError):
            write_bytes(container / "output" / "failure", message[:_FAILURE_LIMIT].encode())


def exits_cleanly(main: Callable[P, None]) -> Callable[P, int]:
    """Turn a step's ``main`` into one that returns an exit code: 0, or 1 with one message on stderr.

    A broken contract, a useless artifact, a `StepError` and a file that cannot be read or written are messages;
    anything else keeps its traceback. Either way the message is left as the job's failure reason. Wrong usage exits
    with 2, as argparse does. SIGTERM and Ctrl-C unwind the step, so that it leaves no partial file, and it exits with
    143 or 130.
    """

    @functools.wraps(main)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> int:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a bare container's locale may not know all that tables hold
                stream.reconfigure(errors="backslashreplace")
        with _sigterm_unwinds():
            try:
                main(*args, **kwargs)
            except (StepScriptsError, OSError) as error:
                return _fail(_told(error))
            except KeyboardInterrupt:
                print("stopped by Ctrl-C", file=sys.stderr, flush=True)
                return 128 + signal.SIGINT
            except Exception as error:  # noqa: BLE001 - the last frame: whatever it is becomes an exit code
                traceback.print_exc()
                return _fail(f"{type(error).__name__}: {error}")
            return 0

    return wrapped


def _told(error: Exception) -> str:
    """Return an error's message; that of the file system says which file, what is wrong, and what to do."""
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    # Nobody asked for the private folders of `all_or_nothing`, and nobody finds them any more.
    path = re.sub(r"[/\\]\.[0-9a-f]{8}\.partial\b", "", str(error.filename2 or error.filename or "a file or a stream"))
    return f"{path}: {os.strerror(error.errno)}; {_REMEDIES.get(error.errno, 'look at this path, or name another')}"


def _fail(message: str) -> int:
    print(message, file=sys.stderr, flush=True)
    leave_failure(message)
    return 1


@contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    """Let SIGTERM raise SystemExit(143), so that every `finally` runs; only a program's main thread can ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        print("stopped by SIGTERM", file=sys.stderr, flush=True)
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
