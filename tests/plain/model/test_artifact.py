import hashlib
import json
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import xgboost as xgb

from model.artifact import load_artifact
from model.encode import encode
from model.packing import save_artifact
from model.score import predict
from model.versions import library_versions
from step_scripts import closure, contracts, project
from step_scripts.serving.artifact import ArtifactError


@pytest.fixture
def folder(artifact, tmp_path):
    """The artifact, saved."""
    save_artifact(artifact, tmp_path / "model")
    return tmp_path / "model"


def packed(folder, path):
    """The folder as SageMaker packs it."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
    return path


def test_what_was_saved_is_loaded(artifact, folder, tmp_path, random_tables):
    """From the folder, the archive, and the folder that holds the archive alike, all comes back and scores alike."""
    features = encode(*random_tables(50, 3))
    (tmp_path / "channel").mkdir()
    packed(folder, tmp_path / "channel" / "model.tar.gz")
    for source in (folder, str(folder), tmp_path / "channel" / "model.tar.gz", tmp_path / "channel"):
        loaded = load_artifact(source)
        assert replace(loaded, model=None) == replace(artifact, model=None)
        assert np.array_equal(predict(loaded, features), predict(artifact, features))


def test_a_loaded_model_scores_in_one_thread(folder):
    """More would take longer to start than they save."""
    assert json.loads(load_artifact(folder).model.save_config())["learner"]["generic_param"]["nthread"] == "1"


def test_the_same_artifact_gives_the_same_bytes(artifact, folder, tmp_path):
    """Two saves are equal, file by file, and a save over an older one leaves no partial file."""
    save_artifact(artifact, tmp_path / "again")
    save_artifact(load_artifact(folder), tmp_path / "again")

    def content(home):
        return {path.relative_to(home): path.read_bytes() for path in home.rglob("*") if path.is_file()}

    assert content(tmp_path / "again") == content(folder)


def test_there_is_no_pickle_and_no_byte_code(folder):
    """An artifact is a model, a JSON file, and sources."""
    assert {path.name for path in folder.iterdir()} == {"model.ubj", "artifact.json", "code"}
    suffixes = {path.suffix for path in (folder / "code").rglob("*") if path.is_file()}
    assert suffixes == {".py", ".yaml", ".toml"}
    assert "__pycache__" not in {path.name for path in folder.rglob("*")}


def test_the_code_that_travels_is_what_the_server_imports(folder):
    """No file less and none more: server, predictor, their contracts, and the settings that a job needs."""
    packed = {path.relative_to(folder / "code").as_posix() for path in (folder / "code").rglob("*") if path.is_file()}
    starts = ["step_scripts.serving.serving", "model.predictor"]
    assert packed == {*closure.of(starts, project.find()).files, "pyproject.toml"}
    assert {"model/predictor.py", "contracts/claims.yaml", "contracts/features.yaml"} < packed


def test_versions_are_named(folder):
    """The file says under which contracts and with which libraries the model was trained."""
    about = json.loads((folder / "artifact.json").read_text())
    assert about["contracts"] == {name: contracts.load(name).version for name in ("claims", "customers", "features")}
    assert about["libraries"] == library_versions()
    assert about["libraries"]["xgboost"] == xgb.__version__
    assert len(about["features"]) == 58


def test_nan_is_refused_before_anything_is_written(artifact, tmp_path):
    """JSON has no NaN: a metric without a value must be null."""
    with pytest.raises(ValueError, match="JSON"):
        save_artifact(replace(artifact, training={"auc": float("nan")}), tmp_path / "model")
    assert list(tmp_path.rglob("*")) == []


def edited(folder, **changes):
    """The artifact with other entries; None removes one."""
    path = folder / "artifact.json"
    about = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in about.items() if value is not None}))


DAMAGE = {
    "no model": (lambda folder: (folder / "model.ubj").unlink(), "holds no model.ubj"),
    "no threshold": (lambda folder: edited(folder, threshold=None), "other entries than"),
    "threshold as text": (lambda folder: edited(folder, threshold="0.5"), "other entries than"),
    "more than we know": (lambda folder: edited(folder, pickle="x"), "other entries than"),
    "impossible threshold": (lambda folder: edited(folder, threshold=float("nan")), "expected a probability"),
    "other features": (lambda folder: edited(folder, features=["a"]), "names other features"),
}


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_a_sentence(folder, damage, sentence):
    """An artifact that is incomplete or altered is refused, with the place and what to do."""
    damage(folder)
    with pytest.raises(ArtifactError, match=sentence) as caught:
        load_artifact(folder)
    assert str(folder) in str(caught.value)


def test_a_model_of_another_kind_is_a_sentence(folder):
    """A file that is no model says so, even when its checksum is right."""
    (folder / "model.ubj").write_bytes(b"no model at all")
    edited(folder, files={"model.ubj": hashlib.sha256(b"no model at all").hexdigest()})
    with pytest.raises(ArtifactError, match="is no model of xgboost"):
        load_artifact(folder)


def _trained_under(folder, **versions):
    about = json.loads((folder / "artifact.json").read_text())
    (folder / "artifact.json").write_text(json.dumps(about | {"contracts": about["contracts"] | versions}))


def test_a_model_of_other_contracts_is_refused(folder):
    """One that was trained before a breaking change would score what it has no column for; the message says so."""
    _trained_under(folder, claims="1.0.0")
    here = contracts.load("claims").version
    with pytest.raises(ArtifactError, match=rf"claims 1\.0\.0 \(here: {here}\).*train again, or score with the code"):
        load_artifact(folder)


def test_a_model_of_compatible_contracts_is_welcome(folder):
    """A change in wording needs no new model."""
    major, minor, _ = contracts.load("customers").version.split(".")
    _trained_under(folder, customers=f"{major}.{minor}.99")
    assert load_artifact(folder).contracts["customers"].endswith(".99")
