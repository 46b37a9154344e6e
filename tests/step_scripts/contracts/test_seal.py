import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from step_scripts import contracts
from step_scripts.contracts.seal import is_sealed, make_seal, seal_path
from tests.step_scripts.specimens.rows import contract

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
