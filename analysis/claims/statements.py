"""Statements: what a headline can state about boards, shares and repeats, each kind written in TOML as one key with a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from typing import Any

from analysis.categories.categories import find_category
from analysis.errors import WorkbookError
from analysis.results.prose import shortened

#: Decimals of a percentage, and the largest rank or number of ranks.
FINEST, LARGEST = 9, 1_000_000


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text, and not empty")
    return value


def _models(value: Any) -> tuple[str, ...]:
    names = tuple(map(_text, value)) if isinstance(value, list) else ()
    if len(names) < 2:
        raise ValueError("a list of two models or more")
    return names


def _category(value: Any) -> str:
    """A category's name. Raises a UsageError where there is none such; it lists the known ones."""
    name = _text(value)
    find_category(name)
    return name


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
            raise ValueError(f"a whole number from {least} to {LARGEST:,}")
        return value

    return read


def _percent(value: Any) -> Decimal:
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    fits = isinstance(number, Decimal) and number.is_finite() and 0 < number < 100
    if not fits or int(number.as_tuple().exponent) < -FINEST:
        raise ValueError(f"a number between 0 and 100 with {FINEST} decimals at most, as it was printed")
    return number


def _key(read: Callable[[Any], Any], example: str, name: str = "", default: Any = MISSING) -> Any:
    """A field of a statement: how its value is read (a ValueError says what it must be), an example in TOML, and its key in TOML
    where that is not the field's name."""
    return field(default=default, metadata={"read": read, "example": example, "name": name})


def _in(name: str = "", default: Any = "overall", example: str = '"overall"') -> Any:
    return _key(_category, example, name, default)


@dataclass(frozen=True)
class First:
    """A model has the highest rating of a category."""

    model: str = _key(_text, '"X"')
    category: str = _in()


@dataclass(frozen=True)
class TieForFirst:
    """Some models are level, and no other model is above them."""

    models: tuple[str, ...] = _key(_models, '["X", "Y"]')
    category: str = _in()

    def __post_init__(self) -> None:
        _check_different("models", self.models)


@dataclass(frozen=True)
class Above:
    """A model has a higher rating than another."""

    model: str = _key(_text, '"X"')
    other: str = _key(_text, '"Y"')
    category: str = _in()

    def __post_init__(self) -> None:
        _check_different("model and other", (self.model, self.other))


@dataclass(frozen=True)
class Top:
    """A model is in the first `ranks` of a category."""

    model: str = _key(_text, '"X"')
    ranks: int = _key(_whole(1), "10")
    category: str = _in()


@dataclass(frozen=True)
class BestOpen:
    """A model has the highest rating of the models with open weights."""

    model: str = _key(_text, '"X"')
    category: str = _in()


@dataclass(frozen=True, kw_only=True)
class Moves:
    """A model has one given rank in one category and another in another."""

    model: str = _key(_text, '"X"')
    category_from: str = _in("from")
    category_to: str = _in("to", MISSING, '"multi_turn"')
    rank_from: int = _key(_whole(1), "8")
    rank_to: int = _key(_whole(1), "3")

    def __post_init__(self) -> None:
        _check_different("from and to", (self.category_from, self.category_to))


@dataclass(frozen=True, kw_only=True)
class Gains:
    """A model's rank in one category is at least `ranks` better than in another."""

    model: str = _key(_text, '"X"')
    category_from: str = _in("from")
    category_to: str = _in("to", MISSING, '"multi_turn"')
    ranks: int = _key(_whole(1), "2")

    def __post_init__(self) -> None:
        _check_different("from and to", (self.category_from, self.category_to))


@dataclass(frozen=True)
class MultiTurnShare:
    """The share of multi-turn votes, in per cent with the digits that were printed: 14 is another claim than 14.0."""

    percent: Decimal = _key(_percent, "14")  # noqa: RUF009 - a field, as the others

    @property
    def share(self) -> float:
        return float(self.percent / 100)

    @property
    def lower(self) -> float:
        """Shares from here up to but not including `upper` are printed as this one."""
        return float((self.percent - self._half) / 100)

    @property
    def upper(self) -> float:
        return float((self.percent + self._half) / 100)

    @property
    def _half(self) -> Decimal:
        return Decimal(5).scaleb(int(self.percent.as_tuple().exponent) - 1)


