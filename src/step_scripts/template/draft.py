"""A project that is being written: contracts, fixtures, code, and what the first model reached."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts import project as projects
from step_scripts.jobs.bundle import masked
from step_scripts.template import fixtures as _fixtures
from step_scripts.template import image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from step_scripts.template.guess import Feature, TableGuess

MAX_SYNTHETIC = 600  # rows of fixtures that are drawn
_VERBS = ("train", "serve")


class Draft:
    """A project that is being written.

    Parameters
    ----------
    home : Path
        Its folder, which does not exist yet.
    name : str
        Its name.
    say : callable
        Gets a line for each thing that is done.
    """

    def __init__(self, home: Path, name: str, say: Callable[[str], object]) -> None:
        self.home, self.name, self.say = home, name, say
        self.guesses: Sequence[TableGuess] = ()
        self.features: Sequence[Feature] = ()
        self.sentence = ""

    def guess(self, tables: Mapping[str, Path], *, label: str, keys: Sequence[str], task: Any) -> None:  # noqa: ANN401
        """Guess the contracts of tables by their names, and print what was guessed."""
        from step_scripts.template.infer import infer_all
        from step_scripts.template.report import report

        self.guesses = infer_all(tables, label=label, keys=keys, task=task)
        for guess in self.guesses:
            self.say(f"read {guess.path.name}: {guess.rows:,} rows, {len(guess.columns)} columns")
            print(*report(guess), sep="\n")

    def write_contracts(self, *, synthetic: bool = False) -> None:
        """Write the contract of each table, and of the features; without cells of the files if no row is committed."""
        from step_scripts.template.contract_yaml import as_yaml
        from step_scripts.template.features import features, features_yaml

        folder = self.home / "contracts"
        folder.mkdir(parents=True)
        for guess in self.guesses:
            (folder / f"{guess.name}.yaml").write_text(as_yaml(guess, with_cells=not synthetic), encoding="utf-8")
        (folder / "features.yaml").write_text(features_yaml(self.guesses), encoding="utf-8")
        self.features = features(self.guesses)

    def write_fixtures(self, *, rows: int, synthetic: bool) -> None:
        """Write some rows of the tables, or rows that are drawn from their contracts."""
        if synthetic:
            from step_scripts import contracts
            from step_scripts.template.sample import source_texts
            from step_scripts.template.synthetic import synthetic as drawn

            loaded = [contracts.load(guess.name, folder=self.home / "contracts") for guess in self.guesses]
            label, avoid = self.guesses[0].label, source_texts(self.guesses)
            files = drawn(loaded, label=label, rows=min(rows, MAX_SYNTHETIC), avoid=avoid)
            self.sentence = "The tables are drawn from the contracts. Of your files they have the categories alone."
        else:
            from step_scripts.template.sample import sample

            files = sample(self.guesses, rows=rows)
            self.sentence = "The tables are rows of your files."
        folder = self.home / "fixtures"
        folder.mkdir()
        for name, content in files.items():
            (folder / f"{name}.csv").write_bytes(content)
            lines, origin = content.count(b"\n"), "drawn from its contract" if synthetic else "of your file"
            self.say(f"wrote fixtures/{name}.csv: {lines - 1:,} rows {origin}")

    def write_code(self) -> None:
        """Write the code, run it on the fixtures, and write it again with what the first model reached."""
        from step_scripts.template.values import task_of

        task = task_of(self.guesses[0])
        self._render(example={}, limit=task.unreachable, reached="")
        for verb in _VERBS:
            path = Path(shutil.copy(Path(projects.__file__).parent / "local/runner/verbs" / verb, self.home / "docker"))
            path.chmod(0o755)
        (self.home / "docker" / "requirements.txt").write_text(image.requirements())
        _fixtures.refresh(projects.read(self.home), say=self.say)
        runs = self.home / "runs"
        report = json.loads((runs / "evaluate/evaluation/evaluation.json").read_text())
        found = report[task.group][task.metric]
        reached = f"{found['value']:.4g}, with {found['lower']:.4g} to {found['upper']:.4g} as its 95 % interval"
        self.say(f"the first model: {task.metric} {reached}")
        records = (self.home / "fixtures/preprocess/records/records.jsonl").read_text(encoding="utf-8")
        example = json.loads(records.splitlines()[0])
        self._render(example=example, limit=task.limit(found[task.bound]), reached=reached)
        shutil.rmtree(runs)
        snapshot = self.home / "tests/definition/pipeline.json"
        snapshot.write_text(masked(self._definition()), encoding="utf-8")

    def _render(self, *, example: Any, limit: float, reached: str) -> None:  # noqa: ANN401 - a record
        from step_scripts.template.render import render
        from step_scripts.template.values import values

        render(
            self.home,
            values(
                self.guesses,
                self.features,
                project=self.name,
                version=metadata.version("step-scripts"),
                example=example,
                fixtures=self.sentence,
                limit=limit,
                reached=reached,
            ),
        )

    def _definition(self) -> str:
        self.say("compiling the pipeline")
        done = subprocess.run(
            [sys.executable, "pipeline.py", "--definition", "-"],
            cwd=self.home,
            env={name: value for name, value in os.environ.items() if name != projects.ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise _fixtures.FixturesError(f"pipeline.py does not compile:\n{done.stderr.strip()}")
        return done.stdout
