"""The server's OpenAPI document: a record as its contract says, an answer as the predictor says."""

from typing import Any

from step_scripts.contracts.contract import Column
from step_scripts.contracts.date_format import ISO_DATE, iso_text
from step_scripts.contracts.record import RecordContract
from step_scripts.serving.predictor import Description


def document(
    contract: RecordContract, description: Description, *, columns: tuple[str, ...], max_mib: int
) -> dict[str, Any]:
    """Return the document.

    Parameters
    ----------
    contract, description
        The predictor's.
    columns
        Names of the cells of an answer as CSV, `Scorer.columns`.
    max_mib
        Size of the largest body that is accepted, in MiB.

    Examples
    --------
    >>> found = document(scorer.contract, scorer.description, columns=scorer.columns, max_mib=6)  # doctest: +SKIP
    >>> list(found["components"]["schemas"])  # doctest: +SKIP
    ['Record', 'Records', 'Answer', 'Answers', 'Error']
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": description.title, "version": description.version, "description": description.summary},
        "paths": {
            "/ping": {"get": _get("ping", "Is the model loaded?", {"status": {"const": "ready"}})},
            "/invocations": {"post": _invocations(contract, description, columns, max_mib)},
            "/execution-parameters": {
                "get": _get(
                    "parameters",
                    "What a batch transform should do.",
                    {
                        "MaxConcurrentTransforms": {"type": "integer"},
                        "BatchStrategy": {"const": "MULTI_RECORD"},
                        "MaxPayloadInMB": {"type": "integer"},
                    },
                )
            },
        },
        "components": {
            "schemas": {
                "Record": _record(contract),
                "Records": _one_or_many("Record"),
                "Answer": _answer(contract, description),
                "Answers": _one_or_many("Answer"),
                "Error": _error(),
            }
        },
    }


def _invocations(
    contract: RecordContract, description: Description, columns: tuple[str, ...], max_mib: int
) -> dict[str, Any]:
    order = ", ".join(contract.columns)
    lines = "a JSON object a line"
    request = {
        "application/json": {"schema": _ref("Records"), "example": dict(description.example)},
        "application/jsonlines": {"schema": {"type": "string", "description": lines}},
        "text/csv": {"schema": {"type": "string", "description": f"below a header, or in this order: {order}"}},
    }
    response = {
        "application/json": {"schema": _ref("Answers")},
        "application/jsonlines": {"schema": {"type": "string", "description": lines}},
        "text/csv": {"schema": {"type": "string", "description": ", ".join(columns)}},
    }
    errors = {
        "400": "A record breaks its contract, or the body cannot be read",
        "406": "No such format",
        "413": f"More than {max_mib} MiB",
        "415": "No such format",
    }
    return {
        "operationId": "invocations",
        "summary": "Score records.",
        "requestBody": {"required": True, "content": request},
        "responses": {
            "200": {"description": "One answer for each record, in their order", "content": response},
            **{status: _refused(why) for status, why in errors.items()},
        },
    }


def _get(operation: str, summary: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    answer = {"description": summary, "content": {"application/json": {"schema": schema}}}
    return {"operationId": operation, "summary": summary, "responses": {"200": answer}}


def _refused(why: str) -> dict[str, Any]:
    return {"description": why, "content": {"application/json": {"schema": _ref("Error")}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _one_or_many(name: str) -> dict[str, Any]:
    return {"oneOf": [_ref(name), {"type": "array", "minItems": 1, "items": _ref(name)}]}


def _record(contract: RecordContract) -> dict[str, Any]:
    optional = {
        name: {"description": f"{column.description} Ignored.".strip()} for name, column in contract.optional.items()
    }
    return {
        "type": "object",
        "description": "A record. Its contract may have rules between columns as well.",
        "additionalProperties": False,
        "required": list(contract.columns),
        "properties": {**{name: _value(column) for name, column in contract.columns.items()}, **optional},
    }


def _value(column: Column) -> dict[str, Any]:
    schema = _schema(column)
    if not column.required:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    meaning = " ".join(part for part in (column.description, _written(column)) if part)
    return schema | ({"description": meaning} if meaning else {})


def _schema(column: Column) -> dict[str, Any]:
    kind = column.kind
    if kind == "category":
        return {"type": "string", "enum": list(column.categories)}
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "text":
        found: dict[str, Any] = {
            "minLength": max(1, column.min_length or 0),
            "maxLength": column.max_length,
            "pattern": column.pattern,
        }
    elif kind in {"date", "timestamp"}:
        # The standard's date-time has a zone.
        formats = {"date": "date", "timestamp": "date-time" if column.zone else None}
        found = {"format": None if _own_format(column) else formats[kind]}
    else:
        found = {"minimum": column.minimum, "maximum": column.maximum}
    known = {name: value for name, value in found.items() if value is not None}
    if kind == "integer":
        return {"type": "integer", "maximum": 2**63 - 1} | known
    return {"type": "number" if kind == "number" else "string"} | known


def _own_format(column: Column) -> bool:
    return column.format not in {"", ISO_DATE}


def _written(column: Column) -> str:
    """Return how a date or timestamp is written, and its bounds, for which JSON Schema has no words."""
    if column.kind not in {"date", "timestamp"}:
        return ""
    written = "ISO 8601" + (f", or {column.format}" if _own_format(column) else "")
    low, high = (None if bound is None else iso_text(bound) for bound in (column.earliest, column.latest))
    least, most = f", from {low}" if low else "", f", to {high}" if high else ""
    return f"{written}{least}{most}."


def _answer(contract: RecordContract, description: Description) -> dict[str, Any]:
    keys = {name: _value(contract.columns[name]) for name in contract.keys}
    properties = {**keys, **{name: dict(schema) for name, schema in description.fields.items()}}
    if description.unit:
        properties |= _reasons(contract, description.unit)
    return {"type": "object", "required": list(properties), "properties": properties}


def _reasons(contract: RecordContract, unit: str) -> dict[str, Any]:
    reason = {
        "type": "object",
        "required": ["column", "value", "contribution"],
        "properties": {
            "column": {"enum": [name for name in contract.columns if name not in contract.keys]},
            "value": {"type": ["number", "string", *_other_values(contract)]},
            "contribution": {"type": "number", "description": unit},
        },
    }
    return {
        "base": {"type": "number", "description": f"{unit} of any record"},
        "reasons": {"type": "array", "items": reason, "description": "what matters most, the greatest first"},
        "rest": {
            "type": "number",
            "description": f"what all other columns add; base + reasons + rest is the prediction in {unit}",
        },
    }


def _other_values(contract: RecordContract) -> list[str]:
    columns = contract.columns.values()
    flags = ["boolean"] if any(column.kind == "boolean" for column in columns) else []
    return flags + ([] if all(column.required for column in columns) else ["null"])


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {"type": "string", "description": "what was expected, what came, where, and how to fix it"},
            "broken_rules": {"type": "array", "items": {"type": "string"}},
            "records": {"type": "array", "items": {"type": "object"}},
        },
    }
