"""The detection rate is measured fairly: the replay writes the same definition with the SDK's objects."""

import json
from pathlib import Path

import pytest

from tests.detection_rate import baselines, catalogue, measure, page

# Valid definitions that cannot be written with SDK v3, and why.
REFUSED = {
    "frame/steps_no_list": "CannotBeWrittenError: ",  # Metadata: the SDK writes an empty one, always
    "frame/two_parameters_of_a_name": "CannotBeWrittenError: ",  # an empty PipelineExperimentConfig
    "limits/default_float_for_integer": "TypeError: The default value specified does not match",  # 1 for a Float
    "semantics/cache_of_a_fail_step": "TypeError: FailStep.__init__() got an unexpected keyword",  # a cache, off
}
# Valid ones that its request classes refuse too: a parameter for a running time, or for a number of jobs, where the
# class takes only an int; a property for the image or the model of a package, where it takes only a str.
REFUSED_BY_TYPES = {
    *("model/time_for_a_count", "semantics/tuning_too_many_in_parallel_by_default"),
    *(
        "references/cached_output_of_a_package",
        "references/cached_output_of_metrics",
        "references/property_of_a_package",
    ),
}
# Mistakes that cannot be written with the objects of SDK v3. They count as found by the SDK. Check a new one before
# you add it: it must not be one that only the replay cannot write.
UNWRITABLE = """
    frame/arguments_no_object frame/default_misnamed frame/metadata_list frame/misspelt_member
    frame/misspelt_member_of_a_parameter frame/misspelt_member_of_a_step frame/property_files_no_list
    frame/step_type frame/steps_no_list frame/trigger frame/version limits/enum_empty limits/parameter_type
    model/argument_beside_arguments model/branch_misspelt model/cluster_argument model/message_misspelt
    references/execution_variable references/function references/get_of_a_list references/get_of_unknown_space
    references/join_misspelt references/join_of_a_list references/join_without_on references/json_get_misspelt
    references/lambda_outputs references/path_without_quotes references/step semantics/cache_misspelt
    semantics/condition_inside_or semantics/condition_misspelt semantics/condition_type
    semantics/output_without_name semantics/retry_misspelt semantics/retry_no_list
"""


@pytest.fixture(scope="module")
def ask():
    """A function that asks the SDK and moto about a definition."""
    with baselines.session() as asking:
        yield asking


@pytest.fixture(scope="module")
def answers(ask):
    """The answers about every case."""
    return [measure.about(case, ask) for case in catalogue.cases()]


def test_the_definition_comes_back_from_objects(ask):
    """The base is unchanged after the replay, and no baseline refuses it."""
    assert ask(catalogue.base()) == dict.fromkeys(baselines.BASELINES)


def test_a_valid_definition_survives_the_replay(answers):
    """Every neighbour of a mistake can be written with the SDK's objects, except those with a known reason."""
    for column, known in ((baselines.DEFINITION, set()), (baselines.GRAPH, set()), (baselines.TYPES, REFUSED_BY_TYPES)):
        answered = {str(one.case): one.neighbour[column] or "" for one in answers}
        refused = {case: why for case, why in answered.items() if why and not why.startswith(baselines.NOT_REPLAYED)}
        assert set(refused) == {*REFUSED, *known}
        assert all(refused[case].startswith(reason) for case, reason in REFUSED.items())


def test_the_page_is_fresh(answers):
    """docs/preflight.md is what `python -m tests.detection_rate > docs/preflight.md` writes."""
    assert Path(__file__).parents[2].joinpath("docs/preflight.md").read_text() == page.page(measure.rates(answers))


def test_preflight_finds_every_mistake_without_a_false_alarm(answers):
    """Each mistake is reported by the rule that its case names; no neighbour is refused."""
    *_, total, false_alarms = measure.rates(answers)
    assert total.found[measure.PREFLIGHT] == total.of
    assert false_alarms.found[measure.PREFLIGHT] == 0


def test_the_mistakes_that_cannot_be_written_are_known(answers):
    """No mistake counts as found by the SDK only because the replay lacks a step type or a member."""
    assert [str(one.case) for one in answers if measure.unwritable(one.mistake)] == UNWRITABLE.split()


FUNCTION, QUEUE = "arn:aws:lambda:us-east-1:111122223333:function:a", "https://sqs.us-east-1.amazonaws.com/1/queue"
OTHERS = f"""[
    {{"Name": "Tell", "Type": "Lambda", "FunctionArn": "{FUNCTION}", "OutputParameters": [
        {{"OutputName": "group", "OutputType": "String"}}
    ], "Arguments": {{"who": {{"Get": "Steps.Ask.OutputParameters['name']"}}}}}},
    {{"Name": "Ask", "Type": "Callback", "SqsQueueUrl": "{QUEUE}", "OutputParameters": [
        {{"OutputName": "name", "OutputType": "String"}}
    ], "Arguments": {{}}}},
    {{"Name": "Tune", "Type": "Tuning", "Arguments": {{
        "HyperParameterTuningJobConfig": {{"Strategy": "Random", "ResourceLimits": {{"MaxParallelTrainingJobs": 1}}}}
    }}}},
    {{"Name": "Register", "Type": "RegisterModel", "Arguments": {{
        "ModelPackageGroupName": {{"Get": "Steps.Tell.OutputParameters['group']"}}
    }}}}
]"""


def test_other_types_of_steps_are_replayed_too(ask):
    """Lambda and Callback steps with outputs that other steps read, a tuning step, a registration."""
    base, others = catalogue.base(), json.loads(OTHERS)
    definition = base | {"Steps": base["Steps"] + others}
    assert ask(definition) == dict.fromkeys(baselines.BASELINES)
    others[1]["OutputParameters"] = []
    assert ask(definition)[baselines.DEFINITION] == "KeyError: 'name'"
