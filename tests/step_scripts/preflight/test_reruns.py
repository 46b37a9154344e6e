"""Which steps run again after a change, and why."""

import copy
import json
from pathlib import Path

import pytest

from step_scripts.preflight.cli import main
from step_scripts.preflight.reruns import KEYS, reruns

BASE = json.loads((Path(__file__).parent / "base.json").read_text(encoding="utf-8"))
NAMES = ("Preprocess", "Train", "Evaluate")


def edited(edit):
    """The base definition after an edit."""
    definition = copy.deepcopy(BASE)
    edit(definition)
    return definition


def arguments(definition, name):
    """A step's arguments."""
    return definition["Steps"][NAMES.index(name)]["Arguments"]


def code(definition, name):
    """Change the URI of a step's code."""
    given = arguments(definition, name)
    channels = given["InputDataConfig"] if name == "Train" else given["ProcessingInputs"]
    source = channels[0]["DataSource"]["S3DataSource"] if name == "Train" else channels[0]["S3Input"]
    source["S3Uri"]["Std:Join"]["Values"][1] += "0"


def default(definition, name, value):
    """Change the default of a parameter."""
    next(one for one in definition["Parameters"] if one["Name"] == name)["DefaultValue"] = value


CASES = {
    "nothing": (lambda _: None, []),
    "evaluate's code": (lambda d: code(d, "Evaluate"), ["Evaluate"]),
    "train's code": (lambda d: code(d, "Train"), ["Train", "Evaluate"]),
    "preprocess's code": (lambda d: code(d, "Preprocess"), ["Preprocess", "Train", "Evaluate"]),
    "a hyperparameter's default": (lambda d: default(d, "MaxDepth", 3), ["Train", "Evaluate"]),
    "a default outside of every cache key": (lambda d: default(d, "MinAucLowerBound", 0.8), []),
    "a larger machine": (lambda d: default(d, "TrainInstanceType", "ml.m5.4xlarge"), []),
    "another output path": (
        lambda d: arguments(d, "Preprocess")["ProcessingOutputConfig"]["Outputs"][0]["S3Output"].update(
            S3Uri="s3://b/o"
        ),
        [],
    ),
    "an environment variable": (lambda d: arguments(d, "Evaluate")["Environment"].update(A="1"), ["Evaluate"]),
    "no cache": (lambda d: d["Steps"][1]["CacheConfig"].update(Enabled=False), ["Train", "Evaluate"]),
    "another name": (lambda d: d["Steps"][2].update(Name="Measure"), ["Measure"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_a_cache_key_runs_the_step_and_its_consumers(case):
    """And no other step, except the one without a cache."""
    edit, expected = CASES[case]
    assert [one.step for one in reruns(BASE, edited(edit)) if one.runs] == [*expected, "Score"]


def test_the_cache_of_a_transform_never_hits():
    """A transform names a model, and each execution creates a model with a new name."""
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"}}
    definition = edited(lambda d: d["Steps"][3]["Arguments"]["IfSteps"][1].update(cached))
    (score,) = (one for one in reruns(definition, definition) if one.step == "Score")
    assert score.runs
    assert score.why == "it reads from CreateModel, which has no cache and makes a new resource in each execution"


def test_the_reason_names_the_key_and_both_values():
    """The reason is the innermost place that changed, or for a consumer the step from which it reads."""
    why = {one.step: one.why for one in reruns(BASE, edited(lambda d: default(d, "MaxDepth", 3)))}
    assert why["Train"] == "the default of MaxDepth was 1 and is 3"
    assert why["Evaluate"] == "it reads the output of Train, which runs again"
    assert why["Preprocess"] == "its cache key has not changed"
    why = {
        one.step: one.why
        for one in reruns(BASE, edited(lambda d: arguments(d, "Evaluate")["Environment"].update(A="1")))
    }
    assert why["Evaluate"] == "Environment/A was None and is '1'"


@pytest.mark.parametrize("odd", [None, [], {}, {"Steps": [{"Name": "A", "Type": "Training", "CacheConfig": 1}]}])
def test_any_json_is_compared(odd):
    """Never an exception."""
    for pair in ((BASE, odd), (odd, BASE), (odd, odd)):
        assert all(one.step for one in reruns(*pair))


def test_keys_are_members_of_the_requests():
    """Each member in the guide's list exists in the service's model, so a misspelt one fails here."""
    from step_scripts.preflight import model

    for step_type in ("Processing", "Training", "Transform", "Tuning"):
        assert {path[0] for path in KEYS[step_type]} <= set(model.request(step_type).members)


def test_the_command_prints_one_line_a_step(capsys, tmp_path):
    """Exit code 1 if the change makes a step run again, else 0."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(BASE))
    new.write_text(json.dumps(edited(lambda d: code(d, "Evaluate"))))
    assert main(["diff", str(old), str(new)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "cached  Preprocess  its cache key has not changed"
    assert lines[2].startswith("runs    Evaluate    ProcessingInputs/0/S3Input/S3Uri/Std:Join/Values/1 was 'code/")
    assert main(["diff", str(old), str(old)]) == 0
