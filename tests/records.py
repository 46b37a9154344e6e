"""What tests of records of any contracts share: a record is judged as its row in a table is."""

from step_scripts.contracts.cells import number
from step_scripts.contracts.checker import judge

KINDS = ("not_null", "dtype", "category", "range")


def rules_of_rows(tables, contracts):
    """The ids of the hard rules that each row breaks, of tables whose rows belong together in their order."""
    rules = [set() for _ in range(len(tables[0]))]
    for table, contract in zip(tables, contracts, strict=True):
        for rule, bad in judge(table, contract).bad.items():
            for row in bad.nonzero()[0]:
                rules[row].add(rule)
    return rules


def broken_by_cell(rows, record, change):
    """The rules on its own column that a record breaks with a changed cell; where JSON has no such value, the expected.

    JSON has no infinity, which is a number to the reader of a table, and a record has no label.
    """
    column = rows.columns.get(change.column)
    if column is None or change.text.lstrip("-") == "inf":
        return [change.rule] if change.rule else []
    broken = rows.broken({**record, change.column: number(change.text, column)})
    return [each.rule for each in broken if each.rule in {f"{change.column}_{kind}" for kind in KINDS}]
