"""Every file in steps/ keeps the same few promises. A new step is covered by being there."""

import copy
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).resolve().parents[3]
STEPS = sorted(path.stem for path in (PROJECT / "steps").glob("*.py") if not path.stem.startswith("_"))
SLOW = {"sagemaker", "great_expectations", "xgboost", "sklearn"}
ROOMS = ("contracts", "fixtures", "reports", "scoring", "steps")


@pytest.fixture(scope="module", params=STEPS)
def step(request):
    """A step's module."""
    return importlib.import_module(f"steps.{request.param}")


@pytest.fixture(scope="module")
def function(step):
    """The step's pure function: it has the name of the file."""
    return getattr(step, step.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def twice(step, function, tmp_path_factory):
    """The function, called twice on the shipped fixtures: arguments before and after, and the files of each result."""
    args = step.parser().parse_args([])
    inputs = step.read_inputs(args)
    before = copy.deepcopy(inputs)
    options = {name: getattr(args, name) for name in option_names(function)}
    written = []
    for number in ("first", "second"):
        home = tmp_path_factory.mktemp(number)
        result = function(*inputs, **options)
        step.write_outputs(result, moved(args, home))
        written.append(content(home))
    return before, inputs, *written


@pytest.fixture(scope="module")
def script(step, tmp_path_factory):
    """The step, run as a script with no arguments from a strange folder, in a copy of the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    before = content(tree)
    path = tree / "steps" / f"{step.__name__.rpartition('.')[2]}.py"
    temporary = tmp_path_factory.mktemp("temporary")
    run = python(str(path), cwd=tmp_path_factory.mktemp("elsewhere"), PYTHONPATH=str(tree), TMPDIR=str(temporary))
    assert list(temporary.iterdir()) == []
    return run, tree, before


def option_names(function):
    """The names of a function's options."""
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def moved(args, home):
    """The same arguments, with every folder below runs/ moved below another one."""
    runs = PROJECT / "runs"
    folders = {name: value for name, value in vars(args).items() if isinstance(value, Path)}
    below = {name: home / path.relative_to(runs) for name, path in folders.items() if path.is_relative_to(runs)}
    assert below, "a step writes below runs/ unless it is told otherwise"
    return type(args)(**{**vars(args), **below})


def content(folder):
    """The bytes of every file below a folder, by its path; byte code aside."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def python(*arguments, cwd, **environment):
    """Run Python in a folder, as a laptop would."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_same(one, other):
    """Two arguments of a step are equal, be they tables, artifacts, models or plain values."""
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif hasattr(one, "save_raw"):
        assert one.save_raw("ubj") == other.save_raw("ubj")
    else:
        assert one == other


def test_there_are_steps():
    """The steps of the pipeline are found."""
    assert {"preprocess", "train", "evaluate"} <= set(STEPS)


def test_a_step_has_five_public_functions(step, function):
    """A pure function, its command line, what reads its arguments, what writes its result, and main; no other."""
    own = {name: value for name, value in vars(step).items() if getattr(value, "__module__", None) == step.__name__}
    functions = {name for name, value in own.items() if inspect.isfunction(value) and not name.startswith("_")}
    assert functions == {function.__name__, "parser", "read_inputs", "write_outputs", "main"}
    assert str(inspect.signature(step.main)).startswith("(argv: ")
    assert inspect.signature(step.main).parameters["argv"].default is None


def test_options_are_keyword_only_and_have_flags(step, function):
    """What has a default is keyword-only, and is a flag of the same name with the same default."""
    parameters = inspect.signature(function).parameters
    args = vars(step.parser().parse_args([]))
    for name, parameter in parameters.items():
        assert (parameter.kind is parameter.KEYWORD_ONLY) == (parameter.default is not parameter.empty), name
        assert parameter.annotation is not parameter.empty, name
        assert args.get(name, parameter.default) == parameter.default, name
    assert set(option_names(function)) <= set(args)


def test_a_step_fits_one_screens_worth_of_ideas(step):
    """At most 120 lines."""
    assert len(Path(step.__file__).read_text().splitlines()) <= 120


def test_the_docstring_is_complete(step, function):
    """The function says what it takes, returns, raises, and shows an example; everything public says what it is."""
    text = inspect.getdoc(function)
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert re.search(rf"^{section}\n-{{{len(section)}}}$", text, re.MULTILINE), section
    assert ">>> " in text.partition("Examples\n")[2]
    parameters = text.partition("Parameters\n")[2].partition("Returns\n")[0]
    entries = " ".join(re.findall(r"^\S.*$", parameters, re.MULTILINE))
    assert [name for name in inspect.signature(function).parameters if not re.search(rf"\b{name}\b", entries)] == []
    for public in (step, step.parser, step.read_inputs, step.write_outputs, step.main):
        assert inspect.getdoc(public)


def test_arguments_are_not_mutated(twice):
    """What a step is given is, after two calls, what it was."""
    before, after, *_ = twice
    assert isinstance(after, tuple)
    for one, other in zip(before, after, strict=True):
        assert_same(one, other)


def test_the_same_input_gives_the_same_bytes(twice):
    """A second call writes the same files, byte by byte."""
    *_, first, second = twice
    assert first == second
    assert first


def test_a_step_runs_as_a_script_without_arguments(script):
    """From any folder it ends with 0, and its last line is a report that the summary table can read."""
    run, *_ = script
    assert (run.returncode, run.stderr) == (0, "")
    assert re.fullmatch(r"report:( \w+=\S+)+", run.stdout.splitlines()[-1])


def test_a_script_writes_below_runs_only(script, step):
    """The tree is what it was before: only runs/<step> is new, and no partial file is left there."""
    _, tree, before = script
    after = content(tree)
    new = set(after) - set(before)
    assert {path: data for path, data in after.items() if path not in new} == before
    assert {Path(path).parts[:2] for path in new} == {("runs", step.__name__.rpartition(".")[2])}
    assert not [path for path in new if "partial" in path or "tmp" in path]


def test_a_script_writes_what_the_function_returns(script, twice, step):
    """Another process, folder and hash seed give the same bytes as the function in this one."""
    _, tree, _ = script
    *_, written = twice
    name = step.__name__.rpartition(".")[2]
    assert content(tree / "runs") == written
    assert all(path.startswith(f"{name}/") for path in written)


def test_help_is_quick(step, tmp_path):
    """`--help` exits with 0 without importing what is slow."""
    program = f"""
import runpy, sys
sys.argv = ["step", "--help"]
try:
    runpy.run_path({step.__file__!r}, run_name="__main__")
except SystemExit as exit:
    print("exit", exit.code)
print("imported", sorted({SLOW!r} & set(sys.modules)))
"""
    run = python("-c", program, cwd=tmp_path)
    assert run.stdout.splitlines()[-2:] == ["exit 0", "imported []"], run.stderr


def test_an_unknown_flag_is_wrong_usage(step, capsys):
    """A flag that no step has ends with 2 and a usage line, before anything is read."""
    with pytest.raises(SystemExit, match="2"):
        step.main(["--no-such-flag", "1"])
    assert capsys.readouterr().err.startswith("usage: ")


def test_a_folder_that_is_not_there_is_a_message(step, tmp_path, capsys):
    """Wherever an input is missing, a step says which and ends with 1; nothing is written."""
    inputs = {
        name: value
        for name, value in vars(step.parser().parse_args([])).items()
        if isinstance(value, Path) and not value.is_relative_to(PROJECT / "runs")
    }
    assert inputs
    for name in inputs:
        flag = f"--{name.replace('_', '-')}"
        assert step.main([flag, str(tmp_path / "nowhere"), *redirected(step, tmp_path)]) == 1
        assert str(tmp_path / "nowhere") in capsys.readouterr().err
        assert content(tmp_path) == {}


def redirected(step, home):
    """Flags that send every output of a step below a folder."""
    default = step.parser().parse_args([])
    args = vars(moved(default, home))
    changed = {name: value for name, value in args.items() if value != getattr(default, name)}
    return [word for name, value in changed.items() for word in (f"--{name.replace('_', '-')}", str(value))]
