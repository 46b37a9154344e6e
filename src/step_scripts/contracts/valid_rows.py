"""Read a table, or several that are joined by a key, and separate valid rows from rows for the quarantine."""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts.checker import Rows
from step_scripts.contracts.contract import Contract, Relationship
from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError, examples_of
from step_scripts.contracts.keys import Codes, key_codes, key_index, require_joinable
from step_scripts.contracts.quarantine import COLUMN, Quarantine, Quarantined, reasons
from step_scripts.contracts.raw_rows import raw_rows
from step_scripts.contracts.reader import Judged, read_judged

Places = npt.NDArray[np.intp]


def read_valid_rows(
    source: Path | str | Mapping[str, Sequence[Path]], *contracts: Contract
) -> tuple[tuple[pd.DataFrame, ...], Quarantine]:
    """Read a table, or several that are joined by their key, and put rows that break a rule into quarantine.

    A row goes to quarantine when it breaks a rule on rows of severity error, when the row of another table that a
    relationship of its contract asks for is missing, or when that row is in quarantine. So the valid tables have the
    same keys wherever their contracts ask for it, and every input row is either valid or in quarantine.

    Parameters
    ----------
    source
        A folder, as for `read_checked`; or, for a single table, its file; or the files of each contract, by its name.
    *contracts
        The contracts of the tables. Several tables have a key of the same columns; a single one may have no key.

    Returns
    -------
    tables : tuple of DataFrame
        The valid rows, in the form of `read_checked`.
    quarantine : Quarantine
        The other rows, and the warnings.

    Raises
    ------
    ContractError
        When a table cannot be read, or breaks a rule that does not judge single rows, such as a repeated key, which
        does not say which of its rows is wrong. If several tables do, it is a `CombinedContractError`.
    InvalidContractError
        When several tables have no key, or different ones.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses, table
    >>> with TemporaryDirectory() as folder:
    ...     table().assign(price=[1, -1, 1]).to_csv(f"{folder}/houses.csv", index=False)
    ...     (valid,), quarantine = read_valid_rows(folder, houses())
    >>> valid["house_id"].tolist(), quarantine.rules
    ([1, 3], {'price_range': 1})
    """
    require_joinable(contracts)
    judged, keys = _all_judged(source, contracts), contracts[0].keys
    codes = key_codes([table.frame for table in judged], keys)
    filters = [RowFilter(*pair) for pair in zip(judged, codes, strict=True)]
    by_name = {row_filter.contract.name: row_filter for row_filter in filters}
    pairs = [
        (row_filter, relationship, by_name[relationship.table])
        for row_filter in filters
        for relationship in row_filter.contract.relationships
        if relationship.table in by_name
    ]
    for row_filter, relationship, other in pairs:
        row_filter.add_orphans(relationship, other)
    # Found for all tables before any is added: a row that breaks a rule itself is not there because of its partner.
    partners = [(row_filter, other, row_filter.partners_of_bad(other)) for row_filter, _, other in pairs]
    for row_filter, other, rows in partners:
        row_filter.add_partners(other, rows)
    quarantine = Quarantine(
        tables=tuple(row_filter.quarantined() for row_filter in filters),
        key=keys,
        keys=_different([row_filter.keys for row_filter in filters]),
        count=_different([row_filter.keys[row_filter.bad] for row_filter in filters]),
    )
    return tuple(row_filter.valid() for row_filter in filters), quarantine


class RowFilter:
    """One table, the codes of its rows' keys (see `key_codes`), and the rules that its rows break so far."""

    def __init__(self, judged: Judged, keys: Codes) -> None:
        self.judged, self.contract, self.keys = judged, judged.contract, keys
        self.broken: dict[str, Rows] = dict(judged.verdict.bad)
        self.rules: list[BrokenRule] = list(judged.verdict.broken)

    @property
    def bad(self) -> Rows:
        """A mask of the rows that break any rule."""
        return reduce(np.logical_or, self.broken.values(), np.zeros(len(self.keys), dtype=np.bool_))

    def add_orphans(self, relationship: Relationship, other: "RowFilter") -> None:
        """Add the rows whose partner is missing."""
        if not np.array_equal(self.keys, other.keys):
            remedy = f"deliver {relationship.table} and {self.contract.name} of the same rows"
            self._add(relationship.id, relationship.sentence, remedy, ~np.isin(self.keys, other.keys))

    def partners_of_bad(self, other: "RowFilter") -> Rows:
        """Return a mask of the rows that break no rule, and whose partner breaks one."""
        bad = other.keys[other.bad]
        return np.isin(self.keys, bad) & ~self.bad if len(bad) else np.zeros(len(self.keys), dtype=np.bool_)

    def add_partners(self, other: "RowFilter", rows: Rows) -> None:
        """Add rows whose partner is in quarantine."""
        name = other.contract.name
        sentence = f"the row of {name} with the same {', '.join(self.contract.keys)} keeps its contract"
        self._add(f"{name}_quarantined", sentence, f"correct the row of {name}: this row is valid", rows)

    def _add(self, rule: str, sentence: str, remedy: str, rows: Rows) -> None:
        if not rows.any():
            return
        keys = self.contract.keys
        examples = examples_of(self.judged.frame, rows, columns=keys, keys=keys)
        count = int(np.count_nonzero(rows))
        self.broken[rule] = rows
        self.rules.append(
            BrokenRule(
                rule=rule,
                column=keys[0] if len(keys) == 1 else None,
                sentence=sentence,
                count=count,
                examples=examples,
                remedy=remedy,
                keys=keys,
            )
        )

    def quarantined(self) -> Quarantined:
        """Return the rows in quarantine."""
        places = self.bad.nonzero()[0]
        return Quarantined(
            table=self.contract.name,
            version=self.contract.version,
            source=self.judged.source,
            rows=len(self.keys),
            frame=self._unchanged(places),
            broken=tuple(self.rules),
            warnings=self.judged.verdict.warnings,
        )

    def _unchanged(self, places: Places) -> pd.DataFrame:
        """Return rows as the files hold them, with the rules that they break."""
        if len(places):
            text: pd.DataFrame = raw_rows(self.judged.parts, places.tolist()).to_pandas()
        else:
            text = pd.DataFrame(columns=list(self.judged.frame.columns), dtype=object)
        text[COLUMN] = reasons(self.broken.items(), places)
        text.index = key_index(self.judged.frame, self.contract.keys, places)
        return text

    def valid(self) -> pd.DataFrame:
        """Return the other rows; the frame of the table is consumed."""
        bad = self.bad
        return self.judged.finished(~bad if bad.any() else None)


def _all_judged(source: Path | str | Mapping[str, Sequence[Path]], contracts: Sequence[Contract]) -> list[Judged]:
    """Read all tables, and raise one error for all that cannot be used."""
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


def _different(keys: Sequence[Codes]) -> int:
    """Count the different keys of several tables; within one table they are different."""
    if all(np.array_equal(each, keys[0]) for each in keys):
        return len(keys[0])
    return len(np.unique(np.concatenate(keys)))
