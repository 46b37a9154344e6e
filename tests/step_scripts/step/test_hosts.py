"""Which host of a job this is."""

import json

import pytest

from step_scripts import step


def test_a_laptop_is_one_host():
    """Without a container, or without word of other hosts, there is one, and its files have plain names."""
    assert step.host() == (0, 1)
    assert step.part("train.parquet") == "train.parquet"


@pytest.mark.parametrize("folder", ["config", "input/config"])
def test_a_container_knows_which_host_it_is(container, folder):
    """By resourceconfig.json, which a processing job and a training job find in different folders."""
    assert step.host() == (0, 1)
    (container / folder).mkdir(parents=True)
    path = container / folder / "resourceconfig.json"
    for number, name in enumerate(["algo-1-a7x", "algo-2-b3k"]):
        path.write_text(json.dumps({"current_host": name, "hosts": ["algo-2-b3k", "algo-1-a7x"]}))
        assert step.host() == (number, 2)
        assert step.part("train.parquet") == f"train-{number}.parquet"
    path.write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    assert step.host() == (0, 1)
