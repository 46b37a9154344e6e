"""Single claims are encoded as the same claims in a table."""

import numpy as np
from hypothesis import given

from fixtures.strategies import claims_and_customers
from model.encode import encode
from model.records import EXAMPLE, encode_records, record_contract
from step_scripts import contracts
from tests.profiles import fewer

FEATURES = [name for name in contracts.load("features").columns if name not in {"policy_id", "fraud"}]


def as_records(claims, customers):
    """Claims with their customers, as a client has them."""
    return claims.merge(customers, on="policy_id").astype(object).to_dict("records")


@fewer()
@given(claims_and_customers(max_rows=8, shuffled=True))
def test_records_are_encoded_as_tables_are(pair):
    """To the bit, whatever the order of rows and columns, at the bounds of every column."""
    claims, customers = pair
    table = encode(claims, customers)[FEATURES].to_numpy(dtype=np.float64).astype(np.float32)
    assert np.array_equal(encode_records(as_records(claims, customers), FEATURES), table)


def test_the_order_of_the_features_is_the_models(random_tables):
    """A model may have them in any order, or fewer of its numbers."""
    records = as_records(*random_tables(20, 1))
    backwards = FEATURES[::-1]
    assert np.array_equal(encode_records(records, backwards), encode_records(records, FEATURES)[:, ::-1])
    assert np.array_equal(encode_records(records, FEATURES[:3]), encode_records(records, FEATURES)[:, :3])


def test_the_example_keeps_its_contract():
    """It is in the documentation: a user who copies it gets an answer."""
    assert record_contract().broken(EXAMPLE) == []
    assert list(EXAMPLE) == list(record_contract().columns)
