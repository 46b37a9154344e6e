"""The jobs of a definition, run in the folders that it lays out for them: each script once, in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from step_scripts.testing._helpers import import_script
from step_scripts.testing.jobs import BASE, MODEL, Edge, Step, edges_of, outputs_of, script_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from step_scripts.project import Project

HOSTS = ("algo-1", "algo-2")


@dataclass
class Run:
    """What was seen of a job.

    Attributes
    ----------
    base : Path
        Its base folder, ``/opt/ml`` in a container.
    log : str
        What it printed.
    contracts : dict of str to set
        The ids and versions of the contracts that it read tables under, by the container's folder.
    opened : set of Path
        The files that it opened for reading, and the folders that it listed.
    """

    base: Path
    log: str = ""
    contracts: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    opened: set[Path] = field(default_factory=set)

    def folder(self, path: str) -> Path:
        """Return the place of a container's folder."""
        return self.base / Path(path).relative_to(BASE)

    def has_read(self, path: str) -> bool:
        """Tell whether the job looked into a container's folder."""
        folder = self.folder(path)
        return any(opened.is_relative_to(folder) for opened in self.opened)

    def environment(self, project: Project) -> dict[str, str]:
        """Return the variables by which a script finds its folders here, and its project."""
        return {"SAGEMAKER_BASE_DIR": str(self.base), "STEP_SCRIPTS_PROJECT": str(project.root)}


class Containers:
    """Runs jobs when they are asked for, after those that they read from.

    Parameters
    ----------
    project : Project
        Whose fixtures come from outside.
    jobs : mapping of str to Step
        The steps of the definition that run a script of the project.
    resolve : callable
        Fills an expression with the parameters' defaults.
    home : Path
        The folder below which each job gets its own.
    known : dict of str to Run, optional
        Jobs of other pipelines that have run. One that does the same does not run again.
    """

    def __init__(
        self,
        project: Project,
        jobs: Mapping[str, Step],
        resolve: Callable[[Any], Any],
        home: Path,
        *,
        known: dict[str, Run] | None = None,
    ) -> None:
        """Keep what is needed; nothing runs yet."""
        self.project, self.jobs, self._resolve, self._home = project, jobs, resolve, home
        self._runs: dict[tuple[str, int | None], Run | str] = {}
        self._known = {} if known is None else known

    def run(self, name: str, *, host: int | None = None) -> Run:
        """Return what was seen of a job, which runs once; or of one of its two hosts, by its number."""
        if (name, host) not in self._runs:
            key = self._content(name, host)
            found = self._known.get(key) or self._run(self.jobs[name], host)
            self._runs[name, host] = found
            if isinstance(found, Run):
                self._known[key] = found
        found = self._runs[name, host]
        if isinstance(found, str):
            pytest.fail(found, pytrace=False)
        return found

    def _content(self, name: str, host: int | None = None, consumers: tuple[str, ...] = ()) -> str:
        """Return what a job runs, and on what: the same text for two jobs that do the same, whatever their pipeline."""
        step = self.jobs[name]
        words = words_of(step, self._resolve)
        if step["Type"] == "Training":  # flags without an order
            words = sorted(map(" ".join, zip(words[::2], words[1::2], strict=True)))
        inputs = [
            [
                edge.input,
                edge.folder,
                edge.output,
                edge.producer and self._of_producer(edge.producer, (*consumers, name)),
            ]
            for edge in edges_of(step)
        ]
        return json.dumps([step["Type"], script_of(step), words, host, sorted(inputs, key=str)])

    def _of_producer(self, name: str, consumers: tuple[str, ...]) -> str:
        if name not in self.jobs or name in consumers:
            return name
        return self._content(name, None, consumers) + json.dumps(sorted(outputs_of(self.jobs[name]).items()))

    def attempt(self, name: str, problems: list[str]) -> Run | None:
        """Return what was seen of a job; None, and one problem more, where it or a job that it reads from fails."""
        try:
            return self.run(name)
        except pytest.fail.Exception as failure:
            problems.append(str(failure))
            return None

    def lay_out(self, step: Step, base: Path) -> Run:
        """Make the base folder of a job, with its inputs."""
        run = Run(base)
        for edge in edges_of(step):
            self._fill(edge, run.folder(edge.folder))
        return run

    def _run(self, step: Step, host: int | None) -> Run | str:
        name, script = step["Name"], script_of(step) or ""
        run = self.lay_out(step, self._home / (name if host is None else f"{name}-{HOSTS[host]}"))
        if host is not None:
            config = run.base / "config" / "resourceconfig.json"
            config.parent.mkdir()
            config.write_text(json.dumps({"current_host": HOSTS[host], "hosts": list(HOSTS)}))
        module, log = import_script(self.project, script), io.StringIO()
        with (
            mock.patch.dict(os.environ, run.environment(self.project)),
            _recorded(run),
            contextlib.redirect_stdout(log),
            contextlib.redirect_stderr(log),
        ):
            try:
                code = module.main(words_of(step, self._resolve))
            except SystemExit as error:
                code = error.code
        run.log = log.getvalue()
        if code:
            where = "in the folders of the definition" + (f" on host {host + 1} of 2" if host is not None else "")
            return f"{name}: {script} exits with {code} {where}, expected 0:\n{run.log}"
        return run

    def _fill(self, edge: Edge, folder: Path) -> None:
        """Put into an input folder what the service would."""
        folder.mkdir(parents=True, exist_ok=True)
        if edge.producer is None:
            for path in self._from_outside():
                shutil.copy(path, folder)
            return
        if edge.producer not in self.jobs:
            return
        producer = self.run(edge.producer)
        if edge.output == MODEL:
            with tarfile.open(folder / MODEL, "w:gz") as archive:
                for path in sorted((producer.base / "model").iterdir()):
                    archive.add(path, path.name)
            return
        declared = outputs_of(self.jobs[edge.producer])
        if edge.output not in declared:
            known = ", ".join(declared)
            pytest.fail(f"{edge}: expected an output of {edge.producer} ({known}); got {edge.output}", pytrace=False)
        source = producer.folder(declared[edge.output])
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)

    def _from_outside(self) -> Iterator[Path]:
        fixtures = self.project.folder("fixtures")
        for contract in self.project.inputs:
            for prefix in self.project.prefixes(contract):
                yield from (path for path in sorted(fixtures.glob(f"{prefix}*")) if path.is_file())


