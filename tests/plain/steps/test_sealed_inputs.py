"""Train and evaluate trust a sealed table, and check any other.

That they do not even import the checker for a sealed one: tests/local/test_own_process.py.
"""

import json
import shutil

import pytest

from step_scripts import contracts
from step_scripts.contracts.writer import seal_path
from steps import evaluate, train

STEPS = {"train": train, "evaluate": evaluate}
TABLES = {"train": "train", "evaluate": "test"}


@pytest.fixture(params=STEPS)
def step(request):
    """A step that reads features, by name."""
    return request.param


@pytest.fixture
def table(step, project, tmp_path):
    """A copy of the sealed table that the step reads."""
    name = f"{TABLES[step]}.parquet"
    for path in (project / "fixtures" / "preprocess" / TABLES[step]).iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / name


@pytest.fixture
def asked(monkeypatch):
    """The tables that Great Expectations has checked: a list that grows."""
    tables = []
    monkeypatch.setattr(
        "step_scripts.contracts.checker.broken_values", lambda frame, *_: tables.append(len(frame)) or []
    )
    return tables


@pytest.fixture
def read(step, table):
    """A function that reads the step's inputs."""
    return lambda: STEPS[step].read_inputs(STEPS[step].parser().parse_args(["--input-dir", str(table.parent)]))


def test_a_sealed_table_is_not_checked_again(read, asked):
    """The seal of the step before is enough."""
    read()
    assert asked == []


def test_an_altered_byte_has_it_checked(read, asked, table):
    """After the change of one bit the table is checked again, or rejected because it cannot be read."""
    content = bytearray(table.read_bytes())
    content[len(content) // 3] ^= 1
    table.write_bytes(content)
    try:
        read()
    except contracts.ContractError as error:
        asked.append(str(error))
    assert len(asked) == 1


def test_a_missing_seal_has_it_checked(read, asked, table):
    """A table from another source is used once it has been checked."""
    seal_path(table).unlink()
    read()
    assert len(asked) == 1


def test_another_version_of_the_contract_has_it_checked(read, asked, table):
    """A table that was sealed under older rules is checked against today's."""
    seal = json.loads(seal_path(table).read_text())
    seal_path(table).write_text(json.dumps(seal | {"version": "1.0.0"}))
    read()
    assert len(asked) == 1


def test_a_bad_table_without_a_seal_stops_the_step(step, table, capsys, tmp_path):
    """No row goes to quarantine after preprocess: an invalid output of it has been altered."""
    seal_path(table).unlink()
    import pandas as pd

    frame = pd.read_parquet(table)
    frame.loc[0, "incident_hour"] = 24
    frame.to_parquet(table)
    flags = ["--input-dir", str(table.parent), "--output-dir", str(tmp_path / "out")]
    assert STEPS[step].main([*flags, *(["--model-dir", str(tmp_path / "model")] if step == "train" else [])]) == 1
    assert "incident_hour_range" in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("*.json"))
