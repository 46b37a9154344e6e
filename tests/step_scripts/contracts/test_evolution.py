import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.contracts.evolution import changes, verdict
from tests.profiles import more
from tests.step_scripts.contracts.tables import SALES, sales
from tests.step_scripts.specimens.rows import CONTRACTS

DOCUMENT = read_yaml((CONTRACTS / "houses.yaml").read_text(encoding="utf-8"))


def changed(edit, version=None):
    """The contract of the houses after an edit of its document."""
    document = copy.deepcopy(DOCUMENT)
    edit(document["schema"][0])
    if version:
        document["version"] = version
    return parse(document)


def column(table, name):
    """A column of a document."""
    return next(fields for fields in table["properties"] if fields["name"] == name)


def rule(table, name):
    """A rule of a document."""
    return next(one for one in table["quality"] if one["id"] == name)


def categories(table, name):
    """The categories of a column of a document."""
    return column(table, name)["quality"][0]["arguments"]["validValues"]


def rename(table):
    """A column gets another name."""
    column(table, "area")["name"] = "size"


CHANGES = {
    "category added": (lambda t: categories(t, "kind").append("Flood"), "breaking", "kind"),
    "category dropped": (lambda t: categories(t, "kind").remove("Hut"), "breaking", "kind"),
    "categories reordered": (lambda t: categories(t, "kind").reverse(), "compatible", "kind"),
    "column dropped": (lambda t: t["properties"].pop(7), "breaking", "area"),
    "column renamed": (rename, "breaking", "size"),
    "columns reordered": (lambda t: t["properties"].reverse(), "compatible", "columns"),
    "range narrowed above": (
        lambda t: column(t, "month")["logicalTypeOptions"].update(maximum=11),
        "breaking",
        "month",
    ),
    "range narrowed below": (
        lambda t: column(t, "month")["logicalTypeOptions"].update(minimum=2),
        "breaking",
        "month",
    ),
    "range widened": (
        lambda t: column(t, "month")["logicalTypeOptions"].update(minimum=0),
        "compatible",
        "month",
    ),
    "bound dropped": (lambda t: column(t, "sold")["logicalTypeOptions"].pop("maximum"), "compatible", "sold"),
    "bound added": (
        lambda t: column(t, "house_id")["logicalTypeOptions"].update(maximum=10**9),
        "breaking",
        "house_id",
    ),
    "type changed": (lambda t: column(t, "land_price").update(logicalType="number"), "breaking", "land_price"),
    "no longer required": (lambda t: column(t, "building_price").update(required=False), "breaking", "building_price"),
    "became unique": (lambda t: column(t, "land_price").update(unique=True), "breaking", "land_price"),
    "rule dropped": (lambda t: t["quality"].remove(rule(t, "price_is_sum")), "compatible", "price_is_sum"),
    "rule changed": (
        lambda t: rule(t, "price_is_sum")["implementation"]["kwargs"].update(expression="land_price == 0"),
        "breaking",
        "price_is_sum",
    ),
    "rule became a warning": (
        lambda t: rule(t, "price_is_sum").update(severity="warning"),
        "compatible",
        "price_is_sum",
    ),
    "warning became a rule": (
        lambda t: rule(t, "huts_are_small").update(severity="error"),
        "breaking",
        "huts_are_small",
    ),
    "words": (lambda t: rule(t, "price_is_sum").update(description="it all adds up"), "wording", "price_is_sum"),
    "description": (
        lambda t: column(t, "month").update(description="1 is January"),
        "wording",
        "month",
    ),
    "trait": (lambda t: t["quality"].pop(), "wording", "traits"),
    "relationship dropped": (
        lambda t: column(t, "house_id").pop("relationships"),
        "compatible",
        "houses_have_a_survey",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_named_for_what_it_breaks(case):
    """Breaking, compatible or wording; the column or the rule; and the version that it wants."""
    edit, kind, what = CHANGES[case]
    old, new = changed(lambda _: None), changed(edit)
    found = changes(old, new)
    assert (kind, what) in {(change.kind, change.what) for change in found}
    wanted = {"breaking": "3.0.0", "compatible": "2.1.0", "wording": "2.0.1"}[kind]
    assert f"expected {wanted} or later" in verdict(old, new, found)
    later = changed(edit, version=wanted)
    assert verdict(old, later, changes(old, later)) == ""


def test_what_is_added_is_what_was_dropped_the_other_way_round():
    """A new rule, warning or relationship."""
    cases = (("price_is_sum", "breaking"), ("huts_are_small", "compatible"))
    for name, kind in cases:
        without = changed(lambda t, name=name: t["quality"].remove(rule(t, name)))
        assert [change[:2] for change in changes(without, changed(lambda _: None))] == [(kind, name)]
    without = changed(lambda t: column(t, "house_id").pop("relationships"))
    assert [change.kind for change in changes(without, changed(lambda _: None))] == ["breaking"]


def test_nothing_changed_is_nothing_to_say():
    """The same contract, in the same version."""
    same = changed(lambda _: None)
    assert changes(same, same) == []
    assert verdict(same, same, []) == ""


BOUND = st.one_of(st.none(), st.integers(-3, 3))
BOUNDS = st.tuples(BOUND, BOUND).filter(lambda bounds: None in bounds or bounds[0] <= bounds[1])
CATEGORIES = st.lists(st.sampled_from("abcd"), min_size=1, unique=True)
DOMAIN = st.tuples(BOUNDS, CATEGORIES).map(lambda drawn: (*drawn[0], drawn[1]))


def one_column(low, high, values, version="1.0.0"):
    """A contract of a number and a category."""
    options = {name: bound for name, bound in (("minimum", low), ("maximum", high)) if bound is not None}
    number = {
        "name": "n",
        "logicalType": "integer",
        "required": True,
        "primaryKey": True,
        "logicalTypeOptions": options,
    }
    valid = [{"metric": "invalidValues", "arguments": {"validValues": values}}]
    word = {"name": "w", "logicalType": "string", "required": True, "quality": valid}
    return parse({"name": "t", "id": "t", "version": version, "schema": [{"properties": [number, word]}]})


@more()
@given(old=DOMAIN, new=DOMAIN)
def test_what_is_not_breaking_lets_in_what_was_let_in(old, new):
    """Every number and every word of the old domain is in the new one; and no word is new to a model."""

    def admits(domain, number):
        low, high, _ = domain
        return (low is None or low <= number) and (high is None or number <= high)

    found = changes(one_column(*old), one_column(*new))
    if not any(change.kind == "breaking" for change in found):
        assert all(admits(new, number) for number in range(-9, 10) if admits(old, number))
        assert set(old[2]) == set(new[2])
    assert (found == []) == (old == new)


def of_sales(old, new):
    """The changes from the contract of the sales to another one."""
    assert SALES.count(old) == 1, old
    return [change[:3] for change in changes(sales(), parse(read_yaml(SALES.replace(old, new))))]


@pytest.mark.parametrize(
    ("old", "new", "kind", "sentence"),
    [
        ("pattern: '^[A-ZÉ]', ", "", "compatible", "its pattern is dropped"),
        ("pattern: '^[A-ZÉ]'", "pattern: '^[A-Z]'", "breaking", "its pattern is ^[A-Z], not ^[A-ZÉ]"),
        ("minLength: 2", "minLength: 3", "breaking", "the shortest length is 3, not 2: narrower"),
        ("maxLength: 20", "maxLength: 2000", "compatible", "the longest length is 2,000, not 20: wider"),
        (
            "minimum: '01.01.2019'",
            "minimum: '02.01.2019'",
            "breaking",
            "the earliest value is 2019-01-02, not 2019-01-01",
        ),
        (
            "maximum: '2030-12-31'",
            "maximum: '2031-12-31'",
            "compatible",
            "the latest value is 2031-12-31, not 2030-12-31",
        ),
        ("format: dd.MM.yyyy", "format: d.M.yyyy", "breaking", "its format is d.M.yyyy, not dd.MM.yyyy"),
        ('["NA", "?"]', '["NA"]', "breaking", "'?' no longer means a missing value"),
        ('["NA", "?"]', '["NA", "?", "-"]', "compatible", "'-' means a missing value now"),
        ('["N", "none"]', '["N"]', "breaking", "the word 'none' is dropped"),
        ('["N", "none"]', '["N", "none", "off"]', "compatible", "the word 'off' is added"),
        ("timezone: true, minimum: '2019-01-01T00:00:00Z'", "timezone: false", "breaking", "it holds datetime64[us]"),
        ("garden, logicalType: boolean", "garden, logicalType: string", "breaking", "it holds str, not boolean"),
    ],
)
def test_a_change_of_any_kind_of_column_is_judged(old, new, kind, sentence):
    """By what a file, or a model, of before meets."""
    found = of_sales(old, new)
    assert found[0][0] == kind, found
    assert sentence in found[0][2], found


def test_a_column_that_may_be_empty_now_is_one_change():
    """Though pandas needs another dtype for it."""
    found = of_sales("logicalType: integer\n", "logicalType: integer\n        required: true\n")
    assert found == [("breaking", "rooms", "it is required: a row without it is invalid")]
