"""The warnings of local mode agree with the executors: they are about what those refuse, and nothing else."""

import pytest

from step_scripts import preflight
from step_scripts.local.executors import RUNNABLE
from step_scripts.local.executors.base import StepError
from step_scripts.local.executors.model import _only_container
from step_scripts.local.executors.tuning.request import refuse_what_is_missing
from step_scripts.preflight import local_mode

CONFIG = {"Strategy": "Random"}
JOB = {"TrainingJobDefinition": {"StaticHyperParameters": {}}}
SEARCHES = [
    {"HyperParameterTuningJobConfig": CONFIG, **JOB},
    {"HyperParameterTuningJobConfig": {"Strategy": "Bayesian"}, **JOB},
    {"HyperParameterTuningJobConfig": {"Strategy": "Grid"}, **JOB},
    {"HyperParameterTuningJobConfig": {"Strategy": "Hyperband"}, **JOB},
    {"HyperParameterTuningJobConfig": CONFIG, "TrainingJobDefinitions": [{}, {}]},
    {"HyperParameterTuningJobConfig": CONFIG, "WarmStartConfig": {"WarmStartType": "TransferLearning"}, **JOB},
    {"HyperParameterTuningJobConfig": CONFIG, "Autotune": {"Mode": "Enabled"}, **JOB},
]
MODELS = [{"PrimaryContainer": {"Image": "a"}}, {"Containers": [{"Image": "a"}]}, {"Containers": [{"Image": "a"}] * 2}]


def warned(kind, arguments):
    """Tell whether preflight warns of a step."""
    steps = [{"Name": "Made", "Type": kind, "Arguments": arguments}]
    found = preflight.check({"Version": "2020-12-01", "Steps": steps})
    return "local-mode" in {finding.rule for finding in found}


def refused(check, arguments):
    """Tell whether an executor refuses the arguments of a step."""
    try:
        check(arguments)
    except StepError:
        return True
    return False


def test_it_knows_the_types_that_local_mode_runs():
    """It must not import the SDK's side, so it has the list a second time."""
    assert local_mode.RUNNABLE == RUNNABLE


@pytest.mark.parametrize("arguments", SEARCHES)
def test_it_knows_the_searches_that_local_mode_runs(arguments):
    """The executor of tuning steps refuses what preflight warns of, and nothing else."""
    assert warned("Tuning", arguments) == refused(refuse_what_is_missing, arguments)


@pytest.mark.parametrize("arguments", MODELS)
def test_it_knows_the_models_that_local_mode_runs(arguments):
    """The executor of models takes one container."""
    assert warned("Model", arguments) == refused(_only_container, arguments)
