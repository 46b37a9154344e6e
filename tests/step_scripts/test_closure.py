"""What a piece of code can see: modules by import or by name, files by name, and nothing else."""

import pytest

from step_scripts import closure
from step_scripts.project import Project

TREE = {
    "steps/__init__.py": "",
    "steps/first.py": "import json\nfrom tools import helper\n\ndef main():\n    from tools.lazy import late\n",
    "steps/second.py": "import tools.plain",
    "tools/__init__.py": "",
    "tools/helper.py": "import pandas\nfrom . import plain\nfrom .deep import inner",
    "tools/plain.py": "",
    "tools/lazy.py": "late = 1",
    "tools/unused.py": "",
    "tools/rates.json": "{}",
    "tools/deep/__init__.py": "",
    "tools/deep/inner.py": "from .. import plain\nfrom ..circle import one",
    "tools/circle/one.py": "from tools.circle import two",
    "tools/circle/two.py": "from tools.circle import one",
    "contracts/houses.yaml": "a: 1",
    "contracts/report.schema.json": "{}",
    "contracts/unused.yaml": "a: 2",
    "data/zones.json": "{}",
    "data/no_code.txt": "",
}


@pytest.fixture
def tree(tmp_path):
    """A small project with two steps, and a package that both use."""
    for name, content in TREE.items():
        write(tmp_path, name, content)
    return tmp_path


def write(root, name, content):
    """Write a file of the project."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content)


def files(root, *starts):
    """List what is seen from some starts."""
    return list(closure.of(starts, Project(root=root)).files)


def libraries(root, code):
    """List the libraries of one script."""
    write(root, "steps/other.py", code)
    return list(closure.of(["steps/other.py"], Project(root=root)).libraries)


def test_imports_are_followed_in_functions_too(tree):
    """Lazy and relative imports count; unused modules, and the package of a script, which is run, do not."""
    assert files(tree, "steps/first.py") == [
        "steps/first.py",
        "tools/__init__.py",
        "tools/circle/one.py",
        "tools/circle/two.py",
        "tools/deep/__init__.py",
        "tools/deep/inner.py",
        "tools/helper.py",
        "tools/lazy.py",
        "tools/plain.py",
    ]
    assert files(tree, "steps/second.py") == ["steps/second.py", "tools/__init__.py", "tools/plain.py"]


def test_a_script_sees_the_modules_beside_it(tree):
    """They come first, as Python looks into the script's folder first; a module elsewhere sees them too."""
    write(tree, "steps/first.py", "import beside, tools.user")
    write(tree, "steps/beside.py", "from pack import part")
    write(tree, "steps/pack/__init__.py", "")
    write(tree, "steps/pack/part.py", "")
    write(tree, "beside.py", "the wrong one: it is hidden by the one in steps/")
    write(tree, "tools/user.py", "import beside")
    seen = closure.of(["steps/first.py"], Project(root=tree))
    assert [name for name in seen.files if "pack" in name or "beside" in name] == [
        "steps/beside.py",
        "steps/pack/__init__.py",
        "steps/pack/part.py",
    ]
    assert seen.libraries == ()


def test_several_starts_are_one_closure(tree):
    """Modules and scripts may be mixed; the files are sorted, whatever comes first."""
    assert files(tree, "tools.lazy", "steps/second.py") == [
        "steps/second.py",
        "tools/__init__.py",
        "tools/lazy.py",
        "tools/plain.py",
    ]


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("load('houses')", "contracts/houses.yaml"),
        ("check('report')", "contracts/report.schema.json"),
        ("open('data/zones.json')", "data/zones.json"),
        ("MODULE = 'tools.unused'", "tools/unused.py"),
    ],
)
def test_a_text_in_the_code_names_what_it_is_called(tree, code, seen):
    """A contract or a schema by its name, a module by its dotted name, a file by its path."""
    write(tree, "steps/other.py", code)
    packages = ["tools/__init__.py"] if seen.startswith("tools") else []
    assert files(tree, "steps/other.py") == sorted([seen, "steps/other.py", *packages])


def test_a_text_names_the_file_beside_its_module(tree):
    """`Path(__file__).with_name("rates.json")` finds it at run time, so it has to be there."""
    write(tree, "tools/plain.py", "RATES = 'rates.json'")
    assert files(tree, "steps/second.py") == [
        "steps/second.py",
        "tools/__init__.py",
        "tools/plain.py",
        "tools/rates.json",
    ]
    write(tree, "steps/second.py", "RATES = 'rates.json'")
    assert files(tree, "steps/second.py") == ["steps/second.py"]


