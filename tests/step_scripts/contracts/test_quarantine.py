"""How much may be set apart, and what is said of it."""

from dataclasses import replace

import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts.quarantine import Quarantined


@pytest.fixture
def quarantine():
    """Two of two hundred keys: two houses, one survey because of its house, and a warning."""

    def rule(name, count):
        return contracts.BrokenRule(
            rule=name, column=None, sentence="it is so", count=count, examples=({"house_id": 7},), remedy="correct it"
        )

    def frame(*keys):
        return pd.DataFrame({"house_id": map(str, keys), "broken_rules": "a"}, index=list(keys))

    def part(name, keys, broken, warnings=()):
        return Quarantined(
            table=name, version="2.0.0", source="in", rows=200, frame=frame(*keys), broken=broken, warnings=warnings
        )

    houses = part("houses", (7, 9), (rule("a", 2),), (rule("w", 3),))
    surveys = part("surveys", (7,), (rule("houses_quarantined", 1),))
    return contracts.Quarantine(tables=(houses, surveys), key=("house_id",), keys=200, count=2)


@pytest.mark.parametrize("most", [0.01, 0.5, 1.0])
def test_a_share_that_is_allowed_passes(quarantine, most):
    """The bound itself is allowed."""
    assert quarantine.share == 0.01
    assert quarantine.refuse_above(most) is None


@pytest.mark.parametrize("most", [0.0, 0.0099])
def test_a_larger_share_is_refused(quarantine, most):
    """The message says how much there is, how much may be, and of each table what it breaks."""
    with pytest.raises(contracts.QuarantineError) as caught:
        quarantine.refuse_above(most)
    first, *rest = str(caught.value).splitlines()
    assert first.startswith(f"2 of 200 values of house_id (1 %) break a rule, and at most {100 * most:.3g} % may go to")
    assert [line for line in rest if not line.startswith(" ")] == [
        "houses: 1 rule of the contract is broken (houses 2.0.0, 200 rows, in)",
        "surveys: 1 rule of the contract is broken (surveys 2.0.0, 200 rows, in)",
    ]


def test_an_empty_quarantine_is_never_refused():
    """Also when the quarantine must be empty, and nothing was read."""
    assert contracts.Quarantine().refuse_above(0.0) is None


def test_what_goes_on_is_reported_all_the_same(quarantine):
    """How many, the broken rules of each table, and the warnings."""
    lines = quarantine.message().splitlines()
    assert lines[0] == "2 of 200 values of house_id (1 %) are in quarantine"
    assert "houses: 1 warning (houses 2.0.0, 200 rows, in)" in lines
    assert quarantine.facts() == {"quarantined": 2, "quarantined_for": "a:2,houses_quarantined:1", "warned_of": "w:3"}


def test_the_summary_is_ready_for_json(quarantine):
    """Counts by table and by rule."""
    assert quarantine.summary() == {
        "keys": 200,
        "quarantined": 2,
        "share": 0.01,
        "tables": {
            "houses": {"rows": 200, "quarantined": 2, "broken_rules": {"a": 2}, "warnings": {"w": 3}},
            "surveys": {"rows": 200, "quarantined": 1, "broken_rules": {"houses_quarantined": 1}, "warnings": {}},
        },
    }


def test_a_part_of_the_keys_keeps_what_is_said_of_the_whole(quarantine):
    """One host of several writes its own rows, and judges by all of them."""
    part = quarantine.only(lambda keys: keys == 9)
    assert [list(table.frame.index) for table in part.tables] == [[9], []]
    assert part.summary()["quarantined"] == 2


def test_cells_survive_the_file(tmp_path):
    """Commas, quotes and umlauts are read back as they were."""
    frame = pd.DataFrame({"a": ['x,"y', "", "ü"], "broken_rules": ["r;s", "r", "s"]})
    path = tmp_path / "houses.csv"
    path.write_bytes(contracts.as_csv(frame))
    pd.testing.assert_frame_equal(pd.read_csv(path, keep_default_na=False, dtype=str), frame.astype("str"))


def test_nothing_left_is_refused_whatever_is_allowed(quarantine):
    """A table that is all bad is no table to go on with, and the message says why."""
    with pytest.raises(contracts.QuarantineError, match="2 of 2 values"):
        replace(quarantine, keys=2).refuse_above(1.0)
