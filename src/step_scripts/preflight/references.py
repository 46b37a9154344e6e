"""Check references: the target exists, and is available when it is needed."""

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from step_scripts.preflight import property_files
from step_scripts.preflight.definition import BRANCHES, FUNCTIONS, Definition, Step, body, function_of, references
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.properties import EXECUTION, EXPERIMENT, NOT_TEXT, resolve, selected, to_step, type_of
from step_scripts.preflight.property_files import output_names
from step_scripts.preflight.tuning import metric_names

# Outcomes of a step for which another one can wait.
TRIGGERS = ("Any", "Completed", "Failed", "Stopped")
_OUTPUT = re.compile(r"""\.ProcessingOutputConfig\.Outputs\[(?:['"](?P<name>[^'"]+)['"]|(?P<number>\d+))\].*""")

_METRIC = re.compile(r"""\.FinalMetricDataList\[['"]([^'"]+)['"]\]""")


def check(definition: Definition) -> Iterator[Finding]:
    """Yield references without a target, cycles of steps, and unused parameters."""
    used: set[str] = set()
    for where, function, given in references(definition.settings, ""):
        if function == "Get" and isinstance(given, str):
            used.add(given.removeprefix("Parameters."))
        yield from _reference(definition, None, where, function, given)
    for step in definition.steps:
        for where, function, given in _own_references(step):
            if function == "Get" and isinstance(given, str):
                used.add(given.removeprefix("Parameters."))
            if function == "Get" and isinstance(given, str) and given.startswith(("ForEach.", "IterationOutput.")):
                yield from _in_loop(step, where, given)
            else:
                yield from _reference(definition, step, where, function, given)
        yield from _depends_on(definition, step)
        yield from property_files.check(step)
    yield from _cycles(definition)
    for name in definition.parameters:
        if name not in used:
            message = f"no step uses the parameter {name}: remove it, or use it"
            yield Finding(definition.where_of[name], "unused-parameter", "warning", None, message)


def _own_references(step: Step) -> Iterator[tuple[str, str, Any]]:
    """Yield the references of a step without those of steps in its branches or its body.

    They are in its arguments, and beside them: the baselines of a check are members of the step.
    """
    branches = tuple(f"{step.where}/Arguments/{branch}/" for branch in BRANCHES.get(step.type, ()))
    for where, function, given in references({**step.raw, "Arguments": step.arguments}, step.where):
        if not where.startswith(branches):
            yield where, function, given


def _reference(
    definition: Definition, step: Step | None, where: str, function: str, given: object
) -> Iterator[Finding]:
    """Yield the problems of a reference in a step, or in a setting outside of the steps (step is None)."""

    def finding(rule: str, message: str) -> Finding:
        return Finding(where, rule, "error", step.name if step else None, message)

    if function not in FUNCTIONS:
        yield finding("unknown-function", f"there is no function {function}: {nearest(function, FUNCTIONS)}")
    elif function == "Std:JsonGet":
        yield from property_files.json_get(definition, step, where, given)
    elif function == "Std:Join":
        values = given.get("Values") if isinstance(given, Mapping) else None
        if not (
            isinstance(given, Mapping)
            and set(given) == {"On", "Values"}
            and isinstance(given["On"], str)
            and isinstance(values, list)
            and all(isinstance(one, str | int | float) or function_of(one) for one in values)
        ):
            yield finding("join", f'expected {{"On": a text, "Values": a list}}, got {shown(given)}')
            return
        for one in values:
            if (kind := type_of(one, definition)) in NOT_TEXT:
                yield finding(
                    "join", f"{shown(one)} is {NOT_TEXT[kind]}, which cannot be part of a text: refer to a member of it"
                )
    else:
        yield from _get(definition, step, given, finding)


