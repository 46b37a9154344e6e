"""Records are checked, answered with their keys, and refused in their places."""

from dataclasses import dataclass, replace

import pytest
from prices.predictor import EXAMPLE

from step_scripts.contracts import Column, Contract
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.answers import Answer, Refusal
from step_scripts.serving.predictor import Description, Prediction, PredictorError, Reason, Reasons
from step_scripts.serving.scorer import Scorer

PRICE = 50_000 + 2500 * 120.5 + 4 * 1000.5 + 20_000


@dataclass
class Fixed:
    """A predictor that returns what it is given."""

    contract: RecordContract
    description: Description
    predictions: list

    def predict(self, records):
        """Return the predictions."""
        return self.predictions[: len(records)]


@pytest.fixture
def fixed(scorer):
    """A function that makes a scorer of predictions, with another contract or description."""

    def make(predictions, *, contract=None, **changes):
        described = replace(scorer.predictor.description, **changes)
        return Scorer(Fixed(contract or scorer.predictor.contract, described, predictions))

    return make


def test_an_answer_has_the_key_the_prediction_and_the_reasons(scorer):
    """In this order, ready for JSON."""
    (answer,) = scorer.answers([EXAMPLE])
    assert list(answer.as_dict().items()) == [
        ("house_id", 1),
        ("price", PRICE),
        ("expensive", False),
        ("base", 50_000),
        (
            "reasons",
            [
                {"column": "area", "value": 120.5, "contribution": 301_250.0},
                {"column": "quiet", "value": "Yes", "contribution": 20_000},
            ],
        ),
        ("rest", 4002.0),
    ]
    assert scorer.columns == ("house_id", "price", "expensive", "reasons", "error")


def test_a_whole_key_is_written_as_one(scorer):
    """JSON may write it as 1.0."""
    (answer,) = scorer.answers([{**EXAMPLE, "house_id": 1.0}])
    assert (answer.keys, type(answer.keys["house_id"])) == ({"house_id": 1}, int)


def test_bad_and_good_records_keep_their_places(scorer):
    """An invalid record does not move the others, nor change them."""
    bad, no_key = {**EXAMPLE, "rooms": 31}, {**EXAMPLE, "house_id": "x"}
    earlier = Refusal("unreadable", ("format",))
    first, second, third, fourth, fifth = scorer.answers([EXAMPLE, bad, earlier, no_key, EXAMPLE])
    assert isinstance(first, Answer)
    assert first == fifth
    assert second.as_dict() == {
        "house_id": 1,
        "price": None,
        "error": second.error,
        "broken_rules": ["rooms_range"],
    }
    assert second.error.startswith("rooms_range: expected rooms lies between 0 and 30; got house_id 1: 31; ")
    assert third.as_dict() == {"house_id": None, "price": None, "error": "unreadable", "broken_rules": ["format"]}
    assert (fourth.known["house_id"], fourth.broken_rules) == (None, ("house_id_dtype",))


def test_records_are_counted(fixed):
    """All, and the refused ones among them."""
    one = fixed([Prediction({"price": 1.0})] * 9)
    one.answers([EXAMPLE, {}])
    one.answers([EXAMPLE])
    assert one.counts == (3, 1)


def test_no_record_gets_no_answer(scorer):
    """Neither an error nor an answer."""
    assert scorer.answers([]) == []


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({"price": float("inf")}, None),
        ({"price": 1, "expensive": float("nan")}, None),
        ({"price": 1.0}, Reasons(1.0, (Reason("area", 1, float("inf")),), float("-inf"))),
    ],
)
def test_what_json_cannot_say_is_refused_in_its_place(fixed, values, reasons):
    """A model may overflow where a contract allows any number; the other records keep their answers."""
    good = Prediction({"price": 1.0})
    first, second = fixed([Prediction(values, reasons), good]).answers([EXAMPLE, EXAMPLE])
    assert first.as_dict() | {"error": ""} == {
        "house_id": 1,
        "price": None,
        "error": "",
        "broken_rules": ["prediction"],
    }
    assert first.error.startswith("expected finite numbers from the model, got another as ")
    assert second.prediction is good


def _contract(key, keys=("place",)):
    columns = {"place": Column(name="place", dtype="category", categories=("Nice", "Metz")), "area": key}
    return RecordContract(Contract(name="plots", id="plots", version="1.0.0", keys=keys, columns=columns, rules=()))


def test_a_key_may_be_a_text(fixed):
    """Its name and its kind are the contract's."""
    contract = _contract(Column(name="area", dtype="float64", minimum=1))
    one = fixed([Prediction({"price": 5.0})], contract=contract, unit=None)
    answer, refusal, other = one.answers([{"place": "Nice", "area": 2}, {"place": "Metz", "area": 0}, {"place": 7}])
    assert answer.as_dict() == {"place": "Nice", "price": 5.0}
    assert (refusal.known, other.known) == ({"place": "Metz", "price": None}, {"place": None, "price": None})
    assert one.columns == ("place", "price", "expensive", "error")


def test_an_answer_has_the_whole_key_or_none(fixed):
    """All columns of a key of several; without a key an answer is found by its place."""
    area = Column(name="area", dtype="int64", minimum=1)
    two, none = (_contract(area, keys) for keys in [("place", "area"), ()])
    records, made = [{"place": "Nice", "area": 2.0}, {"place": "Metz", "area": 0}], [Prediction({"price": 5.0})]
    one = fixed(made, contract=two, unit=None)
    answer, refusal = one.answers(records)
    assert answer.as_dict() == {"place": "Nice", "area": 2, "price": 5.0}
    assert refusal.known == {"place": "Metz", "area": 0, "price": None}
    assert refusal.error.startswith("area_range: expected area is at least 1; got place Metz, area 0; fix: ")
    assert one.columns == ("place", "area", "price", "expensive", "error")
    other = fixed(made, contract=none, unit=None)
    answer, refusal = other.answers(records)
    assert (answer.as_dict(), refusal.known) == ({"price": 5.0}, {"price": None})
    assert refusal.error.startswith("area_range: expected area is at least 1; got 0; fix: ")
    assert other.columns == ("price", "expensive", "error")


@pytest.mark.parametrize(
    "fields", [{}, {"house_id": {}}, {"price": {}, "rest": {}}, {"error": {}}, {"broken_rules": {}}]
)
def test_a_field_has_a_name_of_its_own(fixed, fields):
    """Not that of a key column or of another part of an answer."""
    with pytest.raises(PredictorError, match="'Prices of houses': expected one or more fields, got"):
        fixed([], fields=fields)


def test_a_prediction_too_few_is_an_error(fixed):
    """Otherwise a record would get the prediction of another."""
    with pytest.raises(PredictorError, match="expected 2 predictions for as many records, got 1"):
        fixed([Prediction({"price": 1.0})]).answers([EXAMPLE, EXAMPLE])
