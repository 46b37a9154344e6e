"""preflight finds every seeded mistake, and lets pass what is right."""

import copy
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from step_scripts import preflight
from step_scripts.pipeline import command as cli
from step_scripts.preflight.cli import main
from step_scripts.preflight.rules import RULES
from tests.detection_rate import catalogue

HERE = Path(__file__).parent
BASE = catalogue.base()
# What preflight says of the base itself: the warnings that pyproject.toml leaves out.
ALWAYS = preflight.check(BASE)
CATALOGUE = catalogue.cases()
# Pipelines of other shapes than ours, as users of SDK v2 and writers of plain JSON have them: a file there is a case.
RIGHT = {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "right").glob("*.json"))}


def edited(change):
    """The base definition with what a case sets and removes."""
    return catalogue.edited(BASE, change)


@pytest.mark.parametrize("case", CATALOGUE, ids=str)
def test_a_seeded_mistake_is_found_by_its_rule(case):
    """The rule is among the findings, of the severity that it has; its neighbour, just inside, has none of it."""
    found = preflight.check(case.mistake)
    assert case.rule in {finding.rule for finding in found}
    assert {finding.severity for finding in found if finding.rule == case.rule} == {RULES[case.rule].severity}
    neighbour = preflight.check(case.neighbour)
    assert case.rule not in {finding.rule for finding in neighbour if finding not in ALWAYS}, neighbour
    assert [finding for finding in neighbour if finding.severity == "error"] == []


def test_every_rule_has_a_case_and_a_case_its_rule():
    """Adding a rule without a mistake that it finds is noticed; so is a case in another group's folder."""
    groups = {case.rule: case.group for case in CATALOGUE}
    assert set(groups) == set(RULES)
    assert len(CATALOGUE) >= 200


def test_what_is_right_passes(definition):
    """The claims pipeline, compiled now and as it was reviewed: not even a warning but those that it leaves out."""
    assert pipeline.review(definition) == pipeline.review(BASE) == []
    assert {finding.rule for finding in ALWAYS} == set(preflight.ignored(pipeline.ROOT))


@pytest.mark.parametrize("name", RIGHT)
def test_what_others_write_rightly_passes(name):
    """No error, and no parameter that seems unused, in a pipeline of another shape."""
    found = preflight.check(RIGHT[name])
    assert [finding for finding in found if finding.severity == "error" or finding.rule == "unused-parameter"] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(document=JSON)
def test_any_json_is_answered(document):
    """With findings, never with an exception."""
    assert preflight.check(document)


def pointers(value, where=""):
    """Every JSON pointer into a value."""
    yield where
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from pointers(member, f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}")


SOUND = (BASE, *RIGHT.values())
PLACES = [(number, where) for number, one in enumerate(SOUND) for where in pointers(one) if where]
ODD = [
    *({"Get": 1}, {"Get": "Steps."}, {"Get": "Steps.Train"}, {"Get": "Steps.Train.X['"}, {"Get": "Steps.Gate.Outcome"}),
    *({"Std:JsonGet": {}}, {"Std:JsonGet": {"Path": "a", "PropertyFile": {"Get": "Steps.Gate.PropertyFiles.X"}}}),
    *({"Std:Join": None}, {"Type": "Or", "Conditions": 1}, {"Type": ["Or"]}, {"Name": "A", "Type": {}}, [[]], [{}]),
]
SHAPED = JSON | st.sampled_from(ODD)


@settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "500")), deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), SHAPED), min_size=1, max_size=3))
def test_a_mutated_definition_is_answered(changes):
    """Whatever stands wherever: findings, sorted, each with a rule that there is, and a place that there is."""
    definition = copy.deepcopy(SOUND[changes[0][0][0]])
    for (_, where), value in changes:
        try:
            holder, key = catalogue.place(definition, where)
            holder[key] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    found = preflight.check(definition)
    assert [finding.where for finding in found] == sorted(finding.where for finding in found)
    assert {finding.rule for finding in found} <= set(RULES)


def run(capsys, *argv):
    """Run the command line: exit code, stdout, stderr."""
    try:
        code = main([str(word) for word in argv])
    except SystemExit as exited:
        code = exited.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def bad(tmp_path):
    """A file with one mistake and one warning."""
    definition = edited({"set": {"/Steps/1/Arguments/RoleArn": {"Get": "Parameters.Rol"}}})
    definition["Parameters"].append({"Name": "Role", "Type": "String"})
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(definition))
    return path


