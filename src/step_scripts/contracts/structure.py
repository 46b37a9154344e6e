"""What is wrong with the columns of a table, or with the dtype of one, and how to fix it.

Great Expectations finds neither a repeated column nor the value that gave a column its wrong type.
"""

import difflib
import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from step_scripts.contracts.catalog import known, load
from step_scripts.contracts.contract import Column, Contract
from step_scripts.contracts.error import BrokenRule, examples_of, listing
from step_scripts.contracts.misfits import described, fits, remedy

NO_NAME = "(no name)"


def broken_columns(names: Sequence[str], contract: Contract, *, file: str | None = None) -> BrokenRule | None:
    """Return what is wrong with the columns of a table, or of one of its part files; None if nothing is.

    An unknown column is an error too: no rule says what it may hold.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> broken_columns([*houses().columns, "colour"], houses()).examples
    ({'unknown': 'colour'},)
    """
    times = Counter(names)
    wrong = {
        "missing": [name for name in contract.columns if name not in times],
        "unknown": [str(name) or NO_NAME for name in times if name not in contract.columns],
        "repeated": [str(name) for name, count in times.items() if count > 1],
    }
    if not any(wrong.values()):
        return None
    return BrokenRule(
        rule="columns",
        column=None,
        sentence=f"{file or 'the table'} has the columns of the contract, in any order",
        count=0,
        examples=tuple({kind: listing(found)} for kind, found in wrong.items() if found),
        remedy=_remedy([str(name) for name in names], wrong["missing"], wrong["unknown"], contract),
    )


def _remedy(names: list[str], missing: list[str], unknown: list[str], contract: Contract) -> str:
    """Return what to do about wrong columns. Swapped files and misspelt names are the usual causes."""
    folder = contract.folder
    names_here = known(folder=folder) if folder else []
    others = (load(name, folder=folder) for name in names_here if name != contract.name)
    if fits := [other.name for other in others if set(other.columns) == set(names)]:
        return f"these are the columns of {fits[0]}: the files look swapped; name each after what it holds"
    if not set(names) & set(contract.columns) and any(re.fullmatch(r"-?[\d.]+", name) for name in names):
        return "the first line looks like data: put the header above it"
    if unknown == ["broken_rules"] and not missing:
        return "take out the column broken_rules, in which a quarantine says why it holds a row"
    if unknown == [NO_NAME] and not missing:
        return "take out the column without a name: an index that was written, or commas at the ends of the lines"
    return _renamed(missing, unknown) or _last_resort(names, missing, contract)


def _renamed(missing: list[str], unknown: list[str]) -> str | None:
    # Names are compared only where each unknown one may be a missing one: a comparison takes a millisecond.
    renamed = [(old, meant(old, missing)) for old in unknown] if len(unknown) == len(missing) else []
    if renamed and all(new for _, new in renamed):
        return "rename " + listing([f"{old!r} to {new}" for old, new in renamed])
    return None


def _last_resort(names: list[str], missing: list[str], contract: Contract) -> str:
    if set(contract.columns).isdisjoint(names):
        return f"this is not the table {contract.name}: look into the file, and deliver the right one"
    if not missing and len(set(names)) == len(names):
        return "take these columns out, or add them to the contract and raise its version"
    return "deliver the table with these columns, or change the contract and raise its version"


def meant(name: str, missing: list[str]) -> str | None:
    """Return the missing column that a name means: in another case, with spaces, or misspelt."""
    plain = re.sub(r"[\s\-]+", "_", name.strip()).casefold()
    near = [plain] if plain in missing else difflib.get_close_matches(plain, missing, n=1, cutoff=0.8)
    return near[0] if near else None


def wrong_dtype(frame: pd.DataFrame, column: Column, keys: tuple[str, ...]) -> BrokenRule:
    """Describe a column of a wrong dtype by the values that do not fit; by all values if each of them would fit."""
    values = frame[column.name]
    fit = fits(values, column)
    misfits = values.notna() & ~fit
    act = remedy(values[misfits], column, others_fit=bool(fit.any()))
    if not misfits.any():
        misfits = values.notna()
    return BrokenRule(
        rule=f"{column.name}_dtype",
        column=column.name,
        sentence=f"{column.name} holds {described(column)} ({column.dtype}; the column came as {values.dtype})",
        count=int(misfits.sum()),
        examples=examples_of(frame, misfits, columns=(column.name,), keys=keys),
        remedy=act,
        keys=keys or None,
    )
