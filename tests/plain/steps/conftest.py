import json
import os

import pytest

from step_scripts import contracts
from step_scripts.contracts import checker
from step_scripts.contracts.writer import make_seal, seal_path
from tests.plain.steps.runs import NAMES


@pytest.fixture(autouse=True, scope="session")
def laptop():
    """No test uses the folders of a container in which it runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SM_") or name == "SAGEMAKER_BASE_DIR"]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def tables(claims, customers):
    """The first 400 shipped claims and customers by name, their categories as text."""
    return {
        name: table[:400].astype(dict.fromkeys(table.columns[table.dtypes == "category"], str))
        for name, table in zip(NAMES, (claims, customers), strict=True)
    }


@pytest.fixture
def source(tables, tmp_path):
    """A folder with these two tables as CSV, sealed: they need no check as long as they are not altered."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        seal_path(path).write_text(make_seal(path, contracts.load(name), rows=len(table)))
    return folder


@pytest.fixture
def unchecked(monkeypatch):
    """Valid tables are not checked again in a test of something else: it takes time."""
    monkeypatch.setattr("step_scripts.contracts.checker.broken_values", lambda *_: [])


@pytest.fixture
def results_unchecked(monkeypatch):
    """What preprocess writes is not checked in a test of what it reads: that takes twice as long as all the rest."""
    real = checker.broken_values

    def inputs_only(frame, contract, rules):
        return [] if contract.name == "features" else real(frame, contract, rules)

    monkeypatch.setattr(checker, "broken_values", inputs_only)


@pytest.fixture
def as_host(tmp_path, monkeypatch):
    """A function that makes this process one of several hosts of a job; its base folder is `opt` in `tmp_path`."""

    def set_host(number, count):
        names = [f"algo-{place}" for place in range(1, count + 1)]
        config = tmp_path / "opt" / "config"
        config.mkdir(parents=True, exist_ok=True)
        config_of_host = {"current_host": names[number], "hosts": names}
        (config / "resourceconfig.json").write_text(json.dumps(config_of_host))
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path / "opt"))

    return set_host
