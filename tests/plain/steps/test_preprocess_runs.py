"""The step from folder to folder: the files that it reads and writes, and its errors."""

import contextlib
import functools
import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from step_scripts import contracts
from step_scripts.contracts import Quarantine
from step_scripts.contracts.writer import is_sealed
from steps.preprocess import main, parser, preprocess, read_inputs
from tests.plain.steps.runs import NAMES, content, orphans, run

FEATURES = contracts.load("features")


@pytest.fixture(scope="module")
def whole_run(project, tmp_path_factory):
    """The step's run on the shipped tables: the folder that it filled, and what it printed."""
    out, printed = tmp_path_factory.mktemp("out"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr("step_scripts.contracts.checker.broken_values", lambda *_: [])
        assert main(["--input-dir", str(project / "fixtures"), "--output-dir", str(out)]) == 0
    return out, printed.getvalue()


@pytest.mark.usefixtures("unchecked")
def test_what_is_written_is_sealed(whole_run, claims):
    """Two Parquet files with their seals, records, an empty quarantine, and the summary: what the function returns."""
    out, printed = whole_run
    files, expected = content(out), preprocess(*read_inputs(parser().parse_args([])))
    assert list(files) == [
        "quarantine/claims.csv",
        "quarantine/customers.csv",
        "records/records.jsonl",
        "summary/summary.json",
        "test/test.parquet",
        "test/test.parquet.seal.json",
        "train/train.parquet",
        "train/train.parquet.seal.json",
    ]
    report = f"report: rows=5000 frauds={claims['fraud'].sum()} quarantined=0"
    assert printed == f"wrote {out}: train, test, records, quarantine, summary\n{report}\n"
    assert json.loads(files["summary/summary.json"].read_text()) == expected.summary
    for side in ("train", "test"):
        assert is_sealed(files[f"{side}/{side}.parquet"], FEATURES)
        table = contracts.read_checked(out / side, FEATURES, pattern=side)
        pd.testing.assert_frame_equal(table, getattr(expected, side))


@pytest.mark.usefixtures("unchecked")
def test_part_files_of_every_format_are_one_table(source, tables, claims, customers):
    """Packed CSV and Parquet parts are read as the one table that they are, and split as the flags say."""
    for name, table in tables.items():
        (source / f"{name}.csv").unlink()
        (source / f"{name}-1.csv.gz").write_bytes(gzip.compress(table[:150].to_csv(index=False).encode()))
        table[150:].to_parquet(source / f"{name}-2.parquet")
    code, files = run(source, "--split", "sequential", "--test-fraction", "0.25")
    expected = preprocess(claims[:400], customers[:400], Quarantine(), test_fraction=0.25, split="sequential")
    assert (code, len(expected.test)) == (0, 100)
    for side in ("train", "test"):
        pd.testing.assert_frame_equal(pd.read_parquet(files[f"{side}/{side}.parquet"]), getattr(expected, side))


def unknown(tables):
    """A state that no contract knows."""
    return {"customers": tables["customers"].assign(policy_state="TX")}


def wrong_sum(tables):
    """A total that is not the sum of its parts."""
    return {"claims": tables["claims"].assign(total_claim_amount=tables["claims"]["total_claim_amount"] + 1)}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (orphans, ["claims_have_a_customer", "policy_id 8", "customers_have_a_claim", "policy_id 4"]),
        (unknown, ["policy_state_category", "400 of 400 rows", "'TX'"]),
        (wrong_sum, ["total_is_sum"]),
    ],
)
def test_a_broken_contract_is_one_message_and_no_file(source, tables, capsys, tmp_path, monkeypatch, spoil, words):
    """A violation in the input gives exit code 1, the rule, its rows and a fix; older results stay unchanged."""
    (source.parent / "out" / "train").mkdir(parents=True)
    (source.parent / "out" / "train" / "train.parquet").write_bytes(b"older")
    for name, table in spoil(tables).items():
        table.to_csv(source / f"{name}.csv", index=False)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "container"))
    code, files = run(source, "--max-quarantine-share", "0")
    message = capsys.readouterr().err
    assert code == 1
    assert "Traceback" not in message
    assert [word for word in (*words, "fix") if word not in message] == []
    assert message.startswith((tmp_path / "container" / "output" / "failure").read_text()[:1000])
    assert {name: path.read_bytes() for name, path in files.items()} == {"train/train.parquet": b"older"}


def test_a_broken_result_is_not_half_written(source, capsys, monkeypatch):
    """When the second table breaks its contract, the first one does not appear either."""

    @functools.wraps(preprocess)
    def careless(*tables, **options):
        result = preprocess(*tables, **options)
        return result._replace(test=result.test.assign(incident_month=np.int64(13)))

    monkeypatch.setattr("steps.preprocess.preprocess", careless)
    assert run(source) == (1, {})
    assert "incident_month_range" in capsys.readouterr().err
    assert not list(source.parent.rglob("*.partial"))


def test_in_a_container_it_reads_and_writes_below_the_base_folder(tmp_path, monkeypatch):
    """A processing job's own folders are the defaults."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    args = parser().parse_args([])
    assert args.input_dir == tmp_path / "processing" / "input" / "data"
    assert args.output_dir == tmp_path / "processing" / "output"


def test_two_invalid_tables_are_reported_at_once(tmp_path, capsys):
    """One run shows the errors of both tables."""
    assert run(tmp_path / "absent") == (1, {})
    errors = capsys.readouterr().err
    assert [name for name in NAMES if f"{name}: 1 rule of the contract is broken" in errors] == list(NAMES)


def test_the_shipped_result_is_fresh(project, whole_run):
    """fixtures/preprocess is what the step writes on the shipped tables; if not, run python -m fixtures refresh.

    The tables are equal everywhere; the bytes are, where the same version of pyarrow writes them.
    """
    ours, shipped = content(whole_run[0]), content(project / "fixtures" / "preprocess")
    assert list(ours) == list(shipped)
    tables = [name for name in ours if name.endswith(".parquet")]
    assert [name for name in tables if not pq.read_table(ours[name]).equals(pq.read_table(shipped[name]))] == []
    if len({pq.read_metadata(files[name]).created_by for files in (ours, shipped) for name in tables}) == 1:
        assert [name for name in ours if ours[name].read_bytes() != shipped[name].read_bytes()] == []
