"""Which versions of a contract go together: what `python -m contracts diff` calls breaking raises the first number."""

from collections.abc import Mapping


def incompatible(trained: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """Return a sentence for each contract under which a model was trained and that this code cannot read for it.

    Parameters
    ----------
    trained
        Contract ids and versions, such as ``2.1.0``, that the model was trained under.
    known
        Those of this code.

    Returns
    -------
    list of str
        Empty where each is known in the same major version, and in the same or a later minor one.

    Examples
    --------
    >>> incompatible({"claims": "2.1.0"}, {"claims": "2.3.1"})
    []
    >>> incompatible({"claims": "1.0.0"}, {"claims": "2.0.0"})
    ['claims 1.0.0 (here: 2.0.0)']
    """
    return [
        f"{contract} {version} (here: {known.get(contract, 'none')})"
        for contract, version in sorted(trained.items())
        if not _goes_with(version, known.get(contract, ""))
    ] + [f"no {contract} (here: {version})" for contract, version in sorted(known.items()) if contract not in trained]


def _goes_with(older: str, newer: str) -> bool:
    try:
        (major, minor, _), (known_major, known_minor, _) = parts(older), parts(newer)
    except ValueError:
        return False
    return major == known_major and minor <= known_minor


def parts(version: str) -> tuple[int, int, int]:
    """Return the three numbers of a version.

    Raises
    ------
    ValueError
        When there are not three.

    Examples
    --------
    >>> parts("2.10.0")
    (2, 10, 0)
    """
    numbers = version.split(".")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise ValueError(f"version {version!r}: expected three numbers, such as 2.1.0")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])
