"""A model as a web server that speaks SageMaker's contract: ``/ping``, ``/invocations``, ``/execution-parameters``.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and, for batch transform,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from step_scripts.serving.answers import Answer, Refusal, write
from step_scripts.serving.formats import MEDIA_TYPES, Format
from step_scripts.serving.negotiation import RequestError, formats_of
from step_scripts.serving.openapi import document
from step_scripts.serving.payload import PayloadError, read
from step_scripts.serving.scorer import Scorer

MIB = 2**20
MAX_MIB = 6  # of a request to an endpoint; a batch transform may allow more, and says so in an environment variable
_DRAINED = 4  # times the largest body are read before the response that a body is too large
_INLINE_BYTES = 16 * 1024  # of a body that is answered at once; a larger one must not keep a ping waiting
_FEW_RECORDS = 1000  # that may come in a body of any size
_MAX_SHOWN = 20  # invalid records of a refused request that are listed with their errors


def application(scorer: Scorer, *, max_mib: int = MAX_MIB, batch: bool = False) -> Starlette:
    """Return the server's application.

    Parameters
    ----------
    scorer
        Answers the records.
    max_mib
        Size of the largest body, in MiB; a larger one gets 413.
    batch
        Whether an invalid record is answered in its place, by its error and a null prediction, as a batch transform
        needs it. Otherwise one invalid record refuses the whole request with 400.

    Examples
    --------
    >>> from step_scripts.serving.predictor import load_predictor
    >>> app = application(Scorer(load_predictor("runs/train/model")))  # doctest: +SKIP
    >>> [route.path for route in app.routes]  # doctest: +SKIP
    ['/ping', '/invocations', '/execution-parameters', '/openapi.json']
    """

    async def invocations(request: Request) -> Response:
        try:
            kind, accepted = formats_of(request.headers)
            body = await _body(request, max_mib)
            if len(body) <= _INLINE_BYTES:
                return _answered(scorer, body, kind, accepted, batch=batch)
            return await run_in_threadpool(_answered, scorer, body, kind, accepted, batch=batch)
        except PayloadError as error:
            return _json({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)  # which reaches no client
        except RequestError as refused:
            # The rest of a body that was not read would be taken for the next request.
            headers = {"connection": "close"} if refused.status == 413 else None
            return _json(refused.body, refused.status, headers)

    async def parameters(_: Request) -> Response:
        return _json({"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": max_mib})

    openapi = json.dumps(
        document(scorer.contract, scorer.description, columns=scorer.columns, max_mib=max_mib)
    ).encode()

    async def described(_: Request) -> Response:
        return Response(openapi, media_type="application/json")

    served = Starlette(
        routes=[
            Route("/ping", _ping),
            Route("/invocations", invocations, methods=["POST"]),
            Route("/execution-parameters", parameters),
            Route("/openapi.json", described),
        ],
        exception_handlers={HTTPException: _no_such_route, Exception: _failed},
    )
    served.router.redirect_slashes = False  # a sentence, rather than an empty redirection
    return served


async def _ping(_: Request) -> Response:
    return _json({"status": "ready"})


def _answered(scorer: Scorer, body: bytes, kind: Format, accepted: Format, *, batch: bool) -> Response:
    contract, nested = scorer.contract, scorer.description.nested
    # A record has at least a character and a separator for each column. Millions of shorter lines would get millions
    # of errors; a batch transform has to answer each of them.
    shortest = 2 * len(contract.columns)
    most = None if batch else max(_FEW_RECORDS, len(body) // shortest)
    payload = read(body, kind, contract.columns, nested=nested, max_records=most)
    answers = scorer.answers(payload.records)
    if not batch:
        _check_all_answered(answers, single=payload.single)
    written = write(answers, accepted, columns=scorer.columns, single=payload.single, header=payload.header)
    return Response(written, media_type=MEDIA_TYPES[accepted])


def _check_all_answered(answers: list[Answer | Refusal], *, single: bool) -> None:
    refused = [(place, answer) for place, answer in enumerate(answers, 1) if isinstance(answer, Refusal)]
    if not refused:
        return
    first = refused[0][1]
    if single:
        raise RequestError(400, first.error, broken_rules=list(first.broken_rules))
    shown = [{"record": place, **answer.as_dict()} for place, answer in refused[:_MAX_SHOWN]]
    sentence = f"{len(refused)} of {len(answers)} records are invalid, so none was scored: record {refused[0][0]}: "
    raise RequestError(400, sentence + first.error, records=shown)


async def _body(request: Request, max_mib: int) -> bytes:
    """Return the body, and never hold more of it in memory than a body may have.

    A body that is a few times too large is read to its end nevertheless: a client that is still sending would not
    read the response. A client that waits for permission to send its body (``Expect``) need not send it.
    """
    most = max_mib * MIB
    too_large = RequestError(413, f"expected at most {max_mib} MiB in a request: send the records in several requests")
    announced = request.headers.get("content-length", "")
    drained = most if "expect" in request.headers else _DRAINED * most
    if announced.isdecimal() and int(announced[:20]) > drained:  # other text is the HTTP parser's to refuse
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > drained:
            raise too_large
        if size <= most:
            parts.append(part)
    if size > most:
        raise too_large
    return b"".join(parts)


async def _no_such_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    expected = "expected GET /ping, POST /invocations, GET /execution-parameters or GET /openapi.json"
    return _json({"error": f"{error.detail}: {expected}"}, error.status_code, error.headers)


async def _failed(_: Request, error: Exception) -> Response:
    """Answer where the project's predictor raised an error; starlette raises it again, and uvicorn logs it."""
    return _json({"error": f"the model failed with {type(error).__name__}: the server's log has the traceback"}, 500)


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON in ASCII: an error may repeat half a surrogate pair of the client's, which UTF-8 cannot encode."""
    written = json.dumps(body, separators=(",", ":")).encode()
    return Response(written, status, headers, media_type="application/json")
