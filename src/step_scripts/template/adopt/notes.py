"""What is left to do in a script that was adopted, as its code shows it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from step_scripts.template.adopt.values import BASE, FLAG, UNKNOWN, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from step_scripts.template.adopt.flags import Flag
    from step_scripts.template.adopt.repository import Source
    from step_scripts.template.adopt.uses import Use

# The headings of ADOPTED.md, in this order.
TOPICS = {
    "broken": "Files that cannot be parsed",
    "container": "Scripts that name /opt/ml in their code",
    "inputs": "Inputs that no step writes",
    "wiring": "Edges that are guesses",
    "folders": "Folders that are not clear",
    "flags": "Flags that the pipeline does not give",
    "network": "Scripts that need a network, which no job has",
    "pip": "Scripts that install packages while they run",
    "pickle": "Models in pickle",
    "inference": "Inference code",
    "other": "Programs and files that are no steps",
    "pipeline": "The pipeline",
}
_PICKLES = frozenset({"pickle", "joblib", "cloudpickle", "dill"})
_NETWORK = frozenset({"boto3", "botocore", "s3fs", "requests", "urllib.request", "awswrangler", "httpx", "mlflow"})
_OTHER_FLAGS = frozenset({"click", "typer", "fire", "absl", "hydra"})


@dataclass(frozen=True)
class Note:
    """Something that is left to do.

    Attributes
    ----------
    topic
        A key of `TOPICS`.
    where
        File, or file and line.
    text
        What is the matter, and what to do.
    is_step
        False where the file is no step because of it.
    """

    topic: str
    where: str
    text: str
    is_step: bool = True


def notes_of(script: str, modules: Sequence[Source], uses: Sequence[Use], flags: Mapping[str, Flag]) -> list[Note]:
    """Return what is left to do in a script.

    Parameters
    ----------
    script : str
        Its path.
    modules : sequence of Source
        The script, and what it imports from the repository.
    uses : sequence of Use
        What it does with paths.
    flags : mapping of str to Flag
        Its flags.
    """
    found = [*_paths(script, uses), *_network(script, modules)]
    for module in modules:
        imported = {name.split(".")[0] for name in module.imports}
        if pickles := sorted(imported & _PICKLES):
            text = f"imports {', '.join(pickles)}: loading such a file runs code that is in it, and needs the same "
            found.append(Note("pickle", module.name, f"{text}versions; save the model in its library's own format"))
        for line in _pip(module):
            text = "installs packages at run time, which a job without a network cannot; put them into the image"
            found.append(Note("pip", f"{module.name}:{line}", text))
        if others := sorted(imported & _OTHER_FLAGS):
            text = f"declares flags by {', '.join(others)}, which were not read; add them to the pipeline"
            found.append(Note("flags", module.name, text))
        if not flags and any(isinstance(node, ast.Attribute) and node.attr == "argv" for node in ast.walk(module.tree)):
            found.append(Note("flags", module.name, "reads sys.argv; give its arguments names by argparse"))
        texts = {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}
        if texts & {"SM_HPS", "SM_TRAINING_ENV"} or any("hyperparameters.json" in str(text) for text in texts):
            text = "reads hyperparameters from a file or SM_HPS, so that their names are not known; add flags for them"
            found.append(Note("flags", module.name, text))
    return found


def _paths(script: str, uses: Sequence[Use]) -> Iterator[Note]:
    named: dict[str, str] = {}
    for use in uses:
        shown = use.path.replace(UNKNOWN, "…")
        if use.path.startswith(BASE) and not use.movable:
            named.setdefault(
                shown, use.where if use.where.rpartition(":")[0] != script else use.where.rpartition(":")[2]
            )
        elif use.how == "read" and not use.path.startswith((BASE, "/", FLAG, "s3:", "http")):
            text = f"reads {shown} relative to the working directory, where a job has no data; give it a flag"
            yield Note("folders", use.where, text)
    if named:
        places = ", ".join(f"{path} (line {where})" for path, where in named.items())
        text = f"names {places}: it runs in containers and in the cloud, but not as a process; give each folder a flag"
        yield Note("container", script, f"{text}, or use step.channel and step.output_dir")


def _network(script: str, modules: Sequence[Source]) -> Iterator[Note]:
    for module in modules:
        names = {name for name in module.imports for known in _NETWORK if name == known or name.startswith(f"{known}.")}
        if names:
            libraries = ", ".join(sorted({name.split(".")[0] for name in names}))
            text = f"imports {libraries}: jobs run without a network; let an input bring the data"
            yield Note("network", module.name, text if module.name == script else f"{text} ({script})")


def _pip(module: Source) -> Iterator[int]:
    """Yield the lines of calls that install packages."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and name_of(node.func) in {
            *("run", "call", "check_call", "check_output", "Popen", "system", "main"),
        }:
            words = [str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)]
            if re.search(r"\b(pip3?|conda|apt-get)\b.*\binstall\b", " ".join(words)):
                yield node.lineno
