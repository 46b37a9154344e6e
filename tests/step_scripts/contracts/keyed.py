"""Contracts of one small table with a key of one column, of several, and without a key; and of a table joined to it."""

from copy import deepcopy

import pandas as pd

from step_scripts.contracts.catalog import parse

STREETS = ("Elm", "Oak")
KINDS = {"none": (), "one": ("number",), "text": ("street",), "several": ("street", "number")}


def contract(keys, name="sales"):
    """Return the contract of houses by street and number, with their rooms."""
    return parse(document(keys, name))


def document(keys, name="sales"):
    """Return the same as a document."""
    text = [{"metric": "invalidValues", "arguments": {"validValues": list(STREETS)}}]
    columns = [
        {"name": "street", "logicalType": "string", "quality": text},
        {"name": "number", "logicalType": "integer"},
        {"name": "rooms", "logicalType": "integer", "logicalTypeOptions": {"minimum": 1, "maximum": 30}},
    ]
    for column in columns:
        column["required"] = True
        if column["name"] in keys:
            column["primaryKey"] = True
    return {"id": name, "name": name, "version": "1.0.0", "schema": [{"properties": columns}]}


def joined(keys, sentence="each visit is to a sold house"):
    """Return the contracts of sales and of visits, each of which has a sale of the same key."""
    visits = deepcopy(document(keys, "visits"))
    stated = {"id": "visits_have_a_sale", "customProperties": [{"property": "sentence", "value": sentence}]}
    if len(keys) == 1:
        (column,) = (one for one in visits["schema"][0]["properties"] if one["name"] in keys)
        column["relationships"] = [stated | {"to": f"sales.{keys[0]}"}]
    else:
        ends = {"from": [f"visits.{key}" for key in keys], "to": [f"sales.{key}" for key in keys]}
        visits["schema"][0]["relationships"] = [stated | ends]
    return contract(keys), parse(visits)


def dated():
    """Return the documents of sales and visits whose number is a date, and whose street is any text."""
    found = [document(("street", "number"), name) for name in ("sales", "visits")]
    for made in found:
        street, number, _ = made["schema"][0]["properties"]
        del street["quality"]
        number["logicalType"] = "date"
    ends = {"from": ["visits.street", "visits.number"], "to": ["sales.street", "sales.number"]}
    sentence = {"property": "sentence", "value": "each visit is to a sold house"}
    found[1]["schema"][0]["relationships"] = [{"id": "visits_have_a_sale", **ends, "customProperties": [sentence]}]
    return found


def table(*rows):
    """Return rows of street, number and rooms as a table."""
    streets, numbers, rooms = zip(*rows, strict=True)
    kinds = pd.Categorical(streets, STREETS)
    return pd.DataFrame({"street": kinds, "number": list(numbers), "rooms": list(rooms)})
