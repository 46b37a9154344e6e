"""The command `step-scripts preflight`: what it prints, and its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from step_scripts import preflight
from step_scripts.cli import main
from step_scripts.preflight.rules import RULES
from tests.detection_rate import catalogue

HERE = Path(__file__).parent
BASE = HERE / "base.json"
IGNORED = ("--ignore", "no-encryption-key", "--ignore", "hard-coded-account")


def run(capsys, *argv):
    """Run the command: exit code, stdout, stderr."""
    try:
        code = main(["preflight", *(str(word) for word in argv)])
    except SystemExit as exited:
        code = exited.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def process(*argv, text="", **environment):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "step_scripts", "preflight", *map(str, argv)],
        env={**os.environ, **environment},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working folder without a pyproject.toml."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def bad(tmp_path):
    """A file with one error, and one warning beside those of the base."""
    change = {"set": {"/Steps/1/Arguments/RoleArn": {"Get": "Parameters.Rol"}}}
    definition = catalogue.edited(catalogue.base(), change)
    definition["Parameters"].append({"Name": "Role", "Type": "String"})
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(definition))
    return path


def test_the_text_says_where_what_and_what_to_do(capsys, bad):
    """Exit code 1 for an error."""
    code, out, _ = run(capsys, bad, *IGNORED)
    assert code == 1
    assert f"{bad}: Train: error unknown-parameter\n  no parameter is called 'Rol': did you mean Role?\n" in out
    assert out.endswith(f"{bad}: 1 error, 1 warning\n")


def test_programs_get_json(capsys, bad):
    """Exit code 0 without an error, also where there are warnings."""
    code, out, _ = run(capsys, bad, "--format", "json", "--ignore", "unknown-parameter", *IGNORED)
    assert code == 0
    assert json.loads(out) == [
        {
            "file": str(bad),
            "rule": "unused-parameter",
            "severity": "warning",
            "where": f"/Parameters/{len(catalogue.base()['Parameters'])}",
            "step": None,
            "message": "no step uses the parameter Role: remove it, or use it",
        }
    ]


def test_a_clean_check_says_so(capsys):
    """No findings: one line, exit code 0."""
    assert run(capsys, BASE, *IGNORED) == (0, f"{BASE}: no problems found\n", "")
    assert run(capsys, BASE, *IGNORED, "--format", "json") == (0, "[]\n", "")


def test_several_files_are_checked_in_one_call(capsys, bad):
    """Each finding names its file; one error in any of them gives exit code 1."""
    code, out, _ = run(capsys, BASE, bad, *IGNORED)
    assert code == 1
    assert out.endswith(f"{BASE}, {bad}: 1 error, 1 warning\n")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "expected a FILE"),
        (["nowhere.json"], "nowhere.json: No such file or directory"),
        ([__file__], "is not JSON"),
        (["diff", str(BASE)], "expected diff OLD NEW"),
        (["--ignore", "cycles", "-"], "there is no rule 'cycles'; did you mean cycle?"),
        (["--explain", "circle"], "there is no rule 'circle'"),
    ],
)
def test_a_wrong_command_line_is_reported(capsys, argv, says):
    """Exit code 2."""
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert says in err
    assert "step-scripts preflight: " in err


def test_the_help_names_the_command_and_its_exit_codes(capsys):
    """The examples can be typed as they are shown."""
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert out.startswith("usage: step-scripts preflight ")
    words = " ".join(out.split())
    assert "python pipeline.py --definition - | step-scripts preflight -" in words
    assert "diff OLD NEW" in words
    assert "Exit code: 0 " in words


def test_every_rule_is_explained(capsys):
    """What it wants, why, its source, and a mistake."""
    for rule in RULES:
        code, out, _ = run(capsys, "--explain", rule)
        assert code == 0
        assert all(word in out for word in (rule, "why", "source", "mistake"))


def test_it_reads_standard_input(bad):
    """In a process of its own, as in a shell's pipe."""
    done = process("-", "--format", "json", text=bad.read_text())
    assert done.returncode == 1
    assert {"unknown-parameter", "unused-parameter"} < {one["rule"] for one in json.loads(done.stdout)}
    assert done.stderr == ""


def test_it_imports_no_sdk(bad):
    """A process that checks a definition imports botocore only."""
    script = (
        "import sys, step_scripts.cli as m; code = m.main(['preflight', sys.argv[1]])\n"
        "print(code, *sorted({'sagemaker', 'boto3', 'moto', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, bad], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n1\n")


def test_a_terminal_without_arrows_shows_their_number(tmp_path):
    """A character that the terminal's encoding does not have is written as its number."""
    definition = catalogue.base()
    definition["Steps"][0]["DependsOn"] = ["Evaluate"]
    path = tmp_path / "circle.json"
    path.write_text(json.dumps(definition))
    done = process(path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "\\u2192" in done.stdout
    assert done.stderr == ""


def test_a_closed_pipe_ends_it_quietly(tmp_path):
    """As `| head -1` closes it: exit code 141, no traceback."""
    definition = catalogue.base()
    definition["Steps"][0]["Arguments"]["Environment"] = {f"A{number}": number for number in range(2000)}
    path = tmp_path / "long.json"
    path.write_text(json.dumps(definition))
    command = [sys.executable, "-m", "step_scripts", "preflight", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() == 141


def test_a_project_ignores_rules_with_a_reason(capsys, bad, monkeypatch):
    """The nearest pyproject.toml above the working folder counts; `check` itself ignores nothing by default."""
    home = bad.parent / "project" / "deep"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    assert run(capsys, bad)[0] == 1
    listed = '[tool.step-scripts.preflight.ignore]\nunknown-parameter = "a trial"\nunused-parameter = "the same"\n'
    (home.parent / "pyproject.toml").write_text(listed)
    assert run(capsys, bad, *IGNORED) == (0, f"{bad}: no problems found\n", "")
    rules = {finding.rule for finding in preflight.check(json.loads(bad.read_text()))}
    assert {"unknown-parameter", "unused-parameter"} < rules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('cycles = "why"', "there is no rule 'cycles'; did you mean cycle?"),
        ("cycle = ''", 'cycle has no reason: write cycle = "why"'),
        ("cycle = true", 'cycle has no reason: write cycle = "why"'),
        ("cycle", "cannot be read"),
    ],
)
def test_an_invalid_ignore_list_is_reported(capsys, tmp_path, monkeypatch, text, says):
    """Exit code 2, and the file's name: a rule is never ignored by mistake."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(f"[tool.step-scripts.preflight.ignore]\n{text}\n")
    code, out, err = run(capsys, BASE)
    assert (code, out) == (2, "")
    assert str(tmp_path / "pyproject.toml") in err
    assert says in err
    assert "step-scripts preflight: " in err
