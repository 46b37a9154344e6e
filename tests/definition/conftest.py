"""The compiled pipeline, once for all definition tests: nothing runs, nothing is called."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def compile_text(project):
    """Compile a tree's pipeline in a fresh process, as `python pipeline.py --definition -` does."""

    def run(root=project, *, cwd=None, **environment):
        command = [sys.executable, str(root / "pipeline.py"), "--definition", "-"]
        done = subprocess.run(
            command,
            cwd=cwd or root,
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def text(compile_text):
    """The definition as the command line writes it."""
    return compile_text()


@pytest.fixture(scope="session")
def definition(text):
    """The definition, parsed."""
    return json.loads(text)


@pytest.fixture(scope="session")
def steps(definition):
    """Every step of the definition by name, those in the gate's branches included."""
    found = {}
    waiting = list(definition["Steps"])
    while waiting:
        step = waiting.pop(0)
        found[step["Name"]] = step
        waiting += step["Arguments"].get("IfSteps", []) + step["Arguments"].get("ElseSteps", [])
    return found


@pytest.fixture(scope="session")
def resolve(definition):
    """Fill an expression with the parameters' defaults, as the service does when an execution starts."""
    defaults = {f"Parameters.{p['Name']}": p["DefaultValue"] for p in definition["Parameters"]}

    def value_of(expression):
        match expression:
            case {"Get": reference}:
                return defaults.get(reference, f"<{reference}>")
            case {"Std:Join": {"On": separator, "Values": values}}:
                return separator.join(str(value_of(value)) for value in values)
            case _:
                return expression

    return value_of
