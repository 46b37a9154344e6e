import functools
import gzip
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contracts
from scoring import encode
from steps._job import Host, StepError
from steps._split import share
from steps.preprocess import main, parser, preprocess

SEEDS = st.integers(0, 2**32 - 1)
PROPERTY = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEATURES = contracts.load("features")


@pytest.fixture
def source(project, tmp_path):
    """A folder with the first 400 shipped claims and customers, and these two tables."""
    folder = tmp_path / "in"
    folder.mkdir()
    tables = {name: pd.read_csv(project / "fixtures" / f"{name}.csv", keep_default_na=False)[:400] for name in NAMES}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder, tables


NAMES = ("claims", "customers")


def run(folder, *flags):
    """Run the step on a folder; its exit code, and what it wrote beside the folder."""
    out = folder.parent / "out"
    code = main(["--input-dir", str(folder), "--output-dir", str(out), *flags])
    return code, {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}


@PROPERTY
@given(rows=st.integers(100, 150), seed=SEEDS, data=st.data())
def test_part_files_are_split_and_encoded_as_their_whole(random_tables, rows, seed, data):
    """Preprocessing the parts and putting the results together equals preprocessing the whole, with the hash split."""
    claims, customers = random_tables(rows, seed)
    cut = data.draw(st.integers(40, rows - 40))
    parts = [preprocess(claims[part], customers[part]) for part in (slice(cut), slice(cut, None))]
    whole = preprocess(claims, customers)
    for side in ("train", "test"):
        together = pd.concat([getattr(part, side) for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(together, getattr(whole, side))


@PROPERTY
@given(rows=st.integers(100, 150), seed=SEEDS, hosts=st.integers(2, 4))
def test_hosts_together_do_what_one_does(random_tables, rows, seed, hosts):
    """Each host's share preprocessed, put together and sorted by policy, equals the whole; shared by nobody."""
    tables = random_tables(rows, seed)
    whole = preprocess(*tables, test_fraction=0.5)
    parts = [
        preprocess(*(share(table, host=Host(number, hosts), split="hash") for table in tables), test_fraction=0.5)
        for number in range(hosts)
    ]
    for side in ("train", "test"):
        together = pd.concat([getattr(part, side) for part in parts])
        pd.testing.assert_frame_equal(
            together.sort_values("policy_id", ignore_index=True),
            getattr(whole, side).sort_values("policy_id", ignore_index=True),
        )


@PROPERTY
@given(
    rows=st.integers(100, 150), seed=SEEDS, fraction=st.floats(0.3, 0.7), split=st.sampled_from(["hash", "sequential"])
)
def test_both_sides_together_are_the_encoded_claims(random_tables, rows, seed, fraction, split):
    """Every claim is on exactly one side, encoded, with its own label, in the order of the claims."""
    claims, customers = random_tables(rows, seed)
    train, test, _ = preprocess(claims, customers, test_fraction=fraction, split=split)
    place = dict(zip(claims["policy_id"], range(rows), strict=True))
    for side in (train, test):
        assert list(side) == list(FEATURES.columns)
        assert side["policy_id"].map(place).is_monotonic_increasing
    together = pd.concat([train, test]).sort_values("policy_id", key=lambda keys: keys.map(place), ignore_index=True)
    assert together["fraud"].tolist() == claims["fraud"].tolist()
    pd.testing.assert_frame_equal(together.drop(columns="fraud"), encode(claims, customers))


def test_the_workshops_split(claims, customers):
    """5,000 rows in sequence at 0.2 are the first 4,000 and the last 1,000."""
    train, test, _ = preprocess(claims, customers, split="sequential")
    assert (len(train), len(test)) == (4000, 1000)
    assert train["policy_id"].tolist() == claims["policy_id"].tolist()[:4000]


def test_the_summary_counts(claims, customers):
    """Rows, frauds and categories add up, and the summary says by which contracts and settings they came about."""
    train, test, summary = preprocess(claims, customers, test_fraction=0.3)
    counts = summary["tables"]
    assert counts["train"]["rows"] + counts["test"]["rows"] == counts["all"]["rows"] == 5000
    assert counts["all"]["frauds"] == claims["fraud"].sum()
    assert (counts["train"]["frauds"], counts["test"]["frauds"]) == (train["fraud"].sum(), test["fraud"].sum())
    assert counts["test"]["prevalence"] == test["fraud"].mean()
    assert summary["settings"] == {"split": "hash", "test_fraction": 0.3}
    assert summary["categories"]["policy_state_CA"] == (customers["policy_state"] == "CA").sum()
    assert len(summary["categories"]) == 40
    assert summary["contracts"] == {name: contracts.load(name).version for name in (*NAMES, "features")}
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), "0.2"])
def test_a_fraction_that_is_none_is_refused(claims, customers, fraction):
    """A share lies between 0 and 1; the message says what it means."""
    with pytest.raises(StepError, match=r"test_fraction is .* expected a number from .*share of the rows"):
        preprocess(claims, customers, test_fraction=fraction)


