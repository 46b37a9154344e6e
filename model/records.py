"""Encode single claims as they come from a client: one mapping of column to value each.

`model.encode` does the same for whole tables, and takes ten milliseconds for a table of one row. Both take the columns
and their categories from the contracts, and tests compare their numbers bit by bit.
"""

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from model.encode import columns_of_features, feature_name
from step_scripts import contracts
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.predictor import Record

# A made-up claim, for documentation and examples.
EXAMPLE: Record = MappingProxyType(
    {
        "policy_id": 1,
        "driver_relationship": "Spouse",
        "incident_type": "Collision",
        "collision_type": "Front",
        "incident_severity": "Minor",
        "authorities_contacted": "None",
        "num_vehicles_involved": 1,
        "num_injuries": 0,
        "num_witnesses": 0,
        "police_report_available": "No",
        "injury_claim": 1500,
        "vehicle_claim": 8913.67,
        "total_claim_amount": 10413.67,
        "incident_month": 3,
        "incident_day": 17,
        "incident_dow": 6,
        "incident_hour": 8,
        "customer_age": 35,
        "months_as_customer": 22,
        "num_claims_past_year": 1,
        "num_insurers_past_5_years": 3,
        "policy_state": "CA",
        "policy_deductable": 750,
        "policy_annual_premium": 3000,
        "policy_liability": "25/50",
        "customer_zip": 94110,
        "customer_gender": "Male",
        "customer_education": "Bachelor",
        "auto_year": 2012,
    }
)


@cache
def record_contract() -> RecordContract:
    """Return what a claim with its customer has to keep before it can be scored; its label is not known yet.

    Examples
    --------
    >>> len(record_contract().columns), sorted(record_contract().optional)
    (29, ['fraud'])
    """
    return RecordContract(contracts.load("claims"), contracts.load("customers"), without=["fraud"])


def encode_records(records: Sequence[Record], features: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the model's features of claims that keep their contract.

    Parameters
    ----------
    records : sequence of mappings
        As `record_contract` expects them.
    features : sequence of str
        Names of the model's columns, of the features contract.

    Returns
    -------
    ndarray of shape (len(records), len(features)), float32
        What XGBoost makes of the table that `model.encode` returns.

    Examples
    --------
    >>> features = ["num_injuries", "police_report_available_No", "police_report_available_Yes"]
    >>> encode_records([{"num_injuries": 2, "police_report_available": "Yes"}], features)
    array([[2., 0., 1.]], dtype=float32)
    """
    numbers, categories = _plan(tuple(features))
    # Numbers through float64, as XGBoost takes them from a table: it holds each whole number up to 2**53 exactly.
    matrix = np.zeros((len(records), len(features)), dtype=np.float32)
    for place, name in numbers:
        matrix[:, place] = np.array([record[name] for record in records], dtype=np.float64)
    rows = np.arange(len(records))
    for name, places in categories:
        matrix[rows, [places[record[name]] for record in records]] = 1
    return matrix


@cache
def _plan(features: tuple[str, ...]) -> tuple[list[tuple[int, str]], list[tuple[str, dict[str, int]]]]:
    """Return the place of each number, and for each column of categories the place of each category."""
    sources = columns_of_features()
    columns = record_contract().columns
    numbers = [(place, sources[name]) for place, name in enumerate(features) if not columns[sources[name]].categories]
    known = dict.fromkeys(sources[name] for name in features if columns[sources[name]].categories)
    places = {name: place for place, name in enumerate(features)}
    return numbers, [
        (name, {category: places[feature_name(columns[name], category)] for category in columns[name].categories})
        for name in known
    ]