def _get(definition: Definition, step: Step | None, given: object, finding: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    if not isinstance(given, str):
        yield finding("unknown-reference", f"expected a text such as 'Parameters.Name', got {shown(given)}")
        return
    space, _, name = given.partition(".")
    if space == "Parameters" and name not in definition.parameters:
        yield finding("unknown-parameter", f"no parameter is called {name!r}: {nearest(name, definition.parameters)}")
    elif space == "Execution" and name not in EXECUTION:
        hint = nearest(name, EXECUTION)
        yield finding("unknown-execution-variable", f"there is no execution variable {name}: {hint}")
    elif space == "PipelineExperimentConfig" and name not in EXPERIMENT:
        yield finding("unknown-reference", f"PipelineExperimentConfig has no {name}: {nearest(name, EXPERIMENT)}")
    elif space == "Steps":
        yield from _get_of_step(definition, step, given, finding)
    elif space not in {"Parameters", "Execution", "PipelineExperimentConfig"}:
        yield finding(
            "unknown-reference", f"expected Parameters., Execution. or Steps. at the beginning, got {shown(given)}"
        )


def _get_of_step(definition: Definition, step: Step | None, given: str, finding: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    reference = to_step(given)
    if reference is None:
        yield finding("unknown-reference", f"expected 'Steps.Name.Property', got {shown(given)}")
    elif step is None:
        yield finding("unknown-reference", f"{shown(given)} is unknown before the steps run: use a parameter")
    elif (producer := definition.step(reference.step)) is None:
        hint = nearest(reference.step, (other.name for other in definition.steps))
        yield finding("unknown-step", f"no step is called {reference.step!r}: {hint}")
    else:
        yield from _of_step(step, producer, reference.path, finding)


def _of_step(step: Step, producer: Step, path: str, finding: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    if not path.startswith(".PropertyFiles.") and (resolved := resolve(producer, path)).wrong:
        yield finding(resolved.rule, f"{producer.name}: {resolved.wrong}")
    elif producer.type == "Processing" and (output := _OUTPUT.fullmatch(path)):
        name, outputs = output["name"], output_names(producer)
        if name and name not in outputs:
            yield finding("unknown-output", f"{producer.name} has no output {name!r}: {nearest(name, outputs)}")
        elif not name and int(output["number"]) >= len(outputs):
            message = f"{producer.name} has no output with the index {output['number']} (the first is 0)"
            yield finding("unknown-output", f"{message}: {nearest('', outputs)}")
    elif producer.type == "Training" and (metric := _METRIC.match(path)):
        defined = metric_names(producer.arguments.get("AlgorithmSpecification"))
        # Without metrics in the definition it may be a built-in algorithm, which has metrics of its own.
        if defined and metric[1] not in defined:
            message = f"{producer.name} defines no metric {metric[1]!r}: {nearest(metric[1], defined)}"
            yield finding("unknown-output", message)
    yield from _branch(step, producer, finding)


def _branch(step: Step, producer: Step, finding: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    shared = step.branches[: len(producer.branches)]
    if producer.branches and producer.branches != shared:
        condition, branch = producer.branches[-1]
        message = f"{producer.name} runs only in {branch} of {condition}, but this step is not in that branch"
        yield finding("branch-result", f"{message}: move this step into the branch, or {producer.name} out of it")


def _in_loop(step: Step, where: str, given: str) -> Iterator[Finding]:
    """Yield the problems of references to a loop: to its current item, and to an output in its selector."""

    def finding(rule: str, message: str) -> Finding:
        return Finding(where, rule, "error", step.name, message)

    if given.startswith("ForEach."):
        if not any(branch == "ForEachBody" for _, branch in step.branches):
            yield finding("unknown-reference", f"{given} exists only inside a ForEachBody")
        elif not given.removeprefix("ForEach.").startswith("CurrentItem"):
            yield finding("unknown-reference", f"there is no {shown(given)}: expected ForEach.CurrentItem")
        return
    field = selected(step) if where == f"{step.where}/Arguments/Selector/Field" else None
    steps = body(step) if step.type == "ForEach" else {}
    if field is None:
        yield finding("unknown-reference", f"{given} exists only in the Selector of a ForEach step")
    elif field.step not in steps:
        yield finding(
            "unknown-step", f"no step of the loop's body is called {field.step!r}: {nearest(field.step, steps)}"
        )
    elif (resolved := resolve(steps[field.step], field.path)).wrong:
        yield finding(resolved.rule, f"{field.step}: {resolved.wrong}")


def _depends_on(definition: Definition, step: Step) -> Iterator[Finding]:
    names = step.raw.get("DependsOn", [])
    if not isinstance(names, list):
        message = f"DependsOn: expected a list, got {shown(names)}: put it into brackets"
        yield Finding(f"{step.where}/DependsOn", "structure", "error", step.name, message)
        return
    for number, entry in enumerate(names):
        name = entry.get("Step") if isinstance(entry, Mapping) else entry
        if not isinstance(name, str) or definition.step(name) is None:
            hint = nearest(str(name), (other.name for other in definition.steps))
            message = f"it depends on {name!r}, but no step is called that: {hint}"
            yield Finding(pointer(f"{step.where}/DependsOn", number), "unknown-step", "error", step.name, message)
        elif producer := _opposite(step, definition.step(name)):
            message = f"{producer.name} is in the other branch of {producer.branches[-1][0]}; only one runs: remove it"
            yield Finding(pointer(f"{step.where}/DependsOn", number), "branch-result", "error", step.name, message)
        trigger = entry.get("Trigger") if isinstance(entry, Mapping) else None
        if isinstance(entry, Mapping) and trigger not in TRIGGERS:
            message = f"there is no trigger {trigger!r}: {nearest(str(trigger), TRIGGERS)}"
            yield Finding(pointer(f"{step.where}/DependsOn", number), "structure", "error", step.name, message)


def _opposite(step: Step, producer: Step | None) -> Step | None:
    """Return the producer if the two steps are in different branches of one condition, else None."""
    if producer is None:
        return None
    mine = dict(step.branches)
    apart = any(mine.get(condition, branch) != branch for condition, branch in producer.branches)
    return producer if apart else None


def predecessors(definition: Definition, step: Step) -> list[str]:
    """Return the steps that must end before a step can start: by reference, by `DependsOn`, or as its condition."""
    names = [reference.step for _, _, given in _own_references(step) if (reference := to_step(given))]
    listed = step.raw.get("DependsOn", [])
    listed = listed if isinstance(listed, list) else []
    entries = [one.get("Step") if isinstance(one, Mapping) else one for one in listed]
    names += [name for name in entries if isinstance(name, str)]
    names += [condition for condition, _ in step.branches[-1:]]
    return [name for name in dict.fromkeys(names) if definition.step(name)]


def _cycles(definition: Definition) -> Iterator[Finding]:
    try:
        TopologicalSorter({step.name: predecessors(definition, step) for step in definition.steps}).prepare()
    except CycleError as error:
        cycle = error.args[1][::-1]
        step = definition.step(cycle[0])
        message = f"the steps wait for each other: {' → '.join(cycle)}; remove one of these references"
        yield Finding(step.where if step else "", "cycle", "error", cycle[0], message)