def test_an_unknown_split_is_refused(claims, customers):
    """The message names the two that there are."""
    with pytest.raises(StepError, match="split is 'random': expected one of hash, sequential"):
        preprocess(claims, customers, split="random")


def test_a_side_without_rows_is_refused(claims, customers):
    """Two claims at a thousandth leave none to test on."""
    with pytest.raises(StepError, match=r"2 rows at a test_fraction of 0\.001 leave none to test on"):
        preprocess(claims[:2], customers[:2], test_fraction=0.001)


def test_what_is_written_is_checked_and_sealed(source, capsys, claims, customers):
    """Two Parquet files with their seals, and the summary; what is read back is what the function returns."""
    folder, _ = source
    code, files = run(folder, "--split", "sequential", "--test-fraction", "0.25")
    expected = preprocess(claims[:400], customers[:400], test_fraction=0.25, split="sequential")
    assert code == 0
    assert sorted(files) == [
        "summary/summary.json",
        "test/test.parquet",
        "test/test.parquet.seal.json",
        "train/train.parquet",
        "train/train.parquet.seal.json",
    ]
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {folder.parent}/out: train, test, summary",
        f"report: rows=400 frauds={claims['fraud'][:400].sum()}",
    ]
    assert json.loads(files["summary/summary.json"].read_text()) == expected.summary
    for side, rows in (("train", 300), ("test", 100)):
        table = contracts.read_checked(files[f"{side}/{side}.parquet"].parent, FEATURES, pattern=side)
        assert len(table) == rows
        pd.testing.assert_frame_equal(table, getattr(expected, side))


def test_part_files_of_every_format_are_one_table(source, claims, customers):
    """Packed CSV and Parquet parts are read as the one table that they are."""
    folder, tables = source
    for name, table in tables.items():
        (folder / f"{name}.csv").unlink()
        (folder / f"{name}-1.csv.gz").write_bytes(gzip.compress(table[:150].to_csv(index=False).encode()))
        table[150:].to_parquet(folder / f"{name}-2.parquet")
    code, files = run(folder)
    expected = preprocess(claims[:400], customers[:400])
    assert code == 0
    for side in ("train", "test"):
        pd.testing.assert_frame_equal(pd.read_parquet(files[f"{side}/{side}.parquet"]), getattr(expected, side))


def orphans(tables):
    """A claim loses its customer, and a customer its claim."""
    return tables["claims"].drop(index=3), tables["customers"].drop(index=7)


def unknown(tables):
    """A state that no contract knows."""
    return tables["claims"], tables["customers"].assign(policy_state="TX")


def wrong_sum(tables):
    """A total that is not the sum of its parts."""
    return tables["claims"].assign(total_claim_amount=tables["claims"]["total_claim_amount"] + 1), tables["customers"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (orphans, ["claims_have_a_customer", "policy_id 8", "customers_have_a_claim", "policy_id 4"]),
        (unknown, ["policy_state_category", "400 of 400 rows", "'TX'"]),
        (wrong_sum, ["total_is_sum"]),
    ],
)
def test_a_broken_contract_is_one_message_and_no_file(source, capsys, tmp_path, monkeypatch, spoil, words):
    """A break on the way in ends with 1, the rule, its rows and what to do; older results stay as they are."""
    folder, tables = source
    (folder.parent / "out" / "train").mkdir(parents=True)
    (folder.parent / "out" / "train" / "train.parquet").write_bytes(b"older")
    for name, table in zip(NAMES, spoil(tables), strict=True):
        table.to_csv(folder / f"{name}.csv", index=False)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "container"))
    code, files = run(folder)
    message = capsys.readouterr().err
    assert code == 1
    assert "Traceback" not in message
    assert [word for word in (*words, "to do") if word not in message] == []
    assert message.startswith((tmp_path / "container" / "output" / "failure").read_text()[:1000])
    assert {name: path.read_bytes() for name, path in files.items()} == {"train/train.parquet": b"older"}


