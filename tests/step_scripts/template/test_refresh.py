"""The order in which steps are run on the fixtures, and what becomes of a step that fails."""

import textwrap

import pytest

from step_scripts import project
from step_scripts.template import fixtures

STEP = """
from pathlib import Path
from step_scripts import step
source = step.channel("in", fixture={fixture!r})
target = step.output_dir({name!r}) / "out"
target.mkdir(parents=True, exist_ok=True)
(target / "rows.txt").write_text((source / "rows.txt").read_text() + {name!r})
print("report: rows=1")
"""


@pytest.fixture
def home(tmp_path):
    """A function that writes a project with some steps: each reads a fixture, and adds its name to the rows."""

    def make(**reads):
        (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
        for name, fixture in reads.items():
            (tmp_path / "steps").mkdir(exist_ok=True)
            (tmp_path / "steps" / f"{name}.py").write_text(textwrap.dedent(STEP.format(name=name, fixture=fixture)))
        (tmp_path / "fixtures").mkdir()
        (tmp_path / "fixtures" / "rows.txt").write_text("raw ")
        return project.read(tmp_path)

    return make


def test_a_step_runs_after_those_whose_outputs_it_reads(home):
    """Whatever their names are; what no step reads is not kept."""
    said, made = [], home(a="b/out", b="c/out", c="")
    reports = fixtures.refresh(made, say=said.append)
    assert [line.split()[1] for line in said] == ["steps/c.py", "steps/b.py", "steps/a.py"]
    assert reports == dict.fromkeys("cba", "report: rows=1")
    assert (made.root / "fixtures/b/out/rows.txt").read_text() == "raw cb"
    assert sorted(path.name for path in (made.root / "fixtures").iterdir()) == ["b", "c", "rows.txt"]


def test_a_step_that_fails_keeps_the_fixtures(home):
    """The error holds what the step printed."""
    made = home(b="c/out", c="")
    fixtures.refresh(made)
    (made.root / "steps/c.py").write_text('import sys\nsys.exit("no rows")  # fixture=""\n')
    with pytest.raises(fixtures.FixturesError, match=r"steps/c\.py fails on the fixtures:\nno rows"):
        fixtures.refresh(made)
    assert (made.root / "fixtures/c/out/rows.txt").read_text() == "raw c"


def test_a_circle_is_an_error(home):
    """It is named."""
    with pytest.raises(fixtures.FixturesError, match=r"got the circle a → b → a|got the circle b → a → b"):
        fixtures.refresh(home(a="b/out", b="a/out"))
