"""Each file that is derived from a contract breaks the rule in its name: for the specimen project's tables."""

import csv
import io
import re

import pytest

from step_scripts import contracts
from step_scripts.testing.bad_rows import Case, Examples, as_table, cases, row_files, table_files
from step_scripts.testing.damage import damaged
from tests.step_scripts.contracts.tables import HEADER, ROWS, sales
from tests.step_scripts.specimens.rows import NAMES, contract, tables


def rows_of(name):
    """Valid rows of a table without their key, which hold every category."""
    table = dict(zip(NAMES, tables(24), strict=True))[name].drop(columns="house_id").astype(object)
    table.loc[[3, 7, 11], "central"] = "Yes" if name == "houses" else None
    return table.fillna({"slope": 0.5}).dropna(axis=1).to_dict("records")


def changed(row, *broken, **changes):
    """A case by hand."""
    return Case({**row, **changes}, broken)


def price_follows(row, changes):
    """The price is the sum of its parts, unless it is what changes."""
    parts = row["land_price"], row["building_price"]
    if "price" in changes or "" in parts:
        return row
    return {**row, "price": sum(parts)}


FLAT, HOUSE, HUT, LAND = rows_of("houses")[:4]
SURVEY = rows_of("surveys")[0]
EXAMPLES = {
    "houses": Examples(
        rows=rows_of("houses"),
        by_hand={
            "price_range": [
                changed(FLAT, land_price=0, building_price=1000.0, price=1000.0),
                changed(FLAT, "price_range", "price_is_sum", price=999.5),
            ],
            "price_is_sum": [Case(FLAT), changed(FLAT, "price_is_sum", price=FLAT["price"] + 1)],
            "day_is_in_month": [
                changed(FLAT, month=2, day=29),
                changed(FLAT, "day_is_in_month", month=2, day=30),
            ],
            "kind_has_rooms": [Case(LAND), changed(LAND, "kind_has_rooms", rooms=1)],
            "rooms_range": [changed(FLAT, rooms=30), changed(FLAT, "rooms_range", rooms=31)],
            "central_needs_heating": [
                changed(HOUSE, heating="Gas", central="Yes"),
                changed(HOUSE, "central_needs_heating", heating="None", central="Yes"),
            ],
            "coal_heats_houses": [
                changed(HOUSE, heating="Coal", rooms=12),
                changed(HOUSE, "coal_heats_houses", heating="Coal", rooms=13),
            ],
            "huts_are_small": [changed(HUT, rooms=3), changed(HUT, "huts_are_small", rooms=4)],
        },
        adjusted=price_follows,
        base={"kind": HUT},
    ),
    "surveys": Examples(
        rows=rows_of("surveys"),
        by_hand={
            "built_range": [
                changed(SURVEY, built=1500, renovated=1500),
                changed(SURVEY, "built_range", built=1499),
            ],
            "renovated_range": [
                changed(SURVEY, renovated=2030),
                changed(SURVEY, "renovated_range", renovated=2031),
            ],
            "renovated_after_built": [
                changed(SURVEY, built=1940, renovated=1940),
                changed(SURVEY, "renovated_after_built", built=1940, renovated=1939),
            ],
            "old_houses_need_energy": [
                changed(SURVEY, built=1950, renovated=1950, energy="Low"),
                changed(SURVEY, "old_houses_need_energy", built=1949, renovated=1950, energy="Low"),
            ],
        },
    ),
}
ROW_FILES = [(name, *file) for name in NAMES for file in row_files(contract(name), EXAMPLES[name])]
OTHERS = {"houses": "surveys", "surveys": "houses"}
TABLE_FILES = [
    (name, *file)
    for name in NAMES
    for file in table_files(
        contract(name), EXAMPLES[name], other=as_table(contract(OTHERS[name]), EXAMPLES[OTHERS[name]].rows)
    )
]


