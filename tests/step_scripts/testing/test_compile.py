"""A pipeline that does not compile is compiled once, and its error is shown once."""

import pytest

from step_scripts import project
from step_scripts.testing.harness import Harness


def test_the_error_is_shown_by_the_first_test_alone(tmp_path):
    """The others refer to it, and take no time."""
    (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
    (tmp_path / "pipeline.py").write_text(
        'import sys\nopen("runs.txt", "a").write("x")\nsys.exit("no such parameter")\n'
    )
    [harness] = Harness.all(project.read(tmp_path), tmp_path).values()
    with pytest.raises(pytest.fail.Exception, match=r"pipeline\.py does not compile:\nno such parameter"):
        _ = harness.steps
    for _ in range(2):
        with pytest.raises(pytest.fail.Exception, match=r"does not compile:\nthe first test that failed says why"):
            _ = harness.jobs
    assert (tmp_path / "runs.txt").read_text() == "x"
