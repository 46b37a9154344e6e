"""The README is true: its commands run, and print what it shows."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONSOLE = re.compile(r"```console(?: (docker|serving))?\n(.*?)```", re.DOTALL)
SETUP = re.compile(r"```sh\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def sessions():
    """Split the README's consoles into commands, each with the output shown below it."""
    for needed, block in CONSOLE.findall(README):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield pytest.param(
                command, shown.strip(), id=command, marks=[getattr(pytest.mark, needed)] if needed else []
            )


def masked(text):
    """Mask what differs from run to run: execution ids, and seconds, the only numbers with one decimal.

    Parallel trials end in any order, and a slow machine says that it waits: these lines are left out.
    """
    text = re.sub(r"^ +(\d of \d  trial|\S+ is Creating, since) .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\b[0-9A-Z]{12}\b", "<EXECUTION>", text)
    return re.sub(r"\s+", " ", re.sub(r"\b\d+\.\d\b(?!\.)", "<SECONDS>", text)).strip()


@pytest.fixture(scope="module", autouse=True)
def _alone():
    """Its commands write to the project's folder: wait while another process runs them, as CI's checks do.

    The page's versions are those of an empty registry. The one that is there is set aside for this time.
    """
    registry, aside = ROOT / "runs" / "registry", ROOT / "runs" / f"registry-aside-{os.getpid()}"
    with (ROOT / "README.md").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if registry.is_dir():
            registry.rename(aside)
        yield
        if aside.is_dir():
            shutil.rmtree(registry, ignore_errors=True)
            aside.rename(registry)


@pytest.fixture(scope="module")
def server():
    """The server of the page, ready, on the port of the page."""
    command = [sys.executable, "-m", "step_scripts", "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        ready = program.stdout.readline()
        assert ready.startswith("ready on http://127.0.0.1:8080"), ready
        yield
        program.terminate()


@pytest.fixture
def needs(request):
    """Skip commands that need Docker when no engine has the step image; start the server for those that need it."""
    if request.node.get_closest_marker("serving"):
        request.getfixturevalue("server")
    if request.node.get_closest_marker("docker"):
        looked = subprocess.run("docker image inspect step-scripts", shell=True, capture_output=True, check=False)
        if looked.returncode:
            pytest.skip("no Docker engine with the image step-scripts")


@pytest.mark.usefixtures("needs")
@pytest.mark.parametrize(("command", "shown"), list(sessions()))
def test_a_command_prints_what_the_readme_shows(command, shown):
    """Run the command as a reader would, in the project's folder; `...` stands for omitted lines."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    printed = masked(done.stdout + done.stderr)
    pattern = ".*".join(re.escape(piece) for piece in masked(shown).split("..."))
    assert re.fullmatch(pattern, printed, re.DOTALL), f"the README shows\n{shown}\nbut the command printed\n{printed}"


def test_ci_runs_the_set_up_of_the_readme():
    """CI runs the first command, only that it installs quietly. The second is `tox`: CI runs each of its checks."""
    ci = (ROOT / ".ci/run").read_text().replace("pip install -q", "pip install").splitlines()
    first, second = [line for block in SETUP.findall(README) for line in block.splitlines() if line]
    assert first in ci, f"not a line of .ci/run: {first}"
    assert second == "tox"
    (checks,) = [line[len("checks=(") : -1].split() for line in ci if line.startswith("checks=(")]
    every = re.search(r"^env_list = (.*)$", (ROOT / "tox.ini").read_text(), re.MULTILINE)[1]
    assert sorted(checks) == sorted(every.split(", "))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_are_valid(document):
    """Every relative link of a document is a file or a folder of the project."""
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}, which does not exist"
