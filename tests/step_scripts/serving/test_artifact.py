"""A packed model is a few plain files, is read whole or refused with a sentence, and brings the code that answers."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile

import pytest
from prices.predictor import EXAMPLE

from step_scripts import closure, project
from step_scripts.serving import packing
from step_scripts.serving.artifact import ArtifactError, check_entries, read_artifact
from step_scripts.serving.packing import pack

FILES = {"weights.json": b"{}", "trees/1.json": b"[1]"}
CONTRACTS = ["houses", "streets"]
VERSIONS = {"houses": "1.2.0", "streets": "1.0.3"}


@pytest.fixture
def save(tmp_path):
    """A function that packs a model, with other arguments than usual."""

    def save(folder=None, **changes):
        known = {"files": FILES, "contracts": VERSIONS, "libraries": {"numpy": "2.0.0"}, "about": {"unit": "EUR"}}
        pack(folder or tmp_path / "model", **known | changes)
        return folder or tmp_path / "model"

    return save


def read(path):
    """Read such a model."""
    return read_artifact(path, files=FILES, contracts=CONTRACTS)


def packed(folder, path):
    """The folder as SageMaker packs it."""
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
    return path


def content(folder):
    """All files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_packed_is_read(save, tmp_path):
    """From the folder, the archive, and the folder that holds the archive alike."""
    folder = save()
    archive = packed(folder, tmp_path / "channel" / "model.tar.gz")
    for source in (folder, str(folder), archive, archive.parent):
        found = read(source)
        assert (found.files, found.contracts, found.libraries) == (FILES, VERSIONS, {"numpy": "2.0.0"})
        assert found.about == {"unit": "EUR"}


def test_the_same_model_gives_the_same_bytes(save, tmp_path):
    """In a new folder and over an older one, which keeps no partial file."""
    first = save(tmp_path / "one", files={**FILES, "weights.json": b"old"})
    assert content(save(first)) == content(save(tmp_path / "two"))


def test_artifact_json_names_the_files_and_the_versions(save):
    """With a sha256 each, for people and programs alike."""
    assert json.loads((save() / "artifact.json").read_text()) == {
        "contracts": VERSIONS,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()},
        "libraries": {"numpy": "2.0.0"},
        "unit": "EUR",
    }


def test_the_code_is_what_the_server_and_the_predictor_can_see(save, specimen):
    """No file less and none more; neither byte code nor other tools of the framework."""
    code = set(content(save() / "code"))
    starts = ["step_scripts.serving.serving", "prices.predictor"]
    assert code == {*closure.of(starts, project.read(specimen)).files, "pyproject.toml"}
    assert {"prices/predictor.py", "contracts/houses.yaml", "contracts/streets.yaml"} < code
    assert not [name for name in code if name.startswith(("step_scripts/local", "step_scripts/pipeline"))]


def test_the_code_answers_alone(model, tmp_path):
    """Far from the project, with nothing else on the path."""
    program = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")
import step_scripts
from step_scripts.serving.predictor import load_predictor
predictor = load_predictor(sys.argv[1])
for module in (step_scripts, sys.modules["prices"]):
    assert module.__file__.startswith(sys.argv[1]), module.__file__
print(json.dumps(predictor.predict([json.loads(sys.argv[2])])[0].fields))
"""
    command = [sys.executable, "-P", "-c", program, str(model), json.dumps(EXAMPLE)]
    environment = {**os.environ, project.ENVIRONMENT: str(model / "code")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"price": 375_252.0, "expensive": False}


def test_a_step_that_packs_sees_the_predictor(tmp_path, specimen):
    """So its bundle has all that the model's code needs, and a job packs the same bytes as a laptop."""
    (tmp_path / "train.py").write_text("from step_scripts.serving.packing import pack\n")
    for name in ("prices", "contracts", "pyproject.toml"):
        (tmp_path / name).symlink_to(specimen / name)
    home = project.read(tmp_path)
    bundle = closure.of(["train.py"], home).files
    assert set(closure.of([packing.SERVER, "prices.predictor"], home).files) < set(bundle)


