"""A Parquet file of another program: other types are read where no value is lost, and reported otherwise."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from step_scripts import contracts
from step_scripts.contracts.catalog import parse, read_yaml

HOUSES = parse(
    read_yaml("""\
id: houses
name: houses
version: 1.0.0
schema:
  - properties:
      - {name: house_id, logicalType: integer, primaryKey: true, required: true}
      - {name: rooms, logicalType: integer}
      - {name: area, logicalType: number}
      - name: sold
        logicalType: string
        quality: [{metric: invalidValues, arguments: {validValues: ["0", "1"]}}]
      - {name: notes, logicalType: string}
""")
)
COLUMNS = {
    "house_id": pa.array([1, 2, 3], pa.int64()),
    "rooms": pa.array([2, None, 4], pa.int64()),
    "area": pa.array([1.5, None, 7.0], pa.float64()),
    "sold": pa.array(["0", None, "1"]),
    "notes": pa.array(["a", None, "c"]),
}
DTYPES = {"house_id": "int64", "rooms": "Int64", "area": "float64", "sold": "category", "notes": "str"}


@pytest.fixture
def read(tmp_path):
    """A function: the table of a file in which some columns are of another type."""

    def read(**columns):
        pq.write_table(pa.table({**COLUMNS, **columns}), tmp_path / "houses.parquet")
        return contracts.read_checked(tmp_path, HOUSES)

    return read


@pytest.fixture
def rules_of(read):
    """A function: the rules that such a file breaks, by id."""

    def rules_of(**columns):
        with pytest.raises(contracts.ContractError) as caught:
            read(**columns)
        return {rule.rule: rule for rule in caught.value.broken}

    return rules_of


def decimals(*values, precision=38, scale=2):
    """Decimals, as databases write them; None is missing."""
    kind = (pa.decimal256 if precision > 38 else pa.decimal128)(precision, scale)
    return pa.array([None if value is None else Decimal(value) for value in values], kind)


INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
FLOATS = [pa.float16(), pa.float32(), pa.float64()]


@pytest.mark.parametrize("kind", [*INTEGERS, *FLOATS], ids=str)
def test_narrow_numbers_are_read(read, kind):
    """Each column has the contract's dtype and the same values."""
    values = {name: COLUMNS[name].cast(kind) for name in ("house_id", "rooms")}
    sold = pa.array([0, None, 1], pa.int64()).cast(kind)
    area = pa.array(np.array([1, 2, 7])).cast(kind)
    table = read(**values, sold=sold, area=area)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES
    assert table["house_id"].tolist() == [1, 2, 3]
    assert table["rooms"].fillna(0).tolist() == [2, 0, 4]
    assert table["area"].tolist() == [1, 2, 7]
    assert table["sold"].astype("str").fillna("").tolist() == ["0", "", "1"]


@pytest.mark.parametrize("precision", [18, 38, 76])
def test_decimals_are_read(read, precision):
    """As the numbers that the same digits in a CSV file are."""
    table = read(
        house_id=decimals(1, 2, 2**53 + 1, scale=0),
        rooms=decimals(2, None, 4, precision=precision),
        area=decimals("0.10", None, "-123456.78", precision=precision),
        sold=decimals(0, None, 1, precision=precision),
    )
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES
    assert table["house_id"].tolist() == [1, 2, 2**53 + 1]
    assert table["area"].fillna(0).tolist() == [0.1, 0, -123456.78]
    assert table["sold"].astype("str").fillna("").tolist() == ["0", "", "1"]
    assert read(area=decimals("0.00000001", None, None, scale=8))["area"][0] == 1e-8


def test_nan_is_a_missing_value(read):
    """Some programs write it in place of a null."""
    nan = pa.array(np.array([0, np.nan, 1]))
    table = read(rooms=nan, sold=nan)
    assert table["rooms"].isna().tolist() == table["sold"].isna().tolist() == [False, True, False]


def test_encoded_numbers_are_read(read):
    """As a dictionary of numbers."""
    table = read(rooms=COLUMNS["rooms"].cast(pa.int16()).dictionary_encode())
    assert table["rooms"].fillna(0).tolist() == [2, 0, 4]


@pytest.mark.parametrize(
    ("name", "values", "wrong"),
    [
        ("house_id", pa.array([1, 2, 2**63], pa.uint64()), [2**63]),
        ("house_id", pa.array([1, 2.5, 3]), [2.5]),
        ("house_id", pa.array([None, 2, 1e300]), [1e300]),
        ("house_id", decimals(1, 2, "2.5"), [2.5]),
        ("rooms", pa.array([1, None, 2.5]), [2.5]),
        ("rooms", pa.array([1, 2, 2**64 - 1], pa.uint64()), [2**64 - 1]),
        ("area", pa.array([1, 2, 2**53 + 1]), [1, 2, 2**53 + 1]),
        ("area", decimals("0.12345678901234567", 2, 3, scale=17), None),
        ("sold", pa.array([0, 0.5, 1]), [0.0, 0.5, 1.0]),
        ("sold", pa.array([0, 2.0, 1]), [0.0, 2.0, 1.0]),
    ],
)
def test_a_value_that_does_not_fit_is_reported(rules_of, name, values, wrong):
    """With the values that do not fit, or all values where the type alone is wrong."""
    rule = rules_of(**{name: values})[f"{name}_dtype"]
    assert wrong is None or [example["value"] for example in rule.examples] == wrong


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pa.array([[1], None, [2, 3]]), "a list in each cell"),
        (pa.array([{"a": 1}, None, {"a": 2}]), "several values in each cell"),
        (pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())), "a list in each cell"),
    ],
)
@pytest.mark.parametrize("name", ["notes", "rooms", "sold"])
def test_a_nested_column_is_an_error(rules_of, name, values, found):
    """Free text would hold anything."""
    rule = rules_of(**{name: values})["file"]
    assert rule.sentence == f"each cell of {name} in houses.parquet holds one value"
    assert rule.examples[0]["found"] == found
    assert "a column of its own" in rule.remedy


def test_a_nested_column_that_is_unknown_is_that(rules_of):
    """The contract does not have it."""
    assert list(rules_of(colours=pa.array([["red"], [], []]))) == ["columns"]
