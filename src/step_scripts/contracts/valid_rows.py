"""Read tables that belong together, and part what can be worked with from what has to be set apart."""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts.contract import Contract, Relationship
from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError, examples_of
from step_scripts.contracts.quarantine import COLUMN, Quarantine, SetApart, reasons
from step_scripts.contracts.reader import Judged, raw_rows, read_judged
from step_scripts.contracts.values import Rows

Keys = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


def read_valid_rows(
    source: Path | str | Mapping[str, Sequence[Path]], *contracts: Contract
) -> tuple[tuple[pd.DataFrame, ...], Quarantine]:
    """Read tables of one folder that are joined by their key, and set apart what breaks a rule on rows.

    A row is set apart when it breaks a hard rule, when it lacks the row of another table that a relationship of its
    contract asks for, and when that row is set apart. So the tables that are left have the same keys wherever their
    contracts ask for it; and each row of the input is in exactly one of the two parts.

    Parameters
    ----------
    source
        A folder, as `read_checked` takes it; or, for a single table, its file; or the files of each contract, by name.
    *contracts
        The contracts of the tables.

    Returns
    -------
    tables : tuple of DataFrame
        As `read_checked` gives them, without the rows that were set apart.
    quarantine : Quarantine
        Those rows, and the warnings.

    Raises
    ------
    ContractError
        When a table cannot be read, or breaks a rule that is not on rows: then nobody can tell which rows are good. A
        repeated key is such a rule, for it does not say which of its rows is the wrong one. `CombinedContractError`,
        which is one too, when several tables do.

    Examples
    --------
    >>> from step_scripts.contracts import load
    >>> (claims, customers), quarantine = read_valid_rows("fixtures", load("claims"), load("customers"))
    >>> len(claims), len(customers), quarantine.count
    (5000, 5000, 0)
    """
    filters = [RowFilter(table) for table in _all_judged(source, contracts)]
    by_name = {row_filter.contract.name: row_filter for row_filter in filters}
    pairs = [
        (row_filter, relationship, by_name[relationship.table])
        for row_filter in filters
        for relationship in row_filter.contract.relationships
        if relationship.table in by_name
    ]
    for row_filter, relationship, other in pairs:
        row_filter.set_apart_orphans(relationship, other)
    # Judged for all before any row follows another: each row is set apart for its own faults, or for its partner's.
    waiting = [(row_filter, other, row_filter.waiting_for(other)) for row_filter, _, other in pairs]
    for row_filter, other, rows in waiting:
        row_filter.set_apart_waiting(other, rows)
    apart = tuple(row_filter.apart() for row_filter in filters)
    quarantine = Quarantine(
        tables=apart,
        key=contracts[0].key,
        keys=_different([row_filter.keys for row_filter in filters]),
        count=_different([table.frame.index.to_numpy() for table in apart]),
    )
    return tuple(row_filter.good() for row_filter in filters), quarantine


class RowFilter:
    """One table, and what is known of its rows so far."""

    def __init__(self, judged: Judged) -> None:
        self.judged, self.contract = judged, judged.contract
        self.keys: Keys = judged.frame[judged.contract.key].to_numpy()
        self.broken: dict[str, Rows] = dict(judged.verdict.bad)
        self.told: list[BrokenRule] = list(judged.verdict.broken)

    @property
    def bad(self) -> Rows:
        return reduce(np.logical_or, self.broken.values(), np.zeros(len(self.keys), dtype=np.bool_))

    def set_apart_orphans(self, relationship: Relationship, other: "RowFilter") -> None:
        if not np.array_equal(self.keys, other.keys):
            remedy = f"deliver {relationship.table} and {self.contract.name} of the same rows"
            self._add(relationship.id, relationship.sentence, remedy, ~np.isin(self.keys, other.keys))

    def waiting_for(self, other: "RowFilter") -> Rows:
        """Mark rows without a fault whose partners have one."""
        bad = other.keys[other.bad]
        return np.isin(self.keys, bad) & ~self.bad if len(bad) else np.zeros(len(self.keys), dtype=np.bool_)

    def set_apart_waiting(self, other: "RowFilter", rows: Rows) -> None:
        name = other.contract.name
        sentence = f"the row of {name} with the same {self.contract.key} keeps its contract"
        self._add(f"{name}_quarantined", sentence, f"correct the row of {name}: nothing is wrong with this one", rows)

    def _add(self, rule: str, sentence: str, remedy: str, rows: Rows) -> None:
        if not rows.any():
            return
        key = self.contract.key
        examples = examples_of(self.judged.frame, rows, columns=(key,), key=key)
        count = int(np.count_nonzero(rows))
        self.broken[rule] = rows
        self.told.append(
            BrokenRule(rule=rule, column=key, sentence=sentence, count=count, examples=examples, remedy=remedy)
        )

    def apart(self) -> SetApart:
        places = self.bad.nonzero()[0]
        return SetApart(
            table=self.contract.name,
            version=self.contract.version,
            source=self.judged.source,
            rows=len(self.keys),
            frame=self._untouched(places),
            broken=tuple(self.told),
            warnings=self.judged.verdict.warnings,
        )

    def _untouched(self, places: Places) -> pd.DataFrame:
        """Return rows as the files hold them, and the rules that they break."""
        if len(places):
            text: pd.DataFrame = raw_rows(self.judged, places.tolist()).to_pandas()
        else:
            text = pd.DataFrame(columns=list(self.judged.frame.columns), dtype=object)
        text[COLUMN] = reasons(self.broken.items(), places)
        text.index = pd.Index(self.keys[places])
        return text

    def good(self) -> pd.DataFrame:
        """Return the rest; the table is used up."""
        bad = self.bad
        return self.judged.finished(~bad if bad.any() else None)


def _all_judged(source: Path | str | Mapping[str, Sequence[Path]], contracts: Sequence[Contract]) -> list[Judged]:
    """Read all tables before any is refused."""
    judged, errors = [], []
    for contract in contracts:
        try:
            table = read_judged(source[contract.name] if isinstance(source, Mapping) else source, contract)
        except ContractError as error:
            errors.append(error)
            continue
        judged.append(table)
        if table.verdict.stops:
            errors.append(table.error())
    if errors:
        raise errors[0] if len(errors) == 1 else CombinedContractError(*errors)
    return judged


def _different(keys: Sequence[Keys]) -> int:
    """Count the different keys of several tables, none of which has one twice."""
    if all(np.array_equal(each, keys[0]) for each in keys):
        return len(keys[0])
    return len(np.unique(np.concatenate(keys)))
