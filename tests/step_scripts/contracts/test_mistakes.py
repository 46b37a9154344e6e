"""A mistake in a contract's file is an error with the file, the line and what to do; never anything else."""

import copy
import datetime as dt
import re

import pytest

from step_scripts.contracts import InvalidContractError, cli, load
from step_scripts.contracts.catalog import parse, read_contract, read_yaml
from step_scripts.contracts.yaml_file import line_of
from tests.step_scripts.contracts.tables import SALES
from tests.step_scripts.specimens.rows import CONTRACTS, NAMES

DOCUMENTS = {name: (CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8") for name in NAMES} | {"sales": SALES}
WRONG = [
    None,
    7,
    -1,
    1.5,
    float("nan"),
    True,
    "x",
    "",
    [],
    {},
    [None],
    ["x"],
    [["x"]],
    {"x": 1},
    {1: 2},
    dt.date(1, 1, 1),
]


def places(value, at=()):
    """Every place in a document: the names and numbers that lead there."""
    if at:
        yield at
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*at, name))


def holder(document, at):
    """What holds the value of a place."""
    for part in at[:-1]:
        document = document[part]
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_any_member_may_be_missing_or_wrong(name):
    """Each in turn: the contract is still valid, or the error is that of a contract, with its place."""
    document = read_yaml(DOCUMENTS[name])
    refused = 0
    for at in places(document):
        for wrong in [..., *WRONG]:
            changed = copy.deepcopy(document)
            if wrong is ...:
                del holder(changed, at)[at[-1]]
            else:
                holder(changed, at)[at[-1]] = copy.deepcopy(wrong)
            if (error := mistake(changed)) is not None:
                refused += 1
                assert error.at, (at, wrong, error)
                assert str(error).count("; fix: ") == 1, error
                assert len(str(error)) < 1000, error
    assert refused > 1000


def mistake(document):
    """The error of a document; None if it is valid."""
    try:
        parse(document)
    except InvalidContractError as error:
        return error
    return None


