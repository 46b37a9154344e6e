"""Rows are joined by their whole key, and put in quarantine whatever key they have."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts.catalog import parse
from step_scripts.contracts.document import Node
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.keys import relationships
from step_scripts.step import Host, share
from tests.profiles import some
from tests.step_scripts.contracts.keyed import KINDS, contract, dated, joined

NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1)
ROOMS = st.sampled_from([1, 2, 30, 31, 0])
STREETS = st.sampled_from(["Elm", "Oak", "Ash"])
DIFFERENT = {
    "none": None,
    "one": lambda row: row[1],
    "text": lambda row: row[0],
    "several": lambda row: row[:2],
}


def write(folder, name, rows):
    """Write rows of street, number and rooms as a CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("street", "number", "rooms"), *rows])
    (folder / f"{name}.csv").write_text(out.getvalue())


@some()
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
def test_good_and_quarantined_are_the_input(tmp_path_factory, kind, data):
    """With each kind of key every row is in one of the two parts, as often as it came."""
    rows = st.tuples(STREETS, NUMBERS if kind == "one" else st.integers(1, 2), ROOMS)
    drawn = data.draw(st.lists(rows, min_size=1, max_size=6, unique_by=DIFFERENT[kind]))
    folder, cut = tmp_path_factory.mktemp("rows"), data.draw(st.integers(0, len(drawn)))
    write(folder, "sales-1", drawn[:cut])
    write(folder, "sales-2", drawn[cut:])
    (good,), quarantine = contracts.read_valid_rows(folder, contract(KINDS[kind]))
    apart = quarantine.tables[0].frame
    kept, set_apart = good.itertuples(index=False), apart.drop(columns="broken_rules").itertuples(index=False)
    bad = [row for row in drawn if row[0] == "Ash" or not 1 <= row[2] <= 30]
    assert Counter(map(tuple, set_apart)) == Counter(tuple(map(str, row)) for row in bad)
    assert Counter(map(tuple, kept)) == Counter(drawn) - Counter(bad)
    assert (quarantine.keys, quarantine.count) == (len(drawn), len(bad))
    names = {"none": [drawn.index(row) + 1 for row in bad], "one": [row[1] for row in bad]}
    if kind == "none":
        assert apart.index.tolist() == [place for place, row in enumerate(drawn, start=1) if row in bad]
    else:
        assert apart.index.tolist() == names.get(kind, [DIFFERENT[kind](row) for row in bad])


@some()
@given(
    kind=st.sampled_from(["one", "several"]),
    sales=st.lists(st.tuples(STREETS, st.integers(1, 4), ROOMS), min_size=1, max_size=8),
    visits=st.lists(st.tuples(STREETS, st.integers(1, 4), ROOMS), min_size=1, max_size=8),
)
def test_rows_are_joined_by_the_whole_key(tmp_path_factory, kind, sales, visits):
    """A visit is in quarantine for its own fault, for lack of a sale, or for the fault of its sale."""
    key = DIFFERENT[kind]
    sales, visits = ([*{key(row): row for row in rows}.values()] for rows in (sales, visits))
    folder = tmp_path_factory.mktemp("joined")
    write(folder, "sales", sales)
    write(folder, "visits", visits)

    def bad(row):
        return row[0] == "Ash" or not 1 <= row[2] <= 30

    good = [row for row in sales if not bad(row)]
    (sold, visited), quarantine = contracts.read_valid_rows(folder, *joined(KINDS[kind]))
    assert [tuple(row) for row in sold.itertuples(index=False)] == good
    expected = [row for row in visits if not bad(row) and key(row) in map(key, good)]
    assert [tuple(row) for row in visited.itertuples(index=False)] == expected
    for rows, left, apart in zip((sales, visits), (sold, visited), quarantine.tables, strict=True):
        assert len(rows) == len(left) + len(apart.frame)
    assert quarantine.keys == len({*map(key, sales), *map(key, visits)})


def test_a_partner_is_named_by_the_whole_key(tmp_path):
    """The rule's sentence and the examples show each column of the key."""
    write(tmp_path, "sales", [("Elm", 1, 31), ("Elm", 2, 2)])
    write(tmp_path, "visits", [("Elm", 1, 2), ("Elm", 2, 2), ("Oak", 2, 2)])
    _, quarantine = contracts.read_valid_rows(tmp_path, *joined(("street", "number")))
    first, *_ = message = quarantine.message().splitlines()
    assert first == "2 of 3 values of street, number (66.7 %) are in quarantine"
    assert "    expected  the row of sales with the same street, number keeps its contract" in message
    assert "    got       1 of 3 rows otherwise: street Elm, number 1" in message
    assert "    got       1 of 3 rows otherwise: street Oak, number 2" in message
    assert quarantine.tables[1].frame.index.tolist() == [("Elm", 1), ("Oak", 2)]


