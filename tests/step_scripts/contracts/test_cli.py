"""`step-scripts contracts`: the command of those who deliver tables."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts.cli import main
from step_scripts.contracts.describe import as_markdown
from tests.step_scripts.specimens.rows import CONTRACTS, NAMES, tables


@pytest.fixture
def folder(tmp_path):
    """Twenty houses and their surveys."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, table in zip(NAMES, tables(20), strict=True):
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture
def odds(tmp_path, monkeypatch):
    """The working directory: a folder without tables, and files that are neither tables nor contracts."""
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("empty").mkdir()
    tmp_path.joinpath("in.csv").touch()
    tmp_path.joinpath("notes.md").write_text("# Notes: a\n\n`b`: c: d\n")
    tmp_path.joinpath("list.toml").write_text("a\n")


@pytest.fixture
def run(capsys):
    """A function that runs a command line: exit code, stdout, stderr."""

    def run(*argv):
        try:
            code = main([str(word) for word in argv])
        except SystemExit as exited:
            code = exited.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return code, printed.out, printed.err

    return run


def spoil(path, column, value, row=3):
    """Another value in a cell of a file."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[row, column] = value
    table.to_csv(path, index=False)


def test_good_tables_are_reported_in_a_line_each(run, folder):
    """Files or their folder, in any order."""
    files = (folder / "surveys.csv", folder / "houses.csv")
    expected = [f"{file.stem}: 20 rows, valid ({file.stem} 2.0.0, {file})" for file in files]
    assert run("check", *files) == (0, "\n".join([*expected, "no problems found"]) + "\n", "")
    code, out, _ = run("check", folder)
    assert (code, sorted(out.splitlines())) == (0, sorted([*expected, "no problems found"]))


def test_a_bad_row_is_reported_and_written(run, folder, tmp_path):
    """With the row that it is joined with; the quarantine is a folder of CSV files."""
    spoil(folder / "houses.csv", "month", "13")
    code, out, err = run("check", folder, "--quarantine", tmp_path / "bad")
    assert (code, err) == (1, "")
    assert "1 of 20 values of house_id (5 %) are in quarantine\nhouses: 1 rule of the contract is broken" in out
    assert "got       1 of 20 rows otherwise: house_id 4: 13" in out
    table = pd.read_csv(tmp_path / "bad" / "houses.csv", dtype=str)
    assert table[["house_id", "month", "broken_rules"]].to_numpy().tolist() == [["4", "13", "month_range"]]
    assert sorted(path.name for path in (tmp_path / "bad").iterdir()) == ["houses.csv", "surveys.csv"]
    assert "no problems" not in out


def test_a_warning_is_reported_and_no_failure(run, folder):
    """Exit code 0, and the rule."""
    spoil(folder / "surveys.csv", "energy", "Low", row=2)
    code, out, _ = run("check", folder)
    assert code == 0
    assert "surveys: 1 warning (surveys 2.0.0, 20 rows" in out
    assert "no problems" not in out


def test_a_table_that_stops_is_reported_and_the_others_are_checked(run, folder):
    """One message for what cannot be read, and all of what can be."""
    (folder / "houses.csv").write_text("<html>")
    code, out, _ = run("check", folder)
    assert code == 1
    assert "a web page (HTML)" in out


def test_the_contract_of_a_file_follows_from_its_name_or_its_columns(run, folder, tmp_path):
    """A name that no contract has, packed or not; or the one that is given."""
    odd = tmp_path / "export-2026.csv.gz"
    odd.write_bytes(gzip.compress((folder / "surveys.csv").read_bytes()))
    code, out, _ = run("check", odd)
    assert (code, out.splitlines()) == (
        0,
        [
            f"surveys: 20 rows, valid (surveys 2.0.0, {odd})",
            "surveys: not checked against houses; name both to check that they join",
            "no problems found",
        ],
    )
    code, out, _ = run("check", odd, "--contract", "houses")
    assert code == 1
    assert "the files look swapped" in out


@pytest.mark.parametrize("name", ["houses-2.CSV", "Houses-2.csv", "houses.txt", "houses-2.csv/", "surveys.csv.part"])
def test_what_a_step_would_refuse_to_pass_over_is_reported(run, folder, name):
    """What is valid here is valid for a step: a file that may be a part of a table is not ignored."""
    folder.joinpath(name).mkdir() if name.endswith("/") else folder.joinpath(name).write_bytes(b"")
    code, out, _ = run("check", folder)
    assert code == 1
    assert f"got       {name.rstrip('/')}" in out


def test_parts_of_one_table_are_one_table(run, folder):
    """Two files of houses are checked together: a house in both is a repeated key."""
    (folder / "houses-2.csv").write_bytes((folder / "houses.csv").read_bytes())
    code, out, _ = run("check", folder)
    assert code == 1
    assert "house_id_unique" in out


@pytest.mark.parametrize("name", ["train.csv", "train-0.csv", "Test-0.csv", "surveys_2026.csv", "SURVEYS.csv"])
def test_a_project_says_how_its_files_are_named(run, folder, tmp_path, name):
    """Its setting `files` gives the beginnings of names, each a whole word unless it is the contract's own name."""
    (tmp_path / name).write_bytes((folder / "surveys.csv").read_bytes())
    code, out, _ = run("check", tmp_path / name)
    assert (code, out.startswith("surveys: 20 rows")) == (0, True)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["check"], "required"),
        (["check", "nowhere.csv"], "nowhere.csv: there is no such file or folder"),
        (["check", "notes.md"], "notes.md: expected a file of .csv, .csv.gz, .parquet"),
        (["check", "empty"], "empty: expected at least one file of .csv"),
        (["check", "in.csv", "--contract", "house"], "did you mean houses?"),
        (["show", "orders"], "there is no contract called 'orders'; there are: houses, surveys"),
        (["diff", "houses"], "required"),
        (["diff", "houses", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["diff", "houses", "notes.md"], "notes.md, line 3: is not YAML"),
        (["diff", "houses", "list.toml"], "list.toml: expected a contract of one table"),
        ([], "required"),
        (["chekc"], "invalid choice"),
    ],
)
@pytest.mark.usefixtures("odds")
def test_what_cannot_be_done_is_said(run, argv, says):
    """Exit code 2, and a sentence."""
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert says in err


