"""Whom else a user could ask, each with a function that raises where it refuses a definition."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.kill_rate.replay import Replay

DEFINITION, GRAPH, TYPES, MOTO = "Pipeline.definition()", "graph builder", "typed requests", "moto"
RIVALS = (DEFINITION, GRAPH, TYPES, MOTO)
# What the SDK says for every retry policy and condition, whether it was told so or not.
RETRY_DEFAULTS = {"BackoffRate": 2.0, "IntervalSeconds": 1}


@contextlib.contextmanager
def asked() -> Iterator[Callable[[Mapping[str, Any]], dict[str, Exception | None]]]:
    """Lend a function that asks every rival about a definition: the exception of those that refuse it, or None.

    One session for them all, without network, account and credentials.

    Examples
    --------
    >>> stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Execution.PipelineName"}}}
    >>> step = {"Name": "Gate", "Type": "Condition", "Arguments": {"Conditions": [{"Type": "Equals"}]}}
    >>> with asked() as ask:
    ...     right, wrong = ask({"Steps": [stop]}), ask({"Steps": [step]})
    >>> {name: type(error).__name__ for name, error in wrong.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'Pipeline.definition()': 'TypeError', 'graph builder': 'TypeError', 'typed requests': 'TypeError',
     'moto': 'NoneType'}
    """
    with _moto() as moto, sdk.compile_session() as session, sdk.logged(Path(os.devnull)):
        from tests.kill_rate.replay import Replay

        def ask(document: Mapping[str, Any]) -> dict[str, Exception | None]:
            try:
                replay = Replay(document, session)
            except Exception as error:  # noqa: BLE001 - whatever it is, the user is told
                answers = dict.fromkeys((DEFINITION, GRAPH, TYPES), error)
            else:
                answers = {
                    DEFINITION: _refusal(definition, replay, document),
                    GRAPH: _refusal(graph, replay),
                    TYPES: _refusal(typed, replay),
                }
            return answers | {MOTO: _refusal(moto, document)}

        yield ask


def _refusal(ask: Callable[..., object], *about: object) -> Exception | None:
    try:
        ask(*about)
    except Exception as error:  # noqa: BLE001
        return error
    return None