def test_a_quarantine_without_a_key_counts_rows(tmp_path):
    """Repeated rows count, each of them; an example is shown once."""
    write(tmp_path, "sales", [("Elm", 1, 31), ("Elm", 1, 31), ("Elm", 1, 0), *[("Elm", 2, 2)] * 22])
    (good,), quarantine = contracts.read_valid_rows(tmp_path, contract(()))
    assert len(good) == 22
    assert quarantine.message().splitlines()[0] == "3 of 25 rows (12 %) are in quarantine"
    assert "3 of 25 rows otherwise: row 1: 31; row 3: 0" in quarantine.message()
    with pytest.raises(
        contracts.QuarantineError, match=r"^3 of 25 rows \(12 %\) break a rule, and at most 1 % may go to"
    ):
        quarantine.refuse_above(0.01)
    assert (quarantine.summary()["keys"], quarantine.summary()["quarantined"]) == (25, 3)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_some_rows_of_a_quarantine(tmp_path, kind):
    """The choice is made by the key; without one, by the whole row as it came."""
    write(tmp_path, "sales", [("Elm", 1, 31), ("Oak", 2, 0)])
    _, quarantine = contracts.read_valid_rows(tmp_path, contract(KINDS[kind]))
    seen = []
    part = quarantine.only(lambda keys: seen.append(keys) or [False, True])
    assert part.tables[0].frame["street"].tolist() == ["Oak"]
    given_keys = seen[0].tolist() if hasattr(seen[0], "tolist") else seen[0].to_dict("list")
    assert (
        given_keys
        == {
            "none": {"street": ["Elm", "Oak"], "number": ["1", "2"], "rooms": ["31", "0"]},
            "one": [1, 2],
            "text": ["Elm", "Oak"],
            "several": {"street": ["Elm", "Oak"], "number": [1, 2]},
        }[kind]
    )


def test_a_key_may_be_a_text_and_a_date(tmp_path):
    """Messages show a date as the file does; tables with such keys are joined, and several hosts share them."""
    sales, visits = (parse(made) for made in dated())
    write(tmp_path, "sales", [("Oak 1", "2020-02-29", 31), ("Oak 1", "2020-03-01", 2), ("Elm", "2020-02-29", 2)])
    write(tmp_path, "visits", [("Elm", "2020-02-29", 3), ("Oak 1", "2020-02-29", 3), ("Oak 1", "2020-03-02", 3)])
    tables, quarantine = contracts.read_valid_rows(tmp_path, sales, visits)
    assert [len(table) for table in tables] == [2, 1]
    assert "1 of 3 rows otherwise: street 'Oak 1', number 2020-02-29: 31" in quarantine.message()
    assert quarantine.tables[1].frame["broken_rules"].tolist() == ["sales_quarantined", "visits_have_a_sale"]
    found = []
    for number in (0, 1):
        sold, visited, apart = share(tables, quarantine, host=Host(number, 2), split="hash")
        assert {*_keys(visited)} <= {*_keys(sold)}
        found.append([*_keys(sold), *apart.tables[0].frame.index])
    assert sorted(found[0] + found[1]) == sorted([*_keys(tables[0]), *quarantine.tables[0].frame.index])


def _keys(table):
    return zip(table["street"], table["number"], strict=True)


@pytest.mark.parametrize(("one", "other"), [((), ()), (("number",), ()), (("number",), ("street", "number"))])
def test_several_tables_need_one_key(tmp_path, one, other):
    """Tables that are read together without a common key are an error that names both keys, and a fix."""
    with pytest.raises(InvalidContractError, match=r"expected the same key .* in sales and .* in visits; fix: give"):
        contracts.read_valid_rows(tmp_path, contract(one), contract(other, "visits"))


def test_a_relationship_names_the_whole_key():
    """On both sides, in any order; the message has both, and where a relationship of several columns is written."""
    (made,) = joined(("street", "number"))[1].relationships
    assert (made.id, made.columns, made.table) == ("visits_have_a_sale", ("street", "number"), "sales")
    stated = {"id": "r", "customProperties": [{"property": "sentence", "value": "s"}]}
    ends = {"from": ["visits.number", "visits.street"], "to": ["sales.number", "sales.street"]}
    table = {"properties": [], "relationships": [stated | ends]}
    assert [each.table for each in relationships("visits", Node(table), ("street", "number"))] == ["sales"]
    for wrong in ({"to": ["sales.street", "sales.number"]}, {"to": "sales.number"}, {"from": ["visits.street"] * 2}):
        table = {"properties": [], "relationships": [stated | ends | wrong]}
        with pytest.raises(
            InvalidContractError, match=r"^relationship r: expected the whole key, .* fix: name them in"
        ):
            list(relationships("visits", Node(table), ("street", "number")))
