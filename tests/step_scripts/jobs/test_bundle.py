"""A step's code bundle: exactly what the step can import, addressed by its content."""

import pytest

from step_scripts.jobs import bundle

TREE = {
    "steps/__init__.py": "",
    "steps/first.py": "import json\nfrom rooms import helper\n\ndef main():\n    from rooms.lazy import late\n",
    "steps/second.py": "import rooms\n",
    "rooms/__init__.py": "",
    "rooms/helper.py": "import pandas\n",
    "rooms/lazy.py": "late = 1\n",
    "rooms/unused.py": "",
    "rooms/rules.yaml": "a: 1\n",
    "rooms/.hidden": "x",
    "rooms/rules.yaml~": "a: 0",
    "rooms/rules.yaml.orig": "a: 0",
    "rooms/#rules.yaml#": "a: 0",
    "rooms/deep/data.json": "{}",
}


@pytest.fixture
def tree(tmp_path):
    """A small project with two steps, a room, and a library that it does not own."""
    for name, content in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_a_bundle_holds_the_import_closure_and_its_packages_data(tree):
    """Lazy imports count; libraries, unused modules and editors' leftovers do not; data travels along."""
    assert list(bundle.of("steps/first.py", tree).files) == [
        "rooms/__init__.py",
        "rooms/helper.py",
        "rooms/lazy.py",
        "rooms/rules.yaml",
        "steps/first.py",
    ]


def test_an_edit_changes_the_address_of_those_who_import_it_alone(tree):
    """Editing what only the first step imports leaves the second step's address as it was."""
    before = {name: bundle.of(f"steps/{name}.py", tree).key for name in ("first", "second")}
    (tree / "rooms/helper.py").write_text("import numpy\n")
    after = {name: bundle.of(f"steps/{name}.py", tree).key for name in ("first", "second")}
    assert before["first"] != after["first"]
    assert before["second"] == after["second"]
    (tree / "rooms/rules.yaml").write_text("a: 2\n")
    assert bundle.of("steps/second.py", tree).key != after["second"]


def test_the_address_depends_on_content_and_names_only(tree, tmp_path_factory):
    """The same files in another folder have the same address, with the step's name in it."""
    other = tmp_path_factory.mktemp("elsewhere")
    for name, content in reversed(TREE.items()):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text(content)
    assert bundle.of("steps/first.py", tree).key == bundle.of("steps/first.py", other).key
    assert bundle.of("steps/first.py", tree).key.startswith("code/first/")


def test_moving_bytes_between_files_changes_the_address():
    """Names and lengths are part of the digest, so no two trees share an address by concatenation."""
    assert bundle.Bundle("a", {"a": b"xy", "b": b""}).sha256 != bundle.Bundle("a", {"a": b"x", "b": b"y"}).sha256
