"""What the SDK takes for ``docker compose up``: start each service of the compose file, and wait.

Started by ``bin/docker`` with the compose file as its argument; what the SDK cannot pass on stands in an `Order`.
Exits with 0 when every service did, otherwise with the code of the first that did not, after it has stopped the
others. (Docker's ``--abort-on-container-exit`` stops them after a success too; the service does not.) Never exits with
130, which the SDK takes for success.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from step_scripts.local.runner import child, container, docker, order, process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POLL = 0.01  # seconds
STOPPED = 143  # 128 + SIGTERM, as a stopped container exits


class Crew(Protocol):
    """The jobs of one compose file, whatever they start as."""

    def prepare(self, name: str, service: Mapping[str, Any], base: Path) -> Callable[[], child.Child]:
        """Get ready for one service, with a private folder; return what starts it."""

    def disband(self) -> None:
        """Leave nothing behind of those which were started, and have been stopped."""


def main(compose_file: str) -> int:
    """Run the services of a compose file; return the exit code."""
    job = order.received()
    # A Ctrl-C in a terminal reaches this process too; the program that runs the pipeline decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: told.append(number))
    services = _services(compose_file)
    crew: Crew = docker.Containers(job, services) if job.target == "docker" else process.Processes(job)
    bases = {name: Path(tempfile.mkdtemp(prefix="base-", dir=job.folder)) for name in services}
    children: dict[str, child.Child] = {}
    try:
        ready = {name: crew.prepare(name, service, bases[name]) for name, service in services.items()}
        for name, start in ready.items():
            children[name] = start()
        name, code = _wait(children, job, told)
        if code == STOPPED and told and any(map(container.published, services.values())):
            code = 0  # a server does not end by itself: to be stopped is its success
        if code:
            _tell(job, code, name, children[name].reason)
            failure = container.failure(services[name], bases[name])
            if failure.is_file():
                shutil.copyfile(failure, job.failure)
    except Exception as error:  # noqa: BLE001  # the SDK would print a traceback and know no reason
        code = container.IMPOSSIBLE
        _tell(job, code, None, "the job could not be started")
        message = str(error) if isinstance(error, container.ContainerError) else f"{type(error).__name__}: {error}"
        Path(job.failure).write_text(message)
    finally:
        child.stop(list(children.values()))
        crew.disband()
        for folder in bases.values() if os.getppid() == job.host else [job.folder]:
            shutil.rmtree(folder, ignore_errors=True)
    return _reported(code)


def _tell(job: order.Order, code: int, service: str | None, reason: str | None) -> None:
    Path(job.result).write_text(json.dumps({"exit_code": code, "service": service, "reason": reason}))


def _services(compose_file: str) -> dict[str, dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
    services: dict[str, dict[str, Any]] = yaml.load(Path(compose_file).read_bytes(), Loader=loader)["services"]  # noqa: S506
    return services


def _wait(children: Mapping[str, child.Child], job: order.Order, told: list[int]) -> tuple[str, int]:
    """Wait until all services are through, one has failed, or the program that runs the pipeline wants no more."""
    while True:
        codes = {name: each.poll() for name, each in children.items()}
        for name, code in codes.items():
            if code:
                return name, code
        if all(code == 0 for code in codes.values()):
            return next(iter(codes)), 0
        if told or os.getppid() != job.host or Path(job.stop).exists():
            return next(iter(codes)), STOPPED
        time.sleep(POLL)


def _reported(code: int) -> int:
    code = 128 - code if code < 0 else code
    return 1 if code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
