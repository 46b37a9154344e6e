"""A run as the command line asks for it: target, tables, uploads and exit codes."""

from datetime import UTC, datetime

import pytest

from step_scripts.jobs import bundle
from step_scripts.local import execution as records
from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.interrupt import InterruptedRunError
from step_scripts.local.processes import Processes
from step_scripts.local.target import TargetError
from step_scripts.pipeline import main


def execution(folder, status):
    """Make the record of a run that ended in some way."""
    return records.Execution("ID", "tiny", "process", folder, datetime(2026, 1, 1, tzinfo=UTC), status=status)


class Parameter:
    """A parameter as the SDK declares it."""

    def __init__(self, name, default):
        self.request = {"Name": name, "Type": "String", "DefaultValue": default}

    def to_request(self):
        """Return what the definition says of it."""
        return self.request


class Pipeline:
    """What a run hands to the command line once the pipeline is built."""

    def __init__(self, **defaults):
        self.parameters = [Parameter(name, default) for name, default in defaults.items()]


@pytest.fixture
def uploads(build, root, monkeypatch):
    """A function that runs the command line with a pipeline, whose build makes a bundle; what lies in S3 then."""

    def asked(pipeline, *words, scripts=("steps/prepare.py",), **names):
        found = {}

        def run(_build, *, parameters, uploads, **_):
            for script in scripts:
                bundle.of(script, root)
            found["parameters"] = parameters(pipeline)
            found["uploads"] = uploads
            return execution(root / "runs/ID", "Succeeded")

        monkeypatch.setattr(launch, "run", run)
        found["code"] = main(build, ["--execute", *words], **names)
        return found

    return asked


def test_the_target_is_chosen_and_printed(build, runs, capsys, tmp_path):
    """Child processes by default, without or with preloading; containers with their options."""
    runs.outcome = execution(tmp_path, "Succeeded")
    for words in ([], ["--fresh"]):
        assert main(build, ["--execute", *words]) == 0
        assert "Running the pipeline as processes, on the tables in " in capsys.readouterr().out
    assert main(build, ["--execute", "--target", "docker", "--docker-option=--memory=1g"]) == 0
    assert "Running the pipeline in Docker containers, on the tables in " in capsys.readouterr().out
    assert [run["target"] for run in runs] == [
        Processes(preload=("pandas",)),
        Processes(preload=("pandas",), fresh=True),
        Containers(options=["--memory=1g"]),
    ]


def test_a_target_that_cannot_take_the_jobs(build, runs, capsys):
    """Exit code 1, and its message."""
    runs.outcome = TargetError("There is no image a:1 on this machine. Build it: docker build")
    assert main(build, ["--execute", "--target", "docker"]) == 1
    expected = "pipelines/tiny.py: There is no image a:1 on this machine. Build it: docker build\n"
    assert capsys.readouterr().err == expected


def test_tables_and_bundles_lie_in_s3(uploads, root):
    """The tables where InputData says, the code of the steps that were built below Store."""
    found = uploads(Pipeline(Store="s3://store/x", InputData="s3://bucket/in", Eta="0"), "--param", "Store=s3://other")
    code = bundle.of("steps/prepare.py", root)
    assert found == {
        "code": 0,
        "parameters": {"Store": "s3://other"},
        "uploads": {
            "s3://bucket/in": {"houses.csv": b"house_id\n1\n"},
            f"s3://other/{code.key}": code.files,
        },
    }


def test_the_two_parameters_may_have_other_names(uploads):
    """A pipeline names its parameters as it likes."""
    pipeline = Pipeline(Home="s3://store", Tables="s3://bucket/in")
    found = uploads(pipeline, input_parameter="Tables", store_parameter="Home")
    assert found["code"] == 0
    assert next(iter(found["uploads"])) == "s3://bucket/in"


@pytest.mark.parametrize("name", ["Store", "InputData"])
def test_a_missing_parameter_is_an_error(uploads, capsys, name):
    """Exit code 1; the message says which one, and what to do."""
    defaults = {"Store": "s3://store", "InputData": "s3://bucket/in"}
    del defaults[name]
    assert uploads(Pipeline(**defaults)) == {"code": 1}
    assert f"the pipeline has no parameter {name}: expected one that holds a place in S3" in capsys.readouterr().err


def test_a_project_without_inputs_needs_no_tables(uploads, root, capsys):
    """Neither a folder of tables nor a parameter for it."""
    (root / "pyproject.toml").write_text("[tool.step-scripts]\n")
    (root / "fixtures/houses.csv").unlink()
    assert uploads(Pipeline(Store="s3://store"), scripts=())["uploads"] == {}
    assert "Running the pipeline as processes\n" in capsys.readouterr().out


def test_a_pipeline_without_scripts_reads_no_tables(build, uploads, root, capsys):
    """One that deploys a model needs neither a parameter for tables nor a folder of them, and takes none."""
    (root / "pipelines/tiny.py").write_text("def build(session): ...\n")
    assert uploads(Pipeline(Role="arn"), scripts=())["uploads"] == {}
    assert "Running the pipeline as processes\n" in capsys.readouterr().out
    assert uploads(Pipeline(Role="arn"), "--input-dir", str(root / "fixtures"), scripts=()) == {"code": 2}
    assert "pipelines/tiny.py reads no tables; leave it out" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main(build, ["--help"])
    assert "folder with the input tables: none" in " ".join(capsys.readouterr().out.split())


