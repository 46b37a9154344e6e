"""Each file below fixtures/bad breaks the rules that it says: adding a file adds a test.

Where the last column is `broken_rules`, it says of each row which rules that row breaks. Any other file breaks, as a
whole, the rule with which its name begins. See `step_scripts.testing.bad_rows`.
"""

import csv
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pytest

from step_scripts import contracts
from step_scripts.contracts import checker

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


@cache
def _rule_of(name):
    """The rule that a file is named after."""
    table, stem = name.removesuffix(".csv").split("/")
    plain = {re.sub(r"[^\w-]", "_", rule): rule for rule in _rules(table)}
    found = {len(name): rule for name, rule in plain.items() if stem == name or stem.startswith(f"{name}-")}
    return found[max(found)] if found else None


LABELLED = [name for name in FILES if _labelled(name)]
WHOLE = [name for name in FILES if name not in LABELLED]


class Lines(NamedTuple):
    """A labelled file: its header, the cells of each row, and the rules that each row says it breaks."""

    header: list[str]
    cells: list[list[str]]
    broken: list[list[str]]


def _lines(name):
    """Read a labelled file."""
    with (FIXTURES / "bad" / name).open(newline="") as file:
        header, *rows = csv.reader(file)
    return Lines(header[:-1], [row[:-1] for row in rows], [row[-1].split(";") if row[-1] else [] for row in rows])


class Verdict(NamedTuple):
    """What `read_valid_rows` says of a file: keys, rows with their rules, counts of warnings, the message."""

    valid: list[int]
    quarantined: list[list[str]]
    warnings: dict[str, int]
    message: str


def _read(folder, header, cells, contract, others=()):
    """Read a table from a file; with the shipped tables of other contracts, if there are any."""
    file = folder / f"{contract.name}.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *cells])
    for other in others:
        (folder / f"{other}.csv").symlink_to(FIXTURES / f"{other}.csv")
    (valid, *_), quarantine = contracts.read_valid_rows(
        folder if others else file, contract, *(contracts.load(other) for other in others)
    )
    return valid[contract.keys[0]].tolist(), quarantine


def _alone(folder, contract, lines, rule):
    """Judge a file by itself; one that is about a relationship has the shipped table for a partner."""
    others = [relationship.table for relationship in contract.relationships if relationship.id == rule]
    valid, quarantine = _read(folder, lines.header, lines.cells, contract, others)
    apart = quarantine.tables[0]
    warnings = {broken.rule: broken.count for broken in apart.warnings}
    return Verdict(valid, apart.frame.to_numpy().tolist(), warnings, quarantine.message())


def _together(folder, contract, files):
    """Judge files as one table, whose rows are numbered from 1: a call for each file takes 30 times as long."""
    starts = [0, *accumulate(len(lines.cells) for lines in files.values())]
    numbers = iter(range(1, starts[-1] + 1))
    header = next(iter(files.values())).header
    place = header.index(contract.keys[0])
    assert {tuple(lines.header) for lines in files.values()} == {tuple(header)}
    cells = [[*row[:place], str(next(numbers)), *row[place + 1 :]] for lines in files.values() for row in lines.cells]
    valid, quarantine = _read(folder, header, cells, contract)
    apart = quarantine.tables[0]
    assert apart.warnings == ()
    verdicts = {}
    for (name, lines), start in zip(files.items(), starts, strict=False):
        own = range(start + 1, start + len(lines.cells) + 1)
        frame = apart.frame[apart.frame.index.isin(own)]
        rows = [[*row[:place], str(int(row[place]) - start), *row[place + 1 :]] for row in frame.to_numpy().tolist()]
        broken = tuple(rule for rule in apart.broken if any(rule.rule in row[-1].split(";") for row in rows))
        verdicts[name] = Verdict(
            [key - start for key in valid if key in own], rows, {}, str(replace(apart, broken=broken).error())
        )
    return verdicts


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What the checker says of each labelled file.

    The files of a contract are judged together. A file is judged alone if it is about the key or a relationship, or if
    its rows break a rule that only warns: warnings are counted for the table as a whole.
    """
    found = {}
    for table in TABLES:
        contract, together = contracts.load(table), {}
        warns = {rule.id for rule in contract.rules if rule.severity == "warning"}
        for name in (name for name in LABELLED if name.startswith(f"{table}/")):
            lines, rule = _lines(name), _rule_of(name)
            numbered = [row[lines.header.index(contract.keys[0])] for row in lines.cells]
            related = rule in [relationship.id for relationship in contract.relationships]
            in_order = numbered == [str(number) for number in range(1, len(numbered) + 1)]
            if related or not in_order or not warns.isdisjoint(set().union(*lines.broken)):
                found[name] = _alone(tmp_path_factory.mktemp("alone"), contract, lines, rule)
            else:
                together[name] = lines
        found |= _together(tmp_path_factory.mktemp(table), contract, together)
    return found


@pytest.mark.parametrize("name", LABELLED)
def test_each_row_breaks_the_rules_that_it_says(name, verdicts):
    """Rows that break an error rule go to quarantine, unchanged, for exactly these rules; warnings are counted."""
    contract, lines, verdict = contracts.load(name.split("/")[0]), _lines(name), verdicts[name]
    warns = {rule.id for rule in contract.rules if rule.severity == "warning"}
    hard = [[rule for rule in rules if rule not in warns] for rules in lines.broken]
    assert verdict.quarantined == [
        [*cells, ";".join(rules)] for cells, rules in zip(lines.cells, hard, strict=True) if rules
    ]
    key = lines.header.index(contract.keys[0])
    assert verdict.valid == [int(cells[key]) for cells, rules in zip(lines.cells, hard, strict=True) if not rules]
    reported = Counter(rule for rules in lines.broken for rule in rules)
    assert verdict.warnings == {rule: reported[rule] for rule in reported if rule in warns}
    assert [rule for rule in reported if f"\n  {rule}\n    expected  " not in verdict.message] == []
    # Whatever the file is about is broken in it, and kept in it.
    assert _rule_of(name) in reported
    assert [] in lines.broken


@pytest.fixture(scope="module")
def judged_once():
    """Great Expectations judges a rule once for the same values: most of these tables differ in one column only."""
    judge, known = checker.broken_values, {}

    def broken_values(frame, contract, rules):
        values = {name: (str(frame[name].dtype), *map(repr, frame[name])) for name in frame}
        keys = {
            rule.id: (contract.name, rule.id, len(frame), *(values[name] for name in rule.columns)) for rule in rules
        }
        new = [rule for rule in rules if keys[rule.id] not in known]
        known.update({keys[rule.id]: None for rule in new})
        known.update({keys[broken.rule.id]: broken for broken in judge(frame, contract, new)})
        return [known[key] for key in keys.values() if known[key]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checker, "broken_values", broken_values)
        yield


@pytest.mark.usefixtures("judged_once")
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
