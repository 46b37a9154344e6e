"""The pipeline of some scripts: their steps in order, what each reads, and the parameters."""

from __future__ import annotations

import graphlib
import itertools
import keyword
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from step_scripts.template.adopt.local_data import found_for
from step_scripts.template.adopt.notes import Note
from step_scripts.template.adopt.settings import Parameter, parameter_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from step_scripts.template.adopt.places import Place
    from step_scripts.template.adopt.repository import Repository
    from step_scripts.template.adopt.script import Script

MODEL = "model"
_GENERIC = frozenset({"main", "run", "script", "app", "entry", "entrypoint", "code", "program"})
# Names in the pipeline's file.
_TAKEN = frozenset({"p", "jobs", "build", "main", "session", "sys", "each", "declared", "output_of", "artifact_of"})
# What comes first where two scripts read from each other.
_STAGES = (
    ("prep", "process", "clean", "feature", "split", "ingest"),
    ("train", "tune", "fit"),
    ("eval", "test", "score"),
)


@dataclass
class Step:
    """A step of the pipeline.

    Attributes
    ----------
    name, variable
        In the definition, and in the pipeline's file.
    script
        What it runs.
    sources
        Input to the expression of where it comes from.
    options
        Flag to the parameter that gives it.
    reads
        The steps that it reads from.
    """

    name: str
    variable: str
    script: Script
    sources: dict[str, str] = field(default_factory=dict)
    options: dict[str, Parameter] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)


@dataclass
class Plan:
    """The pipeline: its steps in order, its parameters, where a local run finds data, and what is left to do."""

    steps: list[Step]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    local_data: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def plan(scripts: Sequence[Script], repository: Repository, *, bucket: str) -> Plan:
    """Wire scripts by the names of what they write and read.

    Parameters
    ----------
    scripts : sequence of Script
        What becomes a step.
    repository : Repository
        Where data for a local run may lie.
    bucket : str
        As in ``s3://bucket``.
    """
    names = step_names([script.name for script in scripts])
    steps = [Step(*each) for each in zip(names, _variables(names), scripts, strict=True)]
    found = Plan(steps)
    edges = {(step.name, place.name): edge for step in steps for place in step.script.inputs
             if (edge := _edge(step, place, steps, found)) is not None}  # fmt: skip
    _cut_circles(steps, edges, found)
    for step in steps:
        for place in step.script.inputs:
            edge = edges.get((step.name, place.name))
            if edge is None:
                parameter = _outside(step, place, found, repository, bucket)
                step.sources[place.name] = f'p["{parameter}"]'
            else:
                producer, output = edge
                reference = f"artifact_of({producer.variable})" if output is None else (
                    f'output_of({producer.variable}, "{output}")'
                )  # fmt: skip
                step.sources[place.name] = reference
                step.reads.add(producer.name)
                _take_file(step, place, producer, output, found)
    order = graphlib.TopologicalSorter({step.name: sorted(step.reads) for step in steps}).static_order()
    by_name = {step.name: step for step in steps}
    found.steps = [by_name[name] for name in order]
    _add_options(found)
    return found


def step_names(scripts: Sequence[str]) -> list[str]:
    """Return a step's name for each script.

    Examples
    --------
    >>> step_names(["01_prepare-data.py", "src/train.py", "flats/evaluate.py", "villas/evaluate.py", "score/main.py"])
    ['PrepareData', 'Train', 'FlatsEvaluate', 'VillasEvaluate', 'Score']
    """
    names = []
    for script in scripts:
        *folders, file = script.removesuffix(".py").split("/")
        is_generic = file.lower() in _GENERIC and folders
        names.append(camel(folders[-1] if is_generic else file) or "Step")
    counts = Counter(names)
    for number, (name, script) in enumerate(zip(names, scripts, strict=True)):
        if counts[name] > 1:
            names[number] = camel("-".join(script.removesuffix(".py").split("/")[-2:]))
    return [name if names.index(name) == number else f"{name}{number + 1}" for number, name in enumerate(names)]


