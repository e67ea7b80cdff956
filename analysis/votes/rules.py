"""An analyst's own rule, written as an expression over the columns of the vote table: `turns >= 3 and language == "English"`.

The text is parsed, never executed, and becomes an Ibis expression; only what is listed here is allowed.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.errors import UsageError
from analysis.results.prose import joined, shortened
from analysis.results.spelling import did_you_mean
from analysis.votes.schema import BY_NAME, NAMES, VOTE_SCHEMA

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Unknown names that an error lists.
_LISTED = 6

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


#: Characters of a rule that an error shows.
_SHOWN = 80


def parse_rule(text: str) -> tuple[tuple[str, ...], Callable[[ir.Table], ir.BooleanValue]]:
    """The columns a rule reads, and the rule as a function of the vote table.

    Allowed: column names, numbers, strings, `== != < <= > >= in not in`, `and or not`, `+ - * /` and parentheses.

    Raises:
        UsageError: the text is no such expression, or names a column the vote table does not have.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"rule {_quoted(text)} cannot be read: {error}.") from None
    except (RecursionError, MemoryError):
        raise UsageError(f"rule {_quoted(text)} cannot be read: it is nested too deep.") from None
    columns = tuple(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
    unknown = [name for name in columns if name not in NAMES]
    if unknown or not columns:
        raise UsageError(
            f"rule {_quoted(text)} names {joined(map(_named, unknown), _LISTED, last=', ') or 'no column'}; "
            f"the columns are {', '.join(NAMES)}."
        )
    _check(tree, text)
    _try(tree, text)
    return columns, lambda votes: _build(tree, votes)


def _try(tree: ast.expr, text: str) -> None:
    """Run the rule on a vote table of one made-up vote, so that what cannot be compared is said before any vote is read.

    Raises:
        UsageError: values and columns of kinds that do not go together, or no yes or no.
    """
    import duckdb
    import ibis
    from ibis.common.annotations import ValidationError
    from ibis.common.exceptions import IbisError

    from analysis.votes import engine

    votes = ibis.memtable(_ONE_VOTE)
    try:
        rule = _build(tree, votes)
        if not isinstance(rule, ibis.expr.types.BooleanValue):
            raise UsageError(f"rule {_quoted(text)} is not a yes-or-no expression, such as turns >= 3.")
        # Each comparison by itself too: an engine leaves out what cannot change the answer for this one vote.
        tests = [_build(node, votes) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
        named = {f"test_{number}": test for number, test in enumerate(tests) if isinstance(test, ibis.Expr)}
        engine.to_arrow(votes.select("vote_id", **named))
        engine.to_arrow(votes.filter(rule).select("vote_id"))
    except RecursionError:
        raise UsageError(f"rule {_quoted(text)} cannot be read: it is nested too deep.") from None
    except (IbisError, ValidationError, duckdb.Error, TypeError, ValueError, AttributeError, ArithmeticError):
        names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
        kinds = ", ".join(f"{name} is {_kind(BY_NAME[name].type)}" for name in names)
        raise UsageError(f"rule {_quoted(text)} compares what cannot be compared; {kinds}.") from None


def _something(kind: pa.DataType) -> pa.Array:
    """One value of a type of column."""
    if pa.types.is_list(kind):
        return pa.array([["text"]], kind)
    return pa.array(["text"]) if pa.types.is_string(kind) else pa.array([1], pa.int64()).cast(kind)


#: One vote that nobody cast, with something in every column.
_ONE_VOTE = pa.table([_something(field.type) for field in VOTE_SCHEMA], schema=VOTE_SCHEMA)


def _kind(kind: pa.DataType) -> str:
    """A type of column as an analyst says it."""
    if pa.types.is_list(kind):
        return "a list of texts"
    if pa.types.is_integer(kind):
        return "a number"
    return {pa.string(): "a text, written in quotes", pa.bool_(): "true or false"}.get(kind, "a time")


def _quoted(text: str) -> str:
    """A rule as an error shows it."""
    return repr(shortened(text, _SHOWN))


def _named(column: str) -> str:
    """An unknown column as an error shows it, with the one that may be meant."""
    return f"{_quoted(column)}{did_you_mean(column, NAMES)}"


def _check(tree: ast.expr, text: str) -> None:
    """Refuse everything that `_build` does not know, before any vote is read."""
    allowed = (
        ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.BinOp, ast.Name, ast.Load, ast.Constant,
        ast.List, ast.Tuple, *_COMPARE, *_ARITHMETIC,
    )  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            raise UsageError(f"rule {_quoted(text)}: {type(node).__name__.lower()} is not allowed; compare columns with values.")
    if not isinstance(tree, ast.BoolOp | ast.Compare | ast.Name) and not (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    ):
        raise UsageError(f"rule {_quoted(text)} is not a yes-or-no expression, such as turns >= 3.")


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
            return _ARITHMETIC[type(op)](_number(_build(left, votes)), _number(_build(right, votes)))
        case ast.Name(id=name):
            return votes[name]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return _alike([_build(element, votes) for element in elements])
        case ast.Constant(value=value):
            return value
    raise AssertionError(f"unchecked node {ast.dump(node)}")


def _number(value: Any) -> Any:
    """A side of an arithmetic expression; whole numbers of a column as real ones, which do not overflow."""
    return value.cast("float64") if hasattr(value, "type") and value.type().is_integer() else value


def _alike(values: list[Any]) -> list[Any]:
    """The values of a list, all texts or none of them; a TypeError otherwise, as an engine notices only where one vote does."""
    texts = {
        value.type().is_string() if hasattr(value, "type") else isinstance(value, str) for value in values if value is not None
    }
    if len(texts) > 1:
        raise TypeError("texts and other values in one list")
    return values
