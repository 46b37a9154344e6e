"""Tables are written whole and sealed, and rows as JSON Lines read back as they were."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from step_scripts import contracts
from step_scripts.contracts import writer
from step_scripts.contracts.writer import is_sealed, make_seal, seal_path
from tests.step_scripts.specimens.rows import NAMES, contract

SURVEYS = contract("surveys")


@pytest.fixture
def sealed(good, tmp_path, monkeypatch):
    """Return a file that was sealed. Its table is good, and was not checked to save time."""
    with monkeypatch.context() as patch:
        patch.setattr("step_scripts.contracts.writer.check", lambda *_: None)
        return contracts.write_checked(good("surveys"), tmp_path / "surveys.parquet", SURVEYS)


@pytest.fixture
def gx_is_asked(monkeypatch):
    """Return a list that grows whenever the rules on values are asked."""
    asked = []
    monkeypatch.setattr("step_scripts.contracts.checker.broken_values", lambda *_: asked.append(1) or [])
    return asked


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


def test_the_seal_says_what_was_checked(sealed):
    """The seal lies beside the file, with the hash of its bytes, the contract, its version and the number of rows."""
    seal = json.loads(seal_path(sealed).read_text())
    assert sealed.with_name("surveys.parquet.seal.json") == seal_path(sealed)
    assert len(seal.pop("sha256")) == 64
    assert seal == {"contract": "surveys", "version": "2.0.0", "rows": 12}


def test_a_sealed_file_is_not_checked_again(sealed, good, gx_is_asked):
    """A file with a matching seal is read as it was written, and no rule is asked."""
    assert contracts.read_checked(sealed, SURVEYS).equals(good("surveys"))
    assert gx_is_asked == []


def test_reading_a_sealed_file_imports_no_heavy_library(sealed):
    """In a fresh process a sealed table is read without Great Expectations, scikit-learn, XGBoost or the SDK."""
    script = (
        "import sys\nfrom step_scripts import contracts\n"
        f"contracts.read_checked({str(sealed)!r}, contracts.load('surveys'))\n"
        "heavy = {'great_expectations', 'sklearn', 'xgboost', 'sagemaker', 'scipy', 'pydantic', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def _flip_a_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _change_seal(path, **changes):
    seal = json.loads(seal_path(path).read_text())
    seal_path(path).write_text(json.dumps({**seal, **changes}))


@pytest.mark.parametrize(
    "break_seal",
    [
        lambda path: seal_path(path).unlink(),
        lambda path: seal_path(path).write_text("{"),
        lambda path: seal_path(path).write_text("[]"),
        lambda path: _change_seal(path, sha256="0" * 64),
        lambda path: _change_seal(path, version="0.9.0"),
        lambda path: _change_seal(path, contract="houses"),
    ],
)
def test_a_file_without_a_matching_seal_is_checked(sealed, gx_is_asked, break_seal):
    """A seal that is absent, damaged, of other bytes, of another contract or version, is no seal."""
    break_seal(sealed)
    contracts.read_checked(sealed, SURVEYS)
    assert gx_is_asked == [1]


def test_an_altered_byte_breaks_the_seal(sealed):
    """One flipped bit in the file, and its seal does not match."""
    assert is_sealed(sealed, SURVEYS)
    _flip_a_byte(sealed)
    assert not is_sealed(sealed, SURVEYS)


def test_a_new_version_of_the_contract_breaks_all_seals(sealed):
    """What was sealed under an older version of the contract is checked again under the new one."""
    assert not is_sealed(sealed, replace(SURVEYS, version="1.1.0"))


def test_one_unsealed_part_has_the_whole_table_checked(sealed, good, gx_is_asked):
    """Rules speak of the whole table, so it is checked as a whole unless every part is sealed."""
    good("surveys").assign(house_id=range(101, 113)).to_parquet(sealed.with_name("surveys-2.parquet"))
    assert len(contracts.read_checked(sealed.parent, SURVEYS)) == 24
    assert gx_is_asked == [1]


def test_sealed_parts_must_still_have_different_keys(sealed, gx_is_asked):
    """Two sealed parts with the same house break the key. This is found without Great Expectations."""
    shutil.copy(sealed, sealed.with_name("surveys-2.parquet"))
    shutil.copy(seal_path(sealed), sealed.with_name("surveys-2.parquet.seal.json"))
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_checked(sealed.parent, SURVEYS)
    assert [(rule.rule, rule.count) for rule in caught.value.broken] == [("house_id_unique", 24)]
    assert gx_is_asked == []


def test_a_sealed_file_with_other_columns_is_reported(tmp_path):
    """A seal is about bytes: the columns are checked all the same, which costs nothing."""
    path = tmp_path / "surveys.csv"
    path.write_text("a,b\n1,2\n")
    seal_path(path).write_text(make_seal(path, SURVEYS, rows=1))
    with pytest.raises(contracts.ContractError, match="columns"):
        contracts.read_checked(path, SURVEYS)
