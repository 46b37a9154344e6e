"""Which versions of a contract are compatible: a breaking change raises the first number."""

from collections.abc import Mapping

from step_scripts.contracts.contract import version_numbers


def incompatible(trained: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """Return a sentence for each contract whose version here does not fit a model that was trained elsewhere.

    Parameters
    ----------
    trained
        The ids of the contracts that the model was trained under, and their versions, such as ``2.1.0``.
    known
        The ids and versions of the contracts here.

    Returns
    -------
    list of str
        Empty when each contract has the same major version here, and the same or a later minor one.

    Examples
    --------
    >>> incompatible({"houses": "2.1.0"}, {"houses": "2.3.1"})
    []
    >>> incompatible({"houses": "1.0.0"}, {"houses": "2.0.0"})
    ['houses 1.0.0 (here: 2.0.0)']
    """
    return [
        f"{contract} {version} (here: {known.get(contract, 'none')})"
        for contract, version in sorted(trained.items())
        if not _fits(version, known.get(contract, ""))
    ] + [f"no {contract} (here: {version})" for contract, version in sorted(known.items()) if contract not in trained]


def _fits(older: str, newer: str) -> bool:
    try:
        (major, minor, _), (known_major, known_minor, _) = version_numbers(older), version_numbers(newer)
    except ValueError:
        return False
    return major == known_major and minor <= known_minor
