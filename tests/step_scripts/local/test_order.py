"""The order in which independent steps run."""

import itertools
from types import SimpleNamespace

import pytest

from step_scripts.local import scheduler, sdk

DEFINED = ["Prepare", "Fit", "Gate", "Register", "Model", "Score", "Reject", "Drift"]
AFTER = {
    "Prepare": ["Fit", "Score", "Drift"],
    "Fit": ["Gate", "Model", "Register"],
    "Gate": ["Register", "Model", "Score", "Reject"],
    "Model": ["Score"],
}


@pytest.fixture(scope="module")
def graph():
    """A function that makes the SDK's graph with these edges."""
    with sdk.compile_session():
        from sagemaker.mlops.workflow.pipeline import PipelineGraph

    def make(after):
        made = PipelineGraph([])
        made.step_map = {name: SimpleNamespace(name=name) for name in DEFINED}
        made.adjacency_list = {name: after.get(name, []) for name in {**after, **dict.fromkeys(DEFINED)}}
        return made

    return make


def test_independent_steps_run_in_the_order_of_the_definition(graph):
    """Whatever order the SDK has found them in: it keeps edges in sets of texts."""
    for turn in itertools.islice(itertools.permutations(AFTER), 24):
        made = graph({name: sorted(AFTER[name], key=lambda step: hash((step, turn))) for name in turn})
        scheduler.put_in_order(made)
        assert [step.name for step in made] == DEFINED
