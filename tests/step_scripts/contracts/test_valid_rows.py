"""Good rows and quarantined rows: together the input, never the same row, each untouched."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from step_scripts import contracts
from tests.step_scripts.specimens.rows import NAMES, contract, reads_as, tables

HOUSES, SURVEYS = (contract(name) for name in NAMES)
PROPERTY = settings(phases=[Phase.explicit, Phase.generate])  # to shrink an example takes minutes
# What goes into a cell instead of what is there: values of other rows and columns, nothing, nonsense; but what keeps
# the column a column of numbers, for a word among numbers stops a step.
CELLS = st.sampled_from(
    ["", "0", "1", "2", "5", "13", "99", "1000", "-1", "1e3", "N/A", "None", "Gas", "Ünkown", "a,b"]
)


@pytest.fixture(scope="module")
def twenty():
    """Twenty houses and surveys, each a list of rows of text, header first."""
    return [list(csv.reader(io.StringIO(table.to_csv(index=False)))) for table in tables(20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for the tables of one example after the other."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture
def read(folder):
    """Write houses and surveys, each rows of text, and read them back: the good tables and the quarantine."""

    def read(*tables):
        for name, rows in zip(NAMES, tables, strict=True):
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return contracts.read_valid_rows(folder, HOUSES, SURVEYS)

    return read


def changed(rows, row, column, value):
    """A copy of a table with another cell."""
    rows = [list(cells) for cells in rows]
    rows[row][rows[0].index(column)] = value
    return rows


def assert_nothing_is_lost(tables, good, quarantine):
    """Each row of the input is in one of the two parts, and there as it came."""
    for rows, table, apart in zip(tables, good, quarantine.tables, strict=True):
        header, *body = rows
        by_key = {int(cells[header.index("house_id")]): cells for cells in body}
        assert len(body) == apart.rows == len(table) + len(apart.frame)
        assert set(table["house_id"]) | set(apart.frame.index) == set(by_key)
        assert not set(table["house_id"]) & set(apart.frame.index)
        assert list(apart.frame) == [*header, "broken_rules"]
        for key, *cells, broken in apart.frame.itertuples():
            assert cells == by_key[key]
            assert broken
        for row in table.to_dict("records"):
            cells = by_key[row["house_id"]]
            assert all(reads_as(cell, row[name]) for name, cell in zip(header, cells, strict=True))
    houses, surveys = good
    assert set(houses["house_id"]) == set(surveys["house_id"])


@PROPERTY
@given(data=st.data())
def test_good_and_quarantined_are_the_input(twenty, read, data):
    """Whatever cells change, whatever rows are left out, in whatever order they come: nothing is lost or doubled."""
    tables = []
    for rows in twenty:
        header, *body = rows
        body = [body[place] for place in data.draw(st.permutations(range(20)))[: data.draw(st.integers(1, 20))]]
        table = [header, *body]
        for _ in range(data.draw(st.integers(0, 4))):
            column = data.draw(st.sampled_from([name for name in header if name != "house_id"]))
            table = changed(table, data.draw(st.integers(1, len(body))), column, data.draw(CELLS))
        tables.append(table)
    try:
        good, quarantine = read(*tables)
    except contracts.ContractError as error:
        stopped = error
    else:
        assert_nothing_is_lost(tables, good, quarantine)
        return
    # A word in a column of numbers stops the table as a whole, and the message names the column.
    assert any(rule.rule.endswith("_dtype") for rule in stopped.broken)


def test_sound_tables_have_an_empty_quarantine(twenty, read):
    """No row, no rule, a share of 0, and nothing to tell."""
    (houses, surveys), quarantine = read(*twenty)
    assert (len(houses), len(surveys), quarantine.keys, quarantine.count, quarantine.share) == (20, 20, 20, 0, 0.0)
    assert quarantine.message() == ""
    assert [contracts.as_csv(table.frame).count(b"\n") for table in quarantine.tables] == [1, 1]


def test_a_row_is_quarantined_as_it_came(twenty, read):
    """Cells keep their spelling, with digits that no float keeps; the rules are in the contract's order."""
    houses, surveys = twenty
    houses = changed(houses, 4, "building_price", "0016000.500000000000000000001")
    houses = changed(houses, 4, "month", "013")
    _, quarantine = read(houses, surveys)
    apart = quarantine.tables[0].frame
    assert apart.loc[4].tolist()[:-1] == houses[4]
    assert apart.loc[4, "broken_rules"] == "month_range;price_is_sum"


