"""Along every edge of the definition: what a step leaves is what the next one looks for, contract and all."""

import json
import re

import pytest

import model
from step_scripts.contracts.report import check_report
from step_scripts.contracts.versions import incompatible
from step_scripts.preflight.definition import references
from step_scripts.serving.archive import read_archive
from tests.definition.containers import Containers, edges_of, outputs_of, script_of


@pytest.fixture(scope="module")
def containers(steps, resolve, tmp_path_factory):
    """The definition's jobs, each run once."""
    return Containers(steps, resolve, tmp_path_factory.mktemp("opt"))


@pytest.fixture(scope="module")
def jobs(steps):
    """The steps that run a script, by name."""
    return {name: step for name, step in steps.items() if script_of(step)}


@pytest.fixture(scope="module")
def edges(jobs):
    """Every edge into a job."""
    return [edge for step in jobs.values() for edge in edges_of(step)]


def promised(folder):
    """The contracts that the seals in a folder promise, and the data files that have none."""
    seals = {path.name.removesuffix(".seal.json"): json.loads(path.read_text()) for path in folder.glob("*.seal.json")}
    bare = {path.name for path in folder.iterdir() if not path.name.endswith(".seal.json")} - set(seals)
    return {(seal["contract"], seal["version"]) for seal in seals.values()}, bare


def test_an_output_promises_the_contract_that_the_next_step_expects(containers, edges):
    """The seals that a producer leaves are of the contract and version under which the consumer reads them."""
    wrong = []
    for edge in edges:
        consumer = containers.run(edge.consumer)
        if edge.output == "model.tar.gz" or edge.producer is None:
            continue
        contracts, bare = promised(consumer.folder(edge.folder))
        expected = consumer.asked.get(edge.folder, set())
        if contracts != expected or bare:
            wrong.append(
                f"{edge}: promises {sorted(contracts)}, the script expects {sorted(expected)}, unsealed: {bare}"
            )
    assert wrong == []


def test_a_model_was_trained_under_contracts_that_its_reader_knows(containers, edges):
    """The artifact names the contracts it was trained under; the code that scores with it knows these versions."""
    models = [edge for edge in edges if edge.output == "model.tar.gz"]
    assert models
    for edge in models:
        archive = containers.run(edge.consumer).folder(edge.folder) / edge.output
        about = json.loads(
            read_archive(archive, files={"artifact.json", "model.ubj"}, folders={"code"})["artifact.json"]
        )
        assert incompatible(about["contracts"], model.contract_versions()) == [], str(edge)


def test_raw_tables_are_read_under_contracts(containers, edges):
    """What comes from outside carries no seal: the script that reads it asks for contracts, and checks."""
    outside = [edge for edge in edges if edge.producer is None]
    assert outside
    for edge in outside:
        assert containers.run(edge.consumer).asked.get(edge.folder), f"{edge}: the script asks for no contract"


def test_every_sealed_output_is_read_by_somebody(containers, jobs, edges):
    """A table that was checked and that no step reads is an edge that somebody forgot."""
    read = {(edge.producer, edge.output) for edge in edges}
    for name, step in jobs.items():
        for output, folder in outputs_of(step).items():
            sealed = list(containers.run(name).folder(folder).glob("*.seal.json"))
            assert not sealed or (name, output) in read, f"no step reads the table {name}.{output}"


def test_a_script_fills_the_declared_outputs_and_no_other(containers, jobs):
    """An output that the script does not write, or one that nobody collects, would be found out by the next step."""
    for name, step in jobs.items():
        run, declared = containers.run(name), outputs_of(step)
        if step["Type"] == "Training":
            assert any((run.base / "model").iterdir()), f"{name} leaves no model"
            continue
        written = {f"/opt/ml/processing/output/{path.name}" for path in (run.base / "processing/output").iterdir()}
        assert written == set(declared.values()), (
            f"{name}: {script_of(step)} writes others than the definition declares"
        )
        for folder in declared.values():
            assert any(path.is_file() for path in run.folder(folder).iterdir()), f"{name} leaves nothing in {folder}"


def test_a_script_reads_every_input_that_it_is_given(containers, jobs):
    """A folder that no script looks at costs a download, and means that somebody expected otherwise."""
    for name, step in jobs.items():
        tables = {edge.folder for edge in edges_of(step) if edge.output != "model.tar.gz"}
        assert tables == set(containers.run(name).asked), (
            f"{name}: {script_of(step)} reads other folders than it is given"
        )


def test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote(containers, steps):
    """Each path leads to a number, in the file that the property file declares."""
    found = [
        (name, where, given)
        for name, step in steps.items()
        for where, function, given in references(step["Arguments"], name)
        if function == "Std:JsonGet"
    ]
    assert found
    for _, where, given in found:
        producer, _, file_name = given["PropertyFile"]["Get"].removeprefix("Steps.").partition(".PropertyFiles.")
        (file,) = (one for one in steps[producer]["PropertyFiles"] if one["PropertyFileName"] == file_name)
        folder = containers.run(producer).folder(outputs_of(steps[producer])[file["OutputName"]])
        value = json.loads((folder / file["FilePath"]).read_text())
        for part in given["Path"].split("."):
            assert part in value, (
                f"{where}: {file['FilePath']} of {producer} has no {part} on the way to {given['Path']}"
            )
            value = value[part]
        assert isinstance(value, float), f"{where}: {given['Path']} leads to {value!r}, which is no number"


def test_a_report_keeps_its_schema(containers, jobs):
    """The evaluation report, as the script leaves it in its container."""
    reports = [path for name in jobs for path in containers.run(name).base.rglob("evaluation.json")]
    assert reports
    for path in reports:
        check_report("evaluation", json.loads(path.read_text()))


def test_each_metric_finds_its_number_in_the_log(containers, jobs):
    """The regular expression of a metric definition finds one number in what the script prints."""
    trained = {name: step for name, step in jobs.items() if step["Type"] == "Training"}
    assert trained
    for name, step in trained.items():
        for metric in step["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"]:
            numbers = re.findall(metric["Regex"], containers.run(name).log)
            assert len(numbers) == 1, f"{name}: the metric {metric['Name']} finds {numbers} in the log"
            assert 0.5 < float(numbers[0]) < 1, metric["Name"]