def test_scripts_of_a_module_that_it_imports_count(uploads, root):
    """A second pipeline takes steps from the first one; and a parameter of tables counts without any script."""
    pipeline = Pipeline(Store="s3://store", InputData="s3://bucket/in")
    (root / "first.py").write_text('SCRIPT = "steps/prepare.py"\n')
    for text in ("def build(session):\n    import first\n", 'NAME = "InputData"\n'):
        (root / "pipelines/tiny.py").write_text(text)
        assert "s3://bucket/in" in uploads(pipeline)["uploads"]


def test_data_without_a_contract_lies_where_its_parameter_says(uploads, root, capsys):
    """A folder of the project, which has a file at least."""
    (root / "pyproject.toml").write_text("[tool.step-scripts]\n")
    pipeline, data = Pipeline(RawData="s3://bucket/raw"), {"RawData": "data/raw"}
    assert uploads(pipeline, scripts=(), local_data=data)["code"] == 2
    assert "data/raw: expected: data for a local run; got: no such file or folder; fix: " in capsys.readouterr().err
    (root / "data/raw").mkdir(parents=True)
    assert uploads(pipeline, scripts=(), local_data=data)["code"] == 2
    assert "got: an empty folder; fix: put a small sample of what RawData holds there" in capsys.readouterr().err
    (root / "data/raw/a.txt").write_text("")
    assert uploads(pipeline, scripts=(), local_data=data)["uploads"] == {"s3://bucket/raw": root / "data/raw"}


def test_an_input_may_have_files_of_several_names(uploads, root, capsys):
    """At least one file of one of the names: what [tool.step-scripts.files] says of the contract."""
    (root / "pyproject.toml").write_text(
        '[tool.step-scripts]\ninputs = ["houses"]\n[tool.step-scripts.files]\nhouses = ["flats", "villas"]\n'
    )
    pipeline = Pipeline(Store="s3://store", InputData="s3://bucket/in")
    assert uploads(pipeline)["code"] == 2
    assert (
        "expected at least one file flats* or villas* (.csv, .csv.gz, .parquet), found none" in capsys.readouterr().err
    )
    (root / "fixtures/villas.csv").write_text("")
    assert uploads(pipeline)["uploads"]["s3://bucket/in"] == {"villas.csv": b""}


def test_a_table_of_another_format_is_an_error(uploads, root, capsys):
    """No step would read it, and the run would work without it."""
    (root / "fixtures/Houses.xlsx").write_text("")
    assert uploads(Pipeline()) == {"code": 2}
    assert "Houses.xlsx would not be read; expected .csv, .csv.gz, .parquet" in capsys.readouterr().err


def test_code_that_cannot_be_parsed_is_a_message(build, root, runs, capsys):
    """Where it is, and what is wrong there; no traceback."""
    (root / "steps/prepare.py").write_text("import (\n")
    assert main(build, ["--execute"]) == 1
    assert "steps/prepare.py, line 1: " in capsys.readouterr().err
    assert runs == []


def test_folders_that_cannot_be_used_are_errors(build, root, runs, tmp_path, capsys):
    """A file where the runs should go, and a folder where a table should be: before the SDK is imported."""
    (tmp_path / "file").write_text("")
    assert main(build, ["--execute", "--runs-dir", str(tmp_path / "file/below")]) == 2
    assert "--runs-dir" in (printed := capsys.readouterr().err)
    assert "expected a folder that can be written" in printed
    assert main(build, ["--execute", "--registry", str(tmp_path / "file/below")]) == 2
    assert f"--registry {tmp_path}/file/below: expected a folder that can be written" in capsys.readouterr().err
    (root / "fixtures/houses2.csv").mkdir()
    assert main(build, ["--execute"]) == 2
    assert "houses2.csv cannot be read" in capsys.readouterr().err
    assert runs == []


@pytest.mark.parametrize(("status", "code"), [(records.SUCCEEDED, 0), (records.FAILED, 1)])
def test_the_exit_code_is_the_runs(build, runs, tmp_path, status, code):
    """0 for a run that succeeded, 1 for one that failed."""
    runs.outcome = execution(tmp_path / "runs/ID", status)
    assert main(build, ["--execute", "--to", "Train"]) == code
    assert runs[0]["stop_after"] == "Train"


def test_an_interrupt_is_reported_with_130(build, runs, tmp_path, capsys):
    """After Ctrl-C: the jobs are stopped, the summary so far, and the shell's exit code for it."""
    runs.outcome = InterruptedRunError("interrupted during Train")
    runs.outcome.execution = execution(tmp_path / "runs/ID", records.INTERRUPTED)
    assert main(build, ["--execute"]) == 130
    said = capsys.readouterr().err
    assert "interrupted during Train: the jobs are stopped." in said
    assert "Interrupted in" in said


def test_a_full_disk_is_a_message(build, runs, capsys):
    """What the system said, where, and what to do; exit code 1."""
    runs.outcome = OSError(28, "No space left on device", "runs/ID/x")
    assert main(build, ["--execute"]) == 1
    said = capsys.readouterr().err
    assert "No space left on device (runs/ID/x); free some space in" in said
