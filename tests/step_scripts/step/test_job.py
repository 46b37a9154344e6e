import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model import ArtifactError
from step_scripts import step
from step_scripts.contracts import ContractError


@pytest.fixture
def container(tmp_path, monkeypatch):
    """A container's base folder."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return tmp_path


def test_on_a_laptop_folders_lie_in_the_project(tmp_path, monkeypatch):
    """Without a container inputs are fixtures and outputs lie below runs/."""
    (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
    monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(tmp_path))
    assert step.channel("data", fixture="preprocess/train") == tmp_path / "fixtures" / "preprocess" / "train"
    assert step.output_dir("preprocess") == tmp_path / "runs" / "preprocess"
    assert step.model_dir("train") == tmp_path / "runs" / "train" / "model"
    assert step.output_data_dir("train") == tmp_path / "runs" / "train" / "output"


def test_in_a_container_folders_are_where_sagemaker_puts_them(container):
    """A processing input, a training channel, and every output are found below the base folder."""
    (container / "input" / "data" / "train").mkdir(parents=True)
    assert step.channel("train", fixture="x") == container / "input" / "data" / "train"
    assert step.channel("data", fixture="x") == container / "processing" / "input" / "data"
    assert step.output_dir("preprocess") == container / "processing" / "output"
    assert step.model_dir("train") == container / "model"
    assert step.output_data_dir("train") == container / "output" / "data"


def test_a_container_never_falls_back_to_a_fixture(container):
    """An absent channel stays absent: no job may train on a fixture in silence."""
    assert not step.channel("data", fixture=".").exists()
    assert container in step.channel("data", fixture=".").parents


@pytest.mark.parametrize(
    ("variable", "call"),
    [
        ("SM_CHANNEL_TRAIN_DATA", lambda: step.channel("train-data", fixture="x")),
        ("SM_MODEL_DIR", lambda: step.model_dir("train")),
        ("SM_OUTPUT_DATA_DIR", lambda: step.output_data_dir("train")),
    ],
)
def test_the_environment_wins(container, monkeypatch, variable, call):
    """SageMaker's own variables win over every default."""
    monkeypatch.setenv(variable, str(container / "elsewhere"))
    assert call() == container / "elsewhere"


def test_a_laptop_is_one_host():
    """Without a container, or without word of other hosts, there is one, and its files have plain names."""
    assert step.host() == (0, 1)
    assert step.part("train.parquet") == "train.parquet"


@pytest.mark.parametrize("folder", ["config", "input/config"])
def test_a_container_is_told_which_host_it_is(container, folder):
    """By resourceconfig.json, which a processing job and a training job find in different folders."""
    assert step.host() == (0, 1)
    (container / folder).mkdir(parents=True)
    told = container / folder / "resourceconfig.json"
    for number, name in enumerate(["algo-1-a7x", "algo-2-b3k"]):
        told.write_text(json.dumps({"current_host": name, "hosts": ["algo-2-b3k", "algo-1-a7x"]}))
        assert step.host() == (number, 2)
        assert step.part("train.parquet") == f"train-{number}.parquet"
    told.write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    assert step.host() == (0, 1)


def test_json_is_sorted_and_whole(tmp_path):
    """The same value gives the same bytes, whatever the order in which it was built."""
    one = step.write_json(tmp_path / "a" / "one.json", {"b": 1, "a": 0.5}).read_bytes()
    assert one == step.write_json(tmp_path / "two.json", {"a": 0.5, "b": 1}).read_bytes()
    assert json.loads(one) == {"a": 0.5, "b": 1}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "one.json", "two.json"]


