import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts import Quarantine
from step_scripts.step.job import Host, StepError
from step_scripts.step.split import _hash, _unit_hash, held_out, share

KEYS = st.lists(st.integers(1, 2**62), min_size=1, max_size=50, unique=True).map(np.array)
FRACTIONS = st.floats(0.01, 0.99)


def marked(keys, fraction, split="hash"):
    """The held-out rows, and none or all where that is an error."""
    try:
        return held_out(keys, test_fraction=fraction, split=split).tolist()
    except StepError:
        return [bool((_unit_hash(keys) < fraction).all())] * len(keys)


def test_the_hash_is_the_published_one():
    """The first numbers of splitmix64 from two known states: no other machine or version splits otherwise."""
    states, expected = np.array([0, 1234567]), [0xE220A8397B1DCDAF, 6457827717110365317]
    assert _hash(states).tolist() == expected
    assert _unit_hash(states).tolist() == [(value >> 11) / 2**53 for value in expected]


def test_the_share_holds_in_the_long_run():
    """Consecutive policies are spread evenly: the share is within three standard deviations of a fair draw."""
    for fraction in (0.05, 0.2, 0.5):
        share = held_out(np.arange(1, 100_001), test_fraction=fraction, split="hash").mean()
        assert abs(share - fraction) < 3 * np.sqrt(fraction * (1 - fraction) / 100_000)


@given(keys=KEYS, fraction=FRACTIONS, data=st.data())
def test_a_policy_never_changes_sides(keys, fraction, data):
    """Whatever other policies there are, and in which order, a policy is on the side where it is alone."""
    order = data.draw(st.permutations(range(len(keys))))
    some = order[: data.draw(st.integers(1, len(keys)))]
    assert marked(keys[some], fraction) == [marked(keys, fraction)[row] for row in some]


@given(keys=KEYS, fractions=st.tuples(FRACTIONS, FRACTIONS))
def test_a_larger_fraction_only_adds(keys, fractions):
    """Who is tested at a small fraction is tested at a larger one."""
    small, large = sorted(fractions)
    assert all(one <= other for one, other in zip(marked(keys, small), marked(keys, large), strict=True))


@given(rows=st.integers(2, 5000), fraction=FRACTIONS)
def test_sequential_takes_the_last_rows(rows, fraction):
    """The last rows test, to the nearest row, whatever their policies."""
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
    with pytest.raises(
        StepError, match=rf"^{rows} rows at a test_fraction of {fraction} leave none to {use} on: give more"
    ):
        held_out(np.arange(1, rows + 1), test_fraction=fraction, split=split)


@given(keys=KEYS, hosts=st.integers(1, 5), data=st.data())
def test_every_policy_is_one_hosts(keys, hosts, data):
    """The hosts' shares are the whole table, each row once, in its order; other rows change nothing."""
    table = pd.DataFrame({"policy_id": keys, "place": range(len(keys))})
    shares = [share((table,), Quarantine(), host=Host(number, hosts), split="hash")[0] for number in range(hosts)]
    assert sorted(place for one in shares for place in one["place"]) == list(range(len(keys)))
    some = table.iloc[data.draw(st.permutations(range(len(keys))))[: data.draw(st.integers(1, len(keys)))]]
    for number, whole in enumerate(shares):
        assert whole["place"].is_monotonic_increasing
        alone, _ = share((some,), Quarantine(), host=Host(number, hosts), split="hash")
        assert set(alone["place"]) == set(whole["place"]) & set(some["place"])


@pytest.mark.parametrize("hosts", [2, 3, 8])
def test_shares_are_even_and_know_nothing_of_the_split(hosts):
    """Each host has its part of the rows, and tests on the same fraction of them: within three standard deviations."""
    keys = np.arange(1, 100_001)
    tested = held_out(keys, test_fraction=0.2, split="hash")
    table = pd.DataFrame({"policy_id": keys, "tested": tested})
    for number in range(hosts):
        one, _ = share((table,), Quarantine(), host=Host(number, hosts), split="hash")
        assert abs(len(one) - 100_000 / hosts) < 3 * np.sqrt(100_000 / hosts)
        assert abs(one["tested"].mean() - 0.2) < 3 * np.sqrt(0.2 * 0.8 / len(one))


def test_one_host_has_the_table_itself():
    """Nothing is copied where nothing is shared, whatever the split."""
    table = pd.DataFrame({"policy_id": [1, 2]})
    assert share((table,), Quarantine(), host=Host(0, 1), split="sequential")[0] is table


def test_the_last_rows_are_no_single_hosts():
    """A sequential split over several hosts is refused: each would take the last rows of its own share."""
    with pytest.raises(StepError, match=r"^split is 'sequential' on 3 hosts: .* use the hash split, or one host"):
        share((pd.DataFrame({"policy_id": [1]}),), Quarantine(), host=Host(1, 3), split="sequential")
