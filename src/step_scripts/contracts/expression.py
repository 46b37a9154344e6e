"""A rule on rows as an expression: Python's own grammar, of which nothing is left but arithmetic and comparisons.

`DataFrame.eval` reads the same expressions, and would also call methods and look up names, which a rule that is data
must not; and it turns `column == 'word'` into `isin`, which takes a hundred times as long on categories.
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

_QUOTED = re.compile(r"`([^`]+)`")
_MARK = "quoted_"  # begins what stands for a quoted name in a tree: its bytes follow, for a name has none but letters
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
        The table. A true counts as 1 and a false as 0, so that ``a + b == 1`` says that one of two bools is true.
    expression
        Of columns (those that are no identifiers between backticks), numbers and quoted words; ``+ - *``; ``== != <
        <= > >= in``; ``and or not``.

    Returns
    -------
    Series of shape (n,), bool
        True as well for a row with a missing value in a column of the table: that is another rule's.

    Raises
    ------
    ValueError
        When the expression has something else in it or a column that the table lacks, or is no yes or no.

    Examples
    --------
    >>> frame = pd.DataFrame({"kind": ["Theft", "Theft", None], "cars": [1, 2, 2]})
    >>> satisfied(frame, "kind != 'Theft' or cars == 1").tolist()
    [True, False, True]
    """
    columns = {name: _number(values) for name, values in frame.items()}
    try:
        result = _value(parsed(expression), columns, expression)
    except TypeError as error:
        raise ValueError(f"expression {expression!r} mixes what does not go together: {error}") from None
    if not isinstance(result, pd.Series) or result.dtype != bool:
        raise ValueError(f"expression {expression!r} is not true or false of each row")
    return result if result.all() else result | frame.isna().any(axis=1)


@cache
def predicate(expression: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return a function that tells of one row, a mapping of column to value, whether it satisfies an expression.

    It says of every row what `satisfied` says of a table's, in a microsecond instead of a millisecond. No value may be
    missing.

    Raises
    ------
    ValueError
        When the expression has something in it that `satisfied` refuses, or Python cannot read.

    Examples
    --------
    >>> predicate("kind != 'Theft' or cars == 1")({"kind": "Theft", "cars": 2})
    False
    """
    row = ast.arguments([], [ast.arg("row")], kwonlyargs=[], kw_defaults=[], defaults=[])
    body: ast.expr = _OfRow(expression).visit(copy.deepcopy(parsed(expression)))
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(row, body)))
    function: Callable[[Mapping[str, Any]], bool] = eval(  # noqa: S307 - nothing is left in it but what is listed below
        compile(tree, expression, "eval"), {"__builtins__": {}}
    )
    return function


class _OfRow(ast.NodeTransformer):
    """Turns names into look-ups in a row, and lets pass what the language of expressions has, and nothing else."""

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
    ValueError
        When it does not follow Python's grammar.
    """
    try:
        plain = _QUOTED.sub(lambda quoted: f"{_MARK}{quoted[1].encode().hex()}", expression.strip())
        return ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"expression {expression!r} cannot be read: {error.msg}") from None


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


def _unexpected(node: ast.AST, expression: str) -> ValueError:
    return ValueError(
        f"expression {expression!r}: expected columns of the rule, numbers, words, + - *, comparisons, and, or, not; "
        f"got {ast.unparse(node)}"
    )


def _name(name: str) -> str:
    return bytes.fromhex(name.removeprefix(_MARK)).decode() if name.startswith(_MARK) else name


def _number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return bools as numbers, be they objects because some are missing; any other column as it is."""
    if values.dtype == bool:
        return values.astype("int8")
    if values.dtype == object and all(isinstance(value, bool) for value in values.dropna()):
        return values.astype("float64")
    return values
