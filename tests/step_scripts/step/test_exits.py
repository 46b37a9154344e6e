"""How a step ends: its report, its exit code, its message, and the job's failure reason."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from step_scripts import StepScriptsError, step
from step_scripts.contracts import ContractError


@pytest.mark.parametrize(
    "error",
    [
        step.StepError("one class only"),
        StepScriptsError("no project"),
        ContractError(table="houses", version="1.0.0", broken=()),
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
    """One line with the path that the user knows, the reason and a fix; no number, no traceback."""

    @step.exits_cleanly
    def main(_argv=None):
        raise error

    assert main([]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == 1
    assert (container / "output" / "failure").read_text() == printed.strip()


@pytest.mark.parametrize("whole", [True, False])
def test_a_full_disk_is_reported_with_its_folder(tmp_path, monkeypatch, capsys, whole):
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
    """A step that gets a signal prints one line, and removes its partial files."""
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


def test_report_prints_one_line(capsys):
    """Numbers with a fraction have four digits; the rest is as it is."""
    step.report(rows=4000, auc=0.80704, kind="hash")
    assert capsys.readouterr().out == "report: rows=4000 auc=0.8070 kind=hash\n"


def test_one_host_of_several_reports_on_its_part(container, capsys):
    """Its facts are those of its own part, and the line says which part."""
    (container / "config").mkdir()
    config = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    (container / "config" / "resourceconfig.json").write_text(json.dumps(config))
    step.report(rows=2000)
    assert capsys.readouterr().out == "report: rows=2000 part=1\n"
