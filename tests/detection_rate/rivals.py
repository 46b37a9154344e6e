"""Whom else a user could ask about a definition: SDK v3, at three places, and moto."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFINITION, GRAPH, TYPES, MOTO = "`Pipeline.definition()`", "graph builder", "typed requests", "moto"
RIVALS = (DEFINITION, GRAPH, TYPES, MOTO)
UNWRITABLE, NOT_REPLAYED = "CannotBeWrittenError", "NotReplayedError"
# What the SDK writes for every retry policy and for every condition, told so or not.
OF_A_POLICY = {"BackoffRate": 2.0, "IntervalSeconds": 1}
OF_A_CONDITION: dict[str, Any] = {"IfSteps": [], "ElseSteps": []}


@contextlib.contextmanager
def asked() -> Iterator[Callable[[Mapping[str, Any]], dict[str, str | None]]]:
    """Lend a function that asks each rival about a definition: what those that refuse it say, None for the others.

    One session for all definitions; no network, no account and no credentials.

    Examples
    --------
    >>> from tests.detection_rate import catalogue
    >>> wrong = catalogue.edited(catalogue.base(), {"set": {"/Steps/2/DependsOn": ["Evaluate"]}})
    >>> with asked() as ask:
    ...     print({rival: reason for rival, reason in ask(wrong).items() if reason})
    {'graph builder': 'ValueError: Cycle detected in pipeline step graph.'}
    """
    with sdk.private_environment():
        from moto import mock_aws  # before the SDK: clients made earlier are not mocked

        with mock_aws(), sdk.compile_session() as session, sdk.logged(Path(os.devnull)):
            from tests.detection_rate import requests
            from tests.detection_rate.replay import CannotBeWrittenError, Replay

            moto = session.boto_session.client("sagemaker")
            numbers = itertools.count()

            def ask(document: Mapping[str, Any]) -> dict[str, str | None]:
                def of_moto() -> None:
                    name, text = f"pipeline-{next(numbers)}", json.dumps(document)
                    role = "arn:aws:iam::111122223333:role/step-scripts"
                    moto.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role)

                answers = dict.fromkeys(RIVALS) | {MOTO: _refusal(of_moto)}
                try:
                    replay = Replay(document, session)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a refusal
                    return answers | dict.fromkeys((DEFINITION, GRAPH, TYPES), _said(error))
                answers[DEFINITION] = _refusal(lambda: _write(replay, document))
                if (answers[DEFINITION] or "").startswith(UNWRITABLE):
                    return answers | dict.fromkeys((GRAPH, TYPES), answers[DEFINITION])
                answers[GRAPH] = _refusal(lambda: _graph(replay))
                answers[TYPES] = _refusal(lambda: [requests.check(*request) for request in replay.requests])
                return answers

            def _write(replay: Replay, document: Mapping[str, Any]) -> None:
                if json.loads(replay.pipeline.definition()) != completed(document):
                    raise CannotBeWrittenError("the SDK's objects say something else, and no object says this")

            yield ask


def _graph(replay: Any) -> None:
    from sagemaker.mlops.workflow.pipeline import PipelineGraph

    PipelineGraph.from_pipeline(replay.pipeline)


def _refusal(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a refusal
        return _said(error)
    return None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def completed(value: Any) -> Any:
    """Add to a definition what the SDK writes in any case.

    Examples
    --------
    >>> completed({"Name": "A", "RetryPolicies": [{"MaxAttempts": 1}]})
    {'Name': 'A', 'RetryPolicies': [{'BackoffRate': 2.0, 'IntervalSeconds': 1, 'MaxAttempts': 1}]}
    """
    if isinstance(value, list):
        return [completed(member) for member in value]
    if not isinstance(value, dict):
        return value
    full = {name: completed(member) for name, member in value.items()}
    if isinstance(full.get("RetryPolicies"), list):
        full["RetryPolicies"] = [OF_A_POLICY | policy for policy in full["RetryPolicies"]]
    if full.get("Type") == "Condition" and isinstance(full.get("Arguments"), dict):
        full["Arguments"] = OF_A_CONDITION | full["Arguments"]
    return full
