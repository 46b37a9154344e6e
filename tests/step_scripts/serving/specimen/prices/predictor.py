"""A price is a sum: some euros for each square metre, for the number of rooms, and for a quiet street."""

import json

from step_scripts.contracts import load as load_contract
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.artifact import check_entries, read_artifact
from step_scripts.serving.predictor import Description, Prediction, Reason, Reasons

WEIGHTS = "weights.json"
CONTRACTS = ("houses", "streets")
EXAMPLE = {"house_id": 1, "kind": "House", "rooms": 4, "area": 120.5, "quiet": "Yes"}


def load(folder):
    """Load the weights."""
    artifact = read_artifact(folder, files=[WEIGHTS], contracts=CONTRACTS)
    check_entries(artifact, {"unit": str})
    return Prices(json.loads(artifact.files[WEIGHTS]), artifact.about["unit"])


class Prices:
    """Answers houses."""

    def __init__(self, weights, unit):
        self.weights = weights
        self.contract = RecordContract(*map(load_contract, CONTRACTS), without=["price"])
        self.description = Description(
            title="Prices of houses",
            version="1.2.0",
            fields={"price": {"type": "number"}, "expensive": {"type": "boolean"}},
            example=EXAMPLE,
            unit=unit,
            nested=("house", "street"),
            notes=f"{len(weights)} weights",
        )

    def predict(self, records):
        """Sum up."""
        return [self._predicted(record) for record in records]

    def _predicted(self, record):
        added = {
            "area": self.weights["area"] * record["area"],
            "rooms": self.weights["rooms"] * record["rooms"],
            "quiet": self.weights["quiet"] * (record["quiet"] == "Yes"),
        }
        top = sorted(added, key=lambda name: -abs(added[name]))[:2]
        price = self.weights["base"] + sum(added.values())
        reasons = Reasons(
            base=self.weights["base"],
            top=tuple(Reason(name, record[name], added[name]) for name in top if added[name]),
            rest=sum(added[name] for name in added if name not in top),
        )
        return Prediction({"price": price, "expensive": price >= 400_000}, reasons)
