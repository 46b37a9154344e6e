"""A rule on rows as an expression: Python's grammar, restricted to arithmetic, comparisons and logic.

`DataFrame.eval` reads the same expressions, but it also calls methods and looks up names, which a rule that is data
must not do. And it turns `column == 'word'` into `isin`, which takes a hundred times as long on categories.
"""

import ast
import copy
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, reduce
from types import MappingProxyType
from typing import Any

import pandas as pd

from step_scripts.contracts.date_format import as_moment
from step_scripts.contracts.error import InvalidContractError

_QUOTED = re.compile(r"`([^`]+)`")
_MARK = "quoted_"  # stands for a quoted name in a tree; the name's bytes follow as hexadecimal digits
_ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
)
_COMPARISONS: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.In: lambda left, right: reduce(operator.or_, (left == value for value in right)),
        ast.NotIn: lambda left, right: reduce(operator.and_, (left != value for value in right)),
    }
)
_LOGIC: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType({ast.And: operator.and_, ast.Or: operator.or_})


def satisfied(frame: pd.DataFrame, expression: str) -> "pd.Series[bool]":
    """Tell which rows of a table satisfy an expression.

    Parameters
    ----------
    frame
        The table. True counts as 1 and False as 0: ``a + b == 1`` says that exactly one of two bools is true.
    expression
        Columns (between backticks where the name is not an identifier), numbers and quoted words; ``+ - *``; ``== != <
        <= > >= in``; ``and or not``. A word that is compared with a column of dates or timestamps is one in ISO 8601.

    Returns
    -------
    Series of shape (n,), bool
        Also True for a row with a missing value in any column of the table: another rule judges missing values.

    Raises
    ------
    InvalidContractError
        When the expression has anything else in it or a column that the table lacks, or its value is not a bool.

    Examples
    --------
    >>> frame = pd.DataFrame({"kind": ["Flat", "Flat", None], "rooms": [1, 20, 20]})
    >>> satisfied(frame, "kind != 'Flat' or rooms < 20").tolist()
    [True, False, True]
    """
    columns = {name: _number(values) for name, values in frame.items()}
    try:
        result = _value(parsed(expression), columns, expression)
    except TypeError as error:
        raise InvalidContractError(f"expression {expression!r} mixes types: {error}") from None
    if not isinstance(result, pd.Series) or result.dtype != bool:
        raise InvalidContractError(f"expression {expression!r} is not true or false of each row")
    return result if result.all() else result | frame.isna().any(axis=1)


@cache
def predicate(expression: str, dates: tuple[tuple[str, bool], ...] = ()) -> Callable[[Mapping[str, Any]], bool]:
    """Return a function that checks whether one row, a mapping of column to value, satisfies an expression.

    Its result is that of `satisfied` for the same row, in a microsecond instead of a millisecond. No value may be
    missing.

    Parameters
    ----------
    expression
        As for `satisfied`.
    dates
        The columns of dates and timestamps, each with whether it has a zone. Their values are datetimes.

    Raises
    ------
    InvalidContractError
        When the expression has something in it that `satisfied` rejects, or that Python cannot read.

    Examples
    --------
    >>> predicate("kind != 'Flat' or rooms < 20")({"kind": "Flat", "rooms": 20})
    False
    """
    row = ast.arguments([], [ast.arg("row")], kwonlyargs=[], kw_defaults=[], defaults=[])
    translator = _OfRow(expression, dict(dates))
    body: ast.expr = translator.visit(copy.deepcopy(parsed(expression)))
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(row, body)))
    function: Callable[[Mapping[str, Any]], bool] = eval(  # noqa: S307 - `_OfRow` lets only the listed nodes pass
        compile(tree, expression, "eval"), {"__builtins__": {}, **translator.moments}
    )
    return function


class _OfRow(ast.NodeTransformer):
    """Turns names into look-ups in a row, and rejects every node that the language of expressions does not have."""

    def __init__(self, expression: str, dates: Mapping[str, bool]) -> None:
        self._expression, self._dates = expression, dates
        self.moments: dict[str, datetime] = {}

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401 - a node, of its kind
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            self._read_moments(node)
        match node:
            case ast.Name(id=name) if name not in self.moments:
                return ast.Subscript(ast.Name("row", ast.Load()), ast.Constant(_name(name)), ast.Load())
            case ast.Constant(value=int() | float() | str()) | ast.Name():
                return node
            case ast.UnaryOp(op=ast.Not() | ast.USub()) | ast.BoolOp():
                return self.generic_visit(node)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) if elements:
                return self.generic_visit(node)
            case ast.BinOp(op=op) | ast.Compare(ops=[op]) if type(op) in {*_ARITHMETIC, *_COMPARISONS}:
                return self.generic_visit(node)
            case ast.operator() | ast.cmpop() | ast.boolop() | ast.unaryop() | ast.expr_context():
                return node
        raise _unexpected(node, self._expression)

    def _read_moments(self, node: ast.Compare) -> None:
        """Read the words that are compared with a column of dates."""
        sides = (node.left, node.comparators[0])
        for side in sides:
            if isinstance(side, ast.Name) and (zone := self._dates.get(_name(side.id))) is not None:
                node.left, node.comparators[0] = (self._with_moments(each, zone=zone) for each in sides)

    def _with_moments(self, node: ast.expr, *, zone: bool) -> ast.expr:
        """Return a word, or a list of words, as names of the moments that they mean."""
        if isinstance(node, ast.List | ast.Tuple):
            return ast.Tuple([self._with_moments(each, zone=zone) for each in node.elts], ast.Load())
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return node
        name = f"moment {len(self.moments)}"  # no column can be called so here: a name has no blank
        self.moments[name] = _moment(node.value, self._expression, zone=zone)
        return ast.Name(name, ast.Load())


