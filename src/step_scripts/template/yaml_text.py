"""Values of YAML as text that people like to read: short members on one line, words in quotes where they need them."""

import re
from typing import Any

import yaml

WIDTH = 120
# Plain words that a reader of YAML 1.1 or 1.2 may take for another type.
_AMBIGUOUS = re.compile(r"[-+.0-9].*|y|n|yes|no|on|off|true|false|null|none|nan|inf|~|=|<<", re.IGNORECASE)


class _Dumper(yaml.SafeDumper):
    """A dumper that repeats values instead of referring to them, and puts ambiguous words in quotes."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name is PyYAML's
        """Return that no value is written as a reference to an earlier one."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # What cannot be printed, such as the line ends of Unicode, is escaped.
    style = '"' if not text.isprintable() else "'" if _AMBIGUOUS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def flow(value: Any, *, width: int = WIDTH) -> list[str]:  # noqa: ANN401 - whatever a document holds
    """Return a value in flow style: one line, or several where it is longer than a width.

    Examples
    --------
    >>> flow({"name": "kind", "values": ["Flat", "no", "01"]})
    ["{name: kind, values: [Flat, 'no', '01']}"]
    """
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=max(width, 20)
    )
    return text.removesuffix("\n").removesuffix("\n...").split("\n")


def member(name: str, value: Any, *, indent: str, note: str = "") -> list[str]:  # noqa: ANN401 - as above
    """Return a member of a mapping as lines, with a comment behind it, or above it where that is too long.

    Examples
    --------
    >>> member("required", True, indent="  ", note="review: one cell is empty")
    ['  required: true  # review: one cell is empty']
    """
    first, *others = flow(value, width=WIDTH - len(indent) - len(name) - 2)
    lines = [f"{indent}{name}: {first}", *(f"{indent}  {line.strip(' ')}" for line in others)]
    if not note:
        return lines
    dash = indent.replace("-", " ")
    if not others and len(lines[0]) + len(note) + 4 <= WIDTH:
        return [f"{lines[0]}  # {note}"]
    return [*comment(note, indent=dash), *lines]


def comment(text: str, *, indent: str = "") -> list[str]:
    r"""Return a comment of as many lines as it needs; nothing in it can end the comment.

    Examples
    --------
    >>> print(*comment("the value 'a\nb'"))
    # the value 'a\nb'
    """
    import textwrap

    visible = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return textwrap.wrap(visible, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
