"""What `step-scripts new` refuses, and what it leaves behind then: nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.cli import main
from step_scripts.template.guess import TemplateError
from step_scripts.template.new import create, table_names


def refused(*words, capsys):
    """Run the command; return its message."""
    assert main(["new", *map(str, words)]) == 1
    return capsys.readouterr().err


def test_a_folder_with_files_is_refused(tmp_path, capsys):
    """Before anything is read."""
    (tmp_path / "notes.txt").touch()
    message = refused(tmp_path, "--table", "none.csv", "--label", "price", capsys=capsys)
    assert message.startswith("step-scripts new: expected: a new folder, or an empty one; got: ")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, capsys):
    """It stays."""
    (tmp_path / "houses").write_text("mine")
    assert "which is a file" in refused(tmp_path / "houses", capsys=capsys)
    assert (tmp_path / "houses").read_text() == "mine"


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ("area,price\n1,2\n", ["--label", "price"], "at least 50 rows"),
        ("area,price\n" + "1,2\n" * 60, ["--label", "price"], "at least two"),
        ("<html></html>\n", ["--label", "price"], "a web page"),
    ],
    ids=["few rows", "one value", "a web page"],
)
def test_a_table_without_a_project_in_it_is_refused(tmp_path, capsys, rows, words, message):
    """The message says what is wrong with it, and nothing is written."""
    (tmp_path / "houses.csv").write_text(rows)
    found = refused(tmp_path / "new", "--table", tmp_path / "houses.csv", *words, capsys=capsys)
    assert message in found
    assert "fix: " in found
    assert [path.name for path in tmp_path.iterdir()] == ["houses.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["new", "--table", "houses.csv"], "--table needs --label"),
        ([], "name the folder of the project"),
        (["new", "--adopt", "old"], "--adopt DIR stands alone"),
        (["--adopt", "old", "--synthetic"], "--adopt DIR stands alone"),
        (["new", "--key", "id"], "--key needs --table"),
        (["new", "--table", "a.csv", "--label", "b", "--rows", "-1"], "--rows -1: expected at least"),
    ],
    ids=["no label", "no folder", "two folders", "adopt and more", "a key of no table", "too few rows"],
)
def test_wrong_usage_exits_with_2(words, message, capsys):
    """With a message that says what is missing."""
    with pytest.raises(SystemExit, match="2"):
        main(["new", *words])
    assert message in capsys.readouterr().err


def test_a_repository_without_scripts_is_refused(tmp_path, capsys):
    """The command adopts a repository; this one has nothing to adopt."""
    message = refused("--adopt", tmp_path, capsys=capsys)
    assert message.startswith("step-scripts new: expected: ")
    assert list(tmp_path.iterdir()) == []


def test_absent_libraries_are_named_before_any_work(tmp_path, monkeypatch):
    """With the command that installs them."""
    monkeypatch.setattr("step_scripts.template.new.find_spec", lambda name: None if name == "xgboost" else name)
    with pytest.raises(TemplateError, match=r"got: none called xgboost; fix: pip install 'step-scripts\[project\]'"):
        create(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["orders", "orders items", "train"], ["orders_table", "orders_items", "train_table"]),
        (["houses", "houses_table"], ["t1_houses", "houses_table"]),
        (["a", "a_table_x"], ["t1_a", "a_table_x"]),
        (["2024", "t"], ["table_2024", "t_table"]),
    ],
)
def test_names_of_tables_do_not_begin_with_each_other(files, names):
    """A table's files are those whose names begin with its own."""
    assert list(table_names([Path(f"{file}.csv") for file in files])) == names


@given(
    st.lists(st.text("abt_", min_size=1, max_size=6), min_size=1, max_size=5, unique_by=lambda name: name.strip("_"))
)
def test_no_table_is_lost_and_none_begins_another(files):
    """Whatever the files are called."""
    names = list(table_names([Path(f"{file}.csv") for file in files if file.strip("_")]))
    assert len(names) == len([file for file in files if file.strip("_")])
    assert not any(a != b and b.startswith(a) for a in names for b in names)


def test_two_tables_of_one_name_are_refused(tmp_path):
    """A contract is named after the file."""
    with pytest.raises(TemplateError, match="rename one of the files"):
        table_names([tmp_path / "a" / "houses.csv", tmp_path / "b" / "houses.csv"])


@pytest.mark.parametrize(("name", "fix"), [("My Houses", "--name my-houses"), ("9", "--name houses")])
def test_a_name_that_no_pipeline_can_have_is_refused(tmp_path, name, fix):
    """With one that it can have."""
    with pytest.raises(TemplateError, match=fix):
        create(tmp_path / "new", name=name)
