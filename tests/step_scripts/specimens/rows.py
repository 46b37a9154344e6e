"""The specimen project `houses`, and valid rows of its two tables."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from step_scripts import contracts

PROJECT = Path(__file__).resolve().parent / "houses"
CONTRACTS = PROJECT / "contracts"
NAMES = ("houses", "surveys")


def contract(name):
    """A contract of the specimen project."""
    return contracts.load(name, folder=CONTRACTS)


def tables(rows=12):
    """Houses and their surveys: each row keeps every rule and relationship, and gives no warning."""
    return houses(rows), surveys(rows)


def houses(rows=12):
    """Houses with the keys 1 to `rows`."""
    number = np.arange(rows)
    kind = number % 4  # Flat, House, Hut, N/A
    heating = np.select([kind == 1, number % 3 == 0], [number // 4 % 4, 1], default=number % 2 * 2 + 1)
    land, building = 100 * (number + 1), 20_000.37 + 13.7 * number
    return pd.DataFrame(
        {
            "house_id": number + 1,
            "kind": _category("houses", "kind", kind),
            "heating": _category("houses", "heating", heating),
            "central": _category("houses", "central", np.zeros(rows, dtype=int)),
            "rooms": np.where(kind == 3, 0, 1 + number % 3),
            "month": 1 + number % 12,
            "day": 1 + number % 28,
            "area": 50.5 + number % 900,
            "land_price": land,
            "building_price": building,
            "price": land + building,
            "sold": number % 2,
        }
    )


def surveys(rows=12):
    """Surveys of these houses; every fifth has no slope."""
    number = np.arange(rows)
    built = 1930 + number % 90
    return pd.DataFrame(
        {
            "house_id": number + 1,
            "built": built,
            "renovated": built + number % 10,
            "energy": _category("surveys", "energy", np.where(built >= 1950, number % 3, number % 2 * 2)),
            "zone": _category("surveys", "zone", number % 2),
            "noise": 30.25 + number % 50,
            "slope": np.where(number % 5 == 4, np.nan, number % 30 / 2),
            "garden": number % 3 == 0,
            "roof_Flat-top": number % 3 == 0,
            "roof_Gable": number % 3 == 1,
            "roof_missing": number % 3 == 2,
        }
    )


def _category(name, column, codes):
    return pd.Categorical.from_codes(codes, categories=contract(name).columns[column].categories)


def random_tables(rows, seed=0):
    """Houses and surveys, column by column from the domains of their contracts: rules on several columns are broken."""
    random = np.random.default_rng(seed)
    keys = random.choice(10 * rows + 10, rows, replace=False) + 1
    return tuple(_random_table(contract(name), keys, random) for name in NAMES)


def _random_table(contract, keys, random):
    columns = dict.fromkeys(contract.keys, keys)
    for name, column in contract.columns.items():
        if column.categories:
            codes = random.integers(0, len(column.categories), len(keys))
            columns[name] = pd.Categorical.from_codes(codes, categories=column.categories)
        elif name not in contract.keys:
            low, high = column.minimum or 0, 1000 if column.maximum is None else column.maximum
            columns[name] = random.integers(low, high if column.dtype != "bool" else 1, len(keys), endpoint=True)
            columns[name] = columns[name].astype(column.dtype)
    return pd.DataFrame(columns)


def reads_as(cell, value):
    """Whether a value is that of a CSV file's cell: a word, a decimal or hexadecimal number, a bool, or missing."""
    if isinstance(value, str):
        return value == cell
    if not cell:
        return math.isnan(value)
    if isinstance(value, bool):
        return value == (cell.lower() in {"true", "1"})
    return value == (int(cell, 16) if cell.strip().lower().startswith("0x") else float(cell))
