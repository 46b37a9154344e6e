"""Write the texts of an adopted repository's files, by Jinja."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from step_scripts.template.adopt.wiring import Step

FILES = Path(__file__).parent / "templates"
_WIDTH = 90  # of a mapping on one line


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the text of one file.

    Parameters
    ----------
    template : str
        The file's name in ``templates``, without ``.jinja``.
    values : mapping of str to object
        What the template asks for.
    """
    from step_scripts.template.render import environment

    templates = environment(FILES)
    templates.filters |= {
        "listed": json.dumps,
        "flags": flags,
        "folders": folders,
        "mapping": mapping,
        "outputs": lambda step: ", ".join(_outputs(step)) or "-",
        "sources": lambda step: ", ".join(f"{name} ({_source(text)})" for name, text in step.sources.items()) or "-",
    }
    text: str = templates.get_template(f"{template}.jinja").render(values)
    return text


def flags(step: Step) -> dict[str, str]:
    """Return the expressions of a step's flags: its folders, and its parameters."""
    fixed = {name: json.dumps(value) for name, value in step.script.fixed.items()}
    return fixed | {name: f'p["{parameter.name}"]' for name, parameter in step.options.items()}


def folders(step: Step) -> dict[str, str]:
    """Return the folders of a processing step that are not where `Jobs.process` puts them."""
    script, found = step.script, dict[str, str]()
    for places, kind in ((script.inputs, "input"), (script.outputs, "output")):
        found |= {each.name: each.folder for each in places if each.folder != f"/opt/ml/processing/{kind}/{each.name}"}
    return found


def mapping(items: Mapping[str, str], indent: int, *, raw: bool = False) -> str:
    """Return a dict as Python source, on one line where it fits.

    Parameters
    ----------
    items : mapping of str to str
        Its items.
    indent : int
        Columns before the line on which it begins.
    raw : bool
        Whether the values are source already.

    Examples
    --------
    >>> mapping({"train": "x"}, 0)
    '{"train": "x"}'
    """
    pairs = [f"{json.dumps(name)}: {value if raw else json.dumps(value)}" for name, value in items.items()]
    line = "{" + ", ".join(pairs) + "}"
    if len(line) + indent < _WIDTH:
        return line
    inner = " " * (indent + 4)
    return "{\n" + "".join(f"{inner}{pair},\n" for pair in pairs) + " " * indent + "}"


def _outputs(step: Step) -> list[str]:
    if step.script.kind == "training":
        return ["the model"]
    return [place.name for place in step.script.outputs]


def _source(expression: str) -> str:
    """Return where an input comes from, for people: ``p["RawData"]`` is the parameter RawData.

    Examples
    --------
    >>> _source('p["RawData"]'), _source('output_of(prepare, "train")'), _source("artifact_of(train)")
    ('RawData', 'prepare', 'train')
    """
    if expression.startswith("p["):
        return expression[3:-2]
    return expression.partition("(")[2].partition(",")[0].rstrip(")")
