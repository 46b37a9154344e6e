"""Every file in steps/ keeps its promises as a script, and the shipped outputs are what the scripts write."""

import json
import sys

from fixtures.refresh import NOT_SHIPPED, STEPS
from step_scripts.testing.scripts import *  # noqa: F403 - the tests
from step_scripts.testing.step_files import content

ABOUT = "train/model/artifact.json"


def test_the_shipped_outputs_are_fresh(project, step_processes):
    """Each step writes what is shipped of it; with other libraries, at least files of the same names."""
    for step in STEPS:
        step_processes.finished(step)
    roots = project / "fixtures", step_processes.tree / "runs"
    shipped, written = (
        {f"{step}/{name}": data for step in STEPS for name, data in content(root / step).items()} for root in roots
    )
    written = {
        name: data for name, data in written.items() if not name.startswith(tuple(f"{place}/" for place in NOT_SHIPPED))
    }
    assert sorted(shipped) == sorted(written)
    libraries = [json.loads(files[ABOUT])["libraries"] for files in (shipped, written)]
    if sys.platform == "linux" and libraries[0] == libraries[1]:
        # The bytes of tables depend on pyarrow's version: the tests of preprocess compare their content.
        stale = [name for name in shipped if ".parquet" not in name and shipped[name] != written[name]]
        assert stale == [], "run python -m fixtures refresh"
