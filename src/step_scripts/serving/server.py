"""The model as a web server that speaks SageMaker's contract: ``/ping``, ``/invocations``, ``/execution-parameters``.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and, for batch transform,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json
import re
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from model.answer import Answer, Refusal, Scorer
from step_scripts.serving.openapi import document
from step_scripts.serving.payload import FORMATS, MEDIA_TYPES, Format, PayloadError, read, write

MIB = 2**20
_PATIENCE = 4  # so many times the largest body are read before a client is told that it is too large
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)")  # RFC 9110, 12.4.2
MOST_MIB = 6  # of a request to an endpoint; a batch transform may allow more, and says so in an environment variable
_QUICK = 16 * 1024  # bytes of a body that is answered at once; a larger one must not keep a ping waiting
_LEAST = 58  # bytes of a claim: as CSV, 29 cells of a character, each with what ends it
_FEW = 1000  # claims that may come in a body of any size
_SHOWN = 20  # records of a refused request, each with its sentence


class _RefusedError(Exception):
    """A request that gets no answer: a status from 400 to 499, and why."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


def application(scorer: Scorer, *, most_mib: int = MOST_MIB, batch: bool = False) -> Starlette:
    """Return the server's application.

    Parameters
    ----------
    scorer
        Answers the claims.
    most_mib
        Size of the largest body, in MiB; what is larger gets 413.
    batch
        Whether a bad record is answered in its place, by its error and a null probability, as a batch transform needs
        it. Otherwise one bad record is reason enough for 400, and for no answer at all.

    Examples
    --------
    >>> from model import load_artifact
    >>> app = application(Scorer(load_artifact("fixtures/train/model")))
    >>> [route.path for route in app.routes]
    ['/ping', '/invocations', '/execution-parameters', '/openapi.json']
    """

    async def ping(_: Request) -> Response:
        return _said({"status": "ready"})

    async def invocations(request: Request) -> Response:
        try:
            kind, accepted = _formats(request)
            body = await _body(request, most_mib)
            if len(body) <= _QUICK:
                return _answered(scorer, body, kind, accepted, batch=batch)
            return await run_in_threadpool(_answered, scorer, body, kind, accepted, batch=batch)
        except PayloadError as error:
            return _said({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        except _RefusedError as refused:
            # What is left of a body that was not read would be taken for the next request.
            headers = {"connection": "close"} if refused.status == 413 else None
            return _said(refused.body, refused.status, headers)

    async def parameters(_: Request) -> Response:
        return _said({"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": most_mib})

    openapi = json.dumps(document(most_mib)).encode()

    async def described(_: Request) -> Response:
        return Response(openapi, media_type="application/json")

    served = Starlette(
        routes=[
            Route("/ping", ping),
            Route("/invocations", invocations, methods=["POST"]),
            Route("/execution-parameters", parameters),
            Route("/openapi.json", described),
        ],
        exception_handlers={HTTPException: _no_such_place},
    )
    served.router.redirect_slashes = False  # a sentence, rather than an empty redirection
    return served


def _answered(scorer: Scorer, body: bytes, kind: Format, accepted: Format, *, batch: bool) -> Response:
    # Two million of the shortest lines would take as many sentences; a transform has to answer them all.
    payload = read(body, kind, most=None if batch else max(_FEW, len(body) // _LEAST))
    answers = scorer.answers(payload.records)
    if not batch:
        _all_answered(answers, single=payload.single)
    written = write(answers, accepted, single=payload.single, header=payload.header)
    return Response(written, media_type=MEDIA_TYPES[accepted])


def _all_answered(answers: list[Answer | Refusal], *, single: bool) -> None:
    refused = [(place, answer) for place, answer in enumerate(answers, 1) if isinstance(answer, Refusal)]
    if not refused:
        return
    first = refused[0][1]
    if single:
        raise _RefusedError(400, first.error, broken_rules=list(first.broken_rules))
    told = [{"record": place, **answer.as_dict()} for place, answer in refused[:_SHOWN]]
    sentence = f"{len(refused)} of {len(answers)} records cannot be scored, and so none was: record {refused[0][0]}: "
    raise _RefusedError(400, sentence + first.error, records=told)


def _formats(request: Request) -> tuple[Format, Format]:
    """Return the formats of the question and of the answer, which is the same unless another is asked for."""
    known = "expected " + ", ".join(dict.fromkeys(name.partition(";")[0] for name in MEDIA_TYPES.values()))
    sent = request.headers.get("content-type", "")
    kind = FORMATS.get(_media_type(sent))
    if kind is None:
        raise _RefusedError(415, f"Content-Type: {known}; got {sent[:100] or 'none'}")
    charset = sent.lower().partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise _RefusedError(415, f"Content-Type: expected the charset utf-8; got {charset[:100]}")
    if (coding := request.headers.get("content-encoding", "identity")).strip().lower() != "identity":
        raise _RefusedError(415, f"Content-Encoding: expected none; got {coding[:100]}")
    accept = request.headers.get("accept") or "*/*"
    for wanted in _wanted(accept):
        if wanted in {"*/*", "application/*"} or (wanted == "text/*" and kind == "csv"):
            return kind, kind
        if wanted in FORMATS:
            return kind, FORMATS[wanted]
    raise _RefusedError(406, f"Accept: {known}; got {accept[:100]}")


def _wanted(accept: str) -> list[str]:
    """Return the media types of an Accept header, the most wanted first, without those that are not wanted at all.

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


async def _body(request: Request, most_mib: int) -> bytes:
    """Return the body, and no more of it in memory than a body may have.

    One that is a few times too large is read to its end all the same: a client that is still sending would not hear
    the answer. One that waits to be asked for its body (``Expect``) need not send it.
    """
    most = most_mib * MIB
    too_large = _RefusedError(413, f"expected at most {most_mib} MiB in a request: send the claims in several")
    told = request.headers.get("content-length", "")
    patience = most if "expect" in request.headers else _PATIENCE * most
    if told.isdecimal() and int(told[:20]) > patience:  # anything else is the parser's affair; the stream is counted
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > patience:
            raise too_large
        if size <= most:
            parts.append(part)
    if size > most:
        raise too_large
    return b"".join(parts)


async def _no_such_place(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    expected = "expected GET /ping, POST /invocations, GET /execution-parameters or GET /openapi.json"
    return _said({"error": f"{error.detail}: {expected}"}, error.status_code, error.headers)


def _said(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON in ASCII: what a client sent may hold half a surrogate pair, which UTF-8 cannot say."""
    written = json.dumps(body, separators=(",", ":")).encode()
    return Response(written, status, headers, media_type="application/json")
