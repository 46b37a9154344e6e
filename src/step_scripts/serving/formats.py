"""The formats of requests and responses, by their media types."""

from typing import Literal, TypeAlias

Format: TypeAlias = Literal["json", "jsonlines", "csv"]
FORMATS: dict[str, Format] = {
    "application/json": "json",
    "application/jsonlines": "jsonlines",
    "application/jsonl": "jsonlines",
    "application/x-jsonlines": "jsonlines",
    "application/x-ndjson": "jsonlines",
    "text/csv": "csv",
}
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "jsonlines": "application/jsonlines",
    "csv": "text/csv; charset=utf-8",
}