@pytest.mark.parametrize(("name", "rule", "content"), ROW_FILES, ids=lambda value: value if len(value) < 40 else "")
def test_each_row_breaks_the_rules_that_it_says(name, rule, content, tmp_path):
    """Rows that break an error rule go to quarantine for exactly these rules; the file has rows of both kinds."""
    header, *rows = csv.reader(io.StringIO(content.decode()))
    path = tmp_path / f"{name}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header[:-1], *(row[:-1] for row in rows)])
    _, quarantine = contracts.read_valid_rows(path, contract(name))
    warns = {each.id for each in contract(name).rules if each.severity == "warning"}
    expected = {int(row[0]): row[-1] for row in rows if row[-1] and not set(row[-1].split(";")) <= warns}
    assert quarantine.tables[0].frame["broken_rules"].to_dict() == expected
    said = {rule for row in rows for rule in row[-1].split(";")}
    assert {re.sub(r"[^\w-]", "_", one) for one in said} >= {rule, ""}
    assert {warning.rule for warning in quarantine.tables[0].warnings} == said & warns


def test_every_rule_on_rows_has_its_file():
    """Also a new rule: it either follows from a column, or must have cases by hand."""
    for name in NAMES:
        rules = {rule.id for rule in contract(name).rules if rule.level == "row"}
        assert {rule for table, rule, _ in ROW_FILES if table == name} == rules


@pytest.mark.parametrize(("name", "stem", "content"), TABLE_FILES, ids=lambda value: value if len(value) < 40 else "")
def test_each_table_breaks_the_rule_in_its_name(name, stem, content, tmp_path):
    """As a whole, and no other rule."""
    path = tmp_path / f"{name}.csv"
    path.write_bytes(content)
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_valid_rows(path, contract(name))
    assert [broken.rule for broken in caught.value.broken] == [stem.partition("-")[0] if "col" in stem else stem]


DAMAGED = dict(damaged(as_table(contract("houses"), EXAMPLES["houses"].rows), word="House", number="51.5"))


@pytest.mark.parametrize("variant", DAMAGED)
def test_a_damaged_file_is_not_a_table(variant, tmp_path):
    """The error is about the file."""
    path = tmp_path / "houses.csv"
    path.write_bytes(DAMAGED[variant])
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_checked(path, contract("houses"))
    assert [broken.rule for broken in caught.value.broken] == ["file"]


def test_a_rule_without_cases_is_reported():
    """The error names the table and the rule."""
    (rule,) = (rule for rule in contract("houses").rules if rule.id == "huts_are_small")
    with pytest.raises(ValueError, match="houses: expected cases by hand for the rule huts_are_small, got none"):
        cases(rule, contract("houses"), Examples(rows=rows_of("houses")))


OFFER = dict(zip(HEADER.split(","), ROWS[0].split(","), strict=True)) | {"offered_on": "2018-01-01"}
del OFFER["house_id"]
SOME = Examples(
    rows=[{**OFFER, "kind": kind} for kind in ("Flat", "House", "N/A")],
    by_hand={"sold_after_offer": [changed(OFFER, "sold_after_offer", offered_on="2027-01-01")]},
)


def test_every_kind_of_column_has_its_cases(tmp_path):
    """Each file breaks the rules that it says, row by row."""
    files = dict(row_files(sales(), SOME))
    assert {"notes_pattern", "notes_length", "sold_on_range", "seen_at_range", "sent_at_range"} <= set(files)
    for rule, content in files.items():
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        expected = {row["house_id"]: row.pop("broken_rules") for row in rows}
        path = tmp_path / "sales.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        _, quarantine = contracts.read_valid_rows(path, sales())
        apart = quarantine.tables[0].frame
        assert dict(zip(apart["house_id"], apart["broken_rules"], strict=True)) == {
            key: ids for key, ids in expected.items() if ids
        }, rule


def test_a_misspelt_cell_makes_text_of_any_column(tmp_path):
    """Of numbers, bools, dates and timestamps."""
    files = {name: content for name, content in table_files(sales(), SOME) if name.endswith("_dtype")}
    assert len(files) == 9
    for rule, content in files.items():
        (tmp_path / "sales.csv").write_bytes(content)
        with pytest.raises(contracts.ContractError) as caught:
            contracts.read_checked(tmp_path, sales())
        assert [broken.rule for broken in caught.value.broken] == [rule]
