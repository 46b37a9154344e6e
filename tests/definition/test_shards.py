"""A job on several hosts: every host gets all inputs, and the service merges into one folder what they write."""

import json
import shutil

import pytest

from step_scripts.contracts import Quarantine, load, read_checked
from steps.preprocess import main, preprocess

HOSTS = ["algo-1", "algo-2"]


def test_the_number_of_hosts_is_preprocess_own(steps):
    """Preprocess shares its rows among as many hosts as the parameter says; the jobs that share none have one."""
    resources = {
        name: step["Arguments"].get("ProcessingResources", {}).get("ClusterConfig")
        or step["Arguments"]["ResourceConfig"]
        for name, step in steps.items()
        if step["Type"] in {"Processing", "Training"}
    }
    counts = {name: config["InstanceCount"] for name, config in resources.items()}
    assert counts == {"Preprocess": {"Get": "Parameters.PreprocessInstanceCount"}, "Train": 1, "Evaluate": 1}


def test_every_host_gets_all_inputs(steps):
    """Hosts choose their rows themselves: the service spreads whole files, and would tear a join apart."""
    for entry in steps["Preprocess"]["Arguments"]["ProcessingInputs"]:
        assert entry["S3Input"].get("S3DataDistributionType", "FullyReplicated") == "FullyReplicated"


@pytest.fixture(scope="module")
def merged(project, steps, resolve, tmp_path_factory):
    """What two hosts write with the definition's arguments, each in a container of its own, brought together."""
    arguments = steps["Preprocess"]["Arguments"]
    words = [resolve(value) for value in arguments["AppSpecification"]["ContainerArguments"]]
    together = tmp_path_factory.mktemp("s3")
    for name in HOSTS:
        base = tmp_path_factory.mktemp(name)
        (base / "config").mkdir()
        (base / "config" / "resourceconfig.json").write_text(json.dumps({"current_host": name, "hosts": HOSTS}))
        (base / "processing" / "input" / "data").mkdir(parents=True)
        for table in ("claims.csv", "customers.csv"):
            shutil.copy(project / "fixtures" / table, base / "processing" / "input" / "data")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAGEMAKER_BASE_DIR", str(base))
            assert main(words) == 0
        for output in arguments["ProcessingOutputConfig"]["Outputs"]:
            folder = base / output["S3Output"]["LocalPath"].removeprefix("/opt/ml/")
            for file in folder.iterdir():
                target = together / output["OutputName"] / file.name
                assert not target.exists(), f"both hosts write {file.name}"
                target.parent.mkdir(exist_ok=True)
                shutil.copy(file, target)
    return together


@pytest.mark.parametrize("side", ["train", "test"])
def test_the_parts_are_one_table_to_the_next_step(side, merged, claims, customers):
    """Its reader finds every host's part, sealed, and in them each row that one host writes, once."""
    table = read_checked(merged / side, load("features"), pattern=side)
    expected = getattr(preprocess(claims, customers, Quarantine()), side)
    assert len(list((merged / side).glob("*.seal.json"))) == len(HOSTS)
    assert table["policy_id"].is_unique
    assert set(table.itertuples(index=False)) == set(expected.itertuples(index=False))
