"""The function: tables in, tables and a summary out. What the step reads and writes: test_preprocess_runs.py."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts import Quarantine
from step_scripts.step import StepError
from steps.preprocess import preprocess
from tests.plain.steps.runs import NAMES
from tests.profiles import fewer

SEEDS = st.integers(0, 2**32 - 1)
FEATURES = contracts.load("features")


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
