"""``step-scripts endpoint list`` and ``step-scripts endpoint stop``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts._text import hint, table
from step_scripts.local.endpoints.state import OUT_OF_SERVICE, EndpointError, EndpointState
from step_scripts.local.endpoints.store import Endpoints
from step_scripts.project import runs_dir

if TYPE_CHECKING:
    import argparse

FOLDER = "endpoints"  # in the runs folder


def add_verbs(options: argparse.ArgumentParser) -> None:
    """Add the commands ``list`` and ``stop`` to a command line, which keeps its own options without them."""
    verbs = options.add_subparsers(dest="verb", metavar="list|stop")
    shown = verbs.add_parser("list", help="show the endpoints that pipelines have deployed", allow_abbrev=False)
    stop = verbs.add_parser("stop", help="stop such endpoints, and delete what is kept of them", allow_abbrev=False)
    stop.add_argument("names", nargs="*", metavar="NAME", help="an endpoint of the list")
    stop.add_argument("--all", action="store_true", help="stop all of them")
    for verb in (shown, stop):
        verb.add_argument(
            "--runs-dir", metavar="DIR", type=Path, help="the runs folder, which has them in endpoints/ (runs/)"
        )


def run(args: argparse.Namespace) -> int:
    """Carry out ``list`` or ``stop``; return 0 done, 1 an endpoint cannot be stopped, 2 no endpoint is named."""
    endpoints = Endpoints((args.runs_dir or runs_dir()) / FOLDER)
    if args.verb == "list":
        print("\n".join(describe(endpoints.list())))
        return 0
    if bool(args.names) == args.all:
        print("step-scripts endpoint stop: expected either names of endpoints or --all", file=sys.stderr)
        return 2
    known = [state.name for state in endpoints.list()]
    for name in known if args.all else dict.fromkeys(args.names):
        if name not in known:
            raise EndpointError(f"no endpoint is called {name}. {hint(name, known) if known else 'There are none.'}")
        endpoints.delete(name)
        print(f"stopped {name}")
    return 0


def describe(states: list[EndpointState]) -> list[str]:
    """Return the lines that list endpoints, and why a deployment of theirs has failed.

    Examples
    --------
    >>> import dataclasses
    >>> time = "2026-01-31T12:00:00.000+00:00"
    >>> state = EndpointState(name="houses", status="Failed", config="a", created=time, changed=time)
    >>> describe([dataclasses.replace(state, failure_reason="its process has ended")])[-1]
    'houses: its process has ended'
    """
    if not states:
        return ["no endpoints"]
    rows = [
        (each.name, each.status, each.version or "", each.config, _url(each), _since(each.changed)) for each in states
    ]
    reasons = [_reason(each) for each in states if each.failure_reason]
    return [
        *table(("endpoint", "status", "version", "config", "url", "since"), rows),
        *([""] if reasons else []),
        *reasons,
    ]


def _url(state: EndpointState) -> str:
    return f"{state.url}/invocations" if state.url and state.pid else ""


def _since(changed: str) -> str:
    return datetime.fromisoformat(changed).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _reason(state: EndpointState) -> str:
    what = "" if state.status in {"Failed", OUT_OF_SERVICE} else f"{state.last_config} was not deployed: "
    return f"{state.name}: {what}{state.failure_reason}"
