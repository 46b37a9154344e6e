"""Load contracts by name: find their files, and read them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from step_scripts import project
from step_scripts._shared import StepScriptsError, nearest
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.odcs import parse
from step_scripts.contracts.yaml_file import line_of, read_yaml

__all__ = [
    "UnknownContractError",
    "contract_versions",
    "contracts_folder",
    "known",
    "load",
    "parse",
    "read_contract",
    "read_yaml",
]


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
    return replace(read_contract(path), folder=path.parent)


def read_contract(path: Path) -> Contract:
    r"""Read a contract from a file; it is not remembered, and does not know the contracts beside it.

    Raises
    ------
    InvalidContractError
        When the file does not describe a table that can be checked. The message has the file and the line.
    OSError
        When the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "houses.yaml")
    ...     _ = path.write_text("name: houses\nid: houses\nversion: two\n")
    ...     try:
    ...         read_contract(path)
    ...     except InvalidContractError as error:
    ...         print(str(error).removeprefix(folder))
    /houses.yaml, line 3: version 'two': expected three numbers, such as 2.1.0; fix: write `version: 1.0.0`
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path}: is not YAML: expected text in UTF-8, got {error.reason}"
        raise InvalidContractError(f"{message}; fix: save it as UTF-8") from None
    try:
        return parse(read_yaml(text))
    except InvalidContractError as error:
        # The document is read again, with the lines of its values, only where it has a mistake.
        line = error.line or (line_of(text, error.at) if error.at else None)
        where = f"{path}, line {line}" if line else str(path)
        raise InvalidContractError(f"{where}: {error}", at=error.at, line=line) from None
