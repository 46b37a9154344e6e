"""The table of the docstrings' examples: houses and their prices."""

import pandas as pd

from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.contracts.contract import Contract

DOCUMENT = """\
id: houses
name: houses
version: 1.0.0
description: {purpose: Houses that were offered for sale.}
schema:
  - properties:
      - {name: house_id, logicalType: integer, primaryKey: true, required: true, logicalTypeOptions: {minimum: 1}}
      - name: kind
        logicalType: string
        required: true
        quality: [{metric: invalidValues, arguments: {validValues: [Flat, House, N/A]}}]
      - {name: rooms, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1, maximum: 30}}
      - {name: area, description: Square metres., logicalType: number, required: true, logicalTypeOptions: {minimum: 5}}
      - {name: price, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0, maximum: 9000000}}
    quality:
      - id: rooms_fit_area
        description: area is at least 5 square metres for each of rooms
        businessImpact: The number of rooms or the area belongs to another house.
        engine: greatExpectations
        implementation:
          type: expect_rows_to_satisfy
          kwargs: {column_list: [area, rooms], expression: area >= 5 * rooms}
"""


def houses() -> Contract:
    """Return the contract of the houses.

    Examples
    --------
    >>> houses().keys, len(houses().columns)
    (('house_id',), 5)
    """
    return parse(read_yaml(DOCUMENT))


def table() -> pd.DataFrame:
    """Return three houses that keep the contract.

    Examples
    --------
    >>> table().shape
    (3, 5)
    """
    return pd.DataFrame(
        {
            "house_id": [1, 2, 3],
            "kind": pd.Categorical(["Flat", "House", "N/A"], houses().columns["kind"].categories),
            "rooms": [2, 6, 1],
            "area": [48.5, 140.0, 30.0],
            "price": [150_000, 320_000, 40_000],
        }
    )
