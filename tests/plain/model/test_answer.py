"""What is said of a claim is what preprocessing and evaluation would have found for it, and why."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from fixtures.strategies import claims_and_customers
from model import ArtifactError, load_artifact, score
from model.answer import Answer, Refusal, Scorer
from model.reasons import contributions
from model.records import EXAMPLE
from steps.preprocess import parser, preprocess, read_inputs


@pytest.fixture(scope="module")
def shipped(project):
    """The shipped model."""
    return load_artifact(project / "fixtures" / "train" / "model")


@pytest.fixture(scope="module")
def scorer(shipped):
    """It answers by the shipped model."""
    return Scorer(shipped)


def as_records(claims, customers):
    """Claims with their customers, as a client has them, in the order of the claims."""
    return claims.merge(customers, on="policy_id").astype(object).to_dict("records")


def test_there_is_no_train_serve_skew(shipped, scorer):
    """The shipped tables through preprocess and evaluate's scoring, and row by row through the scorer, score alike."""
    claims, customers, quarantine = read_inputs(parser().parse_args([]))
    features = preprocess(claims, customers, quarantine)
    import pandas as pd

    from model import predict

    table = pd.concat([features.train, features.test])
    offline = dict(zip(table["policy_id"], predict(shipped, table), strict=True))
    for record in as_records(claims, customers):
        (answer,) = scorer.answers([record])
        assert abs(answer.probability - offline[answer.policy_id]) <= 1e-9


@given(claims_and_customers(max_rows=8, shuffled=True))
@settings(max_examples=50, deadline=None)
def test_any_claim_scores_as_in_its_table(shipped, scorer, pair):
    """Probability and decision, at the bounds of every column, alone and together."""
    claims, customers = pair
    expected = score(shipped, claims, customers)
    records = as_records(claims, customers)
    together = scorer.answers(records)
    alone = [answer for record in records for answer in scorer.answers([record])]
    for answers in (together, alone):
        assert [answer.policy_id for answer in answers] == expected["policy_id"].tolist()
        assert np.allclose([answer.probability for answer in answers], expected["probability"], rtol=0, atol=1e-9)
        assert [answer.decision for answer in answers] == expected["decision"].tolist()


def test_a_probability_at_the_threshold_is_a_fraud(shipped, scorer):
    """As in `score`: the threshold itself was chosen as the smallest that flags."""
    (answer,) = scorer.answers([EXAMPLE])
    above = math.nextafter(answer.probability, 1)
    decisions = [
        Scorer(replace(shipped, threshold=threshold)).answers([EXAMPLE])[0].decision
        for threshold in (answer.probability, above)
    ]
    assert decisions == [1, 0]


def test_the_reasons_add_up_to_the_probability(scorer, claims, customers):
    """Base, reasons and rest are the log-odds of the probability."""
    for answer in scorer.answers(as_records(claims.head(200), customers.head(200))):
        margin = answer.base + sum(reason.contribution for reason in answer.reasons) + answer.rest
        assert abs(1 / (1 + math.exp(-margin)) - answer.probability) < 1e-6


def test_the_reasons_are_what_matters_most(shipped, scorer, claims, customers):
    """Of the original columns, the greatest contribution first, each with the claim's value there."""
    from model import encode

    added = contributions(shipped, encode(claims.head(100), customers.head(100))).drop(columns="base")
    records = as_records(claims.head(100), customers.head(100))
    for record, answer, (_, row) in zip(records, scorer.answers(records), added.iterrows(), strict=True):
        ranked = row.abs().sort_values(ascending=False, kind="stable")
        assert [abs(reason.contribution) for reason in answer.reasons] == pytest.approx(ranked[:3].tolist())
        for reason in answer.reasons:
            assert reason.contribution == pytest.approx(row[reason.column])
            assert reason.value == record[reason.column]


def test_what_adds_nothing_is_no_reason(artifact):
    """A model that looks at one column gives one reason at most."""
    (answer,) = Scorer(artifact).answers([EXAMPLE])
    assert all(reason.contribution for reason in answer.reasons)


def test_bad_and_good_records_keep_their_places(scorer):
    """A bad one does not move the others, nor change them."""
    bad, nobody = {**EXAMPLE, "incident_hour": 24}, {**EXAMPLE, "policy_id": "x"}
    earlier = Refusal(None, "unreadable", ("format",))
    first, second, third, fourth, fifth = scorer.answers([EXAMPLE, bad, earlier, nobody, EXAMPLE])
    assert isinstance(first, Answer)
    assert first == fifth
    assert (second.policy_id, second.broken_rules) == (1, ("incident_hour_range",))
    assert third is earlier
    assert (fourth.policy_id, fourth.broken_rules) == (None, ("policy_id_dtype",))
    assert second.as_dict()["probability"] is None


def test_nothing_asked_is_nothing_answered(scorer):
    """Neither an error nor an answer."""
    assert scorer.answers([]) == []


def test_a_model_of_other_features_is_refused(shipped):
    """When the server starts, not when the first claim comes."""
    with pytest.raises(ArtifactError, match="num_wounds"):
        Scorer(replace(shipped, features=("num_wounds", *shipped.features[1:])))
