"""What every step of a project owes as a function: a new file in the steps folder is tested by being there.

A project takes them all, in its plain level: ``from step_scripts.testing.steps import *``. What a step owes as a script
is in `step_scripts.testing.scripts`.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from step_scripts.testing._helpers import fail_if, listed, problem, step_names
from step_scripts.testing.sameness import assert_same
from step_scripts.testing.step_files import content

if TYPE_CHECKING:
    from step_scripts.testing.step_files import StepFile

MAX_LINES = 120
FUNCTIONS = ("parser", "read_inputs", "write_outputs", "main")
SECTIONS = ("Parameters", "Returns", "Raises", "Examples")


def test_a_step_has_five_public_functions(step_file: StepFile) -> None:
    """A pure function, its command line, what reads its arguments, what writes its result, and main; no other."""
    step = step_file.module
    own = {name: value for name, value in vars(step).items() if getattr(value, "__module__", None) == step.__name__}
    found = {name for name, value in own.items() if inspect.isfunction(value) and not name.startswith("_")}
    expected = {step_file.name, *FUNCTIONS}
    if found != expected:
        fix = "name the pure function after the file, and begin the names of helpers with _"
        fail_if([problem(step_file.script, expected=listed(expected), got=listed(found), fix=fix)])
    argv = inspect.signature(step.main).parameters.get("argv")
    assert argv is not None, "main takes the command line: main(argv=None)"
    assert argv.default is None, "main() reads the command line of the process"


def test_options_are_keyword_only_and_have_flags(step_file: StepFile) -> None:
    """What has a default is keyword-only, and is a flag of the same name with the same default."""
    parameters = inspect.signature(step_file.function).parameters
    args, problems = vars(step_file.defaults()), []
    for name, parameter in parameters.items():
        where, has_default = f"{step_file.script}, {name}", parameter.default is not parameter.empty
        if (parameter.kind is parameter.KEYWORD_ONLY) != has_default:
            got = "a default" if has_default else "none"
            fix = "put options behind *, with a default, and inputs before it, without one"
            problems.append(problem(where, expected="an input, or an option with a default", got=got, fix=fix))
        elif has_default and name not in args:
            flag = f"--{name.replace('_', '-')}"
            problems.append(problem(where, expected=f"a flag {flag}", got="none", fix="use step.parser"))
        elif has_default and args[name] != parameter.default:
            expected, got = f"{parameter.default!r} as the flag's default", repr(args[name])
            problems.append(problem(where, expected=expected, got=got, fix="use step.parser"))
        if parameter.annotation is parameter.empty:
            problems.append(problem(where, expected="a type", got="none", fix="annotate it"))
    fail_if(problems)


def test_a_step_fits_one_screens_worth_of_ideas(step_file: StepFile) -> None:
    """A step has at most 120 lines."""
    lines = len(Path(str(step_file.module.__file__)).read_text().splitlines())
    assert lines <= MAX_LINES, f"{step_file.script} has {lines} lines; fix: move what is not its function elsewhere"


def test_no_step_imports_a_step(step_file: StepFile) -> None:
    """What several steps need lies in a file that begins with an underscore: steps can be removed one by one."""
    home, imported = step_file.project.steps.replace("/", "."), set()
    for node in ast.walk(ast.parse(Path(str(step_file.module.__file__)).read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            place = f"{home}." * bool(node.level) + (f"{node.module}." if node.module else "")
            imported |= {place + alias.name for alias in node.names}
    others = {f"{home}.{name}" for name in step_names(step_file.project)}
    found = {name for name in imported if any(name == other or name.startswith(f"{other}.") for other in others)}
    assert found == set(), f"{step_file.script}: fix: move what both need to a file that is no step"


def test_the_docstring_is_complete(step_file: StepFile) -> None:
    """The function says what it takes, returns, raises, and shows an example; everything public has a docstring."""
    text, step = inspect.getdoc(step_file.function) or "", step_file.module
    where = f"{step_file.script}, docstring of {step_file.name}"
    entries = " ".join(re.findall(r"^\S.*$", text.partition("Parameters\n")[2].partition("Returns\n")[0], re.MULTILINE))
    missing = [f"a section {name}" for name in SECTIONS if not re.search(rf"^{name}\n-+$", text, re.MULTILINE)]
    missing += ["an example that begins with >>>"] if ">>> " not in text.partition("Examples\n")[2] else []
    missing += [
        f"what {name} is"
        for name in inspect.signature(step_file.function).parameters
        if not re.search(rf"\b{name}\b", entries)
    ]
    public = {"the module": step, **{name: getattr(step, name) for name in FUNCTIONS}}
    missing += [f"a docstring of {name}" for name, each in public.items() if not inspect.getdoc(each)]
    if missing:
        fix = "write it, as numpydoc has it"
        fail_if([problem(where, expected=listed(missing), got="nothing of it", fix=fix)])


def test_arguments_are_not_mutated(step_file: StepFile) -> None:
    """What a step is given is, after each call, what it was."""
    before, *after = step_file.calls.inputs
    assert isinstance(before, tuple), "read_inputs returns the function's arguments as a tuple"
    for inputs in after:
        assert_same(before, inputs, f"{step_file.name}: argument")


def test_the_same_input_gives_the_same_result(step_file: StepFile) -> None:
    """A second call returns what the first one did, to the last bit."""
    first, second = step_file.calls.results
    assert_same(first, second, f"{step_file.name}: result")


def test_an_unknown_flag_is_wrong_usage(
    step_file: StepFile, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown flag exits with 2 and a usage line before anything is read, and is the job's failure reason."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        step_file.module.main(["--no-such-flag", "1"])
    assert capsys.readouterr().err.startswith("usage: ")
    assert (tmp_path / "output" / "failure").read_text().startswith("unknown option --no-such-flag.")


def test_a_folder_that_is_not_there_is_a_message(
    step_file: StepFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever an input is missing, a step says which and exits with 1; nothing is written."""
    default, moved = vars(step_file.defaults()), vars(step_file.moved(tmp_path))
    redirected = [word for name in default if moved[name] != default[name] for word in (_flag(name), str(moved[name]))]
    inputs = [name for name, value in default.items() if isinstance(value, Path) and moved[name] == value]
    assert inputs, f"{step_file.script}: expected: an option for the folder that it reads"
    for name in inputs:
        assert step_file.module.main([_flag(name), str(tmp_path / "nowhere"), *redirected]) == 1
        assert str(tmp_path / "nowhere") in capsys.readouterr().err
        assert content(tmp_path) == {}


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


__all__ = [name for name in globals() if name.startswith("test_")]
