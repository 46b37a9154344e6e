"""What tests of every level share: Hypothesis's profiles, the shipped tables, and the real ones where they are."""

import os
from pathlib import Path

import pytest

from tests import profiles

PROJECT = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads of xgboost that wait leave the core to other tests
profiles.register()
collect_ignore = ["projects"]  # projects of their own, with tests of their own


def pytest_configure(config):
    """Take a skipped test for a failed one where nothing may be skipped: on CI, with the real tables at hand."""
    if os.environ.get("CI") and os.environ.get("CLAIMS_DATA_DIR"):
        config.option.no_skips = True


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
    from step_scripts import contracts

    return tuple(contracts.read_checked(PROJECT / "fixtures", contracts.load(name)) for name in ("claims", "customers"))


@pytest.fixture(scope="session")
def claims(shipped_tables):
    """The shipped claims."""
    return shipped_tables[0]


@pytest.fixture(scope="session")
def customers(shipped_tables):
    """The shipped customers."""
    return shipped_tables[1]


@pytest.fixture(scope="session")
def random_tables():
    """A function of rows and seed: claims and customers drawn freely from the domains of their contracts.

    Column by column, so they keep no rule between columns; encoding and splitting do not ask for one.
    """
    import numpy as np

    from step_scripts import contracts

    def draw(rows, seed=0):
        random = np.random.default_rng(seed)
        policy_ids = random.choice(10 * rows + 10, rows, replace=False) + 1
        return tuple(_random_table(contracts.load(name), policy_ids, random) for name in ("claims", "customers"))

    return draw


def _random_table(contract, policy_ids, random):
    import pandas as pd

    columns = dict.fromkeys(contract.keys, policy_ids)
    for name, column in contract.columns.items():
        if column.categories:
            codes = random.integers(0, len(column.categories), len(policy_ids))
            columns[name] = pd.Categorical.from_codes(codes, categories=column.categories)
        elif name not in contract.keys:
            top = 1000 if column.maximum is None else column.maximum
            numbers = random.integers(column.minimum or 0, top, len(policy_ids), endpoint=True)
            columns[name] = numbers.astype(column.dtype)
    return pd.DataFrame(columns)
