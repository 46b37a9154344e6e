"""The values of expressions with the defaults of the parameters, as far as they are known before a run."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from step_scripts.preflight.definition import Definition, function_of
from step_scripts.preflight.finding import pointer

# In a text: the part that is unknown before the run.
UNKNOWN = "\N{OBJECT REPLACEMENT CHARACTER}"


class Text(NamedTuple):
    """A text in a value: its JSON pointer, the name of its member, the text, and the parameters in it."""

    where: str
    member: str
    text: str
    parameters: tuple[str, ...]


def value_of(value: object, definition: Definition) -> object:
    """Return a value with the defaults of its parameters, or None if it is unknown before the run.

    An unknown part of a joined text is `UNKNOWN`.

    Examples
    --------
    >>> store = Definition(parameters={"Store": {"Name": "Store", "DefaultValue": "s3://bucket"}})
    >>> joined = {"On": "/", "Values": [{"Get": "Parameters.Store"}, {"Get": "Execution.PipelineName"}]}
    >>> value_of({"Std:Join": joined}, store) == f"s3://bucket/{UNKNOWN}"
    True
    >>> value_of({"Get": "Steps.Train.TrainingJobName"}, store) is None
    True
    """
    function = function_of(value)
    if function is None or not isinstance(value, Mapping):
        return value
    given = value[function]
    if function == "Get" and isinstance(given, str):
        return definition.parameters.get(given.removeprefix("Parameters."), {}).get("DefaultValue")
    if function != "Std:Join" or not isinstance(given, Mapping):
        return None
    values, between = given.get("Values"), given.get("On")
    if not isinstance(values, list) or not isinstance(between, str):
        return None
    parts = [value_of(part, definition) for part in values]
    if not parts:
        return None
    return between.join(UNKNOWN if part is None else str(part) for part in parts)


def parameters_in(value: object) -> tuple[str, ...]:
    """Return the names of the parameters in an expression."""
    if isinstance(value, list):
        return tuple(name for item in value for name in parameters_in(item))
    if not isinstance(value, Mapping):
        return ()
    given = value.get("Get")
    if isinstance(given, str) and given.startswith("Parameters."):
        return (given.removeprefix("Parameters."),)
    return tuple(name for item in value.values() for name in parameters_in(item))


def texts(value: object, definition: Definition, where: str, member: str = "") -> Iterator[Text]:
    """Yield every text in a value, with expressions evaluated; an entry of a list has the name of the list."""
    if isinstance(value, str):
        yield Text(where, member, value, ())
    elif function_of(value) is not None:
        known = value_of(value, definition)
        if isinstance(known, str):
            yield Text(where, member, known, parameters_in(value))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item, definition, pointer(where, name), str(name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, definition, pointer(where, number), member)
