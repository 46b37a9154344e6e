"""The shipped outputs, made again by the real steps."""

import json
import shutil
import sys

from fixtures.refresh import STEPS, refresh

ABOUT = "fixtures/train/model/artifact.json"


def test_the_shipped_outputs_are_fresh(project, tmp_path):
    """They are what `python -m fixtures refresh` writes; with other libraries, at least their names are."""
    for name in ("fixtures", "steps", "model", "contracts", "pyproject.toml"):
        source = project / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    changed = refresh(tmp_path)
    libraries = [json.loads((root / ABOUT).read_text())["libraries"] for root in (project, tmp_path)]
    names = [
        sorted(path.relative_to(root).as_posix() for step in STEPS for path in (root / step).rglob("*"))
        for root in (project / "fixtures", tmp_path / "fixtures")
    ]
    assert names[0] == names[1]
    if sys.platform == "linux" and libraries[0] == libraries[1]:
        # The bytes of tables depend on pyarrow's version: the tests of preprocess compare their content.
        stale = [name for name in changed if ".parquet" not in name]
        assert stale == [], "run python -m fixtures refresh"
