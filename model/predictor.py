"""The fraud model as the framework's server knows it: a claim in, its probability of fraud and the reasons out.

The endpoint, the batch transform and ``step-scripts score`` all answer by this. Tests compare its probabilities with
those that preprocessing and evaluation find for the same rows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.artifact import Artifact, load_artifact
from model.reasons import contributions_of, selector
from model.records import EXAMPLE, encode_records, record_contract
from step_scripts import contracts
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.predictor import Description, Prediction, Reason, Reasons, Record

MAX_REASONS = 3
FIELDS: dict[str, dict[str, Any]] = {
    "probability": {"type": "number", "minimum": 0, "maximum": 1, "description": "of fraud"},
    "decision": {"enum": [0, 1], "description": "1: the probability reaches the model's threshold"},
}


def load(folder: Path) -> "FraudPredictor":
    """Load a model for the framework's server.

    Parameters
    ----------
    folder : Path
        As `model.load_artifact` takes it.

    Raises
    ------
    ArtifactError
        As `model.load_artifact`, and when the model has a feature that no column of claims or customers gives.

    Examples
    --------
    >>> predictor = load(Path("fixtures/train/model"))
    >>> (found,) = predictor.predict([EXAMPLE])
    >>> list(found.fields), 0 < found.fields["probability"] < 1, len(found.reasons.top)
    (['probability', 'decision'], True, 3)
    """
    return FraudPredictor(load_artifact(folder))


class FraudPredictor:
    """Answers claims by an artifact.

    Parameters
    ----------
    artifact : Artifact

    Raises
    ------
    ArtifactError
        When the model has a feature that no column of claims or customers gives.
    """

    def __init__(self, artifact: Artifact) -> None:
        import xgboost  # loaded now, so that the first answer is as quick as the others

        self.artifact = artifact
        self._columns, _ = selector(artifact)
        self._matrix = xgboost.DMatrix

    @property
    def contract(self) -> RecordContract:
        """What a claim with its customer has to keep; it is not known yet whether it is a fraud."""
        return record_contract()

    @property
    def description(self) -> Description:
        """How the model is presented."""
        return Description(
            title="Fraud probability of motor claims",
            version=contracts.load("claims").version,
            summary="Send claims with their customers, get the probability of fraud and the reasons for it.",
            fields=FIELDS,
            example=EXAMPLE,
            unit="log-odds of fraud",
            nested=("claim", "customer"),
            notes=f"threshold {self.artifact.threshold:.4f}",
        )

    def predict(self, records: Sequence[Record]) -> list[Prediction]:
        """Return the probability, the decision and the reasons of each record.

        Base, reasons and rest are log-odds, and their sum is that of the probability.
        """
        rows = self._matrix(encode_records(records, self.artifact.features), nthread=1)
        probabilities = np.asarray(self.artifact.model.predict(rows, validate_features=False), dtype=np.float64)
        decisions = (probabilities >= self.artifact.threshold).astype(int)
        added = contributions_of(self.artifact, rows)
        order = np.argsort(-np.abs(added[:, 1:]), axis=1, kind="stable")[:, :MAX_REASONS]
        values = (array.tolist() for array in (probabilities, decisions, added, order))
        return [
            Prediction({"probability": probability, "decision": decision}, self._reasons(record, numbers, places))
            for record, probability, decision, numbers, places in zip(records, *values, strict=True)
        ]

    def _reasons(self, record: Record, added: list[float], places: list[int]) -> Reasons:
        base, *columns = added
        top = [place for place in places if columns[place]]
        return Reasons(
            base=base,
            top=tuple(Reason(name := self._columns[place], record[name], columns[place]) for place in top),
            rest=sum(columns) - sum(columns[place] for place in top),
        )
