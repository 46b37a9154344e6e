"""Great Expectations as we use it: what it is spared, and what it must not leave behind."""

import gc

import pytest

import contracts
from contracts import engine


@pytest.fixture
def fingerprints(monkeypatch):
    """Every table that Great Expectations fingerprints."""
    engine.great_expectations()
    from great_expectations.execution_engine import pandas_execution_engine

    taken = []
    monkeypatch.setattr(pandas_execution_engine, "hash_pandas_dataframe", lambda table: taken.append(table) or "")
    return taken


def test_a_checked_table_is_not_fingerprinted(fingerprints, customers):
    """Hashing a million rows takes as long as checking them, and nobody reads the hash."""
    contracts.check(customers, contracts.load("customers"))
    assert fingerprints == []


def test_a_fingerprint_would_be_seen(fingerprints, customers, monkeypatch):
    """The test above is about a constant of the library that we set: without that, it fingerprints."""
    from great_expectations.execution_engine import pandas_execution_engine

    monkeypatch.setattr(engine, "_NO_FINGERPRINT", 1e12)
    contracts.check(customers, contracts.load("customers"))
    assert fingerprints
    engine.great_expectations()
    assert pandas_execution_engine.HASH_THRESHOLD == 1e12


def test_garbage_collection_is_left_as_it_was():
    """Importing quickly is no reason to switch off somebody's garbage collector, or to switch it on."""
    was = gc.isenabled()
    try:
        for state in (True, False):
            (gc.enable if state else gc.disable)()
            engine.great_expectations()
            assert gc.isenabled() is state
    finally:
        (gc.enable if was else gc.disable)()
