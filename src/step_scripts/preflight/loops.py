"""Check ForEach steps: their items, their concurrency, their body.

Source of the limits: `sagemaker.mlops.workflow.for_each_step` of SDK v3.
"""

from collections.abc import Iterator, Mapping

from step_scripts.preflight.definition import Definition, Step, body, function_of
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

MEMBERS = ("ForEachBody", "IterableItems", "MaxConcurrency", "Selector")
MAX_CONCURRENCY, MAX_ITEMS = 50, 100
PICKS = ("MaxBy", "MinBy")
NOT_IN_A_BODY = frozenset({"Condition", "Fail", "ForEach"})


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service refuses in ForEach steps."""
    for step in definition.steps:
        if step.type != "ForEach":
            continue
        for name in step.arguments:
            if name not in MEMBERS:
                where = pointer(f"{step.where}/Arguments", name)
                message = f"a ForEach step has no {name}: {nearest(name, MEMBERS)}"
                yield Finding(where, "unknown-member", "error", step.name, message)
        yield from _items(step, step.arguments.get("IterableItems"))
        yield from _bounds(step)
        yield from _body(step)


def _finding(step: Step, member: str, message: str) -> Finding:
    return Finding(f"{step.where}/Arguments/{member}", "loop", "error", step.name, message)


def _items(step: Step, items: object) -> Iterator[Finding]:
    if not isinstance(items, list):
        if function_of(items) is None:
            message = f"expected a list, or a reference to a list as a text, got {shown(items)}"
            yield _finding(step, "IterableItems", message)
        return
    if not 1 <= len(items) <= MAX_ITEMS:
        yield _finding(step, "IterableItems", f"expected 1 to {MAX_ITEMS} items, got {len(items)}")
    if any(not isinstance(item, str | int | float) and function_of(item) is None for item in items):
        yield _finding(step, "IterableItems", "expected a text, a number, true, false or a function as each item")


def _bounds(step: Step) -> Iterator[Finding]:
    most, selector = step.arguments.get("MaxConcurrency"), step.arguments.get("Selector")
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MAX_CONCURRENCY:
        message = f"expected a whole number from 1 to {MAX_CONCURRENCY}, got {shown(most)}"
        yield _finding(step, "MaxConcurrency", message)
    if selector is not None and (not isinstance(selector, Mapping) or selector.get("Pick") not in PICKS):
        message = f"expected a Pick of {' or '.join(PICKS)} and a Field, got {shown(selector)}"
        yield _finding(step, "Selector", message)


def _body(step: Step) -> Iterator[Finding]:
    steps = body(step)
    if not steps:
        yield _finding(step, "ForEachBody", "expected at least one step to run for each item: add one")
    for inside in steps.values():
        if inside.type in NOT_IN_A_BODY:
            message = f"a {inside.type} step cannot run for each item: move it after the loop"
            yield Finding(f"{inside.where}/Type", "loop", "error", inside.name, message)
