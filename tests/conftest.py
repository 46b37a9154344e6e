"""What tests of every level share: the shipped tables, and the real ones where they are."""

import os
from pathlib import Path

import pytest

import contracts

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project():
    """The project's root folder."""
    return PROJECT


@pytest.fixture(scope="session")
def data_dir():
    """The folder of the workshop's real tables, which are not ours to ship: `CLAIMS_DATA_DIR`."""
    named = os.environ.get("CLAIMS_DATA_DIR")
    if not named:
        pytest.skip("CLAIMS_DATA_DIR is unset: set it to a folder with the workshop's claims.csv and customers.csv")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def shipped_tables():
    """The shipped claims and customers, checked. Shared by all tests: copy before you change them."""
    return tuple(
        contracts.read_checked(PROJECT / "fixtures", contracts.load(name)) for name in ("claims", "customers")
    )


@pytest.fixture(scope="session")
def claims(shipped_tables):
    """The shipped claims."""
    return shipped_tables[0]


@pytest.fixture(scope="session")
def customers(shipped_tables):
    """The shipped customers."""
    return shipped_tables[1]
