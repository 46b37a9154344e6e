import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from step_scripts import contracts
from step_scripts.contracts import writer
from tests.step_scripts.specimens.rows import NAMES, contract

SURVEYS = contract("surveys")


def test_a_table_comes_back_as_it_was_written(good, tmp_path):
    """Writing and reading gives an equal table: values, dtypes, the order of columns and of categories."""
    for name in NAMES:
        found = contracts.load(name)
        path = contracts.write_checked(good(name), str(tmp_path / "deep" / f"{name}.parquet"), found)
        assert contracts.read_checked(path, found).equals(good(name))


def test_columns_are_written_in_the_order_of_the_contract_without_an_index(good, few, tmp_path):
    """However the columns were ordered and the rows labelled, the file is the same, byte for byte."""
    frame = good(few)
    one = contracts.write_checked(frame, tmp_path / "one.parquet", few)
    shuffled = frame[sorted(frame.columns)].set_axis(range(7, 19))
    two = contracts.write_checked(shuffled, tmp_path / "two.parquet", few)
    assert one.read_bytes() == two.read_bytes()
    schema = pq.read_schema(one)
    assert (schema.names, schema.metadata) == (list(few.columns), None)


def test_a_broken_table_leaves_nothing_behind(good, few, tmp_path):
    """A table that breaks its contract is not written, not even its folder."""
    with pytest.raises(contracts.ContractError):
        contracts.write_checked(good(few).assign(day=32), tmp_path / "out" / "a.parquet", few)
    assert list(tmp_path.iterdir()) == []


def test_another_suffix_is_refused(good, few, tmp_path):
    """The reader tells formats by their suffix, so the writer insists on its own."""
    with pytest.raises(ValueError, match=r"ends in \.parquet"):
        contracts.write_checked(good(few), tmp_path / "houses.csv", few)


def test_a_failure_while_writing_leaves_the_old_file(good, few, tmp_path, monkeypatch):
    """When the disk gives up half-way, the old file and its seal are still there, and nothing else is."""
    path = contracts.write_checked(good(few), tmp_path / "a.parquet", few)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def half(_, where, **__):
        where.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(writer.pq, "write_table", half)
    with pytest.raises(OSError, match="no space"):
        contracts.write_checked(good(few).head(3), path, few)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("fatal", ["write_table", "make_seal", "rename"])
def test_a_killed_writer_leaves_no_half_file(good, tmp_path, fatal):
    """Killed at any moment: no file, or the whole file without a seal; a reader never sees a part of one."""
    good("surveys").to_pickle(tmp_path / "table.pickle")
    deaths = {
        "write_table": "writer.pq.write_table = lambda _, file, **__: (file.write(b'half'), file.flush(), os._exit(9))",
        "make_seal": "writer.make_seal = lambda *_, **__: os._exit(9)",
        "rename": "pathlib.Path.replace = lambda *_: os._exit(9)",
    }
    script = f"""
import os, pathlib, pandas
from step_scripts import contracts
from step_scripts.contracts import writer
writer.check = lambda *_: None
{deaths[fatal]}
contracts.write_checked(pandas.read_pickle("table.pickle"), "out/surveys.parquet", contracts.load("surveys"))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert run.returncode == 9
    seen = sorted(path.name for path in (tmp_path / "out").glob("[!.]*"))
    assert seen == (["surveys.parquet"] if fatal == "make_seal" else [])
    if seen:
        assert contracts.read_checked(tmp_path / "out", SURVEYS).equals(good("surveys"))
