"""Good rows and quarantined rows: together the input, never the same row, each untouched."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures import generate
from step_scripts import contracts

CLAIMS, CUSTOMERS = contracts.load("claims"), contracts.load("customers")
NAMES = ("claims", "customers")
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What goes into a cell instead of what is there: values of other rows and columns, nothing, nonsense; but what keeps
# the column a column of numbers, for a word among numbers stops a step.
CELLS = st.sampled_from(
    ["", "0", "1", "2", "5", "13", "99", "1000", "-1", "1e3", "N/A", "None", "Police", "Ünkown", "a,b"]
)


@pytest.fixture(scope="module")
def twenty():
    """Twenty claims and customers, each a list of rows of text, header first."""
    tables = generate(rows=20, seed=3)
    return [list(csv.reader(io.StringIO(table.to_csv(index=False)))) for table in tables]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for the tables of one example after the other."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture
def sift(folder):
    """Write claims and customers, each rows of text, and read them back: the good tables and the quarantine."""

    def read(*tables):
        for name, rows in zip(NAMES, tables, strict=True):
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return contracts.read_valid_rows(folder, CLAIMS, CUSTOMERS)

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
        by_key = {int(cells[header.index("policy_id")]): cells for cells in body}
        assert len(body) == apart.rows == len(table) + len(apart.frame)
        assert set(table["policy_id"]) | set(apart.frame.index) == set(by_key)
        assert not set(table["policy_id"]) & set(apart.frame.index)
        assert list(apart.frame) == [*header, "broken_rules"]
        for key, *cells, broken in apart.frame.itertuples():
            assert cells == by_key[key]
            assert broken
        text = table.astype(str)[header].set_index(text_key(table))
        for key, cells in by_key.items():
            if key in text.index:
                read = dict(zip(header, cells, strict=True))
                same = [
                    float(read[name]) == float(value) if name in NUMBERS else read[name] == value
                    for name, value in text.loc[key].items()
                ]
                assert all(same)
    claims, customers = good
    assert set(claims["policy_id"]) == set(customers["policy_id"])


NUMBERS = {
    name for contract in (CLAIMS, CUSTOMERS) for name, column in contract.columns.items() if not column.categories
}


def text_key(table):
    """The keys of a table, as the index of another form of it."""
    return pd.Index(table["policy_id"])


@PROPERTY
@given(data=st.data())
def test_good_and_quarantined_are_the_input(twenty, sift, data):
    """Whatever cells change, whatever rows are left out, in whatever order they come: nothing is lost or doubled."""
    tables = []
    for rows in twenty:
        header, *body = rows
        body = [body[place] for place in data.draw(st.permutations(range(20)))[: data.draw(st.integers(1, 20))]]
        table = [header, *body]
        for _ in range(data.draw(st.integers(0, 4))):
            column = data.draw(st.sampled_from([name for name in header if name != "policy_id"]))
            table = changed(table, data.draw(st.integers(1, len(body))), column, data.draw(CELLS))
        tables.append(table)
    try:
        good, quarantine = sift(*tables)
    except contracts.ContractError as error:
        stopped = error
    else:
        assert_nothing_is_lost(tables, good, quarantine)
        return
    # A word in a column of numbers stops the table as a whole, and the message names the column.
    assert any(rule.rule.endswith("_dtype") for rule in stopped.broken)


def test_sound_tables_have_an_empty_quarantine(twenty, sift):
    """No row, no rule, a share of 0, and nothing to tell."""
    (claims, customers), quarantine = sift(*twenty)
    assert (len(claims), len(customers), quarantine.keys, quarantine.count, quarantine.share) == (20, 20, 20, 0, 0.0)
    assert quarantine.message() == ""
    assert [contracts.as_csv(table.frame).count(b"\n") for table in quarantine.tables] == [1, 1]


def test_a_row_is_quarantined_as_it_came(twenty, sift):
    """Cells keep their spelling, digits that no float keeps included; the rules are told in the contract's order."""
    claims, customers = twenty
    claims = changed(claims, 4, "vehicle_claim", "0016000.500000000000000000001")
    claims = changed(claims, 4, "incident_hour", "024")
    _, quarantine = sift(claims, customers)
    apart = quarantine.tables[0].frame
    assert apart.loc[4].tolist()[:-1] == claims[4]
    assert apart.loc[4, "broken_rules"] == "incident_hour_range;total_is_sum"


