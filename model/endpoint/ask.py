"""Ask an endpoint about one claim at a time: a server that is started for it, one at a URL, or one in SageMaker."""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from model.endpoint.http import ANSWER_TIMEOUT_S, Ask, UnixConnection, over_http, sentence
from model.endpoint.sagemaker import in_sagemaker
from model.endpoint.server import serving
from step_scripts import step

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # what SageMaker's API takes as an EndpointName


def address(text: str) -> str:
    """Check an option that names an endpoint: by a URL, or by its name in SageMaker.

    Raises
    ------
    ArgumentTypeError
        When it is neither.

    Examples
    --------
    >>> address("http://127.0.0.1:8080"), address("claims-fraud")
    ('http://127.0.0.1:8080', 'claims-fraud')
    """
    with suppress(ValueError):  # an impossible port, or half a bracket
        url = urlsplit(text)
        if _NAME.fullmatch(text) or (url.scheme in {"http", "https"} and url.hostname and url.port != 0):
            return text
    raise argparse.ArgumentTypeError(
        f"expected a URL such as http://127.0.0.1:8080, or the name of an endpoint in SageMaker, got {text!r}"
    )


def records_of(folder: Path, policies: "pd.Series[int]") -> list[dict[str, Any]]:
    """Return the records of some policies, as a client has them: claims with their customers, without the label.

    Parameters
    ----------
    folder : Path
        With `records*.jsonl`, the preprocess step's output: a record a line, each with its `policy_id`.
    policies : Series of int64
        Which, in the order of the result.

    Raises
    ------
    StepError
        When there is no such file, a line is not a record, or some policies have none.
    """
    paths = sorted(folder.glob("records*.jsonl"))
    if not paths:
        raise step.StepError(
            f"expected records*.jsonl in {folder}, got no such file; fix: name the records of the preprocess step by "
            "--records-dir"
        )
    known = {record["policy_id"]: record for path in paths for record in _lines(path)}
    if absent := [policy for policy in policies.tolist() if policy not in known]:
        raise step.StepError(
            f"{len(absent):,} of {len(policies):,} policies of the test table have no record in {folder}: "
            f"{', '.join(map(str, absent[:5]))}; fix: name the records of the same run by --records-dir"
        )
    return [known[policy] for policy in policies.tolist()]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            record = json.loads(line)
            valid = type(record["policy_id"]) is int  # no boolean
        except (ValueError, KeyError, TypeError):
            valid = False
        if not valid:
            raise step.StepError(
                f"{path}, line {number}: expected a JSON object with a policy_id, got {sentence(line)}; "
                "fix: run the preprocess step again"
            )
        yield record


def answers(records: Sequence[Mapping[str, Any]], *, endpoint: str | None, model: Path) -> pd.DataFrame:
    """Ask an endpoint about each claim, one request at a time.

    Parameters
    ----------
    records
        Of `records_of`.
    endpoint
        As `address` takes it; None starts a server of the model, and stops it at the end.
    model
        As `model.load_artifact` takes it.

    Returns
    -------
    DataFrame
        `policy_id`, `probability` and `decision` of each answer, and the `seconds` that it took.

    Raises
    ------
    StepError
        When the model is refused, SageMaker cannot be reached, or a claim gets no answer: with the server's own error.
    """
    with _opened(endpoint, model) as ask:
        return answers_by(ask, records)


def answers_by(ask: Ask, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Do what `answers` does with a connected endpoint; a terminal shows the progress.

    Examples
    --------
    >>> found = answers_by(lambda _: b'{"policy_id": 7, "probability": 0.25, "decision": 1}', [{"policy_id": 7}])
    >>> found.iloc[0, :3].tolist()
    [7.0, 0.25, 1.0]
    """
    rows: list[tuple[int, float, int, float]] = []
    shown = sys.stderr.isatty()
    for record in records:
        policy, claim = record["policy_id"], json.dumps(record).encode()
        try:
            start = time.perf_counter()
            answer = ask(claim)
            seconds = time.perf_counter() - start
            rows.append((policy, *_read(answer, policy), seconds))
        except step.StepError as error:
            raise step.StepError(f"policy_id {policy}: {error}") from None
        if shown:
            end = "\n" if len(rows) == len(records) else ""
            print(f"\r{len(rows):,} of {len(records):,} claims answered", end=end, file=sys.stderr, flush=True)
    return pd.DataFrame(rows, columns=["policy_id", "probability", "decision", "seconds"])


@contextmanager
def _opened(endpoint: str | None, model: Path) -> Iterator[Ask]:
    """Yield a function that asks the endpoint, over one connection."""
    if endpoint is None:
        with serving(model) as path, closing(UnixConnection(path)) as connection:
            yield over_http(connection, "", "the server of the model")
    elif _NAME.fullmatch(endpoint):
        yield in_sagemaker(endpoint)
    else:
        url = urlsplit(endpoint)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        with closing(kind(str(url.hostname), url.port, timeout=ANSWER_TIMEOUT_S)) as connection:
            yield over_http(connection, url.path, endpoint)


def _read(answer: bytes, policy: int) -> tuple[float, int]:
    """Return probability and decision of a policy's answer."""
    try:
        found = json.loads(answer)
        probability, decision = float(found["probability"]), found["decision"]
        valid = found["policy_id"] == policy and 0 <= probability <= 1 and decision in {0, 1}
    except (ValueError, KeyError, TypeError):
        valid = False
    if not valid:
        raise step.StepError(
            "expected JSON with this policy_id, its probability and decision, as step-scripts serve answers; "
            f"got {sentence(answer)}"
        )
    return probability, int(decision)
