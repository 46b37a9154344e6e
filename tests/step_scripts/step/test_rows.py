import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts import Quarantine
from step_scripts.step import Host, StepError, held_out, share
from step_scripts.step.hashing import row_hash
from step_scripts.step.rows import _fractions
from tests.profiles import more, some
from tests.step_scripts.contracts.keyed import contract, table

KEYS = st.lists(st.integers(1, 2**62), min_size=1, max_size=50, unique=True).map(np.array)
NOTHING_INVALID = Quarantine(key=("house_id",))
FRACTIONS = st.floats(0.01, 0.99)


def marked(keys, fraction, split="hash"):
    """The held-out rows, and none or all where that is an error."""
    try:
        return held_out(keys, test_fraction=fraction, split=split).tolist()
    except StepError:
        return [bool((_fractions(keys) < fraction).all())] * len(keys)


def test_the_hash_is_the_published_one():
    """The first numbers of splitmix64 from two known states: no other machine or version splits otherwise."""
    states, expected = np.array([0, 1234567]), [0xE220A8397B1DCDAF, 6457827717110365317]
    assert row_hash(states).tolist() == expected
    assert _fractions(states).tolist() == [(value >> 11) / 2**53 for value in expected]


def test_the_share_holds_in_the_long_run():
    """Consecutive policies are spread evenly: the share is within three standard deviations of a fair draw."""
    for fraction in (0.05, 0.2, 0.5):
        share = held_out(np.arange(1, 100_001), test_fraction=fraction, split="hash").mean()
        assert abs(share - fraction) < 3 * np.sqrt(fraction * (1 - fraction) / 100_000)


@more()
@given(keys=KEYS, fraction=FRACTIONS, data=st.data())
def test_a_key_never_changes_sides(keys, fraction, data):
    """A key is on the same side alone, among any other keys, and in any order."""
    order = data.draw(st.permutations(range(len(keys))))
    some = order[: data.draw(st.integers(1, len(keys)))]
    assert marked(keys[some], fraction) == [marked(keys, fraction)[row] for row in some]


@more()
@given(keys=KEYS, fractions=st.tuples(FRACTIONS, FRACTIONS))
def test_a_larger_fraction_only_adds(keys, fractions):
    """A row that tests at a small fraction tests at a larger one, too."""
    small, large = sorted(fractions)
    assert all(one <= other for one, other in zip(marked(keys, small), marked(keys, large), strict=True))


@more()
@given(rows=st.integers(2, 5000), fraction=FRACTIONS)
def test_sequential_takes_the_last_rows(rows, fraction):
    """The last rows test, to the nearest row, whatever their keys."""
    keys = np.arange(rows, 0, -1)
    tested = round(rows * fraction)
    if 0 < tested < rows:
        expected = [False] * (rows - tested) + [True] * tested
        assert held_out(keys, test_fraction=fraction, split="sequential").tolist() == expected


@pytest.mark.parametrize(
    ("rows", "fraction", "split", "use"),
    [
        (1, 0.2, "sequential", "test"),
        (1, 0.9, "sequential", "train"),
        (0, 0.2, "hash", "test"),
        (1, 0.99, "hash", "train"),
    ],
)
def test_an_empty_side_is_a_sentence(rows, fraction, split, use):
    """A split that leaves one side without a row says which, how many rows there are, and what to do."""
    fix = (
        "give more rows that differ, or a key, or use fewer hosts"
        if split == "hash"
        else "give more rows, or use fewer hosts"
    )
    with pytest.raises(
        StepError, match=rf"^{rows} rows at a test_fraction of {fraction} leave no row to {use} on: {fix}"
    ):
        held_out(np.arange(1, rows + 1), test_fraction=fraction, split=split)


@more()
@given(keys=KEYS, hosts=st.integers(1, 5), data=st.data())
def test_every_key_is_on_one_host(keys, hosts, data):
    """The hosts' shares are the whole table, each row once, in its order; other rows change nothing."""
    table = pd.DataFrame({"house_id": keys, "place": range(len(keys))})
    shares = [share((table,), NOTHING_INVALID, host=Host(number, hosts), split="hash")[0] for number in range(hosts)]
    assert sorted(place for one in shares for place in one["place"]) == list(range(len(keys)))
    some = table.iloc[data.draw(st.permutations(range(len(keys))))[: data.draw(st.integers(1, len(keys)))]]
    for number, whole in enumerate(shares):
        assert whole["place"].is_monotonic_increasing
        alone, _ = share((some,), NOTHING_INVALID, host=Host(number, hosts), split="hash")
        assert set(alone["place"]) == set(whole["place"]) & set(some["place"])


