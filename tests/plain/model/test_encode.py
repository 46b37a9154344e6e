import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts import ContractError
from tests.profiles import fewer

SEEDS = st.integers(0, 2**32 - 1)


def broken(claims, customers):
    """The rules that a pair of tables breaks, by id."""
    with pytest.raises(ContractError) as caught:
        encode(claims, customers)
    assert all(rule.rule in str(caught.value) and rule.remedy in str(caught.value) for rule in caught.value.broken)
    return {rule.rule: rule for rule in caught.value.broken}


def test_names_order_and_types_are_the_contracts(random_tables):
    """A row is its policy and 58 features, in the order and with the dtypes of the features contract."""
    columns = {name: column for name, column in contracts.load("features").columns.items() if name != "fraud"}
    features = encode(*random_tables(20))
    assert list(features) == list(columns)
    assert len(columns) == 59
    assert {name: str(dtype) for name, dtype in features.dtypes.items()} == {
        name: column.dtype for name, column in columns.items()
    }
    assert list(features.index) == list(range(20))


def test_one_row_by_hand(random_tables):
    """Numbers pass through; a category is one true column among its own; N/A is called missing, and None stays None."""
    claims, customers = random_tables(1)
    claims["collision_type"] = pd.Categorical(["N/A"])
    claims["authorities_contacted"] = ["None"]
    claims["vehicle_claim"] = 1234.5
    customers["policy_liability"] = pd.Categorical(["15/30"], categories=["30/60", "15/30"])
    row = encode(claims, customers).iloc[0]
    assert row["vehicle_claim"] == 1234.5
    for prefix, name in [
        ("collision_type", "missing"),
        ("authorities_contacted", "None"),
        ("policy_liability", "15/30"),
    ]:
        assert [column for column in row.index if column.startswith(f"{prefix}_") and row[column]] == [
            f"{prefix}_{name}"
        ]


@fewer()
@given(rows=st.integers(1, 30), seed=SEEDS)
def test_every_category_is_exactly_one_column(random_tables, rows, seed):
    """No row is without a category, and none has two."""
    claims, customers = random_tables(rows, seed)
    features = encode(claims, customers)
    for table, name in ((claims, "claims"), (customers, "customers")):
        for column in (column for column in contracts.load(name).columns.values() if column.categories):
            names = [f"{column.name}_{'missing' if value == 'N/A' else value}" for value in column.categories]
            assert (features[names].sum(axis=1) == 1).all()
            chosen = features[names].idxmax(axis=1).str.removeprefix(f"{column.name}_").replace("missing", "N/A")
            assert chosen.tolist() == table[column.name].tolist()


@fewer()
@given(rows=st.integers(1, 30), seed=SEEDS, data=st.data())
def test_one_row_is_encoded_as_in_the_whole_table(random_tables, rows, seed, data):
    """Any rows alone are encoded as they are within the table: no state is fitted."""
    claims, customers = random_tables(rows, seed)
    some = sorted(data.draw(st.sets(st.integers(0, rows - 1), min_size=1)))
    part = encode(claims.iloc[some], customers.iloc[some])
    pd.testing.assert_frame_equal(part, encode(claims, customers).iloc[some].reset_index(drop=True))


@fewer()
@given(rows=st.integers(1, 30), seed=SEEDS)
def test_the_order_of_customers_does_not_matter(random_tables, rows, seed):
    """Each claim finds its customer wherever that stands; rows come in the order of the claims."""
    claims, customers = random_tables(rows, seed)
    shuffled = customers.sample(frac=1, random_state=seed)
    features = encode(claims, shuffled)
    pd.testing.assert_frame_equal(features, encode(claims, customers))
    assert features["policy_id"].tolist() == claims["policy_id"].tolist()
    in_order = claims.merge(customers, on="policy_id")
    assert features["customer_zip"].tolist() == in_order["customer_zip"].tolist()


@fewer()
@given(rows=st.integers(1, 30), seed=SEEDS)
def test_text_is_encoded_as_categories_are(random_tables, rows, seed):
    """A table that arrives with text, or with its categories in another order, is encoded alike."""
    tables = random_tables(rows, seed)
    text = [table.astype(dict.fromkeys(table.columns[table.dtypes == "category"], "str")) for table in tables]
    turned = [
        table.assign(**{name: table[name].cat.reorder_categories(table[name].cat.categories[::-1]) for name in names})
        for table, names in ((table, table.columns[table.dtypes == "category"]) for table in tables)
    ]
    expected = encode(*tables)
    pd.testing.assert_frame_equal(encode(*text), expected)
    pd.testing.assert_frame_equal(encode(*turned), expected)


