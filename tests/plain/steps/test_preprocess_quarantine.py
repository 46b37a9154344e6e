"""Rows that break their contract go to quarantine, and the step goes on up to a limit."""

import json

import pandas as pd
import pytest

from steps.preprocess import main
from tests.plain.steps.runs import run


@pytest.mark.usefixtures("results_unchecked")
def test_an_invalid_row_goes_to_quarantine_and_the_step_goes_on(source, tables, capsys):
    """The row and its customer are in the quarantine, unchanged; the other rows are used; all of it is reported."""
    claims = tables["claims"].assign(
        incident_hour=lambda table: table["incident_hour"].mask(table["policy_id"] == 7, 24)
    )
    claims.to_csv(source / "claims.csv", index=False)
    code, files = run(source)
    assert code == 0
    header, row = files["quarantine/claims.csv"].read_text().splitlines()
    source_lines = (source / "claims.csv").read_text().splitlines()
    assert (header, row) == (f"{source_lines[0]},broken_rules", f"{source_lines[7]},incident_hour_range")
    assert files["quarantine/customers.csv"].read_text().splitlines()[1].startswith("7,")
    both = pd.concat([pd.read_parquet(files[f"{side}/{side}.parquet"]) for side in ("train", "test")])
    assert set(both["policy_id"]) == set(range(1, 401)) - {7}
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1].endswith(
        "quarantined=1 quarantined_for=incident_hour_range:1,claims_quarantined:1"
    )
    assert "\n1 of 400 values of policy_id (0.25 %) are in quarantine\nclaims: 1 rule of the" in f"\n{printed.out}"
    summary = json.loads(files["summary/summary.json"].read_text())
    assert (summary["quarantine"]["quarantined"], summary["tables"]["all"]["rows"]) == (1, 399)


@pytest.mark.parametrize(("share", "code"), [("0.0024", 1), ("0.0025", 0), ("0", 1), ("1", 0)])
@pytest.mark.usefixtures("results_unchecked")
def test_the_quarantine_has_a_limit(source, tables, capsys, share, code):
    """One row of 400 is a share of .0025: up to the limit the step goes on, and above it nothing is written."""
    tables["customers"].assign(auto_year=lambda table: table["auto_year"].mask(table["policy_id"] == 9, 1999)).to_csv(
        source / "customers.csv", index=False
    )
    ended, files = run(source, "--max-quarantine-share", share)
    assert (ended, bool(files)) == (code, not code)
    assert ("raise max_quarantine_share" in capsys.readouterr().err) == bool(code)


def test_the_quarantine_never_replaces_the_input(source, capsys):
    """The step does not write its quarantine into the folder that it reads."""
    before = (source / "claims.csv").read_bytes()
    source.rename(source.parent / "quarantine")
    source = source.parent / "quarantine"
    assert main(["--input-dir", str(source), "--output-dir", str(source.parent)]) == 1
    assert (source / "claims.csv").read_bytes() == before
    assert "expected different folders to read and to write" in capsys.readouterr().err