def test_nothing_is_written_where_something_is_wrong(save, tmp_path):
    """JSON has no NaN, a pickle runs code when it is read, and names may not lead elsewhere."""
    wrong = {
        "JSON": {"about": {"auc": float("nan")}},
        "another name than files, which is reserved": {"about": {"files": {}}},
        "model.pkl is a pickle": {"files": {"model.pkl": b""}},
        "model.bin is a pickle": {"files": {"model.bin": b"\x80\x05K\x01."}},
        "got '../x'": {"files": {"../x": b""}},
        "got '/x'": {"files": {"/x": b""}},
        "got 'code/x.py'": {"files": {"code/x.py": b""}},
        "got 'artifact.json'": {"files": {"artifact.json": b""}},
        r"got '\./x'": {"files": {"./x": b""}},
        "got ''": {"files": {"": b""}},
    }
    for sentence, changes in wrong.items():
        with pytest.raises(ValueError, match=sentence):
            save(**changes)
    assert list(tmp_path.rglob("*")) == []


def test_a_predictor_that_does_not_exist_is_a_sentence(save, tmp_path, monkeypatch):
    """Which module is missing."""
    (tmp_path / "pyproject.toml").write_text('[tool.step-scripts]\npredictor = "absent.predictor"\n')
    monkeypatch.setenv(project.ENVIRONMENT, str(tmp_path))
    with pytest.raises(closure.ClosureError, match=r"absent\.predictor: there is no such module in "):
        save()


def test_no_reader_takes_half_an_artifact(save, tmp_path, monkeypatch):
    """artifact.json comes last, so a save that is interrupted is not an artifact."""
    monkeypatch.setattr(packing, "_code", lambda: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save()
    with pytest.raises(ArtifactError, match=r"holds no artifact\.json"):
        read(tmp_path / "model")


def edited(folder, **changes):
    """The artifact with other entries; None removes one."""
    path = folder / "artifact.json"
    about = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in about.items() if value is not None}))


DAMAGE = {
    "no source": (lambda folder: folder.rename(folder.parent / "x"), "no model artifact at"),
    "no file": (lambda folder: (folder / "weights.json").unlink(), "holds no weights.json"),
    "no description": (lambda folder: (folder / "artifact.json").unlink(), "holds no artifact.json"),
    "cut file": (lambda folder: (folder / "trees" / "1.json").write_bytes(b"["), "not the file that artifact.json"),
    "cut description": (lambda folder: (folder / "artifact.json").write_text("{"), "is not JSON"),
    "a list": (lambda folder: (folder / "artifact.json").write_text("[]"), "other entries than"),
    "no contracts": (lambda folder: edited(folder, contracts=None), "other entries than"),
    "libraries as a list": (lambda folder: edited(folder, libraries=["numpy"]), "other entries than"),
    "a version as a number": (lambda folder: edited(folder, contracts={"houses": 1}), "other entries than"),
    "other files": (
        lambda folder: edited(folder, files={"a.bin": ""}),
        "other model files: expected weights.json, trees/1.json, got a.bin",
    ),
}


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_a_sentence(save, damage, sentence):
    """An artifact that is absent, incomplete or altered is refused, with the place and what to do."""
    folder = save()
    damage(folder)
    with pytest.raises(ArtifactError, match=sentence) as caught:
        read(folder)
    assert str(folder) in str(caught.value)


def test_a_model_of_other_contracts_is_refused(save):
    """One that was trained before a breaking change would get records that it does not know."""
    sentence = r"houses 1\.3\.0 \(here: 1\.2\.0\).*train again, or score with the code"
    with pytest.raises(ArtifactError, match=sentence):
        read(save(contracts=VERSIONS | {"houses": "1.3.0"}))
    assert read(save(contracts=VERSIONS | {"houses": "1.2.9"})).contracts["houses"] == "1.2.9"


@pytest.mark.parametrize("kinds", [{}, {"unit": int}, {"unit": str, "bias": float}])
def test_other_entries_are_refused(save, kinds):
    """The project says which it needs, and of which type."""
    found = read(save())
    check_entries(found, {"unit": str})
    with pytest.raises(ArtifactError, match="other entries than"):
        check_entries(found, kinds)
