"""The model as the framework's server knows it: a house in, its price out."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from step_scripts import contracts
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.predictor import Description, Prediction, Record

from model import linear


def load(folder: Path) -> "PricePredictor":
    """Load a model's folder or archive."""
    return PricePredictor(linear.load(folder))


class PricePredictor:
    """Answers houses by a model."""

    description = Description(
        title="Prices of houses",
        version="1.0.0",
        fields={"price": {"type": "number", "description": "euros"}},
        example={"house_id": 1, "kind": "flat", "rooms": 3, "area": 80.0},
    )

    def __init__(self, model: linear.Linear) -> None:
        """Keep the model."""
        self.model = model

    @property
    def contract(self) -> RecordContract:
        """What a record has to keep: the contract of houses, without the price."""
        return RecordContract(contracts.load("houses"), without=["price"])

    def predict(self, records: Sequence[Record]) -> list[Prediction]:
        """Return the price of each house."""
        prices = self.model.predict(linear.encode(pd.DataFrame(list(records))))
        return [Prediction({"price": price}) for price in prices.tolist()]
