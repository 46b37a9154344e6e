"""The model finds the prices that the fixtures were made with, and a record is worth what its row is."""

import pandas as pd

from model.linear import encode, load
from model.predictor import PricePredictor


def test_a_square_metre_has_its_price(project):
    """The fixtures were made with 2,500 euros a square metre."""
    model = load(project.folder("fixtures") / "train" / "model")
    assert 2_200 < model.weights[1] < 2_800


def test_a_record_is_worth_what_its_row_is(project):
    """The predictor and the model agree on every house."""
    houses = pd.read_csv(project.folder("fixtures") / "houses.csv").drop(columns="price")
    model = load(project.folder("fixtures") / "train" / "model")
    answers = PricePredictor(model).predict(houses.to_dict("records"))
    assert [answer.fields["price"] for answer in answers] == model.predict(encode(houses)).tolist()
