"""A job as a real container, with the same methods as a child process.

A service of the SDK's compose file becomes ``docker create`` and ``docker start``, and not ``docker compose``. So we
see its exit code and its log, a job with network isolation has no network, and everything that is created has a name
by which it is removed.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from step_scripts.local.runner import container
from step_scripts.local.runner.engine import Engine, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from step_scripts.local.runner.job_spec import JobSpec

# An engine reports a signal as the exit code 128 + its number. SIGINT is left out: programs exit with 130 themselves.
FATAL = frozenset({signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM})
MAX_LINE = 2**16  # bytes; a longer line is cut, so that it does not fill the memory
LABEL = "step-scripts"  # on everything that is created; its value is the run


class Containers:
    """The containers of one compose file.

    Parameters
    ----------
    spec
        The step's job. Its settings: ``program`` is the real ``docker``; ``user`` is the user of the jobs, null for the
        image's own; ``options`` are passed to ``docker create``.
    services
        As the SDK writes them, by name.
    """

    def __init__(self, spec: JobSpec, services: Mapping[str, Mapping[str, Any]]) -> None:
        self._engine = Engine(spec.settings["program"])
        self._user: str | None = spec.settings["user"]
        self._options: list[str] = spec.settings["options"]
        self._isolated, self._together = spec.isolated, len(services) > 1
        self._log, self._run = Path(spec.log), Path(spec.folder).name
        self._created: list[str] = []
        self._network: str | None = None

    def prepare(self, name: str, service: Mapping[str, Any], base: Path) -> Callable[[], Container]:
        """Create a service's container, and return a function that starts it.

        Raises
        ------
        container.ContainerError
            If the engine refuses.
        """
        container_name = f"{self._run}-{name}"
        words = ["create", "--name", container_name, "--hostname", name, "--label", f"{LABEL}={self._run}"]
        words += ["--pull", "never", "--log-driver", "none"]
        words += [*self._network_words(name, service), *self._user_words()]
        words += [word for setting in service.get("environment", []) for word in ("--env", setting)]
        words += [word for volume in _volumes(service, base) for word in ("--volume", volume)]
        self._created.append(container_name)
        self._ask(*words, *self._options, *_command(service))
        return partial(Container, self._engine, container_name, self._log)

    def cleanup(self) -> None:
        """Remove the containers, also those that still run, and their network."""
        for name in self._created:
            with contextlib.suppress(EngineError):
                self._engine.ask("rm", "--force", "--volumes", name)
        if self._network:
            with contextlib.suppress(EngineError):
                self._engine.ask("network", "rm", self._network)

    def _ask(self, *words: str) -> str:
        try:
            return self._engine.ask(*words)
        except EngineError as error:
            raise container.ContainerError(f"Docker cannot create the container: {error}") from None

    def _network_words(self, name: str, service: Mapping[str, Any]) -> list[str]:
        """Return the options for a container's network, and for the port of this machine on which it is called.

        The isolated hosts of one job reach each other, and nothing else. An isolated server needs a network, because
        no port leads into a container without one. Its network does not masquerade, so that no answer from outside
        finds its way back.
        """
        ports = [word for port in service.get("ports", []) for word in ("--publish", f"127.0.0.1:{port}")]
        if not (self._together or (self._isolated and ports)):
            return ["--network", "none"] if self._isolated else ports
        if not self._network:
            self._network = f"{self._run}-{name}"
            closed = ["--opt", "com.docker.network.bridge.enable_ip_masquerade=false"] if ports else ["--internal"]
            label = ["--label", f"{LABEL}={self._run}"]
            self._ask("network", "create", *(closed if self._isolated else []), *label, self._network)
        return ["--network", self._network, "--network-alias", name, *ports]

    def _user_words(self) -> list[str]:
        """Return the options for the jobs' user, who has no home folder in the image."""
        return [] if self._user is None else ["--user", self._user, "--env", "HOME=/tmp"]


