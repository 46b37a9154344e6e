"""One run with a Tuning step for each kind of search. What is cheaper to see is in `local/executors`."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from step_scripts.local import launch, progress
from step_scripts.local.containers import Containers
from step_scripts.local.executors.tuning import trials
from step_scripts.local.processes import Processes

TUNING = Path(__file__).resolve().parent / "tiny" / "tuning.py"
MIXED = {
    "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "9"}],
    "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0.01", "MaxValue": "1", "ScalingType": "Logarithmic"}],
}


def categories(**values):
    """Categorical ranges of some words each."""
    return {"CategoricalParameterRanges": [{"Name": name, "Values": words} for name, words in values.items()]}


@pytest.fixture(scope="module")
def tuning():
    """The module of the tiny pipeline that tunes."""
    spec = importlib.util.spec_from_file_location("tiny_tuning", TUNING)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tuned(tuning, target, tmp_path_factory):
    """The run: its execution, and the lines that it showed by step. The last step fails, and nothing else does."""
    meeting = tmp_path_factory.mktemp("meeting")
    random = tuning.search(ranges=MIXED, jobs=4, parallel=2)
    kinds = ["bad", "killed", "good"] if target == "process" else ["bad", "good"]  # process 1 cannot kill itself
    searches = {
        "Random": (random, {"note": "static"}),
        "Grid": (tuning.search(strategy="Grid", ranges=categories(kind=kinds), parallel=3), {}),
    }
    if target == "process":
        pair = tuning.search(strategy="Grid", ranges=categories(seconds=["0.7", "0"]), parallel=2)
        bayesian = tuning.search(strategy="Bayesian", ranges=MIXED, jobs=5, parallel=2, objective="Minimize")
        searches |= {
            "Again": searches["Random"],
            "Pair": (pair, {"meet": str(meeting)}),
            "Bayesian": (bayesian, {}),
            "BayesianAgain": (bayesian, {}),
        }
    searches["Fails"] = (tuning.search(ranges=MIXED, jobs=2, parallel=2), {"behaviour": "fail"})
    shown = {name: [] for name in searches}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "cores", lambda: 2)
        execution = launch.run(
            tuning.builder(searches),
            runs_dir=tmp_path_factory.mktemp("runs"),
            target=Containers() if target == "docker" else Processes(preload=["json"]),
            uploads=tuning.uploads(),
            on_line=lambda step, text: shown[step].append(text),
        )
    assert execution.failure.step == "Fails", execution.failure
    return SimpleNamespace(execution=execution, shown=shown, steps={step.name: step for step in execution.steps})


@pytest.fixture
def steps(tuned):
    """The run's steps by name."""
    return tuned.steps


def score_of(hyperparameters):
    """What the script prints."""
    return int(hyperparameters.get("n", 0)) - (float(hyperparameters.get("x", 0)) - 0.5) ** 2


def archive(folder):
    """The content of an artifact's files."""
    with tarfile.open(folder / "model.tar.gz") as files:
        return {member.name: files.extractfile(member).read() for member in files}


def points(step):
    """What was tried and found, without names and times."""
    return [(trial.hyperparameters, trial.objective, trial.status) for trial in step.trials]


def test_each_trial_has_its_values_its_log_and_its_artifact(steps):
    """Static hyperparameters, chosen ones and the objective's name reach the script; nothing is mixed up."""
    found = steps["Random"].trials
    assert sorted(trial.number for trial in found) == [1, 2, 3, 4]
    for trial in found:
        assert trial.objective == score_of(trial.hyperparameters)
        assert trial.log.read_text().splitlines()[-1] == f"score={trial.objective!r}"
        model = json.loads(archive(trial.log.parent / "output")["model.json"])
        settings = {name: str(value) for name, value in model["hyperparameters"].items()}
        assert settings == trial.hyperparameters | {"note": "static", "_tuning_objective_metric": "score"}


def test_the_winner_is_the_best_trial(tuned, steps):
    """It is first in the record and in the properties; its artifact is the step's output."""
    found = steps["Random"].trials
    assert [trial.objective for trial in found] == sorted((trial.objective for trial in found), reverse=True)
    written = json.loads((tuned.execution.folder / "run.json").read_text())["steps"][0]
    assert [trial["name"] for trial in written["trials"]] == [trial.name for trial in found]
    assert written["outputs"] == {"output": "Random/output"}
    assert archive(steps["Random"].outputs["output"]) == archive(found[0].log.parent / "output")
    assert written["report"]["winner"] == f"{found[0].number}/4"


