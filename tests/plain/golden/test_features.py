import hashlib

import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts import Quarantine
from steps.preprocess import preprocess

NUMBERS = [
    "vehicle_claim",
    "total_claim_amount",
    "customer_age",
    "months_as_customer",
    "num_claims_past_year",
    "num_insurers_past_5_years",
    "policy_deductable",
    "policy_annual_premium",
    "customer_zip",
    "auto_year",
    "num_vehicles_involved",
    "num_injuries",
    "num_witnesses",
    "injury_claim",
    "incident_month",
    "incident_day",
    "incident_dow",
    "incident_hour",
]
CATEGORIES = [
    "policy_state",
    "policy_liability",
    "customer_gender",
    "customer_education",
    "driver_relationship",
    "incident_type",
    "collision_type",
    "incident_severity",
    "authorities_contacted",
    "police_report_available",
]
# sha256 of the workshop's table on the real data: header and rows as CSV, numbers to nine decimals.
SHA256 = "7aff8d8e048828a087105fbc0ba01bea948776bf13085e48a25228e9139aef17"


@pytest.fixture(scope="module")
def workshop(data_dir):
    """The workshop's table, built its way from the raw files: merge, one-hot by pandas, label first."""
    claims, customers = (
        pd.read_csv(data_dir / f"{name}.csv", keep_default_na=False) for name in ("claims", "customers")
    )
    merged = claims.merge(customers, on="policy_id", validate="one_to_one")
    merged = merged.replace({column: {"N/A": "missing"} for column in ("driver_relationship", "collision_type")})
    one_hot = [pd.get_dummies(merged[column], prefix=column) for column in CATEGORIES]
    return pd.concat([merged["fraud"], merged[NUMBERS], *one_hot], axis=1).astype(float)


@pytest.fixture(scope="module")
def ours(data_dir):
    """The step's result on the real tables, split as the workshop does."""
    tables = (contracts.read_checked(data_dir, contracts.load(name)) for name in ("claims", "customers"))
    return preprocess(*tables, Quarantine(), split="sequential")


def test_the_feature_table_is_the_workshops(workshop, ours):
    """Names, order and values of the 59 columns are the workshop's, to 1e-9."""
    table = pd.concat([ours.train, ours.test], ignore_index=True).drop(columns="policy_id").astype(float)
    assert table.shape == (5000, 59)
    pd.testing.assert_frame_equal(table, workshop, rtol=0, atol=1e-9, check_column_type=False)


def test_the_split_is_the_workshops(ours):
    """The first 4,000 rows train with 131 frauds, the last 1,000 test with 33."""
    assert [(len(table), int(table["fraud"].sum())) for table in ours[:2]] == [(4000, 131), (1000, 33)]
    assert ours.train["policy_id"].tolist() == list(range(1, 4001))


def test_the_workshops_table_is_the_one_we_knew(workshop):
    """The expectation itself has not drifted with a library's version."""
    assert hashlib.sha256(workshop.to_csv(index=False, float_format="%.9f").encode()).hexdigest() == SHA256
