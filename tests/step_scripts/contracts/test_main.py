"""`python -m contracts`: what a data team meets."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import fixtures
from step_scripts import contracts
from step_scripts.contracts.cli import main


@pytest.fixture
def folder(tmp_path):
    """Twenty claims and their customers."""
    tmp_path.joinpath("in").mkdir()
    fixtures.write(tmp_path / "in", rows=20, seed=2)
    return tmp_path / "in"


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


def test_good_tables_are_told_in_a_line_each(run, folder):
    """Files or their folder, in any order."""
    files = (folder / "customers.csv", folder / "claims.csv")
    expected = [f"{file.stem}: 20 rows keep {file.stem} 2.0.0 ({file})" for file in files]
    assert run("check", *files) == (0, "\n".join(expected) + "\n", "")
    code, out, _ = run("check", folder)
    assert (code, sorted(out.splitlines())) == (0, sorted(expected))


def test_a_bad_row_is_told_and_written(run, folder, tmp_path):
    """With the row that it is joined with; the quarantine is a folder of CSV files."""
    spoil(folder / "claims.csv", "incident_hour", "24")
    code, out, err = run("check", folder, "--quarantine", tmp_path / "bad")
    assert (code, err) == (1, "")
    assert "1 of 20 values of policy_id (5 %) are in quarantine\nclaims: 1 rule of the contract is broken" in out
    assert "got       1 of 20 rows otherwise: policy_id 4: 24" in out
    table = pd.read_csv(tmp_path / "bad" / "claims.csv", dtype=str)
    assert table[["policy_id", "incident_hour", "broken_rules"]].to_numpy().tolist() == [
        ["4", "24", "incident_hour_range"]
    ]
    assert sorted(path.name for path in (tmp_path / "bad").iterdir()) == ["claims.csv", "customers.csv"]


def test_a_warning_is_told_and_no_failure(run, folder):
    """Exit code 0, and the rule."""
    table = pd.read_csv(folder / "customers.csv", dtype=str, keep_default_na=False)
    row = table.index[table["policy_state"] == "WA"][0]
    spoil(folder / "customers.csv", "policy_liability", "15/30", row)
    code, out, _ = run("check", folder)
    assert code == 0
    assert "customers: 1 warning (customers 2.0.0, 20 rows" in out


def test_a_table_that_stops_is_told_and_the_others_are_checked(run, folder):
    """One message for what cannot be read, and all of what can be."""
    (folder / "claims.csv").write_text("<html>")
    code, out, _ = run("check", folder)
    assert code == 1
    assert "a web page (HTML)" in out


def test_the_contract_of_a_file_is_told_by_its_name_or_its_columns(run, folder, tmp_path):
    """A name that says nothing, packed or not; a name that no contract has; or whatever one is told."""
    odd = tmp_path / "export-2026.csv.gz"
    odd.write_bytes(gzip.compress((folder / "customers.csv").read_bytes()))
    code, out, _ = run("check", odd)
    assert (code, out.splitlines()) == (
        0,
        [
            f"customers: 20 rows keep customers 2.0.0 ({odd})",
            "customers: not checked against claims; name both to check that they join",
        ],
    )
    code, out, _ = run("check", odd, "--contract", "claims")
    assert code == 1
    assert "the files look swapped" in out


@pytest.mark.parametrize("name", ["claims-2.CSV", "Claims-2.csv", "claims.txt", "claims-2.csv/", "customers.csv.part"])
def test_what_a_step_would_refuse_to_pass_over_is_told(run, folder, name):
    """A folder passes here when it passes preprocess: what may be a part of a table is not passed over either."""
    folder.joinpath(name).mkdir() if name.endswith("/") else folder.joinpath(name).write_bytes(b"")
    code, out, _ = run("check", folder)
    assert code == 1
    assert f"got       {name.rstrip('/')}" in out


def test_parts_of_one_table_are_one_table(run, folder):
    """Two files of claims are looked at together: a policy in both is a repeated key."""
    (folder / "claims-2.csv").write_bytes((folder / "claims.csv").read_bytes())
    code, out, _ = run("check", folder)
    assert code == 1
    assert "policy_id_unique" in out


def test_features_are_checked_too(run, project):
    """By the names that preprocess gives its files."""
    code, out, _ = run("check", project / "fixtures" / "preprocess" / "train")
    assert (code, out.startswith("features: 3,973 rows keep features 2.0.0")) == (0, True)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["check"], "required"),
        (["check", "nowhere.csv"], "nowhere.csv: there is no such file or folder"),
        (["check", "README.md"], "README.md: expected a file of .csv, .csv.gz, .parquet"),
        (["check", "docs"], "docs: expected at least one file of .csv"),
        (["check", "fixtures", "--contract", "claim"], "did you mean claims?"),
        (["show", "orders"], "there is no contract called 'orders'; there are: claims, customers, features"),
        (["diff", "claims"], "required"),
        (["diff", "claims", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["diff", "claims", "README.md"], "README.md: is not YAML"),
        (["diff", "claims", "pyproject.toml"], "pyproject.toml: is no"),
        ([], "required"),
        (["chekc"], "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_said(run, project, monkeypatch, argv, says):
    """Exit code 2, and a sentence."""
    monkeypatch.chdir(project)
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert says in err


def test_a_file_of_nobody_is_said(run, tmp_path):
    """Neither its name nor its columns tell: the message says what to add."""
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    code, _, err = run("check", tmp_path)
    assert code == 2
    assert "add --contract with one of claims, customers, features" in err


def test_a_quarantine_that_cannot_be_written_is_said(run, folder, tmp_path):
    """And nothing is half-written."""
    spoil(folder / "claims.csv", "incident_hour", "24")
    (tmp_path / "file").write_text("")
    code, _, err = run("check", folder, "--quarantine", tmp_path / "file")
    assert code == 2
    assert "cannot be written" in err


def test_contracts_are_shown(run, project):
    """One, all, or as the page; the suite is JSON."""
    assert run("show", "claims")[1].startswith("claims 2.0.0: Motor claims")
    assert run("show")[1].count("\nRules\n") == 3
    assert run("show", "--format", "markdown")[1] == (project / "docs" / "contracts.md").read_text(encoding="utf-8")
    (suite,) = json.loads(run("show", "customers", "--format", "suite")[1])
    assert len(suite["expectations"]) == len(contracts.load("customers").rules)


def test_a_difference_is_shown_and_counted(run, project, tmp_path):
    """A breaking change, or a version that does not tell, is exit code 1."""
    text = (project / "contracts" / "claims.yaml").read_text(encoding="utf-8")
    new = tmp_path / "claims.yaml"
    new.write_text(text.replace("maximum: 23}", "maximum: 24}"))
    code, out, _ = run("diff", "claims", new)
    assert (code, out.splitlines()) == (
        1,
        [
            "claims 2.0.0 → claims 2.0.0: 1 change",
            "  compatible  incident_hour: the largest value is 24, not 23: wider",
            "2.0.0 → 2.0.0: expected 2.1.0 or later, because of 1 compatible change",
        ],
    )
    new.write_text(new.read_text().replace("version: 2.0.0", "version: 2.1.0"))
    assert run("diff", "claims", new)[0] == 0
    assert run("diff", new, "claims")[0] == 1
    assert run("diff", "claims", "claims")[:2] == (0, "claims 2.0.0 → claims 2.0.0: no changes\n")


def test_help_helps_at_once():
    """It shows examples, and imports no table library's worth of time: neither Great Expectations nor the SDK."""
    script = "import sys, step_scripts.contracts.cli as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\n"
    script += "assert not {'great_expectations', 'sagemaker', 'sklearn'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "python -m contracts check claims.csv customers.csv" in done.stdout


