"""Versions of the libraries that shape a model."""

from collections.abc import Iterable
from importlib import import_module


def library_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of some libraries, by the names under which they are imported.

    Examples
    --------
    >>> import numpy
    >>> library_versions(["numpy"]) == {"numpy": numpy.__version__}
    True
    """
    return {name: str(import_module(name).__version__) for name in names}
