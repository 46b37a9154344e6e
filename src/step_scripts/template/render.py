"""Write the files of a new project from the templates in ``files/``, by Jinja."""

from __future__ import annotations

import json
import pprint
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
SUFFIX = ".jinja"


def render(target: Path, values: Mapping[str, Any]) -> None:
    """Write every template's file into a folder.

    Parameters
    ----------
    target : Path
        The folder of the new project.
    values : mapping of str to object
        What the templates ask for, by name; `step_scripts.template.values` makes it.

    Raises
    ------
    jinja2.UndefinedError
        When a template asks for a value that is not there.
    """
    templates = environment()
    for template in sorted(path for path in FILES.rglob("*") if path.is_file()):
        name = template.relative_to(FILES).as_posix()
        path = target / name.removesuffix(SUFFIX)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(SUFFIX):
            path.write_text(templates.get_template(name).render(values), encoding="utf-8")
        else:
            path.write_bytes(template.read_bytes())


def literal(value: object) -> str:
    """Return a value as Python source, as a formatter would write it.

    Examples
    --------
    >>> literal({"kind": "flat", "garden": True, "sold": None})
    '{"kind": "flat", "garden": True, "sold": None}'
    """
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, Mapping):
        items = [f"{literal(name)}: {literal(each)}" for name, each in value.items()]
        line = "{" + ", ".join(items) + "}"
        return line if len(line) < 90 else "{\n" + "".join(f"    {item},\n" for item in items) + "}"
    return pprint.pformat(value)


def quoted(text: object) -> str:
    r"""Return a text between double quotes, as Python, TOML and JSON all read it.

    Examples
    --------
    >>> quoted('12" wide')
    '"12\\" wide"'
    """
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def text_of(text: object) -> str:
    """Return a text as Python source, between the quotes that a formatter would choose.

    Examples
    --------
    >>> print(text_of("other's"), text_of('12" wide'))
    "other's" '12" wide'
    """
    plain = str(text)
    if '"' in plain and "'" not in plain:
        return repr(plain)
    return quoted(plain)


def as_tuple(names: Sequence[str]) -> str:
    """Return names as a tuple of Python, as a formatter would write it.

    Examples
    --------
    >>> as_tuple(["houses"]), as_tuple(["houses", "streets"])
    ('("houses",)', '("houses", "streets")')
    """
    line = f"({', '.join(map(text_of, names))}{',' if len(names) == 1 else ''})"
    return line if len(line) < 100 else "(\n" + "".join(f"    {text_of(name)},\n" for name in names) + ")"


def as_line(text: object) -> str:
    """Return a text of somebody's data as one line of Markdown that may stand in backticks.

    Examples
    --------
    >>> as_line("rent `per month`")
    "rent 'per month'"
    """
    return " ".join(str(text).split()).replace("`", "'")


def environment(folder: Path = FILES) -> Any:  # noqa: ANN401 - Jinja is imported here only
    """Return what reads the templates of a folder: Jinja, with marks that no file of a project has."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Marks that neither Python nor YAML, TOML and JSON use: a template can be read as the file that it becomes.
    templates = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - source code, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    templates.filters |= {"q": quoted, "py": text_of, "literal": literal, "tuple": as_tuple, "line": as_line}
    return templates
