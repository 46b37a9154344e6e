"""A step's code URI changes with what the step can see, and with nothing else: over every file of this repository.

What a step can see is found a second time here, by other means: the standard library's ``modulefinder``, texts in
quotes, and what Python has really imported.
"""

import json
import re
import shutil
import subprocess
import sys
from modulefinder import ModuleFinder
from pathlib import Path

import pytest

from step_scripts import closure, project
from step_scripts.jobs import bundle

FOLDERS = ("contracts", "docker", "fixtures", "model", "src", "steps")
MODULE = re.compile(r"\w+(\.\w+)+")
QUOTED = re.compile(r"""["']([\w./-]+)["']""")
IMPORTED = """
import importlib, json, os, sys
import numpy, pandas, pyarrow  # once for all steps
root, *scripts = sys.argv[1:]
sys.path[:0] = [root + "/src", root]
for script in scripts:
    if os.fork() == 0:
        importlib.import_module(script[:-3].replace("/", ".")).parser()
        places = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
        files = [os.path.relpath(place, root) for place in places if place.startswith(root + "/")]
        os.write(1, (json.dumps([script, files]) + "\\n").encode())
        os._exit(0)
    assert os.wait()[1] == 0
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of this repository without its tests; bundles are made of the copy's framework."""
    root, left_out = tmp_path_factory.mktemp("tree").resolve(), shutil.ignore_patterns("__pycache__", "*.pyc")
    home = project.find().root
    for path in home.iterdir():
        if path.is_dir() and path.name in FOLDERS:
            shutil.copytree(path, root / path.name, ignore=left_out)
        elif path.is_file():
            shutil.copy(path, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closure, "PACKAGE", root / "src/step_scripts")
        yield root


@pytest.fixture(scope="module")
def scripts(tree):
    """The steps' scripts."""
    return sorted(path.relative_to(tree).as_posix() for path in (tree / "steps").glob("[!_]*.py"))


@pytest.fixture(scope="module")
def imported(tree, scripts):
    """The files of the repository that Python imports for each script, which is run and so in no package."""
    command = [sys.executable, "-c", IMPORTED, str(tree), *scripts]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    return {script: {*files} - {"steps/__init__.py"} for script, files in map(json.loads, done.stdout.splitlines())}


def visible(tree, script):
    """Return the files that a script could see at most: imports for type checkers count, and all texts in quotes."""
    homes, read = (tree / "src", tree), set()
    finder = ModuleFinder(list(map(str, homes)))
    finder.run_script(str(tree / script))
    while True:
        modules = [Path(module.__file__) for module in finder.modules.values() if module.__file__]
        new = {text for path in modules for text in QUOTED.findall(path.read_text())} - read
        for text in filter(MODULE.fullmatch, new):
            place = text.replace(".", "/")
            if any((home / end).is_file() for home in homes for end in (f"{place}.py", f"{place}/__init__.py")):
                finder.import_hook(text)
        if not new:
            break
        read |= new
    beside = {path.parent / text for path in modules for text in read}
    forms = ("{}", "contracts/{}.yaml", "contracts/{}.schema.json")
    named = {tree / form.format(text) for text in read for form in forms}
    return {path.relative_to(tree).as_posix() for path in {*modules, *beside, *named} if path.is_file()}


def add_a_byte(path):
    """Add a byte that changes no import."""
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    return content


def test_a_bundle_holds_what_python_imports(tree, scripts, imported):
    """Nothing is missing: each file that was imported is in the bundle, with the bytes that it has."""
    for script in scripts:
        files = bundle.of(script, tree).files
        places = {name.removeprefix("src/"): tree / name for name in imported[script]}
        assert set(places) <= set(files)
        assert all(files[name] == path.read_bytes() for name, path in places.items())


def test_a_byte_in_what_a_step_imports_changes_its_code_uri(tree, scripts, imported):
    """Each file that was imported, for one of the scripts that import it."""
    before = {script: bundle.of(script, tree).key for script in scripts}
    for number, name in enumerate(sorted(set().union(*imported.values()))):
        importing = [script for script in scripts if name in imported[script]]
        script = importing[number % len(importing)]
        content = add_a_byte(tree / name)
        after = bundle.of(script, tree).key
        (tree / name).write_bytes(content)
        assert after != before[script], (script, name)


def test_a_byte_in_what_a_step_cannot_see_changes_no_code_uri(tree, scripts):
    """Every other file, code and data, of the project and of the framework, has a byte more: no URI changes."""
    files = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    seen = {script: visible(tree, script) - {"pyproject.toml"} for script in scripts}
    by_some = set().union(*seen.values())
    assert {"pipeline.py", "steps/__init__.py", "src/step_scripts/cli.py", "pyproject.toml"} < files - by_some
    for names, unseeing in [(files - by_some, scripts), *((by_some - seen[script], [script]) for script in scripts)]:
        before = [bundle.of(script, tree) for script in unseeing]
        for name in names:
            add_a_byte(tree / name)
        project.read.cache_clear()
        after = [bundle.of(script, tree) for script in unseeing]
        for old, new in zip(before, after, strict=True):
            assert set(old.files.items()) ^ set(new.files.items()) == set()
        assert [one.key for one in before] == [one.key for one in after]


def test_a_bundle_holds_the_schemas_of_the_reports_that_the_step_writes(tree):
    """Without them the step would fail in its job, where the project's folder is not at hand."""
    files = bundle.of("steps/analyse.py", tree).files
    assert {f"contracts/{name}.schema.json" for name in ("comparison", "evaluation", "latency")} < set(files)


def test_schemas_of_other_reports_are_in_no_bundle_of_the_pipeline(tree):
    """What only a tool for a laptop reads re-runs no step."""
    for script in ("steps/preprocess.py", "steps/train.py", "steps/evaluate.py"):
        schemas = {name for name in bundle.of(script, tree).files if name.endswith(".schema.json")}
        assert schemas == ({"contracts/evaluation.schema.json"} if script == "steps/evaluate.py" else set())
