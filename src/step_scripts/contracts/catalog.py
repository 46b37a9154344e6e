"""The contracts in a folder, by their names."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from step_scripts import project
from step_scripts._shared import StepScriptsError, nearest
from step_scripts.contracts.contract import Contract, parse, read_yaml
from step_scripts.contracts.error import InvalidContractError


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
    >>> contract.key, contract.columns["rooms"].maximum
    ('house_id', 30)
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


@cache
def _read(path: Path) -> Contract:
    try:
        document = read_yaml(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidContractError(f"{path}: is not YAML: {str(error).splitlines()[0]}") from None
    return replace(parse(document), folder=path.parent)
