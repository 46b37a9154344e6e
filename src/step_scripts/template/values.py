"""What the templates of a new project ask for, from what was guessed of its tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from step_scripts.template.tasks import TASKS, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from step_scripts.contracts import Contract
    from step_scripts.template.guess import Feature, TableGuess


def task_of(guess: TableGuess) -> Task:
    """Return the task of the table with the label."""
    if guess.task == "regression":
        return TASKS["regression"]
    return TASKS["binary" if len(guess.classes) == 2 else "multiclass"]


def values(
    guesses: Sequence[TableGuess],
    features: Sequence[Feature],
    *,
    project: str,
    version: str,
    example: Mapping[str, Any],
    fixtures: str,
    limit: float,
    reached: str,
) -> dict[str, Any]:
    """Return the values for the templates, by name.

    Parameters
    ----------
    guesses : sequence of TableGuess
        The tables, the one with the label first.
    features : sequence of Feature
        The features, in their order.
    project, version : str
        The project's name, and the version of this package.
    example : mapping of str to object
        A valid record.
    fixtures : str
        A sentence on what the fixtures are.
    limit : float
        The gate's.
    reached : str
        What the first model reached, in words.
    """
    main = guesses[0]
    task = task_of(main)
    derived = {name: getattr(task, name) for name in ("side", "comparison", "condition")}
    derived |= {member: value for member, value in asdict(task).items() if member != "name"}
    return derived | {
        "project": project,
        "version": version,
        "bucket": bucket(project),
        "tables": [guess.name for guess in guesses],
        "tables_sentence": " and ".join(f"`{guess.path.name}`" for guess in guesses),
        "label": main.label,
        "label_is_category": task.name != "regression",
        "keys": list(main.keys),
        "task": task.name,
        "positive": main.positive,
        "other": next((name for name in main.classes if name != main.positive), None),
        "features": list(features),
        "hows": {feature.how for feature in features},
        "example": example,
        "bad_label": _bad_label(main),
        "rows": f"{main.rows:,}",
        "notes": [note.text for guess in guesses for note in guess.notes],
        "fixtures_sentence": fixtures,
        "gate": limit,
        "reached": reached,
    }


def bucket(project: str) -> str:
    """Return a project's name as a bucket may be called.

    Examples
    --------
    >>> bucket("My_Houses")
    'my-houses'
    """
    return project.lower().replace("_", "-").ljust(3, "0")


def example(contracts: Sequence[Contract], row: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return a record as a client sends it: the columns of all tables but the label."""
    names = dict.fromkeys(name for contract in contracts for name in contract.columns)
    return {name: row[name] for name in names if name != label}


def _bad_label(main: TableGuess) -> str:
    """Return a value of the label that its contract does not allow, as a cell of the file."""
    if main.task == "regression":
        high = main[str(main.label)].maximum
        most = float(high) if high is not None else 0.0
        whole = main[str(main.label)].kind == "integer"
        return str(int(abs(most) * 10 + 1)) if whole else str(abs(most) * 10.0 + 1.0)
    return "no such class"