def test_a_file_without_a_contract_is_said(run, tmp_path):
    """Neither its name nor its columns are those of a contract: the message says what to add."""
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    code, _, err = run("check", tmp_path)
    assert code == 2
    assert "add --contract with one of houses, surveys" in err


def test_a_quarantine_that_cannot_be_written_is_said(run, folder, tmp_path):
    """And nothing is half-written."""
    spoil(folder / "houses.csv", "month", "13")
    (tmp_path / "file").write_text("")
    code, _, err = run("check", folder, "--quarantine", tmp_path / "file")
    assert code == 2
    assert "cannot be written" in err


def test_contracts_are_shown(run):
    """One or all; the suite is JSON."""
    assert run("show", "houses")[1].startswith("houses 2.0.0: Houses that were offered")
    assert run("show")[1].count("\nRules\n") == 2
    (suite,) = json.loads(run("show", "surveys", "--format", "suite")[1])
    assert len(suite["expectations"]) == len(contracts.load("surveys").rules)


def test_the_page_is_printed_or_written(run, tmp_path):
    """All contracts of the project as Markdown."""
    page = as_markdown([contracts.load(name) for name in NAMES])
    assert run("docs") == (0, page, "")
    path = tmp_path / "docs" / "contracts.md"
    assert run("docs", "--output", path) == (0, f"wrote {path}\n", "")
    assert path.read_text(encoding="utf-8") == page


def test_a_difference_is_shown_and_counted(run, tmp_path):
    """A breaking change, or a version that is too low, is exit code 1."""
    text = (CONTRACTS / "houses.yaml").read_text(encoding="utf-8")
    new = tmp_path / "houses.yaml"
    new.write_text(text.replace("maximum: 12}", "maximum: 13}"))
    code, out, _ = run("diff", "houses", new)
    assert (code, out.splitlines()) == (
        1,
        [
            "houses 2.0.0 → houses 2.0.0: 1 change",
            "  compatible  month: the largest value is 13, not 12: wider",
            "2.0.0 → 2.0.0: expected 2.1.0 or later, because of 1 compatible change",
        ],
    )
    new.write_text(new.read_text().replace("version: 2.0.0", "version: 2.1.0"))
    assert run("diff", "houses", new)[0] == 0
    assert run("diff", new, "houses")[0] == 1
    assert run("diff", "houses", "houses")[:2] == (0, "houses 2.0.0 → houses 2.0.0: no changes\n")


@pytest.fixture
def _no_project(monkeypatch, tmp_path):
    monkeypatch.delenv("STEP_SCRIPTS_PROJECT")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_no_project")
@pytest.mark.parametrize("argv", [["check", "in"], ["show"], ["show", "houses"], ["docs"], ["diff", "a", "b"]])
@pytest.mark.usefixtures("folder")
def test_without_a_project_the_message_says_so(run, argv):
    """Exit code 2, and what was expected."""
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert "no project: expected a pyproject.toml" in err


