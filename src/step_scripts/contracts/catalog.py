"""Load contracts by name: find their files, and parse the Open Data Contract Standard."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from step_scripts import project
from step_scripts._shared import StepScriptsError, nearest
from step_scripts.contracts.columns import read_column
from step_scripts.contracts.contract import (
    Contract,
    Trait,
    custom_rule,
    derived_rules,
    version_numbers,
)
from step_scripts.contracts.document import Node
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.keys import primary_key, relationships, unique_rule


class UnknownContractError(StepScriptsError, FileNotFoundError):
    """There is no contract of this name; the message names those that there are."""


def load(name: str, *, folder: Path | str | None = None) -> Contract:
    """Load a contract by its name; each file is read once a process.

    Parameters
    ----------
    name
        The file's name without ``.yaml``.
    folder
        Where the contracts lie; by default, the project's folder of contracts.

    Raises
    ------
    UnknownContractError
        When there is no contract of that name. It is a `FileNotFoundError`.
    InvalidContractError
        When the file does not describe a table that can be checked: see `parse`. It is a `ValueError`.
    ProjectError
        When no folder is given, and there is no project.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import DOCUMENT
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "houses.yaml").write_text(DOCUMENT)
    ...     contract = load("houses", folder=folder)
    >>> contract.keys, contract.columns["rooms"].maximum
    (('house_id',), 30)
    """
    place = contracts_folder(folder)
    names = known(folder=place)
    if name not in names:
        near = nearest(name, names)
        hint = f"did you mean {near}? " if near else ""
        raise UnknownContractError(
            f"there is no contract called {name!r} in {place}; {hint}there are: {', '.join(names) or 'none'}"
        )
    return _read(place.resolve() / f"{name}.yaml")


def known(*, folder: Path | str | None = None) -> list[str]:
    """Return the names of the contracts in a folder, by default the project's, in alphabetical order.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "houses.yaml").touch()
    ...     known(folder=folder)
    ['houses']
    """
    return sorted(path.stem for path in contracts_folder(folder).glob("*.yaml"))


def contracts_folder(folder: Path | str | None = None) -> Path:
    """Return a folder of contracts: the given one, or else the project's."""
    return project.find().folder("contracts") if folder is None else Path(folder)


def contract_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the ids and versions of some of the project's contracts.

    Examples
    --------
    >>> contract_versions(["houses"])  # doctest: +SKIP
    {'houses': '1.2.0'}
    """
    return {contract.id: contract.version for contract in map(load, names)}


@cache
def _read(path: Path) -> Contract:
    try:
        document = read_yaml(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidContractError(f"{path}: is not YAML: {str(error).splitlines()[0]}") from None
    return replace(parse(document), folder=path.parent)


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever a document holds
    """Read a YAML document as plain values."""
    # The C loader takes 5 ms for a file of 280 lines, the Python loader 60. The import of the standard's own pydantic
    # model takes 260 ms more: a project's tests validate its files by that model, a job does not.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def parse(document: Mapping[str, Any]) -> Contract:
    """Build a contract from a parsed ODCS document.

    Parameters
    ----------
    document
        A document of ODCS v3 with one table in its schema.

    Raises
    ------
    InvalidContractError
        When a column has a type that no table can have here, when there is not exactly one key, of whole numbers, or
        when a rule is not an expectation over known columns with an id of its own.

    Examples
    --------
    >>> from step_scripts.contracts.example import DOCUMENT
    >>> contract = parse(read_yaml(DOCUMENT))
    >>> contract.keys, contract.columns["kind"].categories
    (('house_id',), ('Flat', 'House', 'N/A'))
    """
    try:
        return _parse(document)
    except InvalidContractError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__} {error}"
        raise InvalidContractError(f"is no contract of one table in the standard's form (ODCS v3): {what}") from None


def _parse(document: Mapping[str, Any]) -> Contract:
    version_numbers(str(document["version"]))
    (table,) = document["schema"]
    properties = Node(table["properties"], ("schema", 0, "properties"))
    columns = {column.name: column for column in map(read_column, properties.elements())}
    keys = primary_key(document["name"], table["properties"], columns)
    columns |= {key: replace(columns[key], is_key=True, unique=columns[key].unique or len(keys) == 1) for key in keys}
    rules = [rule for column in columns.values() for rule in derived_rules(column)]
    rules += [unique_rule(keys)] if len(keys) > 1 else []
    stated = table.get("quality", ())
    for rule in (custom_rule(quality) for quality in stated if quality.get("type") != "text"):
        if rule.id in {known.id for known in rules}:
            raise InvalidContractError(f"contract {document['name']}: there are two rules called {rule.id}")
        if unknown := [name for name in rule.columns if name not in columns]:
            raise InvalidContractError(f"contract {document['name']}: rule {rule.id} names unknown columns: {unknown}")
        rules.append(rule)
    return Contract(
        name=document["name"],
        id=document["id"],
        version=str(document["version"]),
        keys=keys,
        columns=MappingProxyType(columns),
        rules=tuple(rules),
        purpose=_line(document.get("description", {}).get("purpose")),
        limitations=_line(document.get("description", {}).get("limitations")),
        relationships=tuple(relationships(document["name"], table, keys)),
        traits=tuple(
            Trait(id=words["id"], sentence=_line(words["description"]), reason=_line(words["businessImpact"]))
            for words in map(_words, stated)
            if words
        ),
    )


def _words(stated: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return an entry that is words alone; None for one that is checked."""
    if stated.get("type") != "text":
        return None
    if stated.get("severity") != "info":
        raise InvalidContractError(
            f"quality rule {stated.get('id')}: expected the severity info, as a rule in words alone is not checked"
        )
    return stated


def _line(text: str | None) -> str:
    """Return a text that the file folds over several lines as one."""
    return " ".join((text or "").split())
