"""Each file below fixtures/bad breaks the rules that it says: adding a file adds a test.

Where the last column is `broken_rules`, it says of each row which rules that row breaks. Any other file breaks, as a
whole, the rule with which its name begins. See `step_scripts.testing.bad_rows`.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from step_scripts import contracts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
FILES = sorted(path.relative_to(FIXTURES / "bad").as_posix() for path in FIXTURES.glob("bad/*/*.csv"))
TABLES = ("claims", "customers", "features")


def _labelled(name):
    """Tell whether a file has a last column that says what each row breaks."""
    with (FIXTURES / "bad" / name).open("rb") as file:
        return file.readline().rstrip().endswith(b",broken_rules")


def _rules(table):
    """The ids of all rules that a table can break; those of the columns' types are not listed in a contract."""
    contract = contracts.load(table)
    of_types = [f"{column.name}_dtype" for column in contract.columns.values() if not column.categories]
    return [rule.id for rule in (*contract.rules, *contract.relationships)] + ["columns", "file", *of_types]


def _rule_of(name):
    """The rule that a file is named after."""
    table, stem = name.removesuffix(".csv").split("/")
    plain = {re.sub(r"[^\w-]", "_", rule): rule for rule in _rules(table)}
    found = {len(name): rule for name, rule in plain.items() if stem == name or stem.startswith(f"{name}-")}
    return found[max(found)] if found else None


LABELLED = [name for name in FILES if _labelled(name)]
WHOLE = [name for name in FILES if name not in LABELLED]


@pytest.mark.parametrize("name", LABELLED)
def test_each_row_breaks_the_rules_that_it_says(name, tmp_path):
    """Rows that break an error rule go to quarantine, unchanged, for exactly these rules; warnings are counted."""
    contract = contracts.load(name.split("/")[0])
    warns = {rule.id for rule in contract.rules if rule.severity == "warning"}
    with (FIXTURES / "bad" / name).open(newline="") as file:
        header, *rows = ((row[:-1], row[-1]) for row in csv.reader(file))
    broken = [[rule for rule in rules.split(";") if rule] for _, rules in rows]
    hard = [[rule for rule in rules if rule not in warns] for rules in broken]

    good, quarantine = _read(tmp_path, [header, *rows], contract, _rule_of(name))
    apart = quarantine.tables[0]
    assert apart.frame.to_numpy().tolist() == [
        [*cells, ";".join(rules)] for (cells, _), rules in zip(rows, hard, strict=True) if rules
    ]
    key = header[0].index(contract.key)
    assert good[contract.key].tolist() == [
        int(cells[key]) for (cells, _), rules in zip(rows, hard, strict=True) if not rules
    ]
    reported = Counter(rule for rules in broken for rule in rules)
    assert {rule.rule: rule.count for rule in apart.warnings} == {
        rule: reported[rule] for rule in reported if rule in warns
    }
    message = quarantine.message()
    assert [rule for rule in reported if f"\n  {rule}\n    expected  " not in message] == []
    # Whatever the file is about is broken in it, and kept in it.
    assert _rule_of(name) in reported
    assert [] in broken


def _read(folder, lines, contract, rule):
    """Read a table without its last column; one that is about a relationship has the shipped table for a partner."""
    file = folder / f"{contract.name}.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(cells for cells, _ in lines)
    others = [relationship.table for relationship in contract.relationships if relationship.id == rule]
    for other in others:
        (folder / f"{other}.csv").symlink_to(FIXTURES / f"{other}.csv")
    (good, *_), quarantine = contracts.read_valid_rows(
        folder if others else file, contract, *(contracts.load(other) for other in others)
    )
    return good, quarantine


@pytest.mark.parametrize("name", WHOLE)
def test_the_table_breaks_the_rule_that_it_is_named_after(name, tmp_path):
    """There is no quarantine where no rule says which rows are good: one error says what is wrong with the table."""
    table = name.split("/")[0]
    path = tmp_path / f"{table}.csv"
    path.symlink_to(FIXTURES / "bad" / name)
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_valid_rows(path, contracts.load(table))
    assert [rule.rule for rule in caught.value.broken] == [_rule_of(name)]
    for part in ("expected", "got", "fix"):
        assert re.search(rf"\n    {part} +\S", str(caught.value))


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_has_its_file(table):
    """A new rule needs a file that breaks it; of the columns' types in features, one of each is enough."""
    covered = {_rule_of(name) for name in FILES if name.startswith(f"{table}/")}
    lacking = [rule for rule in _rules(table) if rule not in covered and rule != "file"]
    columns = contracts.load(table).columns
    assert [rule for rule in lacking if not (table == "features" and rule.endswith("_dtype"))] == []
    assert {columns[name].dtype for name in columns if f"{name}_dtype" in covered} == {
        column.dtype for column in columns.values() if not column.categories
    }


def test_every_file_is_about_a_rule():
    """A file whose rule is gone or renamed, or whose table has no contract, is about nothing."""
    assert [name for name in FILES if name.split("/")[0] not in TABLES or _rule_of(name) is None] == []
