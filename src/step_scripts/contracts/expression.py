"""A rule on rows as an expression: Python's grammar, restricted to arithmetic, comparisons and logic.

`DataFrame.eval` reads the same expressions, but it also calls methods and looks up names, which a rule that is data
must not do. And it turns `column == 'word'` into `isin`, which takes a hundred times as long on categories.
"""

import ast
import copy
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache, reduce
from types import MappingProxyType
from typing import Any

import pandas as pd

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
        <= > >= in``; ``and or not``.

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
def predicate(expression: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return a function that checks whether one row, a mapping of column to value, satisfies an expression.

    Its result is that of `satisfied` for the same row, in a microsecond instead of a millisecond. No value may be
    missing.

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
    body: ast.expr = _OfRow(expression).visit(copy.deepcopy(parsed(expression)))
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(row, body)))
    function: Callable[[Mapping[str, Any]], bool] = eval(  # noqa: S307 - `_OfRow` lets only the listed nodes pass
        compile(tree, expression, "eval"), {"__builtins__": {}}
    )
    return function


class _OfRow(ast.NodeTransformer):
    """Turns names into look-ups in a row, and rejects every node that the language of expressions does not have."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401 - a node, of its kind
        match node:
            case ast.Name(id=name):
                return ast.Subscript(ast.Name("row", ast.Load()), ast.Constant(_name(name)), ast.Load())
            case ast.Constant(value=int() | float() | str()):
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
            return ~value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](value(left), value(right))
        case ast.BoolOp(op=op, values=parts):
            return reduce(_LOGIC[type(op)], map(value, parts))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](value(left), value(right))
    raise _unexpected(node, expression)


def _unexpected(node: ast.AST, expression: str) -> InvalidContractError:
    return InvalidContractError(
        f"expression {expression!r}: expected columns of the rule, numbers, words, + - *, comparisons, and, or, not; "
        f"got {ast.unparse(node)}"
    )


def _name(name: str) -> str:
    return bytes.fromhex(name.removeprefix(_MARK)).decode() if name.startswith(_MARK) else name


def _number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return bools as numbers, also where some are missing and the dtype is object; any other column as it is."""
    if values.dtype == bool:
        return values.astype("int8")
    if values.dtype == object and all(isinstance(value, bool) for value in values.dropna()):
        return values.astype("float64")
    return values