@pytest.mark.usefixtures("_no_project")
def test_files_are_compared_without_a_project(run):
    """The contracts of a change need not be a project's."""
    assert run("diff", CONTRACTS / "houses.yaml", CONTRACTS / "houses.yaml")[0] == 0


@pytest.mark.usefixtures("_no_project")
def test_a_table_is_checked_without_a_project(run, folder):
    """Where the contract is a file."""
    houses = CONTRACTS / "houses.yaml"
    code, out, err = run("check", folder / "houses.csv", "--contract", houses)
    assert (code, err) == (0, "")
    assert out.startswith("houses: 20 rows, valid (houses 2.0.0, ")
    spoil(folder / "houses.csv", "month", "13")
    code, out, err = run("check", folder / "houses.csv", "--contract", houses, "--quarantine", folder / "bad")
    assert (code, err) == (1, "")
    assert "month_range" in out
    assert pd.read_csv(folder / "bad" / "houses.csv")["broken_rules"].tolist() == ["month_range"]
    code, _, err = run("check", folder / "houses.csv", "--contract", "nowhere.yaml")
    assert (code, "nowhere.yaml: No such file" in err) == (2, True)


@pytest.mark.usefixtures("_no_project")
def test_without_a_project_a_contracts_file_is_the_way_out(run, folder):
    """The message says so."""
    code, _, err = run("check", folder / "houses.csv", "--contract", "houses")
    assert code == 2
    assert "or name a contract's file: --contract FILE.yaml" in err


@pytest.mark.usefixtures("_no_project")
def test_what_may_be_a_part_is_reported_without_a_project(run, folder):
    """As in a project."""
    (folder / "surveys.csv").unlink()
    (folder / "houses.csv.part").touch()
    code, out, _ = run("check", folder, "--contract", CONTRACTS / "houses.yaml")
    assert code == 1
    assert "got       houses.csv.part" in out


@pytest.mark.usefixtures("_no_project")
def test_help_needs_no_project(run):
    """It then shows neutral names."""
    code, out, _ = run("--help")
    assert code == 0
    assert "step-scripts contracts check houses.csv owners.csv" in out


@pytest.mark.usefixtures("_no_project")
@pytest.mark.parametrize("argv", [["check", "in"], ["show"], ["docs"]])
def test_a_project_without_contracts_is_said(run, tmp_path, folder, argv):
    """Exit code 2, and where the contracts were looked for."""
    tmp_path.joinpath("pyproject.toml").write_text("[tool.step-scripts]\ncontracts = 'schemas'")
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert f"expected at least one contract, a .yaml file, in {tmp_path / 'schemas'}; got: none" in err
    assert folder.is_dir()
    assert "contracts: none\n" in run("--help")[1]


def test_help_helps_at_once():
    """It shows examples with the project's names, and imports neither Great Expectations nor the SDK."""
    script = "import sys, step_scripts.contracts.cli as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\n"
    script += "assert not {'great_expectations', 'sagemaker', 'sklearn'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "step-scripts contracts check houses.csv surveys.csv" in done.stdout


def test_a_quarantine_never_replaces_what_was_read(run, folder):
    """The folder of the tables cannot hold their invalid rows."""
    spoil(folder / "houses.csv", "month", "13")
    before = (folder / "houses.csv").read_bytes()
    code, _, err = run("check", folder, "--quarantine", folder)
    assert (code, (folder / "houses.csv").read_bytes()) == (2, before)
    assert "would overwrite" in err


def test_a_file_named_twice_is_one(run, folder):
    """As a file and in its folder."""
    assert run("check", folder, folder / "houses.csv")[0] == 0


def test_a_prefix_is_a_whole_word(run, folder, tmp_path):
    """test_houses.csv has the columns of houses, and is no part of a table whose files begin with test."""
    path = tmp_path / "test_houses.csv"
    path.write_bytes((folder / "houses.csv").read_bytes())
    assert run("check", path)[0] == 0


@pytest.mark.parametrize("version", ["2.1", "2.1.0-rc1", "two"])
def test_an_invalid_version_is_said(run, tmp_path, version):
    """Three numbers, or a sentence."""
    text = (CONTRACTS / "houses.yaml").read_text(encoding="utf-8")
    (tmp_path / "houses.yaml").write_text(text.replace("version: 2.0.0", f"version: {version}"))
    code, _, err = run("diff", "houses", tmp_path / "houses.yaml")
    assert code == 2
    assert "expected three numbers" in err


@pytest.mark.parametrize("what", ["iterdir", "is_file"])
def test_what_may_not_be_read_is_said(run, folder, monkeypatch, what):
    """A folder of another user, or a file in it."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, what, refuse)
    code, _, err = run("check", folder if what == "iterdir" else folder / "houses.csv")
    assert code == 2
    assert "give this user the right to read it" in err