@contextlib.contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """Note what a script opens, and the contract under which it reads a folder; it is read and checked as always."""
    from step_scripts.contracts import reader, valid_rows

    read = reader.read_judged

    def reading(source: Any, contract: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function that it stands for
        for path in [source] if isinstance(source, str | Path) else source:
            place = Path(path)
            folder = place.parent if place.is_file() else place
            if folder.is_relative_to(run.base):
                inside = f"{BASE}/{folder.relative_to(run.base).as_posix()}"
                run.contracts.setdefault(inside, set()).add((contract.id, contract.version))
        return read(source, contract, **options)

    with mock.patch.object(reader, "read_judged", reading), mock.patch.object(valid_rows, "read_judged", reading):
        _Opened.watch(run)
        try:
            yield
        finally:
            _Opened.run = None


class _Opened:
    """An audit hook, which Python cannot remove: it is added once, and looks at nothing while no job runs."""

    run: Run | None = None
    _added = False

    @classmethod
    def watch(cls, run: Run) -> None:
        cls.run = run
        if not cls._added:
            sys.addaudithook(cls._hook)
            cls._added = True

    @classmethod
    def _hook(cls, event: str, arguments: tuple[Any, ...]) -> None:
        if cls.run is None or event not in {"open", "os.listdir", "os.scandir"}:
            return
        path, writes = arguments[0], event == "open" and str(arguments[1] or "")[:1] in {"w", "x", "a"}
        if isinstance(path, str | bytes | os.PathLike) and not writes:
            place = Path(os.fsdecode(path))
            if place.is_relative_to(cls.run.base):
                cls.run.opened.add(place)