def test_a_row_without_a_partner_is_an_orphan_and_one_of_a_bad_partner_waits(twenty, sift):
    """Which of the two it is stands in `broken_rules`: the one lacks a row, nothing is wrong with the other."""
    claims, customers = twenty
    claims = changed(claims, 7, "incident_type", "Fire")
    (good, _), quarantine = sift(claims[:-2], customers[:3] + customers[4:])
    told = [table.frame["broken_rules"].to_dict() for table in quarantine.tables]
    assert told[0].pop(3) == "claims_have_a_customer"
    assert "incident_type_category" in told[0].pop(7)
    assert told == [{}, {7: "claims_quarantined", 19: "customers_have_a_claim", 20: "customers_have_a_claim"}]
    assert (len(good), quarantine.count, quarantine.keys) == (16, 4, 20)


def test_a_repeated_key_stops_whatever_else_is_broken(twenty, sift):
    """Of two rows with one policy nobody knows the right one: none is dropped for another fault, all are told."""
    claims, customers = twenty
    doubled = changed(claims, 5, "incident_month", "13")
    doubled.insert(6, claims[5])
    with pytest.raises(contracts.ContractError) as caught:
        sift(doubled, customers)
    assert {rule.rule: rule.count for rule in caught.value.broken} == {"policy_id_unique": 2, "incident_month_range": 1}


def test_a_policy_in_two_part_files_stops(twenty, folder, sift):
    """The key speaks of all parts together."""
    sift(*twenty)
    (folder / "claims-2.csv").write_text((folder / "claims.csv").read_text())
    with pytest.raises(contracts.ContractError, match="policy_id_unique"):
        contracts.read_valid_rows(folder, CLAIMS, CUSTOMERS)
    (folder / "claims-2.csv").unlink()


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet"])
def test_rows_of_any_part_file_are_found_again(twenty, tmp_path, suffix):
    """Rows are numbered over all parts, of whatever format, and told as the part holds them."""
    frames = [pd.DataFrame(rows, columns=header) for header, *rows in twenty]
    typed = generate(rows=20, seed=3)
    frames[1].to_csv(tmp_path / "customers.csv", index=False)
    frames[0][:5].to_csv(tmp_path / "claims-1.csv", index=False)
    second = typed[0][5:].copy()
    second.loc[9, "incident_hour"] = 24
    second = second[second.columns[::-1]]
    second.to_parquet(tmp_path / "claims-2.parquet") if suffix == ".parquet" else second.to_csv(
        tmp_path / "claims-2.csv.gz", index=False
    )
    _, quarantine = contracts.read_valid_rows(tmp_path, CLAIMS, CUSTOMERS)
    (row,) = quarantine.tables[0].frame.to_dict("records")
    assert row == dict(zip(twenty[0][0], twenty[0][10], strict=True)) | {
        "incident_hour": "24",
        "broken_rules": "incident_hour_range",
    }


def test_a_missing_number_leaves_the_others_whole(twenty, sift):
    """A column of whole numbers with an empty cell comes as floats; the rows that are left are whole numbers again."""
    claims, customers = twenty
    (good, _), quarantine = sift(changed(claims, 2, "num_injuries", ""), customers)
    assert str(good["num_injuries"].dtype) == "int64"
    assert quarantine.tables[0].frame["broken_rules"].tolist() == ["num_injuries_not_null"]


def test_a_warning_quarantines_nothing(twenty, sift):
    """What only warns is counted and told, and its row is worked with."""
    claims, customers = twenty
    place = next(
        row for row, cells in enumerate(claims) if "Police" in cells and "Collision" in cells and "Yes" not in cells
    )
    good, quarantine = sift(
        changed(changed(claims, place, "authorities_contacted", "Fire"), place, "incident_severity", "Minor"), customers
    )
    assert (len(good[0]), quarantine.count) == (20, 0)
    assert "fire_means_totaled_collision" in [rule.rule for rule in quarantine.tables[0].warnings]
    assert "warning" in quarantine.message()
    assert quarantine.facts()["warned_of"].startswith("fire_means_totaled_collision:1")


def test_all_tables_that_stop_are_told_at_once(tmp_path):
    """One error for both, in one message."""
    for name in NAMES:
        (tmp_path / f"{name}.csv").write_text("a\n1\n")
    with pytest.raises(contracts.CombinedContractError) as caught:
        contracts.read_valid_rows(tmp_path, CLAIMS, CUSTOMERS)
    assert [error.table for error in caught.value.errors] == list(NAMES)


def test_partners_that_are_both_bad_wait_for_nobody(twenty, sift):
    """Each is set apart for its own faults alone: `claims_quarantined` says that nothing is wrong with a row."""
    claims, customers = twenty
    claims, customers = changed(claims, 4, "incident_hour", "24"), changed(customers, 4, "auto_year", "1999")
    _, quarantine = sift(claims, customers)
    told = [table.frame["broken_rules"].to_dict() for table in quarantine.tables]
    assert told == [{4: "incident_hour_range"}, {4: "auto_year_range"}]
