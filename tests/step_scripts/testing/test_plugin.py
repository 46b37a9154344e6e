"""The plugin: cheap where it is not used, loaded once, and its options."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SLOW = ("boto3", "great_expectations", "numpy", "pandas", "sagemaker")
PLUGIN = "step_scripts.testing.plugin"


@pytest.fixture
def run(tmp_path):
    """A function that runs pytest on a test file, in a project with one step: exit code and output."""

    def run(text, *options, cwd=tmp_path, **environment):
        (tmp_path / "steps").mkdir()
        (tmp_path / "steps" / "count.py").touch()
        (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
        (tmp_path / "test_it.py").write_text(text)
        words = ["-q", "-p", "no:cacheprovider", *options, str(tmp_path / "test_it.py")]
        done = subprocess.run(
            [sys.executable, "-c", f"import sys, pytest; sys.exit(pytest.main({words}))"],
            cwd=cwd,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_it_imports_nothing_slow(run):
    """A suite that does not use it pays for no table, no model and no SDK."""
    code, out = run(f"import sys\ndef test(): assert not {{*sys.modules}} & {{*{SLOW}}}\n", "-p", PLUGIN)
    assert code == 0, out


def test_it_is_loaded_once(run):
    """An installed wheel loads it by its entry point, which has the module's name: naming the module is no error."""
    with Path(__file__).parents[3].joinpath("pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
    text = f"def test(pytestconfig): assert pytestconfig.pluginmanager.has_plugin({PLUGIN!r})\n"
    code, out = run(text, "-p", PLUGIN, "-p", PLUGIN)
    assert code == 0, out


def test_a_test_of_a_step_runs_for_each_step(run):
    """It is named after the step, so that one can be chosen or deselected."""
    text = "def test(step_file): assert step_file.script == 'steps/count.py'\n"
    code, out = run(text, "-p", PLUGIN, "-vv")
    assert code == 0, out
    assert "test_it.py::test[count] PASSED" in out


def test_it_finds_the_project_of_the_tests_from_any_folder(run, tmp_path_factory):
    """Where the working directory has no project, pytest's root directory has it; so the steps find it, too."""
    text = (
        "from step_scripts import project\n"
        "def test(step_file): assert step_file.project == project.find() and step_file.name == 'count'\n"
    )
    code, out = run(text, "-p", PLUGIN, cwd=tmp_path_factory.mktemp("elsewhere"))
    assert code == 0, out


def test_fixtures_of_the_project_do_not_disturb_it(run):
    """A project may have a fixture `project` or `steps` of its own."""
    text = (
        "import pytest\n@pytest.fixture\ndef project(): return 7\n"
        "def test(harness, project): assert harness.project.steps == 'steps' and project == 7\n"
    )
    code, out = run(text, "-p", PLUGIN)
    assert code == 0, out


@pytest.mark.parametrize(("options", "expected"), [((), 0), (("--no-skips",), 1)])
def test_a_skip_fails_where_none_may_be(options, expected, run):
    """`--no-skips` is for CI, where what cannot run is a failure; the session says why it failed."""
    code, out = run("import pytest\ndef test(): pytest.skip('no engine')\n", "-p", PLUGIN, *options)
    assert code == expected, out
    assert bool(re.search("1 skipped, and with --no-skips", out)) == bool(expected)


def test_credentials_can_be_hidden(run):
    """`--no-aws` hides the user's credentials, and the files with them."""
    text = (
        "import os\ndef test():\n"
        "    assert 'AWS_PROFILE' not in os.environ\n"
        "    assert os.environ['AWS_SHARED_CREDENTIALS_FILE'] == os.environ['AWS_CONFIG_FILE'] == os.devnull\n"
    )
    code, out = run(text, "-p", PLUGIN, "--no-aws", AWS_PROFILE="mine")
    assert code == 0, out


def test_a_test_of_a_pipeline_runs_for_each_pipeline(run, tmp_path):
    """Where there are several, it is named after the file; the project's own fixtures are of the main one."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "more.py").write_text("def build(session): ...\n")
    (tmp_path / "pipeline.py").touch()
    text = (
        "def test(harness): assert harness.file in ('pipeline.py', 'pipelines/more.py')\n"
        "def test_own(main_pipeline, harnesses): assert main_pipeline is harnesses['pipeline.py']\n"
    )
    code, out = run(text, "-p", PLUGIN, "-vv")
    assert code == 0, out
    assert "test_it.py::test[pipeline] PASSED" in out
    assert "test_it.py::test[more] PASSED" in out
    assert "test_it.py::test_own PASSED" in out


def test_a_run_of_one_test_compiles_one_pipeline(run, tmp_path):
    """The tests that were chosen are about one; another one is compiled when it is asked for."""
    (tmp_path / "pipelines").mkdir()
    for file in ("pipeline.py", "pipelines/other.py"):
        program = "import pathlib\ndef build(): ...\npathlib.Path(f'{__file__}.ran').touch()\nprint('{}')\n"
        (tmp_path / file).write_text(program)
    text = "def test(harness): assert harness.text == '{}\\n'\n"
    code, out = run(text, "-p", PLUGIN, "-k", "other")
    assert code == 0, out
    assert [path.name for path in tmp_path.rglob("*.ran")] == ["other.py.ran"]


def test_a_run_of_all_tests_compiles_all_pipelines(run, tmp_path):
    """Also those about which no test was asked, where a test looks at all of them."""
    (tmp_path / "pipelines").mkdir()
    for file in ("pipeline.py", "pipelines/other.py"):
        (tmp_path / file).write_text(f"def build(): ...\nprint({file!r})\n")
    text = "def test(harnesses): assert [each.text for each in harnesses.values()] == ['pipeline.py\\n', {}]\n"
    code, out = run(text.format("'pipelines/other.py\\n'"), "-p", PLUGIN)
    assert code == 0, out