@pytest.mark.parametrize(
    "text", ["data", "pyproject.toml", "steps/first.py", "../outside.json", "/etc/hosts", "no.such.module", "x" * 5000]
)
def test_other_texts_name_nothing(tree, text):
    """Folders, settings, code by its path, what lies outside of the project, and all that does not exist."""
    write(tree, "pyproject.toml", "")
    write(tree.parent, "outside.json", "{}")
    write(tree, "steps/other.py", f"X = {text!r}")
    assert files(tree, "steps/other.py") == ["steps/other.py"]


@pytest.mark.parametrize("text", ["./data/zones.json", "data/./zones.json"])
def test_a_file_has_one_path(tree, text):
    """However a text spells it: no bundle holds a file twice, or under a path with a dot in it."""
    write(tree, "steps/other.py", f"X = {text!r}\nY = 'data/zones.json'")
    assert files(tree, "steps/other.py") == ["data/zones.json", "steps/other.py"]


def test_a_docstring_that_mentions_a_contract_names_nothing(tree):
    """A sentence is no name."""
    write(tree, "steps/other.py", '"""Reads houses and data/zones.json."""')
    assert files(tree, "steps/other.py") == ["steps/other.py"]


def test_the_framework_is_followed_and_names_no_data_of_a_project(tree):
    """Its modules are seen as the project's are, but a text in one of them is no contract, whatever it is called."""
    write(tree, "contracts/utf-8.yaml", "")
    write(tree, "steps/other.py", "from step_scripts.step import report")
    seen = files(tree, "steps/other.py")
    assert {"step_scripts/__init__.py", "step_scripts/step/environment.py", "step_scripts/project.py"} < {*seen}
    assert not [name for name in seen if name.startswith("contracts/")]


def test_libraries_are_listed_in_the_order_of_reading(tree):
    """Functions' imports count, none comes twice, and the standard library is not one."""
    code = "import pandas, os.path\ndef f():\n    import slow.part\nimport xgboost, pandas"
    assert libraries(tree, code) == ["pandas", "slow.part", "xgboost"]


def test_a_name_from_a_library_may_be_a_module(tree):
    """`from a import b` is listed as `a.b`: importing that imports `a` in any case."""
    assert libraries(tree, "from sklearn import metrics as m, svm") == ["sklearn.metrics", "sklearn.svm"]


def test_a_folder_without_code_is_not_a_package(tree):
    """A project may have a folder called as a library is."""
    assert libraries(tree, "import data, tools.plain") == ["data"]


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_imports_for_type_checkers_are_not_seen(tree, test):
    """They are not carried out when the code runs; those of the other branch are."""
    first = "import typing\nfrom typing import TYPE_CHECKING\n"
    assert libraries(tree, f"{first}if {test}:\n    import a, tools.unused\nelse:\n    import b") == ["b"]
    assert "tools/unused.py" not in files(tree, "steps/other.py")
    assert libraries(tree, f"{first}if not {test}:\n    import a") == ["a"]


def test_imports_that_fail_are_left_to_the_code(tree):
    """A module that is absent may be an alternative; a relative import beyond the top fails when the code is run."""
    code = "try:\n    import tools.fast\nexcept ImportError:\n    import tools.plain\nfrom ... import x"
    write(tree, "steps/other.py", code)
    assert files(tree, "steps/other.py") == ["steps/other.py", "tools/__init__.py", "tools/plain.py"]


@pytest.mark.parametrize(
    ("start", "content", "message"),
    [
        ("steps/absent.py", None, r"steps/absent\.py: there is no such script"),
        ("tools.absent", None, r"tools\.absent: there is no such module in "),
        ("absent", None, r"absent: there is no such module in "),
        ("steps/other.py", "import (", r"steps/other\.py, line 1: .*; fix: correct the code"),
        ("steps/other.py", "a\0b", r"steps/other\.py: .*null bytes.*; fix: correct the code"),
    ],
)
def test_what_cannot_be_read_is_an_error(tree, start, content, message):
    """The message says which file, where, and what to do."""
    if content:
        write(tree, start, content)
    with pytest.raises(closure.ClosureError, match=message):
        files(tree, start)


def test_code_is_not_executed(tree):
    """A module that ends the interpreter is read all the same."""
    write(tree, "tools/plain.py", "import os\nos._exit(1)")
    assert "tools/plain.py" in files(tree, "steps/second.py")
