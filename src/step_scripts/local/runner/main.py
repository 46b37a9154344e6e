"""What the SDK takes for ``docker compose up``: start each service of the compose file, and wait for all of them.

``bin/docker`` starts it with the compose file as its argument. What the SDK cannot pass on is in a `JobSpec`.

Exit code: 0 when every service ended with 0; otherwise that of the first service that did not, after the others have
been stopped. (Docker's ``--abort-on-container-exit`` stops the others after a success too; the service does not.) It is
never 130, which the SDK takes for success.
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

from step_scripts.local.runner import child, container, docker, job_spec, process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POLL_S, MAX_POLL_S = 0.01, 0.1  # a job that has run for long, such as a server, is asked less often
STOPPED = 143  # 128 + SIGTERM, as a stopped container exits


class JobGroup(Protocol):
    """The jobs of one compose file, on any target."""

    def prepare(self, name: str, service: Mapping[str, Any], base: Path) -> Callable[[], child.Child]:
        """Prepare one service, with a private folder, and return a function that starts it."""

    def cleanup(self) -> None:
        """Remove what the jobs leave, after they have been stopped."""


def main(compose_file: str) -> int:
    """Run the services of a compose file; return the exit code."""
    # A Ctrl-C in a terminal reaches this process too. The program that runs the pipeline decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: signals.append(number))
    services = _services(compose_file)
    spec = job_spec.read(services)
    group: JobGroup = docker.Containers(spec, services) if spec.target == "docker" else process.Processes(spec)
    bases = {name: Path(tempfile.mkdtemp(prefix="base-", dir=spec.folder)) for name in services}
    children: dict[str, child.Child] = {}
    try:
        starts = {name: group.prepare(name, service, bases[name]) for name, service in services.items()}
        for name, start in starts.items():
            children[name] = start()
        name, code = _wait(children, spec, signals)
        if code == STOPPED and signals and any(map(container.published, services.values())):
            code = 0  # a server does not end by itself: for a server, to be stopped is a success
        if code:
            _write_result(spec, code, name, children[name].reason)
            failure = container.failure(services[name], bases[name])
            if failure.is_file():
                shutil.copyfile(failure, spec.failure)
    except Exception as error:  # noqa: BLE001  # the SDK would print a traceback, and know no reason
        code = container.CANNOT_START
        _write_result(spec, code, None, "the job could not be started")
        message = str(error) if isinstance(error, container.ContainerError) else f"{type(error).__name__}: {error}"
        Path(spec.failure).write_text(message)
    finally:
        child.stop(list(children.values()))
        group.cleanup()
        # Where the host is gone, nothing else removes the run's folder.
        for folder in bases.values() if os.getppid() == spec.host else [spec.folder]:
            shutil.rmtree(folder, ignore_errors=True)
    return _exit_code(code)


def _write_result(spec: job_spec.JobSpec, code: int, service: str | None, reason: str | None) -> None:
    Path(spec.result).write_text(json.dumps({"exit_code": code, "service": service, "reason": reason}))


def _services(compose_file: str) -> dict[str, dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
    services: dict[str, dict[str, Any]] = yaml.load(Path(compose_file).read_bytes(), Loader=loader)["services"]  # noqa: S506
    return services


def _wait(children: Mapping[str, child.Child], spec: job_spec.JobSpec, signals: list[int]) -> tuple[str, int]:
    """Wait until all services have ended, one has failed, or the job has to stop; return a service and its code."""
    start = time.monotonic()
    while True:
        codes = {name: each.poll() for name, each in children.items()}
        for name, code in codes.items():
            if code:
                return name, code
        if all(code == 0 for code in codes.values()):
            return next(iter(codes)), 0
        if signals or os.getppid() != spec.host or Path(spec.stop).exists():
            return next(iter(codes)), STOPPED
        time.sleep(min(MAX_POLL_S, max(POLL_S, (time.monotonic() - start) / 100)))


def _exit_code(code: int) -> int:
    code = 128 - code if code < 0 else code
    return 1 if code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
