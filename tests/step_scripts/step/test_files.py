"""Files and folders that appear whole or not at all."""

import json
from pathlib import Path

import pytest

from step_scripts import step


def test_json_is_sorted_and_whole(tmp_path):
    """The same value gives the same bytes, whatever the order in which it was built."""
    one = step.write_json(tmp_path / "a" / "one.json", {"b": 1, "a": 0.5}).read_bytes()
    assert one == step.write_json(tmp_path / "two.json", {"a": 0.5, "b": 1}).read_bytes()
    assert json.loads(one) == {"a": 0.5, "b": 1}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "one.json", "two.json"]


def test_json_without_nan(tmp_path):
    """NaN is refused before anything is written."""
    with pytest.raises(ValueError, match="JSON"):
        step.write_json(tmp_path / "x.json", {"auc": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    """A file is replaced as a whole or stays what it was, and no partial file is left."""
    path = step.write_bytes(tmp_path / "x", b"old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        step.write_bytes(path, b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"x": b"old"}


def test_all_or_nothing_moves_everything_up(tmp_path):
    """At the end every file lies in its folder, older ones are replaced, and no partial folder is left."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y").write_text("old")
    with step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (a, b):
        step.write_bytes(a / "deep" / "x", b"x")
        (b / "y").write_text("new")
        assert (tmp_path / "b" / "y").read_text() == "old"
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {
        "a/deep/x": "x",
        "b/y": "new",
    }
    assert not list(tmp_path.rglob("*.partial"))


def test_what_vouches_for_a_file_comes_after_it(tmp_path, monkeypatch):
    """Data first, then JSON, inner folders first, whatever their names, over all outputs: a stop on the way is seen."""
    names = ["model.ubj", "code/zoo.py", "code/schema.json", "artifact.json", "z.parquet", "z.parquet.a.json"]
    moved = []
    rename = Path.replace
    with step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (one, other):
        for folder in (one, other):
            for name in reversed(names):
                step.write_bytes(folder / name, b"")
        monkeypatch.setattr(Path, "replace", lambda path, to: moved.append(to) or rename(path, to))
    places = [path.relative_to(tmp_path).as_posix() for path in moved]
    assert [path.split("/", 1)[1] for path in places if path.startswith("a")] == [
        *("code/zoo.py", "model.ubj", "z.parquet"),
        *("code/schema.json", "artifact.json", "z.parquet.a.json"),
    ]
    assert [Path(path).suffix == ".json" for path in places] == [False] * 6 + [True] * 6


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (["runs/x/train", "runs/x/test"], ["wrote runs/x: train, test"]),
        (["train"], ["wrote .: train"]),
        (["model", "../out"], ["wrote .: model", "wrote {outside}: out"]),
        (["{outside}/a/model", "b/output"], ["wrote {outside}/a: model", "wrote b: output"]),
    ],
)
def test_a_laptop_prints_where_results_are(tmp_path, monkeypatch, capsys, folders, said):
    """A line for each parent folder, relative to the current one where it lies below it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with step.all_or_nothing(*(Path(folder.format(outside=tmp_path)) for folder in folders)):
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out.splitlines() == [line.format(outside=tmp_path) for line in said]


def test_a_container_does_not_print_where_results_are(container, capsys):
    """They are where the job's outputs always are."""
    with step.all_or_nothing(container / "train"):
        pass
    assert capsys.readouterr().out == ""


def test_all_or_nothing_leaves_nothing_after_an_error(tmp_path):
    """When the second output fails, the first one does not appear either."""
    with (  # noqa: PT012 - the error comes from inside the block
        pytest.raises(ValueError, match="broken"),
        step.all_or_nothing(tmp_path / "a", tmp_path / "b") as (a, _),
    ):
        (a / "x").write_text("x")
        raise ValueError("broken")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
