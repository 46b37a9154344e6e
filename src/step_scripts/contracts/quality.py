"""Read the quality section of a contract's file: rules that are checked, and traits in words alone."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from step_scripts._shared import nearest
from step_scripts.contracts.cells import sample
from step_scripts.contracts.column import Column
from step_scripts.contracts.contract import Rule, Severity, Trait
from step_scripts.contracts.document import Node, shown
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.expectation_names import COMMON, EXPECTATIONS, arguments, judges_rows
from step_scripts.contracts.expression import require_sound

_SEVERITIES: Mapping[object, Severity] = MappingProxyType({"error": "error", "warning": "warning"})


def quality_rules(table: Node, columns: Mapping[str, Column], rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules of a table's quality section.

    Parameters
    ----------
    table
        The table in the document.
    columns
        Its columns by name.
    rules
        The rules that follow from the columns.

    Raises
    ------
    InvalidContractError
        When an entry is not an expectation over known columns with an id of its own.
    """
    found: list[Rule] = []
    known = {rule.id for rule in rules}
    for entry in table.items("quality"):
        if _is_words(entry):
            continue
        rule = custom_rule(entry, columns)
        if rule.id in known:
            message = f"there are two rules called {rule.id}"
            raise entry.needed("id").error(message, fix="give one of them another id")
        known.add(rule.id)
        found.append(rule)
    return found


def traits(table: Node) -> list[Trait]:
    """Return what a table's quality section says in words alone.

    Raises
    ------
    InvalidContractError
        When such an entry has another severity than info, or lacks its words.
    """
    return [_trait(entry) for entry in table.items("quality") if _is_words(entry)]


def custom_rule(entry: Node, columns: Mapping[str, Column] | None = None) -> Rule:
    """Return the rule that an entry of a table's quality section states as a Great Expectations expectation.

    Parameters
    ----------
    entry
        The entry.
    columns
        The columns of the table; None to accept any.

    Raises
    ------
    InvalidContractError
        When the entry is for another engine, has a severity other than error and warning, tolerates some bad rows, is
        no expectation of the library, or reads columns that the table lacks.

    Examples
    --------
    >>> rule = custom_rule(Node({
    ...     "id": "has_rows",
    ...     "description": "the table has at least one row",
    ...     "engine": "greatExpectations",
    ...     "implementation": {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
    ... }))
    >>> rule.expectation, dict(rule.kwargs), rule.columns
    ('expect_table_row_count_to_be_between', {'min_value': 1}, ())
    """
    name = entry.require_mapping().text("id", "rooms_fit_area")
    entry = entry.called(f"quality rule {name}")
    engine = entry.member("engine")
    if engine is None or engine.value != "greatExpectations":
        got = "none" if engine is None else shown(engine.value)
        message = f"expected the engine greatExpectations, got {got}"
        raise (engine or entry).error(message, fix="write `engine: greatExpectations`")
    severity = _severity(entry)
    implementation = entry.needed("implementation").require_mapping()
    expectation = _expectation(implementation)
    kwargs = implementation.member("kwargs") or Node({}, (*implementation.at, "kwargs"), implementation.where)
    _require_arguments(kwargs, expectation)
    read = _columns(kwargs, columns)
    if expression := kwargs.member("expression"):
        _require_sound(expression, read, columns)
    act = "correct them in the source" if read else "deliver the table again, whole"
    if severity == "warning":
        remedy = "nothing, if these rows are correct; else correct them in the source"
    else:
        remedy = f"{act}, or change the rule in the contract and raise its version"
    column = kwargs.member("column")
    return Rule(
        id=name,
        sentence=" ".join(entry.text("description").split()),
        column=None if column is None else str(column.value),
        columns=read,
        expectation=expectation,
        kwargs=MappingProxyType(dict(kwargs.value)),
        remedy=remedy,
        severity=severity,
        level="row" if judges_rows(expectation) else "table",
        reason=" ".join(entry.optional_text("businessImpact").split()),
    )


