import contextlib
import functools
import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts import Quarantine
from step_scripts.contracts.writer import is_sealed, make_seal, seal_path
from step_scripts.step import Host, StepError, share
from steps.preprocess import main, parser, preprocess, read_inputs
from tests.profiles import fewer

SEEDS = st.integers(0, 2**32 - 1)
FEATURES = contracts.load("features")


NAMES = ("claims", "customers")


@pytest.fixture(scope="module")
def tables(claims, customers):
    """The first 400 shipped claims and customers by name, their categories as text."""
    return {
        name: table[:400].astype(dict.fromkeys(table.columns[table.dtypes == "category"], str))
        for name, table in zip(NAMES, (claims, customers), strict=True)
    }


@pytest.fixture
def source(tables, tmp_path):
    """A folder with these two tables as CSV, sealed: they need no check as long as they are not altered."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        seal_path(path).write_text(make_seal(path, contracts.load(name), rows=len(table)))
    return folder


@pytest.fixture
def unchecked(monkeypatch):
    """Valid tables are not checked again in a test of something else: it takes time."""
    monkeypatch.setattr("step_scripts.contracts.checker.broken_values", lambda *_: [])


@pytest.fixture(scope="module")
def whole_run(project, tmp_path_factory):
    """The step's run on the shipped tables: the folder that it filled, and what it printed."""
    out, printed = tmp_path_factory.mktemp("out"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr("step_scripts.contracts.checker.broken_values", lambda *_: [])
        assert main(["--input-dir", str(project / "fixtures"), "--output-dir", str(out)]) == 0
    return out, printed.getvalue()


def run(folder, *flags):
    """Run the step on a folder; its exit code, and what it wrote beside the folder."""
    out = folder.parent / "out"
    return main(["--input-dir", str(folder), "--output-dir", str(out), *flags]), content(out)


def content(folder):
    """Every file below a folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def by_policy(table):
    """A table in the order of its policies."""
    return table.sort_values("policy_id", ignore_index=True)


@fewer()
@given(rows=st.integers(100, 150), seed=SEEDS, data=st.data())
def test_part_files_are_split_and_encoded_as_their_whole(random_tables, rows, seed, data):
    """Preprocessing the parts and putting the results together equals preprocessing the whole, with the hash split."""
    claims, customers = random_tables(rows, seed)
    cut = data.draw(st.integers(40, rows - 40))
    parts = [preprocess(claims[part], customers[part], Quarantine()) for part in (slice(cut), slice(cut, None))]
    whole = preprocess(claims, customers, Quarantine())
    for side in ("train", "test"):
        together = pd.concat([getattr(part, side) for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(together, getattr(whole, side))


@fewer()
@given(rows=st.integers(100, 150), seed=SEEDS, hosts=st.integers(2, 4))
def test_hosts_together_equal_one_host(random_tables, rows, seed, hosts):
    """The parts of all hosts, put together and sorted by policy, equal the result of one host."""
    tables = random_tables(rows, seed)
    whole = preprocess(*tables, Quarantine(), test_fraction=0.5)
    parts = [
        preprocess(
            *share(tables, Quarantine(key="policy_id"), host=Host(number, hosts), split="hash"), test_fraction=0.5
        )
        for number in range(hosts)
    ]
    for side in ("train", "test"):
        together = pd.concat([getattr(part, side) for part in parts])
        pd.testing.assert_frame_equal(by_policy(together), by_policy(getattr(whole, side)))


@fewer()
@given(
    rows=st.integers(100, 150), seed=SEEDS, fraction=st.floats(0.3, 0.7), split=st.sampled_from(["hash", "sequential"])
)
def test_both_sides_together_are_the_encoded_claims(random_tables, rows, seed, fraction, split):
    """Every claim is on exactly one side, encoded, with its own label, in the order of the claims."""
    claims, customers = random_tables(rows, seed)
    train, test, *_ = preprocess(claims, customers, Quarantine(), test_fraction=fraction, split=split)
    place = dict(zip(claims["policy_id"], range(rows), strict=True))
    for side in (train, test):
        assert list(side) == list(FEATURES.columns)
        assert side["policy_id"].map(place).is_monotonic_increasing
    together = pd.concat([train, test]).sort_values("policy_id", key=lambda keys: keys.map(place), ignore_index=True)
    assert together["fraud"].tolist() == claims["fraud"].tolist()
    pd.testing.assert_frame_equal(together.drop(columns="fraud"), encode(claims, customers))


def test_the_workshops_split(claims, customers):
    """5,000 rows in sequence at 0.2 are the first 4,000 and the last 1,000."""
    train, test, *_ = preprocess(claims, customers, Quarantine(), split="sequential")
    assert (len(train), len(test)) == (4000, 1000)
    assert train["policy_id"].tolist() == claims["policy_id"].tolist()[:4000]


def test_the_summary_counts(claims, customers):
    """Rows, frauds and categories add up, and the summary says by which contracts and settings they came about."""
    train, test, _, _, summary = preprocess(claims, customers, Quarantine(), test_fraction=0.3)
    counts = summary["tables"]
    assert counts["train"]["rows"] + counts["test"]["rows"] == counts["all"]["rows"] == 5000
    assert counts["all"]["frauds"] == claims["fraud"].sum()
    assert (counts["train"]["frauds"], counts["test"]["frauds"]) == (train["fraud"].sum(), test["fraud"].sum())
    assert counts["test"]["prevalence"] == test["fraud"].mean()
    assert summary["settings"] == {"max_quarantine_share": 0.01, "split": "hash", "test_fraction": 0.3}
    assert summary["categories"]["policy_state_CA"] == (customers["policy_state"] == "CA").sum()
    assert len(summary["categories"]) == 40
    assert summary["contracts"] == {name: contracts.load(name).version for name in (*NAMES, "features")}
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), "0.2"])
def test_a_fraction_that_is_none_is_refused(claims, customers, fraction):
    """A share lies between 0 and 1; the message says what it means."""
    with pytest.raises(StepError, match=r"test_fraction is .* expected a number from .*share of the rows"):
        preprocess(claims, customers, Quarantine(), test_fraction=fraction)


def test_an_unknown_split_is_refused(claims, customers):
    """The message names the two that there are."""
    with pytest.raises(StepError, match="split is 'random': expected one of hash, sequential"):
        preprocess(claims, customers, Quarantine(), split="random")


def test_a_side_without_rows_is_refused(claims, customers):
    """Two claims at a thousandth leave no row to test on."""
    with pytest.raises(StepError, match=r"2 rows at a test_fraction of 0\.001 leave no row to test on"):
        preprocess(claims[:2], customers[:2], Quarantine(), test_fraction=0.001)


def test_the_records_are_the_held_out_rows_as_they_came(claims, customers):
    """In the order of the test table: claim and customer in one row, without the label, as a server gets them."""
    _, test, records, _, _ = preprocess(claims, customers.sample(frac=1, random_state=0), Quarantine())
    assert records["policy_id"].tolist() == test["policy_id"].tolist()
    assert list(records) == [name for name in (*claims, *customers.columns[1:]) if name != "fraud"]
    for table in (claims, customers):
        ours = records[[name for name in table if name != "fraud"]]
        theirs = table[table["policy_id"].isin(test["policy_id"])].drop(columns="fraud", errors="ignore")
        pd.testing.assert_frame_equal(ours, theirs.reset_index(drop=True))


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


def orphans(tables):
    """A claim loses its customer, and a customer its claim."""
    return {"claims": tables["claims"].drop(index=3), "customers": tables["customers"].drop(index=7)}


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
def test_the_quarantine_has_a_limit(source, tables, capsys, share, code):
    """One row of 400 is a share of .0025: up to the limit the step goes on, and above it nothing is written."""
    tables["customers"].assign(auto_year=lambda table: table["auto_year"].mask(table["policy_id"] == 9, 1999)).to_csv(
        source / "customers.csv", index=False
    )
    ended, files = run(source, "--max-quarantine-share", share)
    assert (ended, bool(files)) == (code, not code)
    assert ("raise max_quarantine_share" in capsys.readouterr().err) == bool(code)


def test_hosts_share_the_quarantine(source, tables, as_host):
    """Each host applies the limit to the whole table, and writes the rows of its own policies."""
    bad = tables["claims"]["policy_id"].isin([3, 4, 5, 6])
    tables["claims"].assign(incident_month=tables["claims"]["incident_month"].mask(bad, 13)).to_csv(
        source / "claims.csv", index=False
    )
    for number in (0, 1):
        as_host(number, 2)
        code, files = run(source)
        assert code == 0
    parts = [pd.read_csv(files[f"quarantine/claims-{number}.csv"])["policy_id"].tolist() for number in (0, 1)]
    assert sorted(parts[0] + parts[1]) == [3, 4, 5, 6]
    assert all(parts)


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


@pytest.fixture
def as_host(tmp_path, monkeypatch):
    """A function that makes this process one of several hosts of a job; its base folder is `opt` in `tmp_path`."""

    def set_host(number, count):
        names = [f"algo-{place}" for place in range(1, count + 1)]
        config = tmp_path / "opt" / "config"
        config.mkdir(parents=True, exist_ok=True)
        config_of_host = {"current_host": names[number], "hosts": names}
        (config / "resourceconfig.json").write_text(json.dumps(config_of_host))
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "opt"))

    return set_host


@pytest.mark.usefixtures("unchecked")
def test_hosts_write_parts_of_their_own(source, as_host, capsys, claims, customers):
    """Two hosts write different files into one folder; read as one table they equal the result of one host."""
    for number in (0, 1):
        as_host(number, 2)
        code, files = run(source)
        assert code == 0
    assert list(files) == [
        *("quarantine/claims-0.csv", "quarantine/claims-1.csv"),
        *("quarantine/customers-0.csv", "quarantine/customers-1.csv"),
        *("records/records-0.jsonl", "records/records-1.jsonl"),
        *("summary/summary-0.json", "summary/summary-1.json"),
        *("test/test-0.parquet", "test/test-0.parquet.seal.json"),
        *("test/test-1.parquet", "test/test-1.parquet.seal.json"),
        *("train/train-0.parquet", "train/train-0.parquet.seal.json"),
        *("train/train-1.parquet", "train/train-1.parquet.seal.json"),
    ]
    counts = [json.loads(files[f"summary/summary-{part}.json"].read_text())["tables"]["all"] for part in (0, 1)]
    assert sum(count["rows"] for count in counts) == 400
    assert capsys.readouterr().out.splitlines() == [
        f"report: rows={count['rows']} frauds={count['frauds']} quarantined=0 part={part}"
        for part, count in enumerate(counts)
    ]
    whole = preprocess(claims[:400], customers[:400], Quarantine())
    for side in ("train", "test"):
        table = contracts.read_checked(files[f"{side}/{side}-0.parquet"].parent, FEATURES, pattern=side)
        pd.testing.assert_frame_equal(by_policy(table), by_policy(getattr(whole, side)))


def test_an_orphan_is_found_by_its_host(tables):
    """A claim and its customer are on the same host, which finds a row without the other one."""
    found = []
    for number in (0, 1):
        shares = share(tuple(orphans(tables).values()), Quarantine(key="policy_id"), host=Host(number, 2), split="hash")
        try:
            preprocess(*shares)
        except contracts.ContractError as error:
            found += [example["policy_id"] for rule in error.broken for example in rule.examples]
    assert sorted(found) == [4, 8]


@pytest.mark.usefixtures("unchecked")
def test_a_sequential_split_needs_one_host(source, as_host, capsys):
    """No host has the last rows of the whole table; the message says what to do."""
    as_host(1, 2)
    assert run(source, "--split", "sequential") == (1, {})
    assert "use the hash split, or one host" in capsys.readouterr().err


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


def test_the_quarantine_never_replaces_the_input(source, capsys):
    """The step does not write its quarantine into the folder that it reads."""
    before = (source / "claims.csv").read_bytes()
    source.rename(source.parent / "quarantine")
    source = source.parent / "quarantine"
    assert main(["--input-dir", str(source), "--output-dir", str(source.parent)]) == 1
    assert (source / "claims.csv").read_bytes() == before
    assert "expected different folders to read and to write" in capsys.readouterr().err
