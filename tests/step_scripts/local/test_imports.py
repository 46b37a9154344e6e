from step_scripts.local.imports import libraries


def test_libraries_are_listed_in_the_order_of_reading():
    """The first step's libraries come first, functions' imports count, and none comes twice."""
    first = {"a.py": b"import pandas\ndef f():\n    import slow.part\n"}
    second = {"b.py": b"import xgboost, pandas"}
    assert libraries([first, second]) == ["pandas", "slow.part", "xgboost"]


def test_a_name_from_a_module_may_be_a_module():
    """`from a import b` is listed as `a.b`: to import that imports `a` in any case."""
    assert libraries([{"a.py": b"from sklearn import metrics as m, svm"}]) == ["sklearn.metrics", "sklearn.svm"]


def test_our_own_and_pythons_own_are_not_libraries():
    """Rooms of the bundle, scripts beside it, relative imports and the standard library are passed over."""
    files = {
        "steps/a.py": b"import os.path, rooms.deep, helper\nfrom . import b\nfrom rooms import x",
        "rooms/deep.py": b"",
        "helper.py": b"",
    }
    assert libraries([files]) == []


def test_imports_for_type_checkers_are_not_libraries():
    """What only a type checker imports is not worth waiting for; what stands in the other branch is."""
    code = b"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import stubs\n"
    assert libraries([{"a.py": code}]) == []


def test_what_does_not_compile_is_left_to_the_step():
    """A syntax error, and a file that is no Python, are no libraries and no error."""
    assert libraries([{"a.py": b"import (", "b.yaml": b"import: pandas", "c.py": b"\xff\xfe"}]) == []
