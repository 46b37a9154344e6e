"""The command `step-scripts`: which tool it starts, and what it prints when it cannot."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from step_scripts import StepScriptsError, cli
from step_scripts._extras import EXTRAS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tool(monkeypatch):
    """Put a function in the place of every tool; the arguments of its calls."""
    calls = []

    def put(outcome):
        def main(argv):
            calls.append(list(argv))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(cli, "import_module", lambda _: SimpleNamespace(main=main))
        return calls

    return put


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help_lists_every_command(capsys, words):
    """With exit code 0 when it was asked for, 2 without any command."""
    assert cli.main(words) == (0 if words else 2)
    shown = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(command.summary)}$", shown, re.MULTILINE)


def test_the_version_is_that_of_the_package(capsys):
    """As pyproject.toml has it."""
    assert cli.main(["--version"]) == 0
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert capsys.readouterr().out == f"step-scripts {version}\n"


def test_an_unknown_command_gets_a_hint(capsys):
    """The nearest one, or all of them; exit code 2."""
    assert cli.main(["prefligt"]) == 2
    assert capsys.readouterr().err == "step-scripts: error: no command is called prefligt. Did you mean preflight?\n"
    assert cli.main(["zzz"]) == 2
    known = "Known: new, fixtures, preflight, contracts, serve, score, models, approve, reject, callback, endpoint."
    assert known in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "argv"), [(["preflight", "x.json"], ["x.json"]), (["score", "a", "b"], ["score", "a", "b"])]
)
def test_a_command_gets_its_arguments(tool, words, argv):
    """A module with several commands gets the name of the one that was meant, too."""
    calls = tool(3)
    assert cli.main(words) == 3
    assert calls == [argv]


def test_an_error_is_one_message(tool, capsys):
    """Exit code 1, no traceback."""
    tool(StepScriptsError("no project"))
    assert cli.main(["contracts"]) == 1
    assert capsys.readouterr().err == "step-scripts contracts: no project\n"


def test_a_missing_library_names_its_extra(tool, capsys):
    """A module that no extra installs is a bug, and keeps its traceback."""
    tool(ModuleNotFoundError("No module named 'pandas'", name="pandas.core"))
    assert cli.main(["contracts"]) == 2
    message = "step-scripts contracts: the library pandas is missing; fix: pip install 'step-scripts[container]'\n"
    assert capsys.readouterr().err == message
    tool(ModuleNotFoundError("No module named 'mine'", name="mine"))
    with pytest.raises(ModuleNotFoundError, match="mine"):
        cli.main(["contracts"])


def test_every_extra_is_one_of_the_packages():
    """The libraries that a message may name are those that pyproject.toml lists."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    listed = {
        extra: {re.split(r"[^\w-]", line)[0].replace("-", "_") for line in lines} for extra, lines in extras.items()
    }
    listed["pipeline"].add("boto3")  # the SDK brings it
    listed["project"].add("sklearn")  # the name under which scikit-learn is imported
    for library, extra in EXTRAS.items():
        assert library in listed[extra], f"{library} is not in the extra {extra}"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(unbuffered):
    """`step-scripts --help | head -0` prints no traceback."""
    command = [sys.executable, "-m", "step_scripts", "preflight", "--explain", "cycle"]
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_package_imports_quickly_and_only_what_is_installed_with_it():
    """Neither pandas nor the SDK is imported by the command itself, by what a step imports, or by a pipeline's file."""
    code = "import sys, step_scripts.cli, step_scripts.step, step_scripts.pipeline; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {*EXTRAS}
