"""Versions of what shapes a model besides its data: contracts and libraries."""

from collections.abc import Iterable
from importlib import import_module

from step_scripts.contracts import load


def contract_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the ids and versions of some of the project's contracts.

    Examples
    --------
    >>> contract_versions(["houses"])  # doctest: +SKIP
    {'houses': '1.2.0'}
    """
    return {contract.id: contract.version for contract in map(load, names)}


def library_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of some libraries, by the names under which they are imported.

    Examples
    --------
    >>> import numpy
    >>> library_versions(["numpy"]) == {"numpy": numpy.__version__}
    True
    """
    return {name: str(import_module(name).__version__) for name in names}