def test_names_are_those_of_the_service(tuned, steps):
    """They begin with the execution, are as short as the service wants them, and do not repeat."""
    names = [trial.name for step in steps.values() for trial in step.trials]
    assert len({*names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
        assert len(name.rpartition("-")[0]) <= 32
        assert name.startswith(tuned.execution.id.lower())


def test_a_trial_that_fails_ends_alone(tuned, steps):
    """The others go on, and each failed one has its reason, its own message and its log."""
    best, failed, *killed = steps["Grid"].trials
    assert (best.hyperparameters, failed.number) == ({"kind": "good"}, 1)
    assert (failed.status, failed.reason, failed.objective) == ("Failed", "exit code 3", None)
    assert (failed.log.parent / "failure.txt").read_text() == "a bad kind of trial"
    assert not (failed.log.parent / "output").exists()
    assert all(trial.reason.startswith("killed by signal 9") for trial in killed)
    assert len(tuned.shown["Grid"]) == 2 + len(killed)


@pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
def test_one_seed_gives_the_same_trials_and_bytes(steps):
    """The values, the objectives, the order, and each byte of the artifacts."""
    assert points(steps["Random"]) == points(steps["Again"])
    for one, other in zip(steps["Random"].trials, steps["Again"].trials, strict=True):
        places = (trial.log.parent / "output" / "model.tar.gz" for trial in (one, other))
        assert len({place.read_bytes() for place in places}) == 1
    assert points(steps["Bayesian"]) == points(steps["BayesianAgain"])


@pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
def test_parallel_trials_run_at_the_same_time(tuned, steps):
    """Two trials meet; the one that ends first does not win by that."""
    found = steps["Pair"].trials
    assert ["met 2" in trial.log.read_text().splitlines() for trial in found] == [True, True]
    assert [trial.number for trial in found] == [1, 2]
    assert found[0].objective == found[1].objective
    assert tuned.shown["Pair"][0].startswith("1 of 2  trial 2")
    assert steps["Pair"].report["winner"] == "1/2"


@pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
def test_bayesian_says_what_it_is(tuned, steps):
    """It is another algorithm than the service's. To minimize is the other order."""
    assert "TPE search by Optuna" in tuned.shown["Bayesian"][0]
    assert points(steps["Bayesian"]) == sorted(points(steps["Bayesian"]), key=lambda point: point[1])


def test_a_search_in_which_all_trials_fail(tuned, steps):
    """The step fails, with the reason, the message and the end of the log of the first trial."""
    summary = progress.summary(tuned.execution)
    _, _, failure = summary.partition("Fails failed: ")
    assert failure.splitlines()[:2] == ["all 2 trials failed; trial 1: exit code 3", "  a bad kind of trial"]
    assert re.search(r"the end of \S+/Fails/001/log.txt:\n +score=", failure)
    assert [(trial.status, trial.reason) for trial in steps["Fails"].trials] == [("Failed", "exit code 3")] * 2
    assert steps["Fails"].outputs == {}


@pytest.fixture
def start(tmp_path, target):
    """A function that starts the tiny tuning pipeline as a program of its own."""
    programs = []

    def start_program(behaviour):
        program = subprocess.Popen(
            [sys.executable, TUNING, tmp_path / "runs", "--target", target, "--behaviour", behaviour],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        programs.append(program)
        return program

    yield start_program
    for program in programs:
        program.kill()
        program.communicate()


def test_ctrl_c_ends_all_trials(start, wait, tmp_path, target, request):
    """The run ends with 130; both trials that ran are stopped, no other one starts, nothing is left."""
    traces = request.getfixturevalue("engine_traces") if target == "docker" else list
    before, program = traces(), start("hang")
    found = {}

    def both_hang():
        for log in (tmp_path / "runs").glob("*/Tune/*/log.txt"):
            if pid := re.search(r"hangs (\d+)", log.read_text()):
                found[log.parent.name] = int(pid[1])
        return len(found) == min(2, trials.cores()) or program.poll() is not None

    wait(both_hang)
    os.killpg(program.pid, signal.SIGINT)
    output, _ = program.communicate(timeout=30)
    assert program.returncode == 130
    assert output.splitlines()[-1] == "interrupted: Interrupted"
    (record,) = (tmp_path / "runs").glob("*/run.json")
    (step,) = json.loads(record.read_text())["steps"]
    assert step["status"] == "Interrupted"
    assert [trial["status"] for trial in step["trials"]] == ["Stopped"] * len(found)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert traces() == before
    for pid in found.values() if target == "process" else ():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
