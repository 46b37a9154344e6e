"""A step's code bundle: exactly what the step can see, addressed by its content."""

import pytest

from step_scripts import project
from step_scripts.closure import ClosureError
from step_scripts.jobs import bundle

TREE = {
    "pyproject.toml": '[tool.step-scripts]\nlabel = "price"\nsnapshot = "pipeline.json"\n',
    "steps/first.py": "from tools import helper\nload('houses')\n",
    "steps/second.py": "import tools\n",
    "tools/__init__.py": "",
    "tools/helper.py": "import pandas\n",
    "contracts/houses.yaml": "a: 1\n",
}


@pytest.fixture
def tree(tmp_path):
    """A small project with two steps."""
    return written(tmp_path, TREE)


def written(root, files):
    """Write a project."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def keys(root):
    """Return both steps' keys."""
    project.read.cache_clear()
    return [bundle.of(f"steps/{name}.py", root).key for name in ("first", "second")]


def test_a_bundle_holds_what_its_script_sees_and_the_settings_of_jobs(tree):
    """By the settings' file the job finds its project; what only a laptop needs is not in it."""
    files = bundle.of("steps/first.py", tree).files
    assert list(files) == [
        "contracts/houses.yaml",
        "pyproject.toml",
        "steps/first.py",
        "tools/__init__.py",
        "tools/helper.py",
    ]
    assert files["tools/helper.py"] == b"import pandas\n"
    assert files["pyproject.toml"] == b'[tool.step-scripts]\ncontracts = "contracts"\nlabel = "price"\n'


@pytest.mark.parametrize("name", ["tools/helper.py", "contracts/houses.yaml"])
def test_an_edit_changes_the_address_of_those_who_see_it_alone(tree, name):
    """Editing what only the first step sees leaves the second step's address as it was."""
    before = keys(tree)
    (tree / name).write_text(TREE[name] + "# edited")
    after = keys(tree)
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_setting_of_the_laptop_changes_no_address(tree):
    """The snapshot's place is nothing that a job could see; the label is."""
    before = keys(tree)
    (tree / "pyproject.toml").write_text(TREE["pyproject.toml"].replace("pipeline.json", "other.json"))
    assert keys(tree) == before
    (tree / "pyproject.toml").write_text(TREE["pyproject.toml"].replace("price", "rent"))
    assert not {*keys(tree)} & {*before}


def test_the_address_depends_on_content_and_names_only(tree, tmp_path_factory):
    """The same files in another folder have the same address, with the step's name in it."""
    other = written(tmp_path_factory.mktemp("elsewhere"), dict(reversed(TREE.items())))
    assert keys(tree) == keys(other)
    assert keys(tree)[0].startswith("code/first/")


def test_moving_bytes_between_files_changes_the_address():
    """Names and lengths are part of the digest, so no two trees share an address by concatenation."""
    assert bundle.Bundle("a", {"a": b"xy", "b": b""}).sha256 != bundle.Bundle("a", {"a": b"x", "b": b"y"}).sha256


def test_a_record_holds_the_bundles_that_were_made_meanwhile(tree):
    """What was put together before and after is not in it."""
    bundle.of("steps/first.py", tree)
    with bundle.recorded() as made:
        second = bundle.of("steps/second.py", tree)
    bundle.of("steps/first.py", tree)
    assert made == {second.key: second}


def test_a_script_that_is_absent_is_an_error(tree):
    """It names the script."""
    with pytest.raises(ClosureError, match=r"steps/third\.py: there is no such script"):
        bundle.of("steps/third.py", tree)
    with pytest.raises(ClosureError, match=r"steps/first: there is no such script"):
        bundle.of("steps/first", tree)


@pytest.mark.parametrize("script", ["{tree}/steps/first.py", "../{tree.name}/steps/first.py"])
def test_a_script_has_a_path_below_the_projects_folder(tree, script):
    """Any other would be a place of this machine in the definition, and a file outside of the bundle."""
    with pytest.raises(ClosureError, match=r"first\.py: expected the path of a script relative to .*, without \.\."):
        bundle.of(script.format(tree=tree), tree)
