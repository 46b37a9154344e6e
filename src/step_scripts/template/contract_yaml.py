"""A guess as a contract of the Open Data Contract Standard, in which each guess has its reason as a comment."""

from collections.abc import Iterable
from typing import Any

from step_scripts.template.guess import ColumnGuess, Note, TableGuess
from step_scripts.template.yaml_text import comment, flow, member

_LOGICAL = {"category": "string", "text": "string"}
_HEAD = """\
# Open Data Contract Standard: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/
#
"""


def as_yaml(guess: TableGuess, *, with_cells: bool = True) -> str:
    """Return the contract of a table as YAML. The same guess gives the same text.

    Parameters
    ----------
    guess
        What was guessed of the table.
    with_cells
        Whether comments may have cells of the file, such as the least and the greatest number. Categories and words for
        missing values are in the contract either way.

    Examples
    --------
    >>> from pathlib import Path
    >>> area = ColumnGuess(name="area", kind="number", minimum=0, maximum=400)
    >>> text = as_yaml(TableGuess(path=Path("houses.csv"), name="houses", rows=60, columns=(area,)))
    >>> print(text[text.index("      - name"):])
          - name: area
            logicalType: number
            required: true
            logicalTypeOptions: {minimum: 0, maximum: 400}
    <BLANKLINE>
    """
    about = (
        f"Guessed from the {guess.rows:,} rows of {guess.path.name}. What is marked for review rests on thin evidence:"
    )
    lines = [
        *comment(f"{about} correct it where it is wrong, then take the comment out."),
        *head(guess.name, f"One row for each row of {guess.path.name}."),
    ]
    of_label = guess[guess.label].notes if guess.label is not None else ()
    for note in guess.notes:
        if note not in of_label:
            lines += comment(_sentence([note], with_cells=with_cells), indent="    ")
    lines.append("    properties:")
    for column in guess.columns:
        lines += _column(column, guess, with_cells=with_cells)
    if len(guess.keys) > 1 and guess.partners:
        lines += member("relationships", [_relationship(guess, other) for other in guess.partners], indent="    ")
    return _HEAD + "\n".join(lines) + "\n"


def head(name: str, purpose: str) -> list[str]:
    """Return the lines of a contract above its columns."""
    return [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        *member("id", name, indent=""),
        *member("name", name, indent=""),
        "version: 1.0.0",
        "status: active",
        "description:",
        *member("purpose", purpose, indent="  "),
        "schema:",
        *member("name", name, indent="  - "),
        "    physicalType: table",
    ]


def fields_of(column: ColumnGuess, guess: TableGuess | None = None) -> dict[str, Any]:
    """Return the members of a column in a contract, in the order in which they are written."""
    fields: dict[str, Any] = {"name": column.name, "logicalType": _LOGICAL.get(column.kind, column.kind)}
    keys = guess.keys if guess else ()
    if column.name in keys:
        fields["primaryKey"] = True
        if len(keys) > 1:
            fields["primaryKeyPosition"] = keys.index(column.name) + 1
    if column.required:
        fields["required"] = True
    options = {
        "format": column.format or None,
        "timezone": True if column.zone else None,
        "pattern": column.pattern,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "maxLength": column.max_length,
    }
    if any(value is not None for value in options.values()):
        fields["logicalTypeOptions"] = {name: value for name, value in options.items() if value is not None}
    if column.kind == "category":
        valid = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": list(column.categories)}}
        fields["quality"] = [valid]
    own = {
        "trueValues": column.true_values,
        "falseValues": column.false_values,
        "missingValues": column.missing_values,
    }
    if any(own.values()):
        fields["customProperties"] = [{"property": name, "value": list(value)} for name, value in own.items() if value]
    if guess and keys == (column.name,) and guess.partners:
        fields["relationships"] = [_relationship(guess, other) for other in guess.partners]
    return fields


def as_line(fields: dict[str, Any], *, note: str = "") -> list[str]:
    """Return a column on one line, or as a block where it is longer."""
    line = flow(fields, width=110)
    if len(line) == 1:
        text = f"      - {line[0]}"
        return [*comment(note, indent="      "), text] if note else [text]
    return _block(fields, {"name": note} if note else {})


def _column(column: ColumnGuess, guess: TableGuess, *, with_cells: bool) -> list[str]:
    fields = fields_of(column, guess)
    notes: dict[str, list[Note]] = {}
    for note in column.notes:
        notes.setdefault(note.member if note.member in fields else "logicalType", []).append(note)
    return _block(fields, {name: _sentence(each, with_cells=with_cells) for name, each in notes.items()})


def _block(fields: dict[str, Any], notes: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, value in fields.items():
        lines += member(name, value, indent="        " if lines else "      - ", note=notes.get(name, ""))
    return lines


def _sentence(notes: Iterable[Note], *, with_cells: bool) -> str:
    ordered = sorted(notes, key=lambda note: not note.review)
    texts = [note.text if with_cells or not note.without_cells else note.without_cells for note in ordered]
    return ("review: " if ordered[0].review else "") + "; ".join(texts)


def _relationship(guess: TableGuess, other: str) -> dict[str, Any]:
    """Return that each row has a row in another table: of a column, or of the table where the key has several."""
    sentence = {"property": "sentence", "value": f"every row of {guess.name} has a row of {other}"}
    fields: dict[str, Any] = {"id": f"{guess.name}_have_{other}"}
    if len(guess.keys) == 1:
        fields["to"] = f"{other}.{guess.keys[0]}"
    else:
        fields["from"] = [f"{guess.name}.{key}" for key in guess.keys]
        fields["to"] = [f"{other}.{key}" for key in guess.keys]
    return fields | {"customProperties": [sentence]}
