"""Why a claim scores as it does: what each column of the raw tables adds to the model's margin."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost as xgb

from model.encode import columns_of_features, encode
from model.reasons import contributions
from model.score import predict
from step_scripts import contracts
from step_scripts.serving.artifact import ArtifactError


@pytest.fixture
def features(random_tables):
    """Encoded claims."""
    return encode(*random_tables(40, 2))


def test_every_feature_comes_from_a_raw_column():
    """Numbers are columns of their own; a category's features are of its column; the label is of none."""
    sources = columns_of_features()
    raw = {name for table in ("claims", "customers") for name in contracts.load(table).columns} - {"policy_id", "fraud"}
    assert list(sources) == [name for name in contracts.load("features").columns if name not in {"policy_id", "fraud"}]
    assert set(sources.values()) == raw
    assert sources["vehicle_claim"] == "vehicle_claim"
    assert sources["collision_type_missing"] == "collision_type"
    assert sources["policy_liability_15/30"] == "policy_liability"


def test_contributions_add_up_to_the_margin(artifact, features):
    """Base and columns together are the log-odds of the probability, row by row."""
    table = contributions(artifact, features)
    margin = table.sum(axis=1).to_numpy()
    assert np.allclose(1 / (1 + np.exp(-margin)), predict(artifact, features), atol=1e-6)
    assert np.allclose(
        margin, artifact.model.predict(xgb.DMatrix(features[list(artifact.features)]), output_margin=True), atol=1e-5
    )
    assert set(table.columns) == {"base", *columns_of_features().values()}


def test_the_features_of_a_category_are_summed(artifact, random_tables):
    """What the model says of `customer_gender_Other` and its like is said of `customer_gender`; of every column so."""
    claims, customers = random_tables(500, 3)
    table = encode(claims, customers)[list(artifact.features)]
    label = customers["customer_gender"].isin(["Female", "Other"]) & (claims["incident_severity"] != "Minor")
    settings = {"objective": "binary:logistic", "max_depth": 4}
    model = xgb.train(settings, xgb.DMatrix(table, label.to_numpy()), 5)
    single = model.predict(xgb.DMatrix(table), pred_contribs=True)
    ours = contributions(replace(artifact, model=model), table)
    sources = columns_of_features()
    genders = [place for place, name in enumerate(table) if sources[name] == "customer_gender"]
    assert (np.abs(single[:, genders]).max(axis=0) > 0).sum() > 1  # there is something to sum
    for column in set(sources.values()):
        places = [place for place, name in enumerate(table) if sources[name] == column]
        assert np.allclose(ours[column], single[:, places].sum(axis=1), atol=1e-6), column


def test_no_rows_have_no_reasons(artifact, features):
    """An empty table is no error."""
    table = contributions(artifact, features.head(0))
    assert table.shape == (0, 1 + len(set(columns_of_features().values())))


def test_a_table_without_a_feature_is_reported(artifact, features):
    """As scoring tells it."""
    with pytest.raises(ArtifactError, match="lacks 1 of the model's"):
        contributions(artifact, features.drop(columns="num_injuries"))


def test_a_model_of_other_features_is_reported(artifact, features):
    """A feature that no column of today's contracts gives cannot be explained."""
    odd = features.rename(columns={"num_injuries": "num_wounds"})
    with pytest.raises(ArtifactError, match="num_wounds"):
        contributions(replace(artifact, features=tuple(odd.columns.drop("policy_id"))), odd)
