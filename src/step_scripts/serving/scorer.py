"""Records in, answers out: endpoint, batch transform and batch on files all answer by the `Scorer`."""

import math
from collections import Counter
from collections.abc import Sequence

from step_scripts.contracts.contract import Column
from step_scripts.contracts.error import as_line
from step_scripts.serving.answers import ERROR, OF_REASONS, OF_REFUSALS, REASONS, Answer, Counts, Refusal
from step_scripts.serving.predictor import Prediction, Predictor, PredictorError, Record


class Scorer:
    """Checks records, gives the valid ones to a predictor, and says what is wrong with the others.

    Parameters
    ----------
    predictor : Predictor

    Attributes
    ----------
    predictor : Predictor
    contract : RecordContract
    description : Description
        The predictor's, asked for once.
    columns : tuple of str
        Names of the cells of an answer as CSV: the key, the prediction, the reasons if there are any, the error.
    counts : Counts
        Of all records so far.

    Raises
    ------
    PredictorError
        When a field of the predictor has the name of a key column, or of another part of an answer.

    Examples
    --------
    >>> from step_scripts.serving.predictor import load_predictor
    >>> scorer = Scorer(load_predictor("runs/train/model"))  # doctest: +SKIP
    >>> scorer.answers([{"house_id": 1, "area": 80.0}])[0].as_dict()  # doctest: +SKIP
    {'house_id': 1, 'price': 240000.0}
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.contract, self.description = contract, description = predictor.contract, predictor.description
        self.counts = Counts(0, 0)
        reasons = [REASONS] if description.unit else []
        self.columns = (*contract.keys, *description.fields, *reasons, ERROR)
        names = Counter([*contract.keys, *description.fields, *OF_REASONS, *OF_REFUSALS])
        if not description.fields or (repeated := [name for name, times in names.items() if times > 1]):
            found = f"{repeated[0]} twice" if description.fields else "no field"
            raise PredictorError(f"an answer of {description.title!r}: expected one or more fields, got {found}")
        self._whole = {name for name in contract.keys if contract.columns[name].dtype == "int64"}
        self._prediction = next(iter(description.fields))

    def answers(self, records: Sequence[Record | Refusal]) -> list[Answer | Refusal]:
        """Answer each record, in their order; a record that is invalid, or a refusal already, gets a refusal.

        Raises
        ------
        PredictorError
            When the predictor returns more or fewer predictions than it got records.
        """
        checked = [self._checked(record) for record in records]
        valid = [record for record in checked if not isinstance(record, Refusal)]
        found = self.predictor.predict(valid) if valid else ()
        if len(found) != len(valid):
            raise PredictorError(f"expected {len(valid)} predictions for as many records, got {len(found)}")
        predictions = iter(found)
        answers = [
            record if isinstance(record, Refusal) else self._answer(record, next(predictions)) for record in checked
        ]
        refused = sum(isinstance(answer, Refusal) for answer in answers)
        self.counts = Counts(self.counts.records + len(answers), self.counts.refused + refused)
        return answers

    def _checked(self, record: Record | Refusal) -> Record | Refusal:
        if isinstance(record, Refusal):
            return record._replace(known=self._empty({}))
        broken = self.contract.broken(record)
        if not broken:
            return record
        sentence = "; ".join(map(as_line, broken))
        return Refusal(sentence, tuple(rule.rule for rule in broken), self._empty(record))

    def _answer(self, record: Record, prediction: Prediction) -> Answer | Refusal:
        if (name := _not_finite(prediction)) is None:
            return Answer(self._keys(record), prediction)
        sentence = (
            f"expected finite numbers from the model, got another as {name}; fix: send smaller numbers, or bound the "
            "columns in their contract"
        )
        return Refusal(sentence, ("prediction",), self._empty(record))

    def _keys(self, record: Record) -> dict[str, object]:
        return {name: int(record[name]) if name in self._whole else record[name] for name in self.contract.keys}

    def _empty(self, record: Record) -> dict[str, object]:
        """Return the key of an invalid record, null where it has no value of the column's kind, and no prediction."""
        columns = self.contract.columns
        known = {
            name: value if _is_of(value := record.get(name), columns[name]) else None for name in self.contract.keys
        }
        return {**known, self._prediction: None}


def _not_finite(prediction: Prediction) -> str | None:
    """Return the name of a part of a prediction with NaN or infinity, which JSON lacks."""
    for name, value in prediction.fields.items():
        if type(value) is float and not math.isfinite(value):
            return name
    if (why := prediction.reasons) is not None:
        total = why.base + why.rest
        for _, _, contribution in why.top:
            total += contribution
        if not math.isfinite(total):
            return REASONS
    return None


def _is_of(value: object, column: Column) -> bool:
    if column.dtype == "int64":
        return type(value) is int
    if column.dtype == "float64":
        return type(value) in {int, float} and math.isfinite(value)  # type: ignore[arg-type]
    return isinstance(value, (str, bool))