@dataclass(frozen=True)
class _AboutShare:
    """A share in per cent, give or take `within` points."""

    percent: Decimal = _key(_percent, "10")  # noqa: RUF009 - a field, as the others
    within: Decimal = _key(_percent, "2")  # noqa: RUF009

    @property
    def lower(self) -> float:
        return float((self.percent - self.within) / 100)

    @property
    def upper(self) -> float:
        return float((self.percent + self.within) / 100)


@dataclass(frozen=True)
class RepeatShare(_AboutShare):
    """The share of votes whose prompt was asked before."""


@dataclass(frozen=True)
class FreshShare(_AboutShare):
    """The share of votes whose prompt nothing earlier matches."""


@dataclass(frozen=True)
class WinRatesMove:
    """Without repeated prompts, a model's win rates against others (ties left out) move by at most `by` percentage points."""

    model: str = _key(_text, '"X"')
    others: tuple[str, ...] = _key(_models, '["Y", "Z"]')
    by: Decimal = _key(_percent, "1.4", "move_at_most")  # noqa: RUF009

    def __post_init__(self) -> None:
        _check_different("model and others", (self.model, *self.others))


@dataclass(frozen=True)
class ExposureGains:
    """A model does better on the prompts of a released set than on others, beyond what the other models do."""

    model: str = _key(_text, '"X"')
    prompts: str = _key(_text, '"lmsys-chat-1m"')


@dataclass(frozen=True)
class RepeatsMoveNoRank:
    """Without repeated prompts, no rank among the first `ranks` (0: of all models) changes by more than `by`."""

    by: int = _key(_whole(0), "3", "move_at_most")
    ranks: int = _key(_whole(1), "20", default=0)


Statement = (
    First
    | TieForFirst
    | Above
    | Top
    | BestOpen
    | Moves
    | Gains
    | MultiTurnShare
    | RepeatsMoveNoRank
    | RepeatShare
    | FreshShare
    | WinRatesMove
    | ExposureGains
)

#: The keys that say what a claim states.
KINDS: Mapping[str, type[Statement]] = {
    "first": First,
    "tie_for_first": TieForFirst,
    "above": Above,
    "top": Top,
    "best_open": BestOpen,
    "moves": Moves,
    "gains": Gains,
    "multi_turn_share": MultiTurnShare,
    "repeats": RepeatsMoveNoRank,
    "repeat_share": RepeatShare,
    "fresh_share": FreshShare,
    "win_rates": WinRatesMove,
    "exposure": ExposureGains,
}


def _check_different(keys: str, names: tuple[str, ...]) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"{keys} must be different")


def keys_of(kind: str) -> dict[str, Any]:
    """The fields of a kind of statement by their keys in TOML."""
    return {one.metadata["name"] or one.name: one for one in fields(KINDS[kind])}


def spelling(kind: str, values: Mapping[str, str] | None = None) -> str:
    """A statement in TOML: of these values by key, each in TOML, or an example with all keys that the kind has."""
    written = values or {key: one.metadata["example"] for key, one in keys_of(kind).items()}
    return f"{kind} = {{ {', '.join(f'{key} = {value}' for key, value in written.items())} }}"


def read_statement(kind: str, values: Any) -> Statement:
    """The statement that a table of this kind makes.

    Raises:
        ValueError: no table, a key too many or too few, a value of the wrong type, or what cannot be meant (a model above
            itself); the message names the key and what it may be.
    """
    known = keys_of(kind)
    if not isinstance(values, dict):
        raise ValueError(f"{kind} must be a table, such as {spelling(kind)}")
    unknown = [key for key in values if key not in known]
    missing = [key for key, one in known.items() if one.default is MISSING and key not in values]
    if unknown or missing:
        wrong = f"has an unknown {shown(unknown[0])}" if unknown else f"has no {missing[0]}"
        raise ValueError(f"{kind} {wrong}; it has {', '.join(known)}, such as {spelling(kind)}")
    read = {}
    for key, value in values.items():
        try:
            read[known[key].name] = known[key].metadata["read"](value)
        except WorkbookError as error:  # no such category, or a folder of topics that cannot be read
            raise ValueError(f"{kind}: {key}: {str(error).rstrip('.')}") from None
        except ValueError as error:
            raise ValueError(f"{kind}: {key} is {shown(value)}; it must be {error}") from None
    try:
        return KINDS[kind](**read)
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


def shown(value: Any, most: int = 60) -> str:
    """A value of a file as an error shows it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # written with more digits than Python turns into text
        return "a number of too many digits"
    return shortened(text, most)
