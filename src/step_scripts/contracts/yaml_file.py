"""Read YAML as plain values, and find the line of a mistake in it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import yaml

from step_scripts.contracts.error import InvalidContractError, Place

# No contract comes near these: a file beyond them would take all memory, or break the parser.
_MAX_CHARACTERS = 5_000_000
_MAX_DEPTH = 50
_MAX_VALUES = 200_000
_MERGE = "tag:yaml.org,2002:merge"


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever a document holds
    """Read a YAML document as plain values.

    Raises
    ------
    InvalidContractError
        When it is not YAML, has a name twice in one place, refers to itself, or expands to far more than is written.

    Examples
    --------
    >>> read_yaml("{rooms: 3, kinds: [Flat, House]}")
    {'rooms': 3, 'kinds': ['Flat', 'House']}
    """
    if len(text) > _MAX_CHARACTERS:
        message = f"expected a file of at most {_MAX_CHARACTERS:,} characters, got {len(text):,}"
        raise InvalidContractError(f"{message}; fix: name the file of a contract")
    # The C loader takes 5 ms for a file of 280 lines, the Python loader 60. The import of the standard's own pydantic
    # model takes 260 ms more: a project's tests validate its files by that model, a job does not.
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _require_flat(text, kind)
        loader = kind(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _size(node, {}, set())
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except InvalidContractError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        fix = "correct this line, or the one above it" if mark else "correct the file"
        raise InvalidContractError(f"is not YAML: {what}; fix: {fix}", line=mark.line + 1 if mark else None) from None
    except (ValueError, RecursionError, OverflowError) as error:  # such as a 31st of February
        raise InvalidContractError(f"is not YAML: {str(error).splitlines()[0]}; fix: correct this value") from None


def line_of(text: str, at: Place) -> int | None:
    r"""Return the line of a place in a document, counted from 1: its name, or the last name that leads to it.

    Examples
    --------
    >>> line_of("schema:\n  - name: houses\n    properties: []\n", ("schema", 0, "properties"))
    3
    """
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return None
    line = None
    for part in at:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if _is_called(key, part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line if line or node is None else node.start_mark.line + 1


def _is_called(key: yaml.Node, part: object) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == str(part)


def _require_flat(text: str, kind: Any) -> None:  # noqa: ANN401 - a loader's class
    """Raise if a document is nested so deeply that its parser would break."""
    if sum(map(text.count, ("[", "{", "- -", "? "))) <= 20 * _MAX_DEPTH and "\n" + " " * _MAX_DEPTH not in text:
        return
    depth = 0
    for event in yaml.parse(text, Loader=kind):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise InvalidContractError(f"expected at most {_MAX_DEPTH} levels, got more; fix: nest less", line=line)


def _size(node: yaml.Node, sizes: dict[int, int], above: set[int]) -> int:
    """Return how many values a document has when its aliases are written out."""
    if (known := sizes.get(id(node))) is not None:
        return known
    line = node.start_mark.line + 1
    if id(node) in above:
        message = "expected values, got an alias of what it stands in"
        raise InvalidContractError(f"{message}; fix: write the values out", line=line)
    above.add(id(node))
    if isinstance(node, yaml.MappingNode):
        _require_different(node)
    size = 1 + len(node.value)
    for child in _children(node):
        if not isinstance(child, yaml.ScalarNode):
            size += _size(child, sizes, above)
    above.remove(id(node))
    if size > _MAX_VALUES:
        message = f"expected at most {_MAX_VALUES:,} values, got more by aliases"
        raise InvalidContractError(f"{message}; fix: use fewer aliases", line=line)
    sizes[id(node)] = size
    return size


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair


def _require_different(node: yaml.MappingNode) -> None:
    """Raise if a mapping has a name twice: the first value would be lost."""
    names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE]
    if len(set(names)) == len(names):
        return
    places = sorted((key.value, key.start_mark.line + 1) for key, _ in node.value if isinstance(key, yaml.ScalarNode))
    for (name, _), (again, line) in pairwise(places):
        if name == again:
            message = f"expected each name once, got {name!r} again"
            raise InvalidContractError(f"{message}; fix: take one of the two out", line=line)