@pytest.mark.parametrize("hosts", [2, 3, 8])
def test_shares_are_even_and_know_nothing_of_the_split(hosts):
    """Each host has its part of the rows, and tests on the same fraction of them, within three standard deviations."""
    keys = np.arange(1, 100_001)
    tested = held_out(keys, test_fraction=0.2, split="hash")
    table = pd.DataFrame({"house_id": keys, "tested": tested})
    for number in range(hosts):
        one, _ = share((table,), NOTHING_INVALID, host=Host(number, hosts), split="hash")
        assert abs(len(one) - 100_000 / hosts) < 3 * np.sqrt(100_000 / hosts)
        assert abs(one["tested"].mean() - 0.2) < 3 * np.sqrt(0.2 * 0.8 / len(one))


def test_one_host_has_the_table_itself():
    """One host gets the same object back, not a copy, for every split."""
    table = pd.DataFrame({"house_id": [1, 2]})
    assert share((table,), NOTHING_INVALID, host=Host(0, 1), split="sequential")[0] is table


def test_a_sequential_split_needs_one_host():
    """A sequential split over several hosts is refused: each would take the last rows of its own share."""
    with pytest.raises(StepError, match=r"^split is 'sequential' on 3 hosts: .* use the hash split, or one host"):
        share((pd.DataFrame({"house_id": [1]}),), NOTHING_INVALID, host=Host(1, 3), split="sequential")


@pytest.mark.parametrize("keys", [(), ("number",), ("street", "number")])
def test_each_row_is_on_one_host_with_any_kind_of_key(tmp_path, keys):
    """Valid and quarantined rows together: each host has read all of them, and takes its own."""
    rows = [("Elm" if number % 3 else "Ash", number, 2) for number in range(60)]
    rows += [] if keys else rows
    pd.DataFrame(rows, columns=["street", "number", "rooms"]).to_csv(tmp_path / "sales.csv", index=False)
    tables, quarantine = contracts.read_valid_rows(tmp_path, contract(keys))
    found, hosts = [], 3
    for number in range(hosts):
        some_rows, apart = share(tables, quarantine, host=Host(number, hosts), split="hash")
        numbers = [*some_rows["number"], *map(int, apart.tables[0].frame["number"])]
        assert 0 < len(apart.tables[0].frame) < 20 * len(rows) / 60
        assert not {*numbers} & {*found}
        found += numbers
    assert sorted(found) == sorted(number for _, number, _ in rows)


@pytest.mark.parametrize("keys", [("street",), ("street", "number")])
def test_joined_rows_are_on_one_host(keys):
    """By a text as by several columns, and however each table holds its categories."""
    sales = pd.DataFrame({"street": [f"street {row}" for row in range(50)], "number": range(50)})
    visits = sales.iloc[::-1].astype({"street": "category", "number": "Int64"})
    mine = [share((sales, visits), Quarantine(key=keys), host=Host(number, 2), split="hash") for number in (0, 1)]
    for one, other, _ in mine:
        assert 0 < len(one) < 50
        assert set(one["street"]) == set(other["street"])


@some()
@given(
    rows=st.lists(st.tuples(st.sampled_from(["Elm", "Oak"]), st.integers(1, 9), st.integers(1, 3)), min_size=2),
    data=st.data(),
)
def test_whole_rows_split_alike_in_any_order_and_in_any_files(tmp_path_factory, rows, data):
    """A row without a key is on one side with its copies: shuffled, in part files, as CSV or as Parquet."""
    folder, sales = tmp_path_factory.mktemp("parts"), contract(())
    whole = table(*rows)
    sides = dict(zip(whole.itertuples(index=False, name=None), marked(whole, 0.5), strict=True))
    shuffled = whole.iloc[data.draw(st.permutations(range(len(rows))))]
    cut = data.draw(st.integers(0, len(rows)))
    shuffled[:cut].to_csv(folder / "sales-1.csv", index=False)
    contracts.write_checked(shuffled[cut:], folder / "sales-2.parquet", sales)
    read = contracts.read_checked(folder, sales)
    assert marked(read, 0.5) == [sides[row] for row in read.itertuples(index=False, name=None)]


def test_several_tables_without_a_key_need_one_host():
    """Rows are joined by their key: without one several hosts are an error with a fix."""
    tables = (pd.DataFrame({"rooms": [1, 2]}), pd.DataFrame({"area": [1, 2]}))
    assert share(tables, Quarantine(), host=Host(0, 1), split="hash")[0] is tables[0]
    with pytest.raises(StepError, match=r"^2 tables have no key on 2 hosts: .* use one host"):
        share(tables, Quarantine(), host=Host(0, 2), split="hash")
