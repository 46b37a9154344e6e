"""The server's OpenAPI document: what a claim looks like comes from the contracts, as all else that is said of one."""

from typing import Any

from model.records import EXAMPLE, record_contract
from step_scripts import contracts
from step_scripts.contracts.rule import Column
from step_scripts.serving.payload import CSV_COLUMNS


def document(most_mib: int) -> dict[str, Any]:
    """Return the document.

    Parameters
    ----------
    most_mib
        Size of the largest body that is taken, in MiB.

    Examples
    --------
    >>> list(document(6)["components"]["schemas"])
    ['Claim', 'Claims', 'Answer', 'Answers', 'Error']
    """
    schemas = {
        "Claim": _claim(),
        "Claims": {"oneOf": [_ref("Claim"), {"type": "array", "minItems": 1, "items": _ref("Claim")}]},
        "Answer": _answer(),
        "Answers": {"oneOf": [_ref("Answer"), {"type": "array", "minItems": 1, "items": _ref("Answer")}]},
        "Error": _error(),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fraud probability of motor claims",
            "version": contracts.load("claims").version,
            "description": "Send claims with their customers, get the probability of fraud and the reasons for it.",
        },
        "paths": {
            "/ping": {"get": _get("ping", "Is the model loaded?", {"status": {"const": "ready"}})},
            "/invocations": {"post": _invocations(most_mib)},
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
        "components": {"schemas": schemas},
    }


def _invocations(most_mib: int) -> dict[str, Any]:
    columns = ", ".join(record_contract().columns)
    lines = "a JSON object a line"
    asked = {
        "application/json": {"schema": _ref("Claims"), "example": dict(EXAMPLE)},
        "application/jsonlines": {"schema": {"type": "string", "description": lines}},
        "text/csv": {"schema": {"type": "string", "description": f"below a header, or in this order: {columns}"}},
    }
    told = {
        "application/json": {"schema": _ref("Answers")},
        "application/jsonlines": {"schema": {"type": "string", "description": lines}},
        "text/csv": {"schema": {"type": "string", "description": ", ".join(CSV_COLUMNS)}},
    }
    refused = {
        "400": "A claim breaks its contract, or the body cannot be read",
        "406": "No such format",
        "413": f"More than {most_mib} MiB",
        "415": "No such format",
    }
    return {
        "operationId": "invocations",
        "summary": "Score claims.",
        "requestBody": {"required": True, "content": asked},
        "responses": {
            "200": {"description": "An answer a claim, in their order", "content": told},
            **{status: _refused(why) for status, why in refused.items()},
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


def _claim() -> dict[str, Any]:
    known = record_contract()
    every = {**contracts.load("claims").columns, **known.columns}
    return {
        "type": "object",
        "description": "A claim with its customer. Rules between columns: docs/contracts.md.",
        "additionalProperties": False,
        "required": list(known.columns),
        "properties": {
            **{name: _value(column) for name, column in known.columns.items()},
            **{name: {"description": f"{every[name].description} Not looked at."} for name in sorted(known.optional)},
        },
    }


def _value(column: Column) -> dict[str, Any]:
    if column.categories:
        schema: dict[str, Any] = {"type": "string", "enum": list(column.categories)}
    else:
        bounds = {"minimum": column.minimum, "maximum": column.maximum}
        bounds = {name: bound for name, bound in bounds.items() if bound is not None}
        whole = column.dtype == "int64"
        schema = {"type": "integer", "maximum": 2**63 - 1} | bounds if whole else {"type": "number"} | bounds
    return schema | ({"description": column.description} if column.description else {})


def _answer() -> dict[str, Any]:
    number = {"type": "number"}
    reason = {
        "type": "object",
        "required": ["column", "value", "contribution"],
        "properties": {
            "column": {"enum": [name for name in record_contract().columns if name != "policy_id"]},
            "value": {"type": ["number", "string"]},
            "contribution": number | {"description": "log-odds; above 0 towards fraud"},
        },
    }
    properties = {
        "policy_id": {"type": "integer"},
        "probability": number | {"minimum": 0, "maximum": 1},
        "decision": {"enum": [0, 1], "description": "1: the probability reaches the model's threshold"},
        "base": number | {"description": "log-odds of any claim"},
        "reasons": {"type": "array", "items": reason, "description": "what matters most, the greatest first"},
        "rest": number
        | {"description": "what all other columns add; base + reasons + rest: log-odds of the probability"},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {"type": "string", "description": "what was expected, what came, where, and what to do"},
            "broken_rules": {"type": "array", "items": {"type": "string"}},
            "records": {"type": "array", "items": {"type": "object"}},
        },
    }