class Container:
    """A running container, and a ``docker start --attach`` whose output is copied to the log.

    Attributes
    ----------
    reason
        Why it ended, where the exit code does not say it all.
    """

    def __init__(self, engine: Engine, name: str, log: Path) -> None:
        self._engine, self._name = engine, name
        self._code: int | None = None
        self.reason: str | None = None
        self._follower = subprocess.Popen(  # noqa: S603  # a list of words, and no shell
            [engine.program, "start", "--attach", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C in the terminal does not reach it
        )
        streams = (self._follower.stdout, self._follower.stderr)
        self._copiers = [Thread(target=_copy_lines, args=(stream, log), daemon=True) for stream in streams]
        for copier in self._copiers:
            copier.start()

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self._code is None and self._follower.poll() is not None:
            for copier in self._copiers:
                copier.join()
            self._code, self.reason = self._verdict()
        return self._code

    def send_signal(self, number: int) -> None:
        """Send a signal to process 1; the others end with it."""
        if self.poll() is None:
            try:
                self._engine.ask("kill", "--signal", str(number), self._name)
            except EngineError:
                if number == signal.SIGKILL:
                    self._follower.kill()  # do not wait for it; `cleanup` removes the container by force

    def _verdict(self) -> tuple[int, str | None]:
        try:
            found = json.loads(self._engine.ask("inspect", "--type", "container", self._name))[0]
        except EngineError as error:
            return container.CANNOT_START, f"the container was lost: {error}"
        state, limit = found["State"], found["HostConfig"]["Memory"]
        return verdict(state, limit)


def _copy_lines(stream: IO[bytes], log: Path) -> None:
    """Append whole lines: stdout and stderr come side by side, and would be mixed within a line."""
    with stream, log.open("ab", buffering=0) as output:
        while line := stream.readline(MAX_LINE):
            output.write(line)


def verdict(state: Mapping[str, Any], memory_limit: int = 0) -> tuple[int, str | None]:
    """Return how a container ended: its exit code, and a reason where the code does not say it all.

    Examples
    --------
    >>> verdict({"ExitCode": 3, "OOMKilled": False, "Running": False, "Error": ""})
    (3, None)
    >>> verdict({"ExitCode": 137, "OOMKilled": True, "Running": False, "Error": ""}, 64 * 1024**2)
    (137, 'killed for memory: it needed more than its limit of 64 MiB')
    """
    code: int = state["ExitCode"]
    if state["Running"]:
        return container.CANNOT_START, "the container was lost: it still runs, but its output is no longer read"
    if state["Error"]:
        return code or container.CANNOT_START, f"the container could not be started: {state['Error']}"
    if state["OOMKilled"]:
        limit = f"its limit of {memory_limit / 1024**2:.0f} MiB" if memory_limit else "the machine had left"
        return code or container.CANNOT_START, f"killed for memory: it needed more than {limit}"
    if code - 128 in FATAL:
        outside = ", from outside and not for memory" if code - 128 == signal.SIGKILL else ""
        return code, f"killed by signal {code - 128}{outside}"
    return code, None


def _volumes(service: Mapping[str, Any], base: Path) -> list[str]:
    """List what is mounted: a folder of the user at /opt/ml, and the volumes in it.

    All folders are created here. The engine would create a missing one itself, as root.
    """
    root = base / container.ROOT.lstrip("/")
    root.mkdir(parents=True)
    for source, target in container.volumes(service):
        Path(source).mkdir(parents=True, exist_ok=True)
        if target.startswith(f"{container.ROOT}/"):
            (base / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return [f"{root}:{container.ROOT}", *service.get("volumes", [])]


def _command(service: Mapping[str, Any]) -> list[str]:
    """Return the image and its command: the last words of ``docker create``."""
    entrypoint, command = (_words(service.get(member)) for member in ("entrypoint", "command"))
    if not entrypoint:
        return [service["image"], *command]
    return ["--entrypoint", entrypoint[0], service["image"], *entrypoint[1:], *command]


def _words(command: str | list[str] | None) -> list[str]:
    return [command] if isinstance(command, str) else list(map(str, command or []))