def test_a_broken_result_is_not_half_written(source, capsys, monkeypatch):
    """When the second table breaks its contract, the first one does not appear either."""
    folder, _ = source

    @functools.wraps(preprocess)
    def careless(*tables, **options):
        result = preprocess(*tables, **options)
        return result._replace(test=result.test.assign(incident_month=np.int64(13)))

    monkeypatch.setattr("steps.preprocess.preprocess", careless)
    code, files = run(folder)
    assert (code, files) == (1, {})
    assert "incident_month_range" in capsys.readouterr().err
    assert not list(folder.parent.rglob("*.partial"))


def test_in_a_container_it_reads_and_writes_below_the_base_folder(tmp_path, monkeypatch):
    """A processing job's own folders are the defaults."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    args = parser().parse_args([])
    assert args.input_dir == tmp_path / "processing" / "input" / "data"
    assert args.output_dir == tmp_path / "processing" / "output"


@pytest.fixture
def as_host(tmp_path, monkeypatch):
    """A function that makes the step the container of one of several hosts; its base folder is `opt` in `tmp_path`."""

    def become(number, count):
        names = [f"algo-{place}" for place in range(1, count + 1)]
        config = tmp_path / "opt" / "config"
        config.mkdir(parents=True, exist_ok=True)
        told = {"current_host": names[number], "hosts": names}
        (config / "resourceconfig.json").write_text(json.dumps(told))
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "opt"))

    return become


def test_hosts_write_parts_of_their_own(source, as_host, capsys, claims, customers):
    """Two hosts fill one folder, neither touching the other's files; read as one table it is what one host writes."""
    folder, _ = source
    for number in (0, 1):
        as_host(number, 2)
        code, files = run(folder)
        assert code == 0
    assert sorted(files) == [
        *("summary/summary-0.json", "summary/summary-1.json"),
        *(
            "test/test-0.parquet",
            "test/test-0.parquet.seal.json",
            "test/test-1.parquet",
            "test/test-1.parquet.seal.json",
        ),
        *("train/train-0.parquet", "train/train-0.parquet.seal.json"),
        *("train/train-1.parquet", "train/train-1.parquet.seal.json"),
    ]
    summaries = [json.loads(files[f"summary/summary-{number}.json"].read_text())["tables"]["all"] for number in (0, 1)]
    assert sum(summary["rows"] for summary in summaries) == 400
    assert capsys.readouterr().out.splitlines() == [
        f"report: rows={summary['rows']} frauds={summary['frauds']} part={part}"
        for part, summary in enumerate(summaries)
    ]
    whole = preprocess(claims[:400], customers[:400])
    for side in ("train", "test"):
        table = contracts.read_checked(files[f"{side}/{side}-0.parquet"].parent, FEATURES, pattern=side)
        pd.testing.assert_frame_equal(
            table.sort_values("policy_id", ignore_index=True),
            getattr(whole, side).sort_values("policy_id", ignore_index=True),
        )


def test_an_orphan_is_found_by_its_host(source, as_host, capsys):
    """A claim and its customer fall to the same host, so what lacks its other half is found by one of them."""
    folder, tables = source
    claims, customers = orphans(tables)
    claims.to_csv(folder / "claims.csv", index=False)
    customers.to_csv(folder / "customers.csv", index=False)
    codes = []
    for number in (0, 1):
        as_host(number, 2)
        codes.append(run(folder)[0])
    message = capsys.readouterr().err
    assert 1 in codes
    assert "policy_id 8" in message
    assert "policy_id 4" in message


def test_a_sequential_split_is_one_hosts(source, as_host, capsys):
    """The last rows of the whole table are nobody's share: the message says what to do instead."""
    folder, _ = source
    as_host(1, 2)
    assert run(folder, "--split", "sequential") == (1, {})
    assert "use the hash split, or one host" in capsys.readouterr().err


def test_the_shipped_result_is_fresh(project, tmp_path):
    """fixtures/preprocess is what the step writes on the shipped tables: run it with that --output-dir when it is not.

    The tables are equal everywhere; the bytes are, where the same version of pyarrow writes them.
    """
    assert main(["--input-dir", str(project / "fixtures"), "--output-dir", str(tmp_path)]) == 0
    shipped = project / "fixtures" / "preprocess"
    names = sorted(path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    tables = [name for name in names if name.endswith(".parquet")]
    assert [name for name in tables if not pq.read_table(tmp_path / name).equals(pq.read_table(shipped / name))] == []
    if len({pq.read_metadata(folder / name).created_by for folder in (tmp_path, shipped) for name in tables}) == 1:
        assert [name for name in names if (tmp_path / name).read_bytes() != (shipped / name).read_bytes()] == []
