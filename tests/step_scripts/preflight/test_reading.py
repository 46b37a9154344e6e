"""For any file the command prints findings, or one sentence with exit code 2, and never a traceback."""

import json
from pathlib import Path

import pytest

from step_scripts import preflight
from step_scripts.preflight import model
from step_scripts.preflight.cli import main
from step_scripts.preflight.reading import MAX_DEPTH
from tests.detection_rate import catalogue

HERE = Path(__file__).parent
TEXT = (HERE / "base.json").read_bytes()
UNREADABLE = {
    "empty": b"",
    "binary": bytes(range(256)),
    "utf_16": TEXT.decode().encode("utf-16"),
    "latin_1": b'{"Version": "\xe4"}',
    "nan": TEXT.replace(b'"DefaultValue": 0.7', b'"DefaultValue": NaN'),
    "infinity": TEXT.replace(b'"DefaultValue": 0.7', b'"DefaultValue": -Infinity'),
    "digits": b'{"Version": ' + b"9" * 5000 + b"}",
    "two_documents": TEXT + TEXT,
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deeper_than_a_definition": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
}
ODD = "\ud800", "\x1b[31m", "a\nb", "→", ""


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("command", [[], ["diff", str(HERE / "base.json")]])
def test_a_file_that_is_not_json_is_reported(capsys, tmp_path, name, command):
    """Exit code 2, the file's name, and nothing on standard output."""
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name])
    assert main([*command, str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"step-scripts preflight: {path} is ")


def test_a_folder_is_reported(capsys, tmp_path):
    """Exit code 2, as for a file that does not exist."""
    assert main([str(tmp_path)]) == 2
    assert "Is a directory" in capsys.readouterr().err


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_are_shown_by_number(capsys, tmp_path, odd):
    """A control character or half a surrogate pair is printed as its number, in names, types and references."""
    definition = catalogue.base()
    definition["Steps"][0].update(Name=odd, Type=odd)
    definition["Steps"][1]["Arguments"][odd] = {"Get": f"Parameters.{odd}"}
    definition["Parameters"][0].update(Name=odd, Type=odd)
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(definition))
    for command in ([], ["--format", "json"], ["diff", str(HERE / "base.json")]):
        assert main([*command, str(path)]) in {0, 1}
        out = capsys.readouterr().out
        assert out.encode()
        assert "\x1b" not in out


def test_a_repeated_member_is_reported(capsys, tmp_path, monkeypatch):
    """In JSON the last one wins, the service's choice is unknown; the rule can be ignored."""
    monkeypatch.chdir(tmp_path)  # where no project ignores a rule
    path = tmp_path / "twice.json"
    path.write_bytes(TEXT.replace(b'"Name": "Train",', b'"Name": "Train", "Name": "Train",'))
    assert main([str(path), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    errors = [(finding["rule"], finding["where"]) for finding in found if finding["severity"] == "error"]
    assert errors == [("duplicate-name", "/Steps/1/Name")]
    assert main([str(path), "--ignore", "duplicate-name"]) == 0


def test_a_deeply_nested_value_is_reported():
    """A caller of the library gets a finding instead of a RecursionError."""
    value = "x"
    for _ in range(500):
        value = {"Std:Join": {"On": "", "Values": [value]}}
    definition = catalogue.base()
    definition["Steps"][0]["Arguments"]["RoleArn"] = value
    assert {finding.rule for finding in preflight.check(definition)} == {"structure"}


@pytest.mark.parametrize("regex", ["(a{99999999999999})", "(" * 5000 + ")" * 5000])
def test_a_regular_expression_that_python_cannot_compile_is_reported(regex):
    """For any exception that Python raises."""
    definition = catalogue.base()
    definition["Steps"][1]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"][0]["Regex"] = regex
    assert "metric-regex" in {finding.rule for finding in preflight.check(definition)}


@pytest.mark.parametrize("spot", [{"Get": "Parameters.Seed"}, [True], "yes"])
def test_an_invalid_switch_is_reported(spot):
    """Also beside MaxWaitTimeInSeconds, whose rule reads the switch."""
    definition = catalogue.base()
    definition["Steps"][1]["Arguments"].update(EnableManagedSpotTraining=spot)
    definition["Steps"][1]["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 5, "MaxWaitTimeInSeconds": 5}
    assert {finding.rule for finding in preflight.check(definition)} & {"reference-type", "wrong-type"}


def test_no_pattern_takes_exponential_time():
    """No repeated group consists of a repetition: such a pattern tries every way to split a text."""
    shapes, waiting, patterns = {}, [model.request(kind) for kind in model.OPERATIONS], []
    while waiting:
        shape = waiting.pop()
        if shape.name not in shapes:
            shapes[shape.name] = shape
            below = {"structure": "members", "map": "key value", "list": "member"}.get(shape.type_name, "").split()
            for member in (getattr(shape, name) for name in below):
                waiting += member.values() if isinstance(member, dict) else [member]
            patterns += [model.pattern(shape.metadata["pattern"])] if "pattern" in shape.metadata else []
    assert len(patterns) > 100
    assert [one.pattern for one in patterns if one and "]*){" in one.pattern] == []
