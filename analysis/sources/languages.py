"""Languages by their English names, whatever the release calls them: one name for `EN`, `eng`, `english` and `en-US`.

Codes, their aliases and the names in every language come from Unicode CLDR through Babel, which is imported late: only
releases with languages pay for it (some 50 ms, and 300 ms more where a label is no English name and no code).
"""

import functools
import pickle
import re
from pathlib import Path

from analysis.sources.cells import MISSING

#: Codes and names that say that the language is not known, or that there is none or more than one.
_UNKNOWN = frozenset({"und", "unknown", "un", "xx", "zxx", "mul", "mis", "undetermined"})
#: One language where CLDR has two codes without an alias: written Norwegian is Bokmål unless it says Nynorsk.
_SAME = {"nb": "no"}
#: Names in English that are not the first choice of CLDR.
_OTHER_NAMES = {
    **{"mandarin": "zh", "mandarin chinese": "zh", "farsi": "fa", "castilian": "es", "sinhalese": "si", "oriya": "or"},
    **{"modern greek": "el"},
}
#: A language by its code, then script, region or variants.
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_IN_PARENTHESES = re.compile(r"(.+?)\s*\((.+)\)")
#: More than the longest name of a language in CLDR; what is longer is no language.
_LONGEST = 100


@functools.lru_cache(maxsize=10_000)
def language_name(label: str) -> str | None:
    """The English name of a language (`zh-Hant`, `chi`, `CHINESE`, `中文` -> `Chinese`); None where nothing is there.

    A label is a code of ISO 639 (two or three letters, those of libraries too, with or without script and region), a name
    in English in any case, or a language's own name for itself where only one language has it. Codes that CLDR takes for
    one language have one name: `iw` is Hebrew, `cmn` Chinese, `tl` Filipino. Failed detection (`und`, `unknown`), several
    languages and none become `unknown`. What CLDR does not know passes as it is.
    """
    label = label.strip()
    if label in MISSING:
        return None
    if len(label) > _LONGEST:
        return label
    code = _code(label)
    if code is None:
        return label
    return "unknown" if code in _UNKNOWN else _names()[code]


def _code(label: str) -> str | None:
    """The code of the language, a key of `_names` or one of `_UNKNOWN`; None where CLDR does not know the label."""
    folded = " ".join(label.replace("_", " ").split()).casefold()
    by_name = _codes_by_name()
    # In the very spelling of CLDR, "Ga" is the language of that name; "ga" is the code of Irish.
    if label in _names().values() and folded in by_name:
        return by_name[folded]
    return _of_tag(label) or by_name.get(folded) or _of_variant(folded) or _codes_by_own_name().get(folded)


def _of_tag(label: str) -> str | None:
    tag = label.casefold().replace("_", "-")
    if tag in _UNKNOWN:
        return tag
    if not _TAG.fullmatch(tag):
        return None
    code, _, rest = tag.partition("-")
    if code in _UNKNOWN:
        return code
    if rest and not _is_suffix(rest.split("-")[0]):
        return None
    return _canonical(tag.replace("-", "_")) or _canonical(code)


def _is_suffix(part: str) -> bool:
    """Whether a part of a tag can follow the language: a known script or region, a longer code, a variant, an extension."""
    scripts, regions = _scripts_and_regions()
    return part.title() in scripts or part.upper() in regions or len(part) in (1, 3) or len(part) > 4


def _of_variant(folded: str) -> str | None:
    """The code of `english (us)`, by its name without what stands in parentheses, unless both together are a name."""
    match = _IN_PARENTHESES.fullmatch(folded)
    if match is None:
        return None
    name, variant = match.groups()
    known = _codes_by_name()
    return known.get(f"{name} {variant}") or known.get(f"{variant} {name}") or known.get(name) or _codes_by_own_name().get(name)


def _canonical(code: str) -> str | None:
    """The code that CLDR prefers, without script and region; None where it has no English name for it."""
    from babel.core import get_global

    aliases = get_global("language_aliases")
    language = str(aliases.get(code, code)).split("_")[0]
    language = str(aliases.get(language, language)).split("_")[0]
    language = _SAME.get(language, language)
    return language if language in _names() or language in _UNKNOWN else None


@functools.cache
def _names() -> dict[str, str]:
    """The English names by code, those of dialects (`en_AU`) included."""
    from babel import Locale

    return {str(code): str(english) for code, english in Locale("en").languages.items()}


@functools.cache
def _codes_by_name() -> dict[str, str]:
    found = dict(_OTHER_NAMES)
    for code, name in _names().items():
        language = _canonical(code)
        if language is not None:
            found[name.casefold()] = language
    return found


@functools.cache
def _scripts_and_regions() -> tuple[frozenset[str], frozenset[str]]:
    from babel import Locale

    english = Locale("en")
    return frozenset(english.scripts), frozenset(english.territories)


@functools.cache
def _codes_by_own_name() -> dict[str, str]:
    """The codes by what the languages call themselves (`deutsch`, `中文`, `简体中文`), where only one language does.

    Babel's own reader puts each locale together from its parents, which takes three times as long; the names that a
    language has for itself are in its own file.
    """
    from babel import localedata

    found: dict[str, set[str]] = {}
    for path in sorted(Path(str(localedata.__file__)).with_name("locale-data").glob("*.dat")):
        language, _, script = path.stem.partition("_")
        if len(script) not in (0, 4):
            continue
        with path.open("rb") as stream:
            names = pickle.load(stream).get("languages", {})  # a part of Babel, not of anyone's data
        for code, name in names.items():
            canonical = _canonical(language) if code.split("_")[0] == language else None
            if canonical is not None:
                found.setdefault(str(name).casefold(), set()).add(canonical)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