def test_the_command_line_says_where_what_and_what_to_do(capsys, bad):
    """Text for people, JSON for programs; exit code 1 for an error, 0 without."""
    code, out, _ = run(capsys, bad)
    assert code == 1
    assert f"{bad}: Train: error unknown-parameter\n  no parameter is called 'Rol': did you mean Role?\n" in out
    assert out.endswith(f"{bad}: 1 error, 1 warning\n")
    code, out, _ = run(capsys, bad, "--format", "json", "--ignore", "unknown-parameter")
    assert code == 0
    assert json.loads(out) == [
        {
            "file": str(bad),
            "rule": "unused-parameter",
            "severity": "warning",
            "where": f"/Parameters/{len(BASE['Parameters'])}",
            "step": None,
            "message": "no step uses the parameter Role: take it out, or use it",
        }
    ]
    assert run(capsys, HERE / "claims-fraud.json") == (0, f"{HERE / 'claims-fraud.json'}: nothing to say\n", "")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "expected a FILE"),
        (["nowhere.json"], "nowhere.json: No such file or directory"),
        ([__file__], "is not JSON"),
        (["--ignore", "cycles", "-"], "there is no rule 'cycles'; did you mean cycle?"),
        (["--explain", "circle"], "there is no rule 'circle'"),
    ],
)
def test_what_cannot_be_checked_is_said(capsys, argv, says):
    """Exit code 2."""
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert says in err


def test_a_project_leaves_rules_out_with_a_reason(capsys, bad, monkeypatch):
    """The nearest pyproject.toml above the working folder counts; `check` itself leaves nothing out unless told."""
    home = bad.parent / "project" / "deep"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    assert run(capsys, bad)[0] == 1
    listed = '[tool.preflight.ignore]\nunknown-parameter = "a trial"\nunused-parameter = "the same"\n'
    (home.parent / "pyproject.toml").write_text(listed)
    code, out, _ = run(capsys, bad, "--ignore", "no-encryption-key", "--ignore", "hard-coded-account")
    assert (code, out) == (0, f"{bad}: nothing to say\n")
    rules = {finding.rule for finding in preflight.check(json.loads(bad.read_text()))}
    assert {"unknown-parameter", "unused-parameter"} < rules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('cycles = "why"', "there is no rule 'cycles'; did you mean cycle?"),
        ("cycle = ''", 'cycle has no reason: write cycle = "why"'),
        ("cycle = true", 'cycle has no reason: write cycle = "why"'),
        ("cycle", "cannot be read"),
    ],
)
def test_an_ignore_list_that_is_none_is_said(capsys, tmp_path, monkeypatch, text, says):
    """Exit code 2, and the file's name: a rule that nobody meant to ignore stays."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(f"[tool.preflight.ignore]\n{text}\n")
    code, out, err = run(capsys, HERE / "claims-fraud.json")
    assert (code, out) == (2, "")
    assert str(tmp_path / "pyproject.toml") in err
    assert says in err


def test_every_rule_is_explained(capsys):
    """What it wants, why, where that is written, and a mistake."""
    for rule in RULES:
        code, out, _ = run(capsys, "--explain", rule)
        assert code == 0
        assert all(word in out for word in (rule, "why", "source", "mistake"))


def test_it_reads_standard_input_and_imports_no_sdk(bad):
    """In a process of its own, as a pipe would have it."""
    script = (
        "import sys, step_scripts.preflight.cli as m; code = m.main(['-']); print('sagemaker' in sys.modules, code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=bad.read_text(), capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("False 1\n")


def test_the_pipeline_tells_of_an_ignore_list_that_is_none(capsys, tmp_path):
    """A sentence and exit code 1, no traceback: what shall be left out is not known."""

    def review(definition):
        return preflight.check(definition, ignore=preflight.ignored(tmp_path))

    (tmp_path / "pyproject.toml").write_text('[tool.preflight.ignore]\ncycles = "why"\n')
    assert cli.main(replace(pipeline.PROJECT, review=review), []) == 1
    assert "there is no rule 'cycles'; did you mean cycle?" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["--definition", "-"], ["--execute", "--runs-dir", "RUNS"]])
def test_the_pipeline_refuses_what_the_service_would(capsys, tmp_path, argv):
    """Whether it is shown, written or run: the finding and its place on stderr, exit code 1, and nothing else."""

    def review(definition):
        definition["Steps"][0]["Arguments"]["RoleArn"] = {"Get": "Parameters.Rol"}
        return preflight.check(definition)

    assert pipeline.PROJECT.review is pipeline.review
    code = cli.main(
        replace(pipeline.PROJECT, review=review), [str(tmp_path) if word == "RUNS" else word for word in argv]
    )
    printed = capsys.readouterr()
    assert code == 1
    assert "claims-fraud" not in printed.out
    assert "preflight: Preprocess: error unknown-parameter: no parameter is called 'Rol'" in printed.err
    assert "the service would refuse this definition; nothing was written or run" in printed.err
    assert list(tmp_path.iterdir()) == []