MISTAKES = [
    # line of SALES, what is replaced, by what, and what the message says
    (3, "version: 1.0.0", "version: 2", "version '2': expected three numbers, such as 2.1.0"),
    (
        7,
        "logicalType: integer, primaryKey",
        "logicaltype: integer, primaryKey",
        "column house_id: expected a member logicalType",
    ),
    (7, "{name: house_id", "{nmae: house_id", "expected a member name, got none; fix: rename nmae to name"),
    (
        9,
        "logicalType: integer\n        logicalTypeO",
        "logicalType: intger\n        logicalTypeO",
        "got 'intger'; fix: write logicalType: integer",
    ),
    (
        10,
        "{minimum: 1, maximum: 30}",
        "{minimum: 31, maximum: 30}",
        "column rooms: expected minimum ≤ maximum, got 31 and 30",
    ),
    (
        10,
        "maximum: 30",
        "maximun: 30",
        "expected an option of integer columns (minimum, maximum, format), got 'maximun'; fix: write maximum",
    ),
    (10, "maximum: 30", "exclusiveMaximum: 30", "expected no exclusiveMaximum, which is not checked; fix: use maximum"),
    (10, "maximum: 30", "maximum: many", "column rooms: expected a number as maximum, got 'many'"),
    (10, "maximum: 30", "maximum: 30.5", "expected a whole number of 64 bits as maximum, got 30.5"),
    (
        11,
        'missingValues, value: ["NA", "?"]',
        'missingvalues, value: ["NA", "?"]',
        "got 'missingvalues'; fix: write missingValues",
    ),
    (11, '["NA", "?"]', "[NA, 0]", "expected quoted missingValues, got 0; fix: put quotes around it"),
    (11, '["NA", "?"]', '["NA", "NA"]', "expected each of the missingValues once, got 'NA' again"),
    (20, '["Y"]', "[yes]", "column heated: expected quoted trueValues, got True; fix: put quotes around it"),
    (20, '["Y"]', '["N"]', "column heated: expected one meaning of 'n', got two"),
    (20, '{property: trueValues, value: ["Y"]}, ', "", "expected both trueValues and falseValues, or neither"),
    (
        23,
        "[Flat, House, N/A]",
        "[Flat, No, Yes]",
        "column kind: expected quoted validValues, got False; fix: put quotes around it",
    ),
    (23, "[Flat, House, N/A]", "[Flat, House, Flat]", "expected each of the validValues once, got 'Flat' again"),
    (23, "[Flat, House, N/A]", "[]", "column kind: expected at least one word as validValues, got none"),
    (
        25,
        "pattern: '^[A-ZÉ]'",
        "pattern: '^[A-Z'",
        "column notes: expected a regular expression as pattern, got '^[A-Z': unterminated",
    ),
    (25, "pattern: '^[A-ZÉ]'", "pattern: '^(?=A)'", "expected a regular expression that RE2 has, too (no look-around"),
    (25, "minLength: 2", "minLength: 21", "column notes: expected minLength ≤ maxLength, got 21 and 20"),
    (25, "minLength: 2", "minLength: -2", "expected a number of characters as minLength, got -2"),
    (
        28,
        "format: dd.MM.yyyy",
        "format: DD.MM.YYYY",
        "column sold_on: format 'DD.MM.YYYY': expected yyyy MM dd HH mm ss SSS XXX",
    ),
    (28, "format: dd.MM.yyyy", "format: MM.yyyy", "format 'MM.yyyy': expected a date with dd in it"),
    (
        28,
        "format: dd.MM.yyyy",
        "format: dd.MM.yyyy HH:mm",
        "expected a format without a time of day; fix: take the time out",
    ),
    (28, "minimum: '01.01.2019'", "minimum: '01/01/2019'", "expected a date such as '31.01.2026', got '01/01/2019'"),
    (28, "minimum: '01.01.2019'", "minimum: '01.01.2031'", "expected minimum ≤ maximum, got 01.01.2031 and 31.12.2030"),
    (32, 'ss", minimum', 'ss XXX", minimum', "expected no X, as timezone is not true"),
    (
        33,
        "timezone: true, minimum: '2019-01-01T00:00:00Z'",
        "timezone: 'yes'",
        "column sent_at: expected true or false as timezone, got 'yes'",
    ),
    (33, "00:00:00Z'", "00:00:00'", "expected a timestamp such as '2026-01-31T00:00:00Z', got '2019-01-01T00:00:00'"),
    (29, "{name: offered_on", "{name: sold_on", "column sold_on: expected each column once, got it again"),
    (
        37,
        "engine: greatExpectations",
        "engine: soda",
        "quality rule sold_after_offer: expected the engine greatExpectations, got 'soda'",
    ),
    (39, "expect_rows_to_satisfy", "expect_rows_to_satisfie", "fix: write expect_rows_to_satisfy"),
    (40, "offered_on], expr", "offred_on], expr", "names unknown columns: ['offred_on']; fix: write offered_on"),
    (40, "expression: sold_on >= offered_on", "expression: sold_on >= 3", "mixes types"),
    (40, "expression: sold_on >= offered_on", "expression: sold_on >=", "cannot be read"),
    (40, "expression: sold_on >= offered_on", "expression: sold_on", "is not true or false of each row"),
    (40, "expression: sold_on >= offered_on", "expression: rooms > 1", "got rooms"),
    (40, "expression:", "expresion:", "got 'expresion'; fix: write expression"),
    (
        40,
        "expression: sold_on >= offered_on",
        "mostly: 0.9",
        "expected no `mostly`; fix: take it out, and use the severity warning",
    ),
    (
        40,
        ", expression: sold_on >= offered_on",
        "",
        "expected the argument expression of expect_rows_to_satisfy, got none",
    ),
]


@pytest.fixture
def written(tmp_path):
    """A function that writes a contract's file."""

    def written(text):
        path = tmp_path / "sales.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(("line", "old", "new", "message"), MISTAKES)
