"""Several hosts, each with the rows of its own policies, do together what one host does."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts import Quarantine
from step_scripts.step import Host, share
from steps.preprocess import preprocess
from tests.plain.steps.runs import by_policy, orphans, run
from tests.profiles import fewer

SEEDS = st.integers(0, 2**32 - 1)
FEATURES = contracts.load("features")


@fewer()
@given(rows=st.integers(100, 150), seed=SEEDS, hosts=st.integers(2, 4))
def test_hosts_together_equal_one_host(random_tables, rows, seed, hosts):
    """The parts of all hosts, put together and sorted by policy, equal the result of one host."""
    tables = random_tables(rows, seed)
    whole = preprocess(*tables, Quarantine(), test_fraction=0.5)
    parts = [
        preprocess(
            *share(tables, Quarantine(key=("policy_id",)), host=Host(number, hosts), split="hash"), test_fraction=0.5
        )
        for number in range(hosts)
    ]
    for side in ("train", "test"):
        together = pd.concat([getattr(part, side) for part in parts])
        pd.testing.assert_frame_equal(by_policy(together), by_policy(getattr(whole, side)))


@pytest.mark.usefixtures("results_unchecked")
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
        shares = share(
            tuple(orphans(tables).values()), Quarantine(key=("policy_id",)), host=Host(number, 2), split="hash"
        )
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
