"""The model as a web server that speaks SageMaker's contract: ``/ping``, ``/invocations``, ``/execution-parameters``.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and, for batch transform,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scoring.answer import Answer, Refusal, Scorer
from scoring.openapi import document
from scoring.payload import FORMATS, MEDIA_TYPES, Format, PayloadError, read, write

MIB = 2**20
MOST_MIB = 6  # of a request to an endpoint; a batch transform may allow more, and says so in an environment variable
_QUICK = 16 * 1024  # bytes of a body that is answered at once; a larger one must not keep a ping waiting
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
    >>> from scoring import load_artifact
    >>> app = application(Scorer(load_artifact("fixtures/train/model")))
    >>> [route.path for route in app.routes]
    ['/ping', '/invocations', '/execution-parameters', '/openapi.json']
    """

    async def ping(_: Request) -> Response:
        return JSONResponse({"status": "ready"})

    async def invocations(request: Request) -> Response:
        try:
            kind, accepted = _formats(request)
            body = await _body(request, most_mib)
            if len(body) <= _QUICK:
                return _answered(scorer, body, kind, accepted, batch=batch)
            return await run_in_threadpool(_answered, scorer, body, kind, accepted, batch=batch)
        except PayloadError as error:
            return JSONResponse({"error": str(error)}, 400)
        except _RefusedError as refused:
            # What is left of a body that was not read would be taken for the next request.
            headers = {"connection": "close"} if refused.status == 413 else None
            return JSONResponse(refused.body, refused.status, headers)

    async def parameters(_: Request) -> Response:
        return JSONResponse({"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": most_mib})

    openapi = json.dumps(document(most_mib)).encode()

    async def described(_: Request) -> Response:
        return Response(openapi, media_type="application/json")

    return Starlette(
        routes=[
            Route("/ping", ping),
            Route("/invocations", invocations, methods=["POST"]),
            Route("/execution-parameters", parameters),
            Route("/openapi.json", described),
        ],
        exception_handlers={HTTPException: _no_such_place},
    )


def _answered(scorer: Scorer, body: bytes, kind: Format, accepted: Format, *, batch: bool) -> Response:
    payload = read(body, kind)
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
    if (coding := request.headers.get("content-encoding", "identity")) != "identity":
        raise _RefusedError(415, f"Content-Encoding: expected none; got {coding[:100]}")
    accept = request.headers.get("accept") or "*/*"
    for wanted in map(_media_type, accept.split(",")):
        if wanted in {"*/*", "application/*"} or (wanted == "text/*" and kind == "csv"):
            return kind, kind
        if wanted in FORMATS:
            return kind, FORMATS[wanted]
    raise _RefusedError(406, f"Accept: {known}; got {accept[:100]}")


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()


async def _body(request: Request, most_mib: int) -> bytes:
    """Return the body, and no more of it in memory than a body may have."""
    most = most_mib * MIB
    too_large = _RefusedError(413, f"expected at most {most_mib} MiB in a request: send the claims in several")
    if int(request.headers.get("content-length", 0)) > most:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large
        parts.append(part)
    return b"".join(parts)


async def _no_such_place(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    expected = "expected GET /ping, POST /invocations, GET /execution-parameters or GET /openapi.json"
    return JSONResponse({"error": f"{error.detail}: {expected}"}, error.status_code, error.headers)
