"""The answer to a claim is what preprocessing and evaluation would have found for it, with the reasons."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from fixtures.strategies import claims_and_customers
from model.artifact import load_artifact
from model.predictor import FraudPredictor, load
from model.reasons import contributions
from model.records import EXAMPLE
from model.score import score
from step_scripts.serving.answers import write
from step_scripts.serving.artifact import ArtifactError
from step_scripts.serving.payload import read
from step_scripts.serving.predictor import Predictor
from step_scripts.serving.scorer import Scorer
from steps.preprocess import parser, preprocess, read_inputs
from tests.profiles import fewer


@pytest.fixture(scope="module")
def shipped(project):
    """The shipped model."""
    return load_artifact(project / "fixtures" / "train" / "model")


@pytest.fixture(scope="module")
def scorer(shipped):
    """It answers by the shipped model."""
    return Scorer(FraudPredictor(shipped))


def as_records(claims, customers):
    """Claims with their customers, as a client has them, in the order of the claims."""
    return claims.merge(customers, on="policy_id").astype(object).to_dict("records")


def test_there_is_no_train_serve_skew(shipped, scorer):
    """The shipped tables score alike through preprocess and evaluate, and through the scorer; every 25th row alone."""
    claims, customers, quarantine = read_inputs(parser().parse_args([]))
    features = preprocess(claims, customers, quarantine)
    import pandas as pd

    from model.score import predict

    table = pd.concat([features.train, features.test])
    offline = dict(zip(table["policy_id"], predict(shipped, table), strict=True))
    records = as_records(claims, customers)
    answers = scorer.answers(records) + [answer for record in records[::25] for answer in scorer.answers([record])]
    assert len(answers) == 5200
    for answer in answers:
        assert abs(answer.prediction.fields["probability"] - offline[answer.keys["policy_id"]]) <= 1e-9


@fewer()
@given(claims_and_customers(max_rows=8, shuffled=True))
def test_any_claim_scores_as_in_its_table(shipped, scorer, pair):
    """Probability and decision, at the bounds of every column, alone and together."""
    claims, customers = pair
    expected = score(shipped, claims, customers)
    records = as_records(claims, customers)
    together = scorer.answers(records)
    alone = [answer for record in records for answer in scorer.answers([record])]
    for answers in (together, alone):
        assert [answer.keys["policy_id"] for answer in answers] == expected["policy_id"].tolist()
        assert np.allclose(
            [answer.prediction.fields["probability"] for answer in answers], expected["probability"], rtol=0, atol=1e-9
        )
        assert [answer.prediction.fields["decision"] for answer in answers] == expected["decision"].tolist()


def test_a_probability_at_the_threshold_is_a_fraud(shipped, scorer):
    """As in `score`: the threshold itself was chosen as the smallest that flags."""
    (answer,) = scorer.answers([EXAMPLE])
    probability = answer.prediction.fields["probability"]
    above = math.nextafter(probability, 1)
    decisions = [
        FraudPredictor(replace(shipped, threshold=threshold)).predict([EXAMPLE])[0].fields["decision"]
        for threshold in (probability, above)
    ]
    assert decisions == [1, 0]


def test_the_reasons_add_up_to_the_probability(scorer, claims, customers):
    """Base, reasons and rest are the log-odds of the probability."""
    for answer in scorer.answers(as_records(claims.head(200), customers.head(200))):
        why = answer.prediction.reasons
        margin = why.base + sum(reason.contribution for reason in why.top) + why.rest
        assert abs(1 / (1 + math.exp(-margin)) - answer.prediction.fields["probability"]) < 1e-6


def test_the_reasons_are_what_matters_most(shipped, scorer, claims, customers):
    """Of the original columns, the greatest contribution first, each with the claim's value there."""
    from model.encode import encode

    added = contributions(shipped, encode(claims.head(100), customers.head(100))).drop(columns="base")
    records = as_records(claims.head(100), customers.head(100))
    for record, answer, (_, row) in zip(records, scorer.answers(records), added.iterrows(), strict=True):
        ranked = row.abs().sort_values(ascending=False, kind="stable")
        assert [abs(reason.contribution) for reason in answer.prediction.reasons.top] == pytest.approx(
            ranked[:3].tolist()
        )
        for reason in answer.prediction.reasons.top:
            assert reason.contribution == pytest.approx(row[reason.column])
            assert reason.value == record[reason.column]


def test_what_adds_nothing_is_no_reason(artifact):
    """A model that looks at one column gives one reason at most."""
    (found,) = FraudPredictor(artifact).predict([EXAMPLE])
    assert all(reason.contribution for reason in found.reasons.top)


def test_a_model_of_other_features_is_refused(shipped):
    """When the server starts, not when the first claim comes."""
    with pytest.raises(ArtifactError, match="num_wounds"):
        FraudPredictor(replace(shipped, features=("num_wounds", *shipped.features[1:])))


def test_the_framework_can_load_it(project):
    """It is a predictor, its example is valid, and the server prints its threshold."""
    predictor = load(project / "fixtures" / "train" / "model")
    assert isinstance(predictor, Predictor)
    assert predictor.contract.broken(predictor.description.example) == []
    assert predictor.description.notes == "threshold 0.1135"


def test_answers_have_the_bytes_that_clients_know(scorer):
    """Of a claim and of an invalid one, in every format: clients parse them, and scripts cut the CSV."""
    answers = scorer.answers([EXAMPLE, {**EXAMPLE, "incident_hour": 24}])
    (probability, decision), why = answers[0].prediction.fields.values(), answers[0].prediction.reasons
    assert (probability, decision) == (pytest.approx(0.12046012, abs=1e-8), 1)
    reasons = "num_insurers_past_5_years=3:+0.6391;customer_gender=Male:+0.4517;injury_claim=1500:-0.1812"
    assert write(answers, "csv", columns=scorer.columns, header=True).decode() == (
        f'policy_id,probability,decision,reasons,error\n1,{probability!r},1,{reasons},\n1,,,,"{answers[1].error}"\n'
    )
    top = ", ".join(
        f'{{"column": "{reason.column}", "value": {json.dumps(reason.value)}, "contribution": {reason.contribution!r}}}'
        for reason in why.top
    )
    assert write(answers, "jsonlines", columns=scorer.columns).decode() == (
        f'{{"policy_id": 1, "probability": {probability!r}, "decision": 1, "base": {why.base!r}, "reasons": [{top}], '
        f'"rest": {why.rest!r}}}\n'
        f'{{"policy_id": 1, "probability": null, "error": "{answers[1].error}", '
        '"broken_rules": ["incident_hour_range"]}\n'
    )


def test_claim_and_customer_may_be_two_objects(scorer):
    """As clients have them: two objects with the policy in each."""
    names = list(EXAMPLE)
    claim = {name: EXAMPLE[name] for name in names[:17]}
    customer = {name: EXAMPLE[name] for name in ["policy_id", *names[17:]]}
    body = json.dumps({"claim": claim, "customer": customer}).encode()
    predictor = scorer.predictor
    payload = read(body, "json", predictor.contract.columns, nested=predictor.description.nested)
    assert payload.records == [dict(EXAMPLE)]