def test_a_mistake_is_reported_with_its_line(written, line, old, new, message):
    """And with what was expected, what came, and the name that was probably meant."""
    assert SALES.count(old) == 1, old
    path = written(SALES.replace(old, new))
    with pytest.raises(InvalidContractError) as caught:
        load("sales", folder=path.parent)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path.resolve()}, line {line}: ")
    assert str(caught.value).count("; fix: ") == 1


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 9)}]}}\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
NOT_A_CONTRACT = {
    "an empty file": ("", ": expected a contract of one table .* got an empty file"),
    "a list": ("- a\n- b\n", r": expected a contract of one table .* got \['a', 'b'\]"),
    "a text": ("houses and prices", ": expected a contract of one table .* got 'houses and prices'"),
    "a bracket that does not close": ("name: sales\nschema: [\n", ", line 3: is not YAML: "),
    "a tab": ("name: sales\n\tid: sales\n", ", line 2: is not YAML: "),
    "two documents": ("name: a\n---\nname: b\n", ", line 2: is not YAML: but found another document"),
    "a name twice": ("name: a\nid: a\nname: b\n", ", line 3: expected each name once, got 'name' again"),
    "an alias of nothing": ("name: *a\n", ", line 1: is not YAML: found undefined alias"),
    "an alias of itself": ("name: &a [*a]\n", ", line 1: expected values, got an alias of what it stands in"),
    "aliases of aliases": (BOMB, "expected at most 200,000 values, got more by aliases"),
    "merged aliases": (MERGES, "expected at most 200,000 values, got more by aliases"),
    "brackets": ("[" * 100_000, ", line 1: expected at most 50 levels, got more"),
    "dashes": ("- " * 100_000, ", line 1: expected at most 50 levels, got more"),
    "a day that does not exist": ("name: 2026-02-31\n", ": is not YAML: day is out of range for month"),
    "a number without end": (f"name: {'9' * 5000}\n", ": is not YAML: Exceeds the limit"),
    "a tag": ("name: !!python/object:os.system x\n", ", line 1: is not YAML: could not determine a constructor"),
    "a list as a name": ("? [a]\n: b\n", ", line 1: is not YAML: found unhashable key"),
    "NUL": ("name: \0", ": is not YAML: "),
}


@pytest.mark.parametrize("what", NOT_A_CONTRACT)
def test_what_is_no_contract_is_reported(written, what):
    """At once, whatever is in the file."""
    text, message = NOT_A_CONTRACT[what]
    path = written(text)
    with pytest.raises(InvalidContractError, match=re.escape(str(path)) + f".*{message}.*; fix: "):
        read_contract(path)


def test_bytes_that_are_no_text_are_reported(tmp_path):
    """A contract is in UTF-8."""
    path = tmp_path / "sales.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(
        InvalidContractError, match=r"sales\.yaml: is not YAML: expected text in UTF-8.*; fix: save it as UTF-8"
    ):
        read_contract(path)


@pytest.mark.parametrize(
    "command", [["check", "sales.csv", "--contract", "{}"], ["diff", "{}", "{}"], ["show", "sales"]]
)
def test_the_command_reports_it(written, command, capsys, monkeypatch):
    """On its last line, without a traceback; the exit code is 2."""
    path = written(SALES.replace("minimum: 5", "minimum: five"))
    (path.parent / "sales.csv").write_text("house_id\n1\n")
    (path.parent / "contracts").mkdir()
    (path.parent / "contracts" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (path.parent / "pyproject.toml").write_text("[tool.step-scripts]\n")
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(path.parent))
    assert cli.main([part.format(path.name) for part in command]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(
        "sales.yaml, line 14: column area: expected a number as minimum, got 'five'; fix: write a number, or take "
        "minimum out\n"
    )


def test_the_line_of_a_place_is_that_of_its_name():
    """Of an absent one, that of what should hold it; of a text that is no YAML, none."""
    assert line_of(SALES, ("schema", 0, "properties", 1, "logicalTypeOptions", "maximum")) == 10
    assert line_of(SALES, ("schema", 0, "properties", 1, "nothing")) == 8
    assert line_of("a: [", ("a",)) is None


def test_merged_names_are_read():
    """Anchors may be used for what they are for."""
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"
    assert read_yaml(text)["b"] == {"x": 1, "y": 3}
