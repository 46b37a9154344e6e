"""The project that uses the framework: how it is found, and its settings."""

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from step_scripts import project
from step_scripts.project import Project, ProjectError

SETTINGS = """
[tool.step-scripts]
label = "price"
inputs = ["houses"]
predictor = "model.predictor"
snapshot = "pipeline.json"

[tool.step-scripts.files]
features = ["train", "test"]

[tool.step-scripts.preflight.ignore]
cycle = "of the tool preflight"
"""


@pytest.fixture(autouse=True)
def _uncached(monkeypatch):
    monkeypatch.delenv(project.ENVIRONMENT, raising=False)
    monkeypatch.setattr(project, "read", project.read.__wrapped__)
    monkeypatch.setattr(project, "_has_settings", project._has_settings.__wrapped__)


def write(folder, text=SETTINGS):
    """Make a project."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_settings_are_read_and_have_defaults(tmp_path):
    """Tables of other tools are theirs."""
    found = project.read(write(tmp_path))
    assert found == Project(
        root=tmp_path,
        label="price",
        inputs=("houses",),
        predictor="model.predictor",
        snapshot="pipeline.json",
        files={"features": ("train", "test")},
    )
    assert found.folder("contracts") == tmp_path / "contracts"
    assert (found.prefixes("features"), found.prefixes("houses")) == (("train", "test"), ("houses",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.step-scripts]\nlabl = 'x'", r"has no setting labl; did you mean label\? known: label, inputs, "),
        ("[tool.step-scripts]\nlabel = 1", "label: expected a text, got 1"),
        ("[tool.step-scripts]\ninputs = 'houses'", "inputs: expected a list of texts, got 'houses'"),
        ("[tool.step-scripts]\ninputs = [1]", r"inputs: expected a list of texts, got \[1\]"),
        ("[tool.step-scripts]\nfiles = ['x']", r"files: expected a table, got \['x'\]"),
        ("[tool.step-scripts.files]\nx = 'y'", r"files\.x: expected a list of texts, got 'y'"),
        ("[tool]\nstep-scripts = 1", r"\[tool\.step-scripts\]: expected a table, got 1"),
        ("[tool]\nx = ]", r": expected TOML; got: .*line 2.*; fix: correct this line"),
        ("[tool]\nx = '\ud800'", r": expected text in UTF-8; got: .*; fix: save the file as UTF-8"),
    ],
)
def test_wrong_settings_are_errors(tmp_path, text, message):
    """The message says file, setting, what was expected and what is there."""
    write(tmp_path, "").joinpath("pyproject.toml").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ProjectError, match=rf"^{tmp_path}/pyproject\.toml.*{message}"):
        project.read(tmp_path)


def test_an_absent_file_is_an_error(tmp_path):
    """It names the file."""
    with pytest.raises(ProjectError, match=r"pyproject\.toml cannot be read: .*No such file"):
        project.read(tmp_path)


def test_the_nearest_project_above_is_found(tmp_path):
    """Files of other tools do not count; wrong settings are reported."""
    inner = write(write(tmp_path / "outer") / "inner")
    write(inner / "a/b", "[tool.other]")
    assert project.above(inner / "a/b").root == inner
    assert project.above(tmp_path / "outer").root == tmp_path / "outer"
    write(inner / "a", "[tool]\nstep-scripts = 1")
    with pytest.raises(ProjectError, match="expected a table"):
        project.above(inner / "a/b")


def test_no_project_is_an_error(tmp_path, monkeypatch):
    """It says what makes a project, and how to name one."""
    message = (
        r"^no project: expected a pyproject\.toml with the table \[tool\.step-scripts\] in .*\$STEP_SCRIPTS_PROJECT"
    )
    with pytest.raises(ProjectError, match=message):
        project.above(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError, match=message):
        project.find()


def test_a_nearer_file_that_is_not_toml_is_an_error(tmp_path):
    """A typo in the file of the project must not look as if there were none, or as if an outer project were meant."""
    write(write(tmp_path) / "inner", "[tool.step-scripts]\ninputs = ]")
    message = rf"^{tmp_path}/inner/pyproject\.toml: expected TOML; got: .*line 2.*; fix: correct this line"
    with pytest.raises(ProjectError, match=message):
        project.above(tmp_path / "inner" / "a")
    (tmp_path / "inner" / "pyproject.toml").unlink()
    assert project.above(tmp_path / "inner" / "a").root == tmp_path


def test_the_working_directory_has_the_project(tmp_path, monkeypatch):
    """When an installed program is run, such as pytest; $STEP_SCRIPTS_PROJECT comes before it."""
    monkeypatch.chdir(write(tmp_path / "here"))
    assert project.find().root == tmp_path / "here"
    monkeypatch.setenv(project.ENVIRONMENT, str(write(tmp_path / "named")))
    assert project.find().root == tmp_path / "named"


def test_a_script_has_the_project_in_which_it_lies(tmp_path):
    """Whatever the working directory is."""
    script = write(tmp_path / "project") / "steps/a.py"
    script.parent.mkdir()
    script.write_text("from step_scripts import project\nprint(project.find().root)")
    other = write(tmp_path / "other")
    printed = subprocess.run([sys.executable, script], cwd=other, capture_output=True, text=True, check=True).stdout
    assert printed == f"{tmp_path / 'project'}\n"


def test_a_program_of_an_environment_is_no_script_of_a_project(tmp_path):
    """Not even where the environment lies in a project, and finds its libraries in that of another one."""
    program = write(tmp_path / "project") / ".venv/lib/python3/site-packages/pytest.py"
    program.parent.mkdir(parents=True)
    program.write_text("from step_scripts import project\nprint(project.find().root)")
    other = write(tmp_path / "other")
    printed = subprocess.run([sys.executable, program], cwd=other, capture_output=True, text=True, check=True).stdout
    assert printed == f"{other}\n"


def test_a_project_below_the_prefix_of_python_is_a_project(tmp_path, monkeypatch):
    """The prefix may be /usr, or a folder of many things: a script is installed where sysconfig says so."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    script = write(tmp_path / "project") / "steps/a.py"
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=str(script)))
    monkeypatch.chdir(write(tmp_path / "other"))
    assert project.find().root == tmp_path / "project"
    for name in ("purelib", "scripts", "stdlib"):
        program = Path(sysconfig.get_path(name), "program")
        monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=str(program)))
        assert project.find().root == tmp_path / "other"


@pytest.mark.parametrize("label", ["price", 'a "quoted" \\ label', "prix €", "😀", "line\nend\x7f\t"])
def test_settings_of_jobs_are_toml(tmp_path, label):
    """Every text survives; settings that no job needs are not in it."""
    given = Project(root=tmp_path, label=label, inputs=("houses",), snapshot="x", files={"a b": ("c", "d")})
    text = given.settings_of_jobs().decode()
    assert tomllib.loads(text)["tool"]["step-scripts"] == {
        "contracts": "contracts",
        "label": label,
        "files": {"a b": ["c", "d"]},
    }
    write(tmp_path, text)
    assert project.read(tmp_path) == Project(root=tmp_path, label=label, files=given.files)
