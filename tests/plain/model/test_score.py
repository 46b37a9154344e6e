from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from model.encode import encode
from model.score import predict, score
from step_scripts.contracts import ContractError
from step_scripts.serving.artifact import ArtifactError
from tests.profiles import fewer


def test_a_score_is_policy_probability_decision(artifact, random_tables):
    """In the order of the claims, probabilities within [0, 1], and a decision that is one of two."""
    claims, customers = random_tables(40, 2)
    scores = score(artifact, claims.drop(columns="fraud"), customers.sample(frac=1, random_state=0))
    assert {name: str(dtype) for name, dtype in scores.dtypes.items()} == {
        "policy_id": "int64",
        "probability": "float64",
        "decision": "int64",
    }
    assert scores["policy_id"].tolist() == claims["policy_id"].tolist()
    assert scores["probability"].between(0, 1).all()
    assert scores["probability"].min() < scores["probability"].max()
    assert set(scores["decision"]) == {0, 1}


def test_the_threshold_itself_is_a_fraud(artifact, random_tables):
    """A claim whose probability equals the threshold is called a fraud, in the model's own float32 numbers too."""
    tables = random_tables(40, 2)
    for threshold in np.unique(score(artifact, *tables)["probability"]):
        scores = score(replace(artifact, threshold=float(threshold)), *tables)
        assert ((scores["probability"] >= threshold) == (scores["decision"] == 1)).all()
        assert (scores.loc[scores["probability"] == threshold, "decision"] == 1).all()


@fewer()
@given(seed=st.integers(0, 2**32 - 1), row=st.integers(0, 19))
def test_one_claim_scores_as_in_a_batch(artifact, random_tables, seed, row):
    """A single claim has, to the bit, the probability that it has in a table."""
    claims, customers = random_tables(20, seed)
    one = score(artifact, claims.iloc[[row]], customers.iloc[[row]])
    pd.testing.assert_frame_equal(one, score(artifact, claims, customers).iloc[[row]].reset_index(drop=True))


def test_more_threads_score_no_different(artifact, random_tables):
    """One thread, which is as fast, gives the bits that all of them give."""
    features = encode(*random_tables(5000, 2))
    model = artifact.model.copy()
    model.set_param({"nthread": 0})
    all_threads = model.predict(xgb.DMatrix(features[list(artifact.features)], nthread=0))
    assert np.array_equal(predict(artifact, features), all_threads)


def test_features_are_found_by_name(artifact, random_tables):
    """Another order of columns, and columns that the model does not know, change nothing."""
    features = encode(*random_tables(20, 2))
    turned = features[features.columns[::-1]].assign(fraud=1)
    assert np.array_equal(predict(artifact, turned), predict(artifact, features))


def test_an_absent_feature_is_a_sentence(artifact, random_tables):
    """A table without one of the model's features is refused by name."""
    with pytest.raises(ArtifactError, match=r"lacks 1 of the model's 58 features \(customer_zip\)"):
        predict(artifact, encode(*random_tables(3)).drop(columns="customer_zip"))


def test_no_claims_no_scores(artifact, random_tables):
    """An empty table is scored to an empty table of the same columns."""
    claims, customers = random_tables(3)
    scores = score(artifact, claims[:0], customers[:0])
    assert (list(scores), len(scores)) == (["policy_id", "probability", "decision"], 0)


def test_a_claim_without_a_customer_is_no_score(artifact, random_tables):
    """What cannot be encoded is an error, never a guess."""
    claims, customers = random_tables(3)
    with pytest.raises(ContractError, match="claims_have_a_customer"):
        score(artifact, claims, customers.iloc[1:])