def test_a_quarantine_never_replaces_what_was_read(run, folder):
    """The folder of the tables is no folder for their bad rows."""
    spoil(folder / "claims.csv", "incident_hour", "24")
    before = (folder / "claims.csv").read_bytes()
    code, _, err = run("check", folder, "--quarantine", folder)
    assert (code, (folder / "claims.csv").read_bytes()) == (2, before)
    assert "would overwrite" in err


def test_a_file_named_twice_is_one(run, folder):
    """As a file and in its folder."""
    assert run("check", folder, folder / "claims.csv")[0] == 0


def test_tables_for_tests_are_no_features(run, folder, tmp_path):
    """test_claims.csv has the columns of claims."""
    path = tmp_path / "test_claims.csv"
    path.write_bytes((folder / "claims.csv").read_bytes())
    assert run("check", path)[0] == 0


@pytest.mark.parametrize("version", ["2.1", "2.1.0-rc1", "two"])
def test_a_version_that_is_none_is_said(run, project, tmp_path, version):
    """Three numbers, or a sentence."""
    text = (project / "contracts" / "claims.yaml").read_text(encoding="utf-8")
    (tmp_path / "claims.yaml").write_text(text.replace("version: 2.0.0", f"version: {version}"))
    code, _, err = run("diff", "claims", tmp_path / "claims.yaml")
    assert code == 2
    assert "expected three numbers" in err


@pytest.mark.parametrize("what", ["iterdir", "is_file"])
def test_what_may_not_be_read_is_said(run, folder, monkeypatch, what):
    """A folder of somebody else, or a file in it."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, what, refuse)
    code, _, err = run("check", folder if what == "iterdir" else folder / "claims.csv")
    assert code == 2
    assert "give this user the right to read it" in err
