"""What a client gets for each record, and how that is written as JSON, JSON Lines and CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from step_scripts.serving.formats import Format
from step_scripts.serving.predictor import Prediction

BASE, REASONS, REST, ERROR = "base", "reasons", "rest", "error"
OF_REASONS = (BASE, REASONS, REST)
OF_REFUSALS = (ERROR, "broken_rules")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Answer(NamedTuple):
    """The answer to one valid record.

    Attributes
    ----------
    keys
        The record's key columns and their values.
    prediction
        What the model says about it.
    """

    keys: Mapping[str, Any]
    prediction: Prediction

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it.

        Examples
        --------
        >>> Answer({"house_id": 7}, Prediction({"price": 240000.0})).as_dict()
        {'house_id': 7, 'price': 240000.0}
        """
        written = {**self.keys, **self.prediction.fields}
        if (why := self.prediction.reasons) is not None:
            written[BASE] = why.base
            written[REASONS] = [
                {"column": column, "value": value, "contribution": contribution}
                for column, value, contribution in why.top
            ]
            written[REST] = why.rest
        return written


class Refusal(NamedTuple):
    """Why a record has no prediction.

    Attributes
    ----------
    error
        Which rules are broken, what came, and what to do, in one line.
    broken_rules
        The ids of the rules.
    known
        What the answer has besides: the key columns, as far as they are known, and a null prediction.
    """

    error: str
    broken_rules: tuple[str, ...]
    known: Mapping[str, Any] = _NOTHING

    def as_dict(self) -> dict[str, Any]:
        """Return the refusal as JSON holds it.

        Examples
        --------
        >>> Refusal("expected JSON", ("format",), {"house_id": None, "price": None}).as_dict()
        {'house_id': None, 'price': None, 'error': 'expected JSON', 'broken_rules': ['format']}
        """
        return {**self.known, ERROR: self.error, "broken_rules": list(self.broken_rules)}


class Counts(NamedTuple):
    """How many records came, and how many of them were refused."""

    records: int
    refused: int


def write(
    answers: Sequence[Answer | Refusal],
    kind: Format,
    *,
    columns: Sequence[str],
    single: bool = False,
    header: bool = False,
) -> bytes:
    r"""Write answers, one for each record and in their order.

    Parameters
    ----------
    answers
        One or more.
    kind
        The format.
    columns
        Names of the cells of CSV, `Scorer.columns`.
    single
        Whether JSON is one object, rather than an array.
    header
        Whether CSV begins with the names of its columns.

    Raises
    ------
    ValueError, TypeError
        When a prediction holds what JSON cannot say, such as NaN.

    Examples
    --------
    >>> write([Answer({"house_id": 7}, Prediction({"price": 0.25}))], "csv", columns=["house_id", "price", "error"])
    b'7,0.25,\n'
    """
    if kind == "csv":
        out = io.StringIO(newline="")
        rows = csv.writer(out, lineterminator="\n")
        rows.writerows([columns] if header else [])
        rows.writerows(_cells(answer.as_dict(), columns) for answer in answers)
        return out.getvalue().encode("utf-8", "backslashreplace")
    if kind == "json":
        found = [answer.as_dict() for answer in answers]
        return json.dumps(found[0] if single else found, allow_nan=False).encode()
    return "".join(f"{json.dumps(answer.as_dict(), allow_nan=False)}\n" for answer in answers).encode()


def _cells(answer: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    return [_reasons(answer[name]) if name == REASONS and name in answer else answer.get(name) for name in columns]


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> str:
    return ";".join(f"{each['column']}={each['value']}:{each['contribution']:+.4f}" for each in reasons)