def test_json_without_nan(tmp_path):
    """NaN is refused before anything is written."""
    with pytest.raises(ValueError, match="JSON"):
        step.write_json(tmp_path / "x.json", {"auc": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    """A file is replaced as a whole or stays what it was, and no partial file is left."""
    path = step.write_bytes(tmp_path / "x", b"old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        step.write_bytes(path, b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"x": b"old"}


def test_all_or_nothing_moves_everything_up(tmp_path):
    """At the end every file lies in its folder, older ones are replaced, and no partial folder is left."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y").write_text("old")
    with step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (a, b):
        step.write_bytes(a / "deep" / "x", b"x")
        (b / "y").write_text("new")
        assert (tmp_path / "b" / "y").read_text() == "old"
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {
        "a/deep/x": "x",
        "b/y": "new",
    }
    assert not list(tmp_path.rglob("*.partial"))


def test_what_vouches_for_a_file_comes_after_it(tmp_path, monkeypatch):
    """Data first, then JSON, inner folders first, whatever their names, over all outputs: a stop on the way is seen."""
    names = ["model.ubj", "code/zoo.py", "code/schema.json", "artifact.json", "z.parquet", "z.parquet.a.json"]
    moved = []
    rename = Path.replace
    with step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (one, other):
        for folder in (one, other):
            for name in reversed(names):
                step.write_bytes(folder / name, b"")
        monkeypatch.setattr(Path, "replace", lambda path, to: moved.append(to) or rename(path, to))
    places = [path.relative_to(tmp_path).as_posix() for path in moved]
    assert [path.split("/", 1)[1] for path in places if path.startswith("a")] == [
        *("code/zoo.py", "model.ubj", "z.parquet"),
        *("code/schema.json", "artifact.json", "z.parquet.a.json"),
    ]
    assert [Path(path).suffix == ".json" for path in places] == [False] * 6 + [True] * 6


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (["runs/x/train", "runs/x/test"], ["wrote runs/x: train, test"]),
        (["train"], ["wrote .: train"]),
        (["model", "../out"], ["wrote .: model", "wrote {outside}: out"]),
        (["{outside}/a/model", "b/output"], ["wrote {outside}/a: model", "wrote b: output"]),
    ],
)
def test_a_laptops_user_is_told_where_results_are(tmp_path, monkeypatch, capsys, folders, said):
    """A line for each parent folder, relative to the current one where it lies below it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with step.all_or_nothing(*(Path(folder.format(outside=tmp_path)) for folder in folders)):
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out.splitlines() == [line.format(outside=tmp_path) for line in said]


def test_in_a_container_nobody_asks_where_results_are(container, capsys):
    """They are where the job's outputs always are."""
    with step.all_or_nothing(container / "train"):
        pass
    assert capsys.readouterr().out == ""


def test_all_or_nothing_leaves_nothing_after_an_error(tmp_path):
    """When the second output fails, the first one does not appear either."""
    with (  # noqa: PT012 - the error comes from inside the block
        pytest.raises(ValueError, match="broken"),
        step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (a, _),
    ):
        (a / "x").write_text("x")
        raise ValueError("broken")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_report_is_one_readable_line(capsys):
    """Numbers with a fraction have four digits; the rest is as it is."""
    step.report(rows=4000, auc=0.80704, kind="hash")
    assert capsys.readouterr().out == "report: rows=4000 auc=0.8070 kind=hash\n"


def test_one_host_of_several_reports_on_its_part(container, capsys):
    """Its figures are those of its own share, and say so."""
    (container / "config").mkdir()
    told = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    (container / "config" / "resourceconfig.json").write_text(json.dumps(told))
    step.report(rows=2000)
    assert capsys.readouterr().out == "report: rows=2000 part=1\n"


@pytest.mark.parametrize(
    "error",
    [
        step.StepError("one class only"),
        ArtifactError("no model"),
        ContractError(table="claims", version="1.0.0", broken=()),
    ],
)
def test_a_known_error_is_one_message(container, capsys, error):
    """A known error gives exit code 1, one message and no traceback, and the same message in the failure file."""

    @step.exits_cleanly
    def main(_argv=None):
        raise error

    assert main([]) == 1
    assert capsys.readouterr().err == f"{error}\n"
    assert (container / "output" / "failure").read_text() == str(error)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "", "x.csv"), "x.csv: No such file or directory; name a path that exists"),
        (PermissionError(13, "", "o/.0a1b2c3d.partial/x"), "o/x: Permission denied; give this user the right to it"),
        (IsADirectoryError(21, "", ".x.partial", None, "out/x"), "out/x: Is a directory; look at this path"),
        (OSError(28, "Error writing bytes"), "a file or a stream: No space left on device; free some space there"),
    ],
)
def test_an_error_of_the_file_system_says_which_file_and_what_to_do(container, capsys, error, message):
    """One line with the path that its user knows, the reason and a remedy; no number, no traceback."""

    @step.exits_cleanly
    def main(_argv=None):
        raise error

    assert main([]) == 1
    said = capsys.readouterr().err
    assert said.startswith(message)
    assert said.count("\n") == 1
    assert (container / "output" / "failure").read_text() == said.strip()