def _is_words(entry: Node) -> bool:
    """Tell whether an entry is words alone, and not checked."""
    kind = entry.require_mapping().member("type")
    return kind is not None and kind.value == "text"


def _trait(entry: Node) -> Trait:
    name = entry.text("id")
    entry = entry.called(f"quality rule {name}")
    severity = entry.member("severity")
    if severity is None or severity.value != "info":
        message = "expected the severity info, as a rule in words alone is not checked"
        raise (severity or entry).error(message, fix="write `severity: info`")
    sentence, reason = (" ".join(entry.text(member).split()) for member in ("description", "businessImpact"))
    return Trait(id=name, sentence=sentence, reason=reason)


def _severity(entry: Node) -> Severity:
    severity = entry.member("severity")
    if severity is None:
        return "error"
    if not isinstance(severity.value, str) or severity.value not in _SEVERITIES:
        message = f"expected the severity error or warning, got {shown(severity.value)}"
        raise severity.error(message, fix="write `severity: error` or `severity: warning`")
    return _SEVERITIES[severity.value]


def _expectation(implementation: Node) -> str:
    kind = implementation.needed("type", "expect_rows_to_satisfy")
    name = kind.as_text()
    if name not in EXPECTATIONS:
        near = nearest(name, EXPECTATIONS)
        fix = f"write {near}" if near else "choose one of https://greatexpectations.io/expectations"
        raise kind.error(f"expected an expectation of Great Expectations, got {shown(name)}", fix=fix)
    return name


def _require_arguments(kwargs: Node, expectation: str) -> None:
    if "mostly" in kwargs.require_mapping().value:
        there = Node(None, (*kwargs.at, "mostly"), kwargs.where)
        raise there.error("expected no `mostly`", fix="take it out, and use the severity warning")
    known = arguments(expectation)
    kwargs.require_known((*known, *COMMON), what=f"an argument of {expectation}")
    for name, is_required in known.items():
        if is_required and kwargs.member(name) is None:
            raise kwargs.error(f"expected the argument {name} of {expectation}, got none", fix="add it to kwargs")
    low, high = (kwargs.member(name) for name in ("min_value", "max_value"))
    if "min_value" in known and low is None and high is None and "partition_object" not in known:
        message = f"expected min_value or max_value as arguments of {expectation}, got neither"
        raise kwargs.error(message, fix="add one of them to kwargs")
    if low is not None and high is not None and _is_above(low.value, high.value):
        message = f"expected min_value ≤ max_value, got {shown(low.value)} and {shown(high.value)}"
        raise low.error(message, fix="swap them, or correct one")
    if pattern := kwargs.member("regex"):
        try:
            re.compile(pattern.as_text())
        except (re.error, OverflowError, RecursionError) as error:
            message = f"expected a regular expression, got {shown(pattern.value)}: {error}"
            raise pattern.error(message, fix="correct it") from None


def _is_above(low: object, high: object) -> bool:
    return isinstance(low, int | float) and isinstance(high, int | float) and low > high


def _columns(kwargs: Node, columns: Mapping[str, Column] | None) -> tuple[str, ...]:
    """Return the columns that a rule reads, which expectations name in several ways."""
    named = [found for name in ("column", "column_A", "column_B") if (found := kwargs.member(name))]
    named += kwargs.items("column_list")
    read = tuple(column.as_text() for column in named)
    if columns is None:
        return read
    if unknown := [name for name in read if name not in columns]:
        near = nearest(unknown[0], columns)
        fix = f"write {near}" if near else "name columns of this table"
        raise named[read.index(unknown[0])].error(f"names unknown columns: {unknown}", fix=fix)
    return read


def _require_sound(expression: Node, read: Sequence[str], columns: Mapping[str, Column] | None) -> None:
    """Raise if a rule's expression cannot be evaluated on its columns."""
    text = expression.as_text()
    if columns is None:
        return
    samples: dict[str, Any] = {name: sample(columns[name]) for name in read}
    try:
        require_sound(text, samples)
    except InvalidContractError as error:
        raise expression.error(str(error), fix="correct the expression") from None
