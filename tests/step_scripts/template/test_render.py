"""The files of a new project, for each kind of label: valid source, formatted, and with nothing left of a template."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from step_scripts.template.features import features
from step_scripts.template.guess import ColumnGuess, TableGuess
from step_scripts.template.render import FILES, render
from step_scripts.template.values import values

MAX_CODE_FILES = 12
LABELS = {
    "regression": ColumnGuess(name="price", kind="number", minimum=0, maximum=9e6),
    "binary": ColumnGuess(name="sold", kind="category", categories=("no", "yes")),
    "multiclass": ColumnGuess(
        name='C:\\Users """; {} "style"\nof it', kind="category", categories=("old", "new", "other's")
    ),
}
COLUMNS = (
    ColumnGuess(name="house_id", kind="integer"),
    ColumnGuess(name="area m²", kind="number", minimum=0, maximum=500, required=False),
    ColumnGuess(name="built", kind="date", format="yyyy-MM-dd", minimum="1900-01-01", maximum="2030-01-01"),
    ColumnGuess(name="remark", kind="text", max_length=80, required=False),
)


def guesses(task, *, keys, tables):
    """What is guessed of one table or two, the first with a label."""
    label = LABELS[task]
    first = TableGuess(
        path=Path("houses.csv"),
        name="houses",
        rows=60,
        columns=(*COLUMNS, label),
        keys=keys,
        label=label.name,
        task="regression" if task == "regression" else "classification",
        classes=dict.fromkeys(label.categories, 20),
        positive="yes" if task == "binary" else None,
    )
    street = TableGuess(path=Path("streets.csv"), name="streets", rows=60, keys=keys, columns=(COLUMNS[0],))
    return [first, street][:tables]


@pytest.fixture(
    params=[("regression", (), 1), ("binary", ("house_id",), 1), ("multiclass", ("house_id",), 2)],
    ids=["regression without a key", "two classes", "three classes of two tables"],
)
def project(request, tmp_path):
    """The files of a project."""
    task, keys, tables = request.param
    tables = guesses(task, keys=keys, tables=tables)
    example = {"house_id": 1, "area m²": None, "built": "2001-02-03", "remark": 'a "large" one, with a view of the sea'}
    render(
        tmp_path,
        values(
            tables,
            features(tables),
            project="my-houses",
            version="0.1.0",
            example=example,
            fixtures="The tables are rows of your files.",
            limit=0.5,
            reached="0.6",
        ),
    )
    return tmp_path


def test_every_file_is_valid(project):
    """Python, TOML and JSON can be read, and no mark of a template is left."""
    files = [path for path in project.rglob("*") if path.is_file()]
    assert len(files) == len([path for path in FILES.rglob("*") if path.is_file()])
    for path in files:
        text = path.read_text()
        assert not any(mark in text for mark in ("[%", "%]", "<<", " >>\n", "[#")), path
        read = {".py": ast.parse, ".toml": tomllib.loads, ".json": json.loads}
        read.get(path.suffix, str)(text)


def test_the_code_is_small(project):
    """What the user owns from then on is at most 12 files of code, and no step is longer than the tests allow."""
    code = list(project.rglob("*.py"))
    assert len(code) <= MAX_CODE_FILES
    assert max(len(path.read_text().splitlines()) for path in code if path.parent.name == "steps") <= 120


def test_the_code_is_clean(project):
    """By the linter's and the formatter's rules that the project itself has."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for words in (["check"], ["format", "--diff"]):
        done = subprocess.run([ruff, *words, "."], cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
