"""An analyst's own rule, written as an expression over the columns of the vote table: `turns >= 3 and language == "English"`.

The text is parsed, never executed, and becomes an Ibis expression; only what is listed here is allowed.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import UsageError
from analysis.schema import NAMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda column, values: column.isin(values),
    ast.NotIn: lambda column, values: ~column.isin(values),
}

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def parse_rule(text: str) -> tuple[tuple[str, ...], Callable[[ir.Table], ir.BooleanValue]]:
    """The columns a rule reads, and the rule as a function of the vote table.

    Allowed: column names, numbers, strings, `== != < <= > >= in not in`, `and or not`, `+ - * /` and parentheses.

    Raises:
        UsageError: the text is no such expression, or names a column the vote table does not have.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"rule {text!r} cannot be read: {error}.") from None
    columns = tuple(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
    unknown = [name for name in columns if name not in NAMES]
    if unknown or not columns:
        raise UsageError(
            f"rule {text!r} names {', '.join(map(repr, unknown)) or 'no column'}; the columns are {', '.join(NAMES)}."
        )
    _check(tree, text)
    return columns, lambda votes: _build(tree, votes)


def _check(tree: ast.expr, text: str) -> None:
    """Refuse everything that `_build` does not know, before any vote is read."""
    allowed = (
        ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.BinOp, ast.Name, ast.Load, ast.Constant,
        ast.List, ast.Tuple, *_COMPARE, *_ARITHMETIC,
    )  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            raise UsageError(f"rule {text!r}: {type(node).__name__.lower()} is not allowed; compare columns with values.")
    if not isinstance(tree, ast.BoolOp | ast.Compare | ast.Name) and not (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    ):
        raise UsageError(f"rule {text!r} is not a yes-or-no expression, such as turns >= 3.")


def _build(node: ast.expr, votes: ir.Table) -> Any:
    """The Ibis expression of a checked node."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_build(value, votes) for value in values]
            result = parts[0]
            for part in parts[1:]:
                result = (result & part) if isinstance(op, ast.And) else (result | part)
            return result
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_build(operand, votes)
        case ast.UnaryOp(operand=operand):
            return -_build(operand, votes)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [_build(side, votes) for side in (left, *comparators)]
            tests = [_COMPARE[type(op)](one, other) for op, one, other in zip(ops, sides, sides[1:], strict=False)]
            result = tests[0]
            for test in tests[1:]:
                result = result & test
            return result
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](_build(left, votes), _build(right, votes))
        case ast.Name(id=name):
            return votes[name]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_build(element, votes) for element in elements]
        case ast.Constant(value=value):
            return value
    raise AssertionError(f"unchecked node {ast.dump(node)}")
