"""The baselines: what else a user could ask about a definition. SDK v3, at three places, and moto."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFINITION, GRAPH, TYPES, MOTO = "`Pipeline.definition()`", "graph builder", "typed requests", "moto"
BASELINES = (DEFINITION, GRAPH, TYPES, MOTO)
UNWRITABLE, NOT_REPLAYED = "CannotBeWrittenError", "NotReplayedError"
# What the SDK adds to every retry policy and to every condition.
OF_A_POLICY = {"BackoffRate": 2.0, "IntervalSeconds": 1}
OF_A_CONDITION: dict[str, Any] = {"IfSteps": [], "ElseSteps": []}


@contextlib.contextmanager
def session() -> Iterator[Callable[[Mapping[str, Any]], dict[str, str | None]]]:
    """Yield a function that asks each baseline about a definition: the reason why it is refused, or None.

    One session serves all definitions. It uses no network, no account and no credentials.

    Examples
    --------
    >>> from tests.detection_rate import catalogue
    >>> wrong = catalogue.edited(catalogue.base(), {"set": {"/Steps/2/DependsOn": ["Evaluate"]}})
    >>> with session() as ask:
    ...     print({baseline: reason for baseline, reason in ask(wrong).items() if reason})
    {'graph builder': 'ValueError: Cycle detected in pipeline step graph.'}
    """
    with sdk.private_environment():
        from moto import mock_aws  # before the SDK: clients made earlier are not mocked

        with mock_aws(), sdk.compile_session() as compiling, sdk.logged(Path(os.devnull)):
            from tests.detection_rate import requests
            from tests.detection_rate.replay import CannotBeWrittenError, Replay

            # The SDK makes a client for each pipeline.
            compiling.boto_session.client = functools.cache(compiling.boto_session.client)
            moto = compiling.boto_session.client("sagemaker")
            numbers = itertools.count()

            def ask(document: Mapping[str, Any]) -> dict[str, str | None]:
                def create() -> None:
                    name, text = f"pipeline-{next(numbers)}", json.dumps(document)
                    role = "arn:aws:iam::111122223333:role/step-scripts"
                    moto.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role)

                answers = dict.fromkeys(BASELINES) | {MOTO: _refusal(create)}
                try:
                    replay = Replay(document, compiling)
                except Exception as error:  # noqa: BLE001 - any exception is a refusal
                    return answers | dict.fromkeys((DEFINITION, GRAPH, TYPES), _message(error))
                answers[DEFINITION] = _refusal(lambda: _write(replay, document))
                if (answers[DEFINITION] or "").startswith(UNWRITABLE):
                    return answers | dict.fromkeys((GRAPH, TYPES), answers[DEFINITION])
                answers[GRAPH] = _refusal(lambda: _graph(replay))
                answers[TYPES] = _refusal(lambda: [requests.check(*request) for request in replay.requests])
                return answers

            def _write(replay: Replay, document: Mapping[str, Any]) -> None:
                if json.loads(replay.pipeline.definition()) != completed(document):
                    raise CannotBeWrittenError(
                        "the SDK's objects give another definition, and no object gives this one"
                    )

            yield ask


def _graph(replay: Any) -> None:
    from sagemaker.mlops.workflow.pipeline import PipelineGraph

    PipelineGraph.from_pipeline(replay.pipeline)


def _refusal(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - any exception is a refusal
        return _message(error)
    return None


def _message(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def completed(value: Any) -> Any:
    """Return a definition with what the SDK adds to every one.

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
