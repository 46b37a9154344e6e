"""What a model sees of a table, and the report of a guess."""

import pytest
from hypothesis import given

from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.template.features import features, features_yaml, left_out
from step_scripts.template.guess import TemplateError
from step_scripts.template.infer import infer, infer_all
from step_scripts.template.report import report
from tests.step_scripts.template.csv_files import columns

IDS = [str(number) for number in range(1, 201)]
HOUSES = {
    "house_id": IDS,
    "area": ["45.5", "120", ""],
    "kind": ["flat", "house"],
    "garden": ["yes", "no"],
    "sold": ["31.12.2019", "01.05.2021"],
    "seen": ["2020-01-01 10:00", "", "2021-01-01 10:00"],
    "text": [f"{'word ' * (number % 5)}{number}" for number in range(100)],
    "country": ["X"],
    "empty": [""],
    "code": [f"AB-{number:03}" for number in range(100)],
    "price": ["low", "mid", "high"],
}


@pytest.fixture
def houses(write):
    """The guess of a table with columns of every kind."""
    return infer(write(HOUSES), name="houses", label="price")


def test_each_column_is_made_a_feature(houses):
    """Numbers, booleans and categories stay; dates and texts give numbers; constant, empty and code columns none."""
    assert [(each.name, each.source, each.how, each.kind) for each in features([houses])] == [
        ("area", "area", "same", "number"),
        ("kind", "kind", "same", "category"),
        ("garden", "garden", "same", "boolean"),
        ("sold_days", "sold", "days", "integer"),
        ("sold_month", "sold", "month", "integer"),
        ("sold_weekday", "sold", "weekday", "integer"),
        ("seen_days", "seen", "days", "number"),
        ("seen_month", "seen", "month", "integer"),
        ("seen_weekday", "seen", "weekday", "integer"),
        ("text_length", "text", "length", "integer"),
    ]
    assert list(left_out([houses])) == ["houses.country", "houses.empty", "houses.code"]


def test_the_contract_of_the_features(houses):
    """It has the key, the label, and the features, each with its bounds."""
    text = features_yaml([houses])
    assert (
        text[text.index("    # houses.country") :]
        == """\
    # houses.country is left out: it has the same value in every row
    # houses.empty is left out: it has no value in any row
    # houses.code is left out: it is a code of one form in every row, from which nothing can be learned
    properties:
      - {name: house_id, logicalType: integer, primaryKey: true, required: true}
      - name: price
        logicalType: string
        required: true
        quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [high, low, mid]}}]
      - {name: area, logicalType: number}
      - name: kind
        logicalType: string
        required: true
        quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [flat, house]}}]
      - {name: garden, logicalType: boolean, required: true}
      - {name: sold_days, logicalType: integer, required: true}
      - {name: sold_month, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1, maximum: 12}}
      - {name: sold_weekday, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0, maximum: 6}}
      - {name: seen_days, logicalType: number}
      - {name: seen_month, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 12}}
      - {name: seen_weekday, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 6}}
      - {name: text_length, logicalType: integer, required: true}
"""
    )


def test_names_of_features_do_not_collide(write):
    """A feature that would have the name of another column has its table's name before it."""
    main = {"house_id": IDS, "sold": HOUSES["sold"], "price": IDS}
    other = {"house_id": IDS, "sold_days": IDS, "price_length": IDS}
    paths = {"houses": write(main, name="main.csv"), "owners": write(other, name="other.csv")}
    found = features(infer_all(paths, label="price"))
    assert len({each.name for each in found}) == len(found)
    assert [each.name for each in found if each.how == "days"] == ["sold_days"]
    assert [(each.name, each.table) for each in found if each.source == "sold_days"] == [
        ("owners_sold_days", "owners"),
    ]


def test_a_table_without_a_feature(write):
    """A table from which nothing can be learned is reported, with the reason for each column."""
    guess = infer(write({"house_id": IDS, "country": ["X"], "price": IDS}), name="houses", label="price")
    with pytest.raises(TemplateError, match="country: has the same value in every row"):
        features([guess])


@given(table=columns())
def test_the_contract_of_any_features_is_read(table, write_once):
    """Whatever the columns are, the contract of their features is valid, and has each feature once."""
    guess = infer(write_once(table | {"area": IDS, "price": IDS}, rows=60), name="houses", label="price")
    contract = parse(read_yaml(features_yaml([guess])))
    assert list(contract.columns) == ["price", *(each.name for each in features([guess]))]


def test_the_report_has_a_line_for_each_column(houses):
    """The report names each column, its kind, its values, and what to review."""
    head, *lines = report(houses)
    assert head == "houses: 100 rows of table.csv, key house_id, classification of price"
    lines = lines[lines.index(next(line for line in lines if line.startswith("  column"))) + 1 :]
    assert [line.split()[:2] for line in lines] == [[each.name, each.kind] for each in houses.columns]
    assert "30 to 130, may be missing" in lines[1]
    assert "widened by 10 %" in lines[1]