def require_sound(expression: str, samples: Mapping[str, Any]) -> None:
    """Raise if an expression cannot be evaluated.

    Parameters
    ----------
    expression
        As for `satisfied`.
    samples
        A value of each column that it may name.

    Raises
    ------
    InvalidContractError
        When it cannot be read, names another column, mixes types, or is not true or false of each row.

    Examples
    --------
    >>> require_sound("rooms < 'many'", {"rooms": 1})
    Traceback (most recent call last):
    step_scripts.contracts.error.InvalidContractError: expression "rooms < 'many'" mixes types: '<' not supported \
between instances of 'int' and 'str'
    """
    try:
        result = _value(parsed(expression), samples, expression)
    except TypeError as error:
        raise InvalidContractError(f"expression {expression!r} mixes types: {error}") from None
    if not isinstance(result, bool):
        raise InvalidContractError(f"expression {expression!r} is not true or false of each row")


@cache
def parsed(expression: str) -> ast.expr:
    """Return the tree of an expression, its quoted columns as names.

    Raises
    ------
    InvalidContractError
        When it does not follow Python's grammar.
    """
    try:
        plain = _QUOTED.sub(lambda quoted: f"{_MARK}{quoted[1].encode().hex()}", expression.strip())
        return ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        raise InvalidContractError(f"expression {expression!r} cannot be read: {error.msg}") from None


def _value(node: ast.AST, columns: Mapping[Any, Any], expression: str) -> Any:  # noqa: ANN401, PLR0911 - column, number or word; one kind of node after the other
    def value(child: ast.AST) -> Any:  # noqa: ANN401
        return _value(child, columns, expression)

    match node:
        case ast.Name(id=name) if (column := _name(name)) in columns:
            return columns[column]
        case ast.Constant(value=int() | float() | str() as constant):
            return constant
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if elements:
            return [value(element) for element in elements]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            negated = value(operand)
            return not negated if isinstance(negated, bool) else ~negated
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](value(left), value(right))
        case ast.BoolOp(op=op, values=parts):
            return reduce(_LOGIC[type(op)], map(value, parts))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](*_comparable(value(left), value(right), expression))
    raise _unexpected(node, expression)


def _comparable(left: Any, right: Any, expression: str) -> tuple[Any, Any]:  # noqa: ANN401 - columns, numbers or words
    """Return two sides of a comparison: words beside a column of dates are moments."""
    if (zone := _zone(left)) is not None:
        return left, _moments(right, expression, zone=zone)
    if (zone := _zone(right)) is not None:
        return _moments(left, expression, zone=zone), right
    return left, right


def _zone(value: object) -> bool | None:
    """Tell whether dates have a zone; None if the value is anything else."""
    if isinstance(value, pd.Series):
        return isinstance(value.dtype, pd.DatetimeTZDtype) if value.dtype.kind == "M" else None
    return value.tzinfo is not None if isinstance(value, datetime) else None


def _moments(value: Any, expression: str, *, zone: bool) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_moments(each, expression, zone=zone) for each in value]
    return _moment(value, expression, zone=zone) if isinstance(value, str) else value


def _moment(text: str, expression: str, *, zone: bool) -> datetime:
    if (found := as_moment(text, zone=zone)) is None:
        example = "2026-01-31T12:00:00Z" if zone else "2026-01-31"
        raise InvalidContractError(f"expression {expression!r}: expected a date such as '{example}', got {text!r}")
    return found


def _unexpected(node: ast.AST, expression: str) -> InvalidContractError:
    return InvalidContractError(
        f"expression {expression!r}: expected columns of the rule, numbers, words, + - *, comparisons, and, or, not; "
        f"got {ast.unparse(node)}"
    )


def _name(name: str) -> str:
    return bytes.fromhex(name.removeprefix(_MARK)).decode() if name.startswith(_MARK) else name


def _number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return bools as numbers, also where some are missing; any other column as it is, but of a dtype of numpy.

    What stands for a missing value makes no difference: a row with one satisfies every expression.
    """
    if isinstance(values.dtype, pd.BooleanDtype):
        return values.fillna(value=False).astype("int8")
    if isinstance(values.dtype, pd.Int64Dtype):
        return values.fillna(0).astype("int64")
    if values.dtype == bool:
        return values.astype("int8")
    if values.dtype == object and all(isinstance(value, bool) for value in values.dropna()):
        return values.astype("float64")
    return values
