"""What is said of a raw claim: the probability of fraud, the decision, and the reasons. One for every way to ask.

The endpoint, the batch transform and the batch on files all answer by `Scorer`; tests hold its probabilities to those
that preprocessing and evaluation find for the same rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from model.artifact import Artifact
from model.reasons import contributions_of, selector
from model.records import Record, encode_records, record_contract
from step_scripts.contracts.error import as_line

MOST_REASONS = 3


class Reason(NamedTuple):
    """A column of a claim, what the claim has there, and the log-odds that this adds: above 0 towards fraud."""

    column: str
    value: float | str
    contribution: float


class Answer(NamedTuple):
    """What is said of one claim.

    Attributes
    ----------
    policy_id
        The claim's.
    probability
        Of fraud, in [0, 1].
    decision
        1 where the probability reaches the artifact's threshold, else 0.
    base, reasons, rest
        Log-odds, whose sum is that of the probability: of any claim, what the columns that matter most add, and what
        all others add together.
    """

    policy_id: int
    probability: float
    decision: int
    base: float
    reasons: tuple[Reason, ...]
    rest: float

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it."""
        reasons = [reason._asdict() for reason in self.reasons]
        return {**self._asdict(), "reasons": reasons}


class Refusal(NamedTuple):
    """Why a record has no answer.

    Attributes
    ----------
    policy_id
        The record's, or None where it is no whole number.
    error
        Which rules are broken, what came, and what to do, in one line.
    broken_rules
        The ids of the rules.
    """

    policy_id: int | None
    error: str
    broken_rules: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the refusal as JSON holds it: with a null probability, where an answer has a number."""
        return {"policy_id": self.policy_id, "probability": None, **self._asdict()}


class Counts(NamedTuple):
    """How many records were looked at, and how many of them were refused."""

    records: int
    refused: int


class Scorer:
    """Answers claims by an artifact.

    Parameters
    ----------
    artifact : Artifact

    Attributes
    ----------
    counts : Counts
        Of all records so far.

    Raises
    ------
    ArtifactError
        When the model has a feature that no column of claims or customers gives.

    Examples
    --------
    >>> from model import load_artifact
    >>> from model.records import EXAMPLE
    >>> (answer,) = Scorer(load_artifact("fixtures/train/model")).answers([EXAMPLE])
    >>> 0 < answer.probability < 1, len(answer.reasons)
    (True, 3)
    """

    def __init__(self, artifact: Artifact) -> None:
        import xgboost  # loaded now, so that the first answer is as quick as the others

        self.artifact = artifact
        self._columns, _ = selector(artifact)
        self._matrix = xgboost.DMatrix
        self.counts = Counts(0, 0)

    def answers(self, records: Sequence[Record | Refusal]) -> list[Answer | Refusal]:
        """Answer each record, or say why not, in their order; what has been refused already stays refused."""
        checked = [_checked(record) for record in records]
        sound = [record for record in checked if not isinstance(record, Refusal)]
        self.counts = Counts(self.counts.records + len(checked), self.counts.refused + len(checked) - len(sound))
        good = self._scored(sound)
        return [record if isinstance(record, Refusal) else next(good) for record in checked]

    def _scored(self, records: Sequence[Record]) -> Iterator[Answer]:
        if not records:
            return
        rows = self._matrix(encode_records(records, self.artifact.features), nthread=1)
        probabilities = np.asarray(self.artifact.model.predict(rows, validate_features=False), dtype=np.float64)
        decisions = probabilities >= self.artifact.threshold
        added = contributions_of(self.artifact, rows)
        order = np.argsort(-np.abs(added[:, 1:]), axis=1, kind="stable")[:, :MOST_REASONS]
        for record, probability, decision, numbers, places in zip(
            records, probabilities.tolist(), decisions.tolist(), added.tolist(), order.tolist(), strict=True
        ):
            base, *columns = numbers
            top = [place for place in places if columns[place]]
            yield Answer(
                policy_id=int(record["policy_id"]),
                probability=probability,
                decision=int(decision),
                base=base,
                reasons=tuple(Reason(name := self._columns[place], record[name], columns[place]) for place in top),
                rest=sum(columns) - sum(columns[place] for place in top),
            )


def _checked(record: Record | Refusal) -> Record | Refusal:
    if isinstance(record, Refusal):
        return record
    broken = record_contract().broken(record)
    if not broken:
        return record
    policy = record.get("policy_id")
    rules = tuple(rule.rule for rule in broken)
    return Refusal(policy if type(policy) is int else None, "; ".join(map(as_line, broken)), rules)
