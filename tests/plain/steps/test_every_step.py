"""Every file in steps/ keeps the same few promises. A new step is covered by being there."""

import ast
import copy
import functools
import importlib
import inspect
import json
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
SLOW = {"sagemaker", "boto3", "great_expectations", "xgboost", "sklearn"}
MEASURED = "latency"  # the output for what a clock said, which is never the same again
ROOMS = ("contracts", "fixtures", "reports", "scoring", "steps")
HELP = f"""
import contextlib, io, json, runpy, sys
for script in sys.argv[1:]:
    sys.argv, printed, code = [script, "--help"], io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as exit:
            code = exit.code
    print(json.dumps([code, printed.getvalue(), sorted({SLOW} & set(sys.modules))]))
"""


@pytest.fixture(params=STEPS)
def name(request):
    """A step's name."""
    return request.param


@pytest.fixture
def step(name):
    """The step's module."""
    return importlib.import_module(f"steps.{name}")


@pytest.fixture
def function(step, name):
    """The step's pure function: it has the name of the file."""
    return getattr(step, name)


@pytest.fixture(scope="module")
def call_twice(tmp_path_factory):
    """A function that calls a step's function twice on the shipped fixtures, once for all tests that ask."""

    @functools.cache
    def call(step, function):
        args = step.parser().parse_args([])
        inputs = step.read_inputs(args)
        states, results = [copy.deepcopy(inputs)], []
        options = {name: getattr(args, name) for name in option_names(function)}
        for _ in range(2):
            results.append(function(*inputs, **options))
            states.append(copy.deepcopy(inputs))
        home = tmp_path_factory.mktemp("written")
        step.write_outputs(results[0], moved(args, home))
        return states, results, content(home)

    return call


@pytest.fixture
def twice(call_twice, step, function):
    """The function, called twice on the shipped fixtures: its arguments before and after, both results, one's files."""
    return call_twice(step, function)


@pytest.fixture(scope="module", autouse=True)
def processes(tmp_path_factory):
    """Every step, started as a script from a strange folder without arguments, in a copy of the tree; and their helps.

    They run side by side, and beside the tests that need none of them.
    """
    tree = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    before = content(tree)
    scripts = [str(tree / "steps" / f"{name}.py") for name in STEPS]
    started = {}
    for name, path in zip(STEPS, scripts, strict=True):
        elsewhere, temporary = tmp_path_factory.mktemp("elsewhere"), tmp_path_factory.mktemp("temporary")
        run = start(path, cwd=elsewhere, PYTHONPATH=str(tree), TMPDIR=str(temporary))
        started[name] = (run, elsewhere, temporary)
    helps = start("-c", HELP, *scripts, cwd=tmp_path_factory.mktemp("elsewhere"), PYTHONPATH=str(tree))
    yield tree, before, started, helps
    for process in (helps, *(run for run, *_ in started.values())):
        process.kill()


@pytest.fixture(scope="module")
def helps(processes):
    """What each step says to `--help`, by name: exit code, text, the slow libraries that it has imported by then."""
    code, out, errors = finish(processes[3])
    assert (code, errors) == (0, "")
    return dict(zip(STEPS, map(json.loads, out.splitlines()), strict=True))


@pytest.fixture
def script(name, processes):
    """The step's run without arguments: exit code, stdout, stderr."""
    run, *_ = processes[2][name]
    return finish(run)


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


def repeatable(files):
    """Files by path as `content` gives them, all in place, but without what was measured."""
    return {path: b"" if Path(path).parts[1] == MEASURED else data for path, data in files.items()}


def start(*arguments, cwd, **environment):
    """Start Python in a folder, as a laptop would."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@functools.cache
def finish(process):
    """Wait for a process: its exit code, stdout, stderr."""
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


def assert_same(one, other):
    """Two arguments or results of a step are equal, be they tables, artifacts, models, plain values, or tuples."""
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    elif isinstance(one, tuple):
        for part, twin in zip(one, other, strict=True):
            assert_same(part, twin)
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


def test_no_step_imports_a_step(step):
    """What several steps need lies in a file that begins with an underscore: steps may be taken away one by one."""
    imported = set()
    for node in ast.walk(ast.parse(Path(step.__file__).read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = "steps." * bool(node.level) + (f"{node.module}." if node.module else "")
            imported |= {home + alias.name for alias in node.names}
    assert not {name for name in imported if name.split(".")[0] == "steps" and name.split(".")[1:2][0] in STEPS}


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
    """What a step is given is, after each call, what it was."""
    (before, *after), *_ = twice
    assert isinstance(before, tuple)
    for inputs in after:
        assert_same(before, inputs)


def test_the_same_input_gives_the_same_result(twice):
    """A second call returns what the first one did, to the last bit."""
    _, results, _ = twice
    assert_same(*results)


def test_help_is_quick(name, helps):
    """`--help` exits with 0 without importing what is slow."""
    code, text, imported = helps[name]
    assert code == 0
    assert text.startswith(f"usage: {name}.py")
    assert imported == []


def test_a_step_runs_as_a_script_without_arguments(script):
    """From any folder it ends with 0, and its last line is a report that the summary table can read."""
    code, out, errors = script
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"report:( \w+=\S+)+", out.splitlines()[-1])


def test_a_script_says_where_its_results_are(name, script, processes):
    """On a laptop it names the folder and, in it, each of its outputs."""
    _, out, _ = script
    tree, *_ = processes
    home = tree / "runs" / name
    (outputs,) = re.findall(rf"^wrote {home}: (.+)$", out, re.MULTILINE)
    assert sorted(outputs.split(", ")) == sorted(path.name for path in home.iterdir())


def test_a_script_writes_below_runs_only(name, script, processes):
    """The tree, the folder it was started from and the temporary folder are what they were; no partial file is left."""
    assert script
    tree, before, started, _ = processes
    after = content(tree)
    new = set(after) - set(before)
    assert {path: data for path, data in after.items() if path not in new} == before
    assert {Path(path).parts[:2] for path in new} <= {("runs", name) for name in STEPS}
    *_, elsewhere, temporary = started[name]
    assert [*elsewhere.iterdir(), *temporary.iterdir()] == []
    assert not list((tree / "runs" / name).rglob(".*"))


def test_a_script_writes_what_the_function_returns(name, script, twice, processes):
    """Another process, folder and hash seed give the same bytes as the function in this one."""
    assert script
    tree, *_ = processes
    *_, written = twice
    assert written
    again = {f"{name}/{path}": data for path, data in content(tree / "runs" / name).items()}
    assert repeatable(again) == repeatable(written)


def test_an_unknown_flag_is_wrong_usage(step, capsys, tmp_path, monkeypatch):
    """A flag that no step has ends with 2 and a usage line before anything is read, and a job says it in its status."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        step.main(["--no-such-flag", "1"])
    assert capsys.readouterr().err.startswith("usage: ")
    assert (tmp_path / "output" / "failure").read_text().startswith("unknown option --no-such-flag.")


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
