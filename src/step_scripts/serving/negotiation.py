"""Which format a request has, and which one its response gets."""

import re
from collections.abc import Mapping

from step_scripts._shared import StepScriptsError
from step_scripts.serving.formats import FORMATS, MEDIA_TYPES, Format

_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)")  # RFC 9110, 12.4.2
_MAX_SHOWN = 100  # characters of a header that an error repeats


class RequestError(StepScriptsError):
    """A request that is refused: a status from 400 to 499, and the body of the response."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


def formats_of(headers: Mapping[str, str]) -> tuple[Format, Format]:
    """Return the formats of the request and of its response, which is the same unless another is asked for.

    Parameters
    ----------
    headers
        Of the request, by their names in lower case.

    Raises
    ------
    RequestError
        With 415 where the request's format, charset or coding is unknown, 406 where the response's is.

    Examples
    --------
    >>> formats_of({"content-type": "application/json", "accept": "text/csv"})
    ('json', 'csv')
    """
    known = "expected " + ", ".join(dict.fromkeys(_media_type(name) for name in MEDIA_TYPES.values()))
    sent = headers.get("content-type", "")
    kind = FORMATS.get(_media_type(sent))
    if kind is None:
        raise RequestError(415, f"Content-Type: {known}; got {sent[:_MAX_SHOWN] or 'none'}")
    charset = sent.lower().partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise RequestError(415, f"Content-Type: expected the charset utf-8; got {charset[:_MAX_SHOWN]}")
    if (coding := headers.get("content-encoding", "identity")).strip().lower() != "identity":
        raise RequestError(415, f"Content-Encoding: expected none; got {coding[:_MAX_SHOWN]}")
    accept = headers.get("accept") or "*/*"
    for wanted in _wanted(accept):
        if wanted in {"*/*", "application/*"} or (wanted == "text/*" and kind == "csv"):
            return kind, kind
        if wanted in FORMATS:
            return kind, FORMATS[wanted]
    raise RequestError(406, f"Accept: {known}; got {accept[:_MAX_SHOWN]}")


def _wanted(accept: str) -> list[str]:
    """Return the media types of an Accept header by descending weight, without those of weight 0.

    Examples
    --------
    >>> _wanted("text/csv;q=0.1, application/json, text/html;q=0")
    ['application/json', 'text/csv']
    """
    weights: dict[str, float] = {}
    for part in accept.split(","):
        quality = _QUALITY.search(part.lower())
        weights.setdefault(_media_type(part), float(quality[1]) if quality else 1.0)
    return sorted((kind for kind in weights if weights[kind]), key=lambda kind: -weights[kind])


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