def camel(name: str) -> str:
    """Return a name in the spelling of a pipeline: ``MaxDepth`` for ``max-depth``; numbers before it are left out."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    while words and words[0].isdigit():
        words.pop(0)
    return "".join(word[0].upper() + word[1:] for word in words).lstrip("0123456789")


def _variables(names: Sequence[str]) -> list[str]:
    """Return a variable of its own for each step's name.

    Examples
    --------
    >>> _variables(["PrepareData", "ABTest", "Abtest", "Declared"])
    ['prepare_data', 'abtest', 'abtest_2', 'declared_step']
    """
    found: list[str] = []
    for name in names:
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if plain in _TAKEN or keyword.iskeyword(plain):
            plain = f"{plain}_step"
        numbered = (f"{plain}_{number}" for number in itertools.count(2))
        found.append(next(each for each in itertools.chain([plain], numbered) if each not in found))
    return found


def _edge(step: Step, place: Place, steps: Sequence[Step], found: Plan) -> tuple[Step, str | None] | None:
    """Return the step and the output that an input gets; None for the output of a training step is its model."""
    candidates = list(_exact(step, place, steps))
    if not candidates and place.words:
        mine = {*place.words}
        others = [(other, output) for other in steps if other is not step for output in other.script.outputs]
        candidates = [
            (other, output.name)
            for other, output in others
            if output.words and (mine < {*output.words} or mine > {*output.words})
        ]
        if len(candidates) != 1:
            return None
        producer, name = candidates[0]
        text = f"{step.name} reads {place.name}: taken for {producer.name}'s output {name}; correct it if it is not"
        found.notes.append(Note("wiring", step.script.name, text))
    if len(candidates) > 1:
        beside = [each for each in candidates if _folder(each[0]) == _folder(step)]
        candidates = beside or candidates
    if len(candidates) > 1:
        text = f"{step.name} reads {place.name}, which {', '.join(each.name for each, _ in candidates)} write: choose"
        found.notes.append(Note("wiring", step.script.name, text))
    return candidates[0] if candidates else None


def _exact(step: Step, place: Place, steps: Sequence[Step]) -> Iterator[tuple[Step, str | None]]:
    if not place.words:
        return
    if MODEL in place.words:
        yield from ((other, None) for other in steps if other is not step and other.script.kind == "training")
    for other in steps:
        if other is not step:
            yield from ((other, output.name) for output in other.script.outputs if output.words == place.words)


def _cut_circles(steps: Sequence[Step], edges: dict[tuple[str, str], tuple[Step, str | None]], found: Plan) -> None:
    """Leave out edges until no step reads what a later one writes."""
    while True:
        graph = {step.name: {edges[key][0].name for key in edges if key[0] == step.name} for step in steps}
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            circle = error.args[1]
            inside = [key for key, (producer, _) in edges.items() if key[0] in circle and producer.name in circle]
            worst = max(inside, key=lambda key: _stage(edges[key][0].name) - _stage(key[0]))
            producer = edges.pop(worst)[0]
            text = f"{worst[0]} reads {worst[1]}, which {producer.name} writes, and {producer.name} reads from it: "
            found.notes.append(Note("wiring", producer.script.name, f"{text}they are not connected"))
        else:
            return


def _stage(name: str) -> int:
    return next((number for number, words in enumerate(_STAGES) if any(word in name.lower() for word in words)), 1)


def _folder(step: Step) -> str:
    return step.script.name.rpartition("/")[0]


def _take_file(step: Step, place: Place, producer: Step, output: str | None, found: Plan) -> None:
    """Let a flag that stands for a file name the one that the earlier step writes."""
    if output is None:
        if place.files and "model.tar.gz" not in place.files:
            text = f"{step.name} opens {', '.join(place.files)} as its model, and {producer.name} leaves model.tar.gz: "
            found.notes.append(Note("wiring", step.script.name, f"{text}unpack it there"))
        return
    files = next(each.files for each in producer.script.outputs if each.name == output)
    if place.flag and place.files and place.files != files and len(files) == 1:
        place.files = files
        step.script.fixed[place.flag] = f"{place.folder}/{files[0]}"


def _outside(step: Step, place: Place, found: Plan, repository: Repository, bucket: str) -> str:
    """Return the name of the parameter for an input that no step writes."""
    base = camel("-".join(place.words))
    alike = [other for other in found.steps for each in other.script.inputs if each.words == place.words]
    name = f"{base}Data" if base else "InputData" if len(alike) == 1 else f"{step.name}InputData"
    if name not in found.parameters:
        default = f"s3://{bucket}/data/{'-'.join(place.words) or name.removesuffix('Data').lower()}"
        found.parameters[name] = Parameter(name, "String", default)
        where = found_for(place, repository.root, name)
        found.local_data[name] = where.path
        files = f" with {', '.join(place.files)}" if place.files else ""
        text = f"{step.name} reads {place.name}, which no step writes: it is the parameter {name}. "
        fix = (
            f"A local run takes {where.path}"
            if where.exists
            else f"For a local run, put a sample{files} at {where.path}"
        )
        if MODEL in place.words:
            fix += ". A built-in algorithm has no script: add its training job by hand, and take its artifact"
        found.notes.append(Note("inputs", step.script.name, text + fix))
    return name


def _add_options(found: Plan) -> None:
    """Make a parameter for each flag: called like the flag, or, where two steps have it, like step and flag."""
    counts = Counter(camel(flag.name) for step in found.steps for flag in step.script.settings)
    for step in found.steps:
        for flag in step.script.settings:
            name = camel(flag.name)
            if counts[name] > 1 or name in found.parameters or name in {"Store", "Image", "Role", "InstanceType"}:
                name = f"{step.name}{name}"
            made = parameter_of(flag, name)
            if isinstance(made, Parameter):
                step.options[flag.name] = found.parameters[name] = made
                if made.default is None:
                    text = f"--{flag.name} is required and has no default: give --param {name}=… for a run"
                    found.notes.append(Note("flags", flag.where, text))
            else:
                found.notes.append(Note("flags", flag.where, made))
