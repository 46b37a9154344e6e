"""The table `features`, from which a model learns: which columns it has, and how each is made."""

from collections.abc import Iterator, Sequence
from typing import Any

from step_scripts.template.contract_yaml import as_line, fields_of, head
from step_scripts.template.guess import ColumnGuess, Feature, How, Kind, TableGuess, TemplateError
from step_scripts.template.yaml_text import comment

_DAY = 86_400  # seconds


def features(guesses: Sequence[TableGuess]) -> tuple[Feature, ...]:
    """Return what a model can use of some tables.

    Numbers, booleans and categories are used as they are; a date as a number of days, with its month and weekday; a
    text by its length. Columns with one value or none are left out: see `left_out`.

    Parameters
    ----------
    guesses
        The tables; the first one has the label.

    Raises
    ------
    TemplateError
        When nothing is left to predict the label from.

    Examples
    --------
    >>> from pathlib import Path
    >>> columns = (ColumnGuess(name="area", kind="number"), ColumnGuess(name="sold", kind="date"))
    >>> table = TableGuess(path=Path("houses.csv"), name="houses", rows=60, columns=columns)
    >>> [(feature.name, feature.how) for feature in features([table])]
    [('area', 'same'), ('sold_days', 'days'), ('sold_month', 'month'), ('sold_weekday', 'weekday')]
    """
    first = guesses[0]
    taken = {*first.keys, first.label}
    found: list[Feature] = []
    for guess in guesses:
        for column in _inputs(guess, first.keys):
            if not _why_not(column):
                found += _made_from(column, guess.name, taken)
    if not found:
        got = "; ".join(f"{name}: {why}" for name, why in left_out(guesses).items()) or "the key and the label alone"
        raise TemplateError(f"a column to predict {first.label!r} from", got, "name a table with more columns")
    return tuple(found)


def left_out(guesses: Sequence[TableGuess]) -> dict[str, str]:
    """Return the columns that are no feature, each with the reason.

    Examples
    --------
    >>> from pathlib import Path
    >>> columns = (ColumnGuess(name="country", kind="category", distinct=1),)
    >>> left_out([TableGuess(path=Path("houses.csv"), name="houses", rows=60, columns=columns)])
    {'houses.country': 'has the same value in every row'}
    """
    return {
        f"{guess.name}.{column.name}": why
        for guess in guesses
        for column in _inputs(guess, guesses[0].keys)
        if (why := _why_not(column))
    }


def features_yaml(guesses: Sequence[TableGuess], *, name: str = "features") -> str:
    """Return the contract of the features as YAML: the keys, the label, and what `features` returns.

    Parameters
    ----------
    guesses
        The tables; the first one has the label.
    name
        The name of the contract.
    """
    first = guesses[0]
    own = [*first.keys, *([first.label] if first.label is not None else [])]
    rows = [_without_domain(fields_of(first[each], first)) for each in own]
    rows += [_fields(feature, _column(guesses, feature)) for feature in features(guesses)]
    lines = head(name, "What the model sees of a row, after the key and the label.")
    lines += comment(
        "Bounds are those of the tables, which are checked before. A category is in both contracts.", indent="    "
    )
    for each, why in left_out(guesses).items():
        lines += comment(f"{each} is left out: it {why}", indent="    ")
    lines.append("    properties:")
    for fields in rows:
        lines += as_line(fields)
    return "\n".join(lines) + "\n"


def _inputs(guess: TableGuess, keys: Sequence[str]) -> Iterator[ColumnGuess]:
    return (column for column in guess.inputs if column.name not in keys)


def _why_not(column: ColumnGuess) -> str:
    if column.distinct == 0:
        return "has no value in any row"
    if column.distinct == 1 and column.required:
        return "has the same value in every row"
    if column.kind == "text" and column.pattern is not None:
        return "is a code of one form in every row, from which nothing can be learned"
    return ""


def _made_from(column: ColumnGuess, table: str, taken: set[str | None]) -> Iterator[Feature]:
    ways: list[tuple[How, Kind]] = [("same", column.kind)]
    if column.kind in {"date", "timestamp"}:
        days: Kind = "integer" if column.kind == "date" else "number"
        ways = [("days", days), ("month", "integer"), ("weekday", "integer")]
    elif column.kind == "text":
        ways = [("length", "integer")]
    for how, kind in ways:
        plain = column.name if how == "same" else f"{column.name}_{how}"
        name, number = plain, 1
        while name in taken:
            name = f"{table}_{plain}" if number == 1 else f"{table}_{plain}_{number}"
            number += 1
        taken.add(name)
        yield Feature(name=name, source=column.name, table=table, how=how, kind=kind)


def _column(guesses: Sequence[TableGuess], feature: Feature) -> ColumnGuess:
    return next(guess for guess in guesses if guess.name == feature.table)[feature.source]


def _fields(feature: Feature, column: ColumnGuess) -> dict[str, Any]:
    """Return a feature as the members of a contract's column."""
    if feature.how == "same":
        return _without_domain(fields_of(column)) | {"name": feature.name}
    made: dict[str, Any] = {"name": feature.name, "logicalType": feature.kind}
    made |= {"required": True} if column.required else {}
    calendar = {"month": (1, 12), "weekday": (0, 6)}
    if feature.how in calendar:
        low, high = calendar[feature.how]
        made["logicalTypeOptions"] = {"minimum": low, "maximum": high}
    return made


def _without_domain(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the table's contract has checked before, what joins tables, and words of a CSV file.

    Bounds would be copies: if one of them is widened, the other would have to follow.
    """
    left_out = {"relationships", "customProperties", "logicalTypeOptions"}
    kept = {name: value for name, value in fields.items() if name not in left_out}
    zone = fields.get("logicalTypeOptions", {}).get("timezone")  # of the type, not of the domain
    return kept | ({"logicalTypeOptions": {"timezone": zone}} if zone else {})
