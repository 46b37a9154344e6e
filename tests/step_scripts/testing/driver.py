"""Run the cases of cases.py on a copy of the houses project: ``python driver.py FOLDER``; prints a JSON object.

With names of modules of tests after the folder, their tests run on the project as it is, and no case does.

One process, one compilation and one import of the libraries serve all cases. It is no pytest session: the tests are
called as functions, with what they ask for.
"""

import inspect
import io
import itertools
import json
import os
import re
import sys
import tempfile
import traceback
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest

from step_scripts import project as projects
from step_scripts.testing import definition, scripts, steps
from step_scripts.testing._helpers import step_names
from step_scripts.testing.harness import Harness
from step_scripts.testing.step_files import StepFile, StepProcesses

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import CASES, DEFINITION, EVERY_DEFINITION

TESTS = {name: getattr(module, name) for module in (definition, steps, scripts) for name in module.__all__}


class Captured:
    """Stands for pytest's `capsys`."""

    def __init__(self, out, err):
        self.streams = (out, err)

    def readouterr(self):
        """Return what was printed since the last call."""
        texts = [stream.getvalue() for stream in self.streams]
        for stream in self.streams:
            stream.seek(0)
            stream.truncate()
        return SimpleNamespace(out=texts[0], err=texts[1])


class Runner:
    """Runs tests on a project, broken or not."""

    def __init__(self, folder):
        self.project = projects.read(folder)
        self.names = step_names(self.project)
        self.all = Harness.all(self.project, self.home())
        self.green = next(iter(self.all.values()))

    def home(self):
        """Make an empty folder."""
        return Path(tempfile.mkdtemp(dir=os.environ["HOMES"])).resolve()

    def harnesses(self, texts=None):
        """Make harnesses that need not compile; where they have texts of their own, no job has changed."""
        made = Harness.all(self.project, self.home())
        for name, harness in made.items():
            harness.__dict__["text"] = (texts or {}).get(name, self.all[name].text)
            if texts is not None:
                harness.__dict__["containers"] = self.all[name].containers
        return made

    def outcome(self, test, harness, processes, harnesses=None):
        """Return "passed", "failed" or "error", and what the test said."""
        name, _, step = test.rstrip("]").partition("[")
        out, err = io.StringIO(), io.StringIO()
        known = {
            "harness": lambda: harness,
            "harnesses": lambda: harnesses or self.all,
            "step_file": lambda: StepFile(step, self.project, self.home()),
            "step_processes": lambda: processes(step),
            "tmp_path": self.home,
            "monkeypatch": lambda: stack.enter_context(pytest.MonkeyPatch.context()),
            "capsys": lambda: Captured(out, err),
            "request": lambda: SimpleNamespace(config=SimpleNamespace(getoption=lambda _: False)),
        }
        with ExitStack() as stack, redirect_stdout(out), redirect_stderr(err):
            try:
                TESTS[name](**{each: known[each]() for each in inspect.signature(TESTS[name]).parameters})
            except (AssertionError, pytest.fail.Exception) as error:
                return "failed", str(error)
            except BaseException:  # noqa: BLE001 - a script may exit
                return "error", traceback.format_exc()
        return "passed", ""

    def unbroken(self, modules=()):
        """Run every test, or those of some modules, for every step where it is about one."""
        with StepProcesses(self.project, self.home()) as processes:
            for name, function in TESTS.items():
                if modules and function.__module__.rpartition(".")[2] not in modules:
                    continue
                each = self.names if "step_file" in inspect.signature(function).parameters else [""]
                pipelines = self.all if "harness" in inspect.signature(function).parameters else [self.green.file]
                for step, file in itertools.product(each, pipelines):
                    test = f"{name}[{step}]" if step else name
                    of = f" of {file}" if len(pipelines) > 1 else ""
                    yield test + of, self.outcome(test, self.all[file], lambda _: processes)

    def broken(self, case):
        """Run the case's test on the changed project."""
        if case.file == EVERY_DEFINITION or case.file.startswith(DEFINITION):
            file = case.file.partition(" of ")[2] or self.green.file
            texts = {name: self.all[name].text for name in ([*self.all] if case.file == EVERY_DEFINITION else [file])}
            assert case.old in texts[file], case
            harnesses = self.harnesses({name: text.replace(case.old, case.new) for name, text in texts.items()})
            return self.outcome(case.test, harnesses[file], None, harnesses)
        path = self.project.root / case.file
        original = path.read_text()
        assert case.old in original, case
        path.write_text(original.replace(case.old, case.new))
        forget()
        try:
            with ExitStack() as stack:

                def processes(step):
                    return stack.enter_context(StepProcesses(self.project, self.home(), names=[step]))

                harnesses = self.harnesses()
                file = case.file if case.file in harnesses else case.pipeline
                return self.outcome(case.test, harnesses[file], processes, harnesses)
        finally:
            path.write_text(original)
            forget()


def forget():
    """Let the project's modules be imported again."""
    for name in [name for name in sys.modules if re.match(r"(steps|model)(\.|$)", name)]:
        del sys.modules[name]


def main(folder, *modules):
    """Print every outcome."""
    os.environ["STEP_SCRIPTS_PROJECT"] = folder  # this program lies in another project
    runner = Runner(Path(folder))
    cases = {} if modules else CASES
    found = {
        "unbroken": dict(runner.unbroken(modules)),
        "broken": {name: runner.broken(case) for name, case in cases.items()},
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