def test_a_row_without_a_partner_is_an_orphan_and_one_of_a_bad_partner_waits(twenty, read):
    """Which of the two it is stands in `broken_rules`: the one lacks a row, nothing is wrong with the other."""
    houses, surveys = twenty
    houses = changed(houses, 7, "heating", "Fire")
    (good, _), quarantine = read(houses[:-2], surveys[:3] + surveys[4:])
    reported = [table.frame["broken_rules"].to_dict() for table in quarantine.tables]
    assert reported[0].pop(3) == "houses_have_a_survey"
    assert "heating_category" in reported[0].pop(7)
    assert reported == [{}, {7: "houses_quarantined", 19: "surveys_have_a_house", 20: "surveys_have_a_house"}]
    assert (len(good), quarantine.count, quarantine.keys) == (16, 4, 20)


def test_a_repeated_key_stops_whatever_else_is_broken(twenty, read):
    """Two rows with one key do not say which is right: none is dropped for another error, all are reported."""
    houses, surveys = twenty
    doubled = changed(houses, 5, "month", "13")
    doubled.insert(6, houses[5])
    with pytest.raises(contracts.ContractError) as caught:
        read(doubled, surveys)
    assert {rule.rule: rule.count for rule in caught.value.broken} == {"house_id_unique": 2, "month_range": 1}


def test_a_policy_in_two_part_files_stops(twenty, folder, read):
    """The key speaks of all parts together."""
    read(*twenty)
    (folder / "houses-2.csv").write_text((folder / "houses.csv").read_text())
    with pytest.raises(contracts.ContractError, match="house_id_unique"):
        contracts.read_valid_rows(folder, HOUSES, SURVEYS)
    (folder / "houses-2.csv").unlink()


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet"])
def test_rows_of_any_part_file_are_found_again(twenty, tmp_path, suffix):
    """Rows are numbered over all parts, of whatever format, and reported as the part holds them."""
    frames = [pd.DataFrame(rows, columns=header) for header, *rows in twenty]
    typed = tables(20)
    frames[1].to_csv(tmp_path / "surveys.csv", index=False)
    frames[0][:5].to_csv(tmp_path / "houses-1.csv", index=False)
    second = typed[0][5:].copy()
    second.loc[9, "month"] = 13
    second = second[second.columns[::-1]]
    second.to_parquet(tmp_path / "houses-2.parquet") if suffix == ".parquet" else second.to_csv(
        tmp_path / "houses-2.csv.gz", index=False
    )
    _, quarantine = contracts.read_valid_rows(tmp_path, HOUSES, SURVEYS)
    (row,) = quarantine.tables[0].frame.to_dict("records")
    assert row == dict(zip(twenty[0][0], twenty[0][10], strict=True)) | {
        "month": "13",
        "broken_rules": "month_range",
    }


def test_a_missing_number_leaves_the_others_whole(twenty, read):
    """A column of whole numbers with an empty cell comes as floats; the rows that are left are whole numbers again."""
    houses, surveys = twenty
    (good, _), quarantine = read(changed(houses, 2, "sold", ""), surveys)
    assert str(good["sold"].dtype) == "int64"
    assert quarantine.tables[0].frame["broken_rules"].tolist() == ["sold_not_null"]


def test_a_warning_quarantines_nothing(twenty, read):
    """What only warns is counted and reported, and its row is worked with."""
    houses, surveys = twenty
    good, quarantine = read(changed(houses, 1, "heating", "Coal"), surveys)
    assert (len(good[0]), quarantine.count) == (20, 0)
    assert "coal_heats_houses" in [rule.rule for rule in quarantine.tables[0].warnings]
    assert "warning" in quarantine.message()
    assert quarantine.facts()["warned_of"].startswith("coal_heats_houses:1")


def test_all_tables_that_stop_are_reported_at_once(tmp_path):
    """One error for both, in one message."""
    for name in NAMES:
        (tmp_path / f"{name}.csv").write_text("a\n1\n")
    with pytest.raises(contracts.CombinedContractError) as caught:
        contracts.read_valid_rows(tmp_path, HOUSES, SURVEYS)
    assert [error.table for error in caught.value.errors] == list(NAMES)


def test_partners_that_are_both_bad_have_their_own_rules_only(twenty, read):
    """Each is set apart for its own faults alone: `houses_quarantined` says that nothing is wrong with a row."""
    houses, surveys = twenty
    houses, surveys = changed(houses, 4, "month", "13"), changed(surveys, 4, "built", "1499")
    _, quarantine = read(houses, surveys)
    reported = [table.frame["broken_rules"].to_dict() for table in quarantine.tables]
    assert reported == [{4: "month_range"}, {4: "built_range"}]