def test_arguments_are_not_changed(random_tables):
    """Neither by encoding, nor by what is done to the result."""
    claims, customers = random_tables(50)
    before = claims.copy(deep=True), customers.copy(deep=True)
    features = encode(claims, customers)
    features["injury_claim"] = 0
    features.loc[0, "customer_age"] = 99
    pd.testing.assert_frame_equal(claims, before[0])
    pd.testing.assert_frame_equal(customers, before[1])


def test_the_label_is_neither_needed_nor_returned(random_tables):
    """A claim to score has no label yet."""
    claims, customers = random_tables(5)
    unlabelled = encode(claims.drop(columns="fraud"), customers)
    pd.testing.assert_frame_equal(unlabelled, encode(claims, customers))
    assert "fraud" not in unlabelled


def test_no_rows(random_tables):
    """Two empty tables give an empty table of the same columns."""
    claims, customers = random_tables(3)
    assert encode(claims[:0], customers[:0]).shape == (0, 59)


def test_orphans_on_both_sides_are_reported_together(random_tables):
    """Claims without a customer and customers without a claim are counted, with up to five of their policies."""
    claims, customers = random_tables(20)
    rules = broken(claims.iloc[3:], customers.iloc[:-7])
    assert set(rules) == {"claims_have_a_customer", "customers_have_a_claim"}
    assert (rules["claims_have_a_customer"].count, rules["customers_have_a_claim"].count) == (7, 3)
    named = [example["policy_id"] for example in rules["claims_have_a_customer"].examples]
    assert named == claims["policy_id"].tolist()[13:18]
    assert [example["policy_id"] for example in rules["customers_have_a_claim"].examples] == customers[
        "policy_id"
    ].tolist()[:3]


@pytest.mark.parametrize("side", ["claims", "customers"])
def test_a_customer_beyond_the_last_claim_is_an_orphan(random_tables, side):
    """The highest key is looked up too, on either side."""
    claims, customers = (table.sort_values("policy_id") for table in random_tables(5))
    pair = (claims, customers.iloc[:-1]) if side == "claims" else (claims.iloc[:-1], customers)
    assert set(broken(*pair)) == {"claims_have_a_customer" if side == "claims" else "customers_have_a_claim"}


@pytest.mark.parametrize("where", [0, 2])
def test_a_policy_twice_is_reported(random_tables, where):
    """A repeated policy is an error on the side where it is, also when both tables repeat it alike."""
    claims, customers = random_tables(5)
    again = [0, 1, 2, 3, 4, where]
    assert set(broken(claims.iloc[again], customers)) == {"claims_are_unique"}
    assert set(broken(claims, customers.iloc[again])) == {"customers_are_unique"}
    both = broken(claims.iloc[again], customers.iloc[again])
    assert {name: rule.count for name, rule in both.items()} == {"claims_are_unique": 1, "customers_are_unique": 1}
    assert both["claims_are_unique"].examples[0]["policy_id"] == claims["policy_id"][where]


def test_an_unknown_category_is_no_row_of_zeros(random_tables):
    """A value that the contract lacks, or none at all, is an error with the policy and the value."""
    claims, customers = random_tables(6)
    claims["incident_type"] = ["Collision", "Meteor", "Theft", None, "Theft", "Break-in"]
    customers["policy_state"] = pd.Categorical(["CA", "CA", "CA", "CA", "CA", "TX"])
    rules = broken(claims, customers)
    assert set(rules) == {"incident_type_category", "policy_state_category"}
    assert rules["incident_type_category"].count == 2
    assert rules["incident_type_category"].examples[0] == {
        "policy_id": claims["policy_id"][1],
        "value": "Meteor",
    }
    assert rules["policy_state_category"].examples[0]["value"] == "TX"


def test_absent_columns_are_named(random_tables):
    """The error names the missing columns of both tables."""
    claims, customers = random_tables(3)
    rules = broken(claims.drop(columns=["policy_id", "injury_claim"]), customers.drop(columns="auto_year"))
    assert rules["claims_columns"].examples == ({"missing": "policy_id, injury_claim"},)
    assert rules["customers_columns"].examples == ({"missing": "auto_year"},)


def test_large_tables_take_the_lean_way(random_tables):
    """Numbers of a table in the same order are not copied: a million rows cost their one-hot columns only."""
    claims, customers = random_tables(1000)
    claims, customers = (table.sort_values("policy_id", ignore_index=True) for table in (claims, customers))
    features = encode(claims, customers)
    assert np.shares_memory(features["vehicle_claim"].to_numpy(), claims["vehicle_claim"].to_numpy())
    assert np.shares_memory(features["auto_year"].to_numpy(), customers["auto_year"].to_numpy())
