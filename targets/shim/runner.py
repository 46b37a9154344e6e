"""What the SDK takes for ``docker compose up``: start each service of the compose file as a process, and wait.

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
from typing import TYPE_CHECKING, Any

import yaml

from targets.shim import child, container, order

if TYPE_CHECKING:
    from collections.abc import Mapping

POLL = 0.01  # seconds
STOPPED = 143  # 128 + SIGTERM, as a stopped container exits
IMPOSSIBLE = 125  # what Docker exits with when it cannot start a container


def main(compose_file: str) -> int:
    """Run the services of a compose file; return the exit code."""
    job = order.received()
    # A Ctrl-C in a terminal reaches this process too; the program that runs the pipeline decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bases: list[Path] = []
    children: list[child.Child] = []
    try:
        containers = {}
        for name, service in _services(compose_file).items():
            bases.append(Path(tempfile.mkdtemp(prefix="base-", dir=job.folder)))
            containers[name] = container.make(service, base=bases[-1], environment=job.environment)
        server = Path(job.folder) if job.warm else None
        started = (
            child.start(each, Path(job.log), server=server, known=job.environment) for each in containers.values()
        )
        children.extend(started)
        name, code = _wait(dict(zip(containers, children, strict=True)), job)
        if code:
            Path(job.result).write_text(json.dumps({"exit_code": code, "service": name}))
            if containers[name].failure.is_file():
                shutil.copyfile(containers[name].failure, job.failure)
    except Exception as error:  # noqa: BLE001  # the SDK would print a traceback and know no reason
        message = str(error) if isinstance(error, container.ContainerError) else f"{type(error).__name__}: {error}"
        Path(job.failure).write_text(message)
        code = IMPOSSIBLE
    finally:
        child.stop(children)
        for folder in bases if os.getppid() == job.host else [job.folder]:
            shutil.rmtree(folder, ignore_errors=True)
    return _reported(code)


def _services(compose_file: str) -> dict[str, dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
    services: dict[str, dict[str, Any]] = yaml.load(Path(compose_file).read_bytes(), Loader=loader)["services"]  # noqa: S506
    return services


def _wait(children: Mapping[str, child.Child], job: order.Order) -> tuple[str, int]:
    """Wait until all services are through, one has failed, or the program that runs the pipeline wants no more."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    while True:
        codes = {name: each.poll() for name, each in children.items()}
        for name, code in codes.items():
            if code:
                return name, code
        if all(code == 0 for code in codes.values()):
            return next(iter(codes)), 0
        if stopped or os.getppid() != job.host or Path(job.stop).exists():
            return next(iter(codes)), STOPPED
        time.sleep(POLL)


def _reported(code: int) -> int:
    code = 128 - code if code < 0 else code
    return 1 if code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