@pytest.mark.parametrize("whole", [True, False])
def test_a_full_disk_is_told_with_its_folder(tmp_path, monkeypatch, capsys, whole):
    """The error of a write names no file: the file that was being written is named, or the step's output folder."""

    @step.exits_cleanly
    def main(_argv=None):
        with step.all_or_nothing(tmp_path / "out") as (out,):
            if whole:
                step.write_bytes(out / "x", b"x")
            (out / "y").write_bytes(b"y")

    monkeypatch.setattr(Path, "open", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    assert main([]) == 1
    path = tmp_path / "out" / "x" if whole else tmp_path / "out"
    assert capsys.readouterr().err.startswith(f"{path}: No space left on device; free some space there")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failure_file_that_cannot_be_written_changes_nothing(container, monkeypatch, capsys):
    """On a full disk the message is on stderr, and the exit code is what it is."""

    @step.exits_cleanly
    def main(_argv=None):
        raise step.StepError("no")

    monkeypatch.setattr(Path, "open", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    assert main([]) == 1
    assert capsys.readouterr().err == "no\n"
    assert not (container / "output" / "failure").exists()


def test_the_failure_file_is_as_long_as_sagemaker_shows(container, capsys):
    """The message is cut at 1024 characters in the file, and is whole on stderr."""

    @step.exits_cleanly
    def main(_argv=None):
        raise step.StepError("é" * 3000)

    assert main([]) == 1
    assert (container / "output" / "failure").read_text(encoding="utf-8") == "é" * 1024
    assert len(capsys.readouterr().err) == 3001


def test_an_unknown_error_keeps_its_traceback(container, capsys):
    """A bug is shown as a bug, with exit code 1 and its kind in the failure file."""

    @step.exits_cleanly
    def main(_argv=None):
        raise KeyError("oops")

    assert main([]) == 1
    assert "Traceback" in capsys.readouterr().err
    assert (container / "output" / "failure").read_text() == "KeyError: 'oops'"


def test_success_is_zero_and_usage_is_two():
    """A main that ends returns 0; argparse's exit passes through."""

    @step.exits_cleanly
    def main(argv=None):
        if argv:
            sys.exit(2)

    assert main([]) == 0
    with pytest.raises(SystemExit, match="2"):
        main(["--wrong"])


def test_on_a_laptop_there_is_no_failure_file(tmp_path, monkeypatch, capsys):
    """Without a container the message on stderr is all."""
    monkeypatch.chdir(tmp_path)

    @step.exits_cleanly
    def main(_argv=None):
        raise step.StepError("no")

    assert main([]) == 1
    assert capsys.readouterr().err == "no\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGTERM, 143, b"stopped by SIGTERM\n"), (signal.SIGINT, 130, b"stopped by Ctrl-C\n")],
)
def test_a_stop_leaves_nothing_that_looks_complete(tmp_path, number, code, said):
    """A step that is told to stop says so in one line, and takes its partial files with it."""
    program = f"""
import signal, sys, time, pathlib
from step_scripts import step
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
@step.exits_cleanly
def main(argv=None):
    with step.all_or_nothing(pathlib.Path({str(tmp_path)!r}) / "out") as (out,):
        (out / "x").write_text("half")
        print("ready", flush=True)
        time.sleep(60)
sys.exit(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        started = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert time.monotonic() - started < 10
    assert (process.returncode, errors) == (code, said)
    assert list((tmp_path / "out").iterdir()) == []
