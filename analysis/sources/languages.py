"""Languages by their English names, whatever the release calls them."""

import functools
import re

_CODE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]+)*")
_UNKNOWN = frozenset({"und", "unknown", "un", "xx", "zxx"})


@functools.cache
def language_name(label: str) -> str:
    """The English name of a language given by ISO 639 code (`zh-Hant` -> `Chinese`); names pass as they are.

    Failed detection (`und`, `unknown`) becomes `unknown`. Names come from Unicode CLDR through Babel; a code that CLDR
    does not know passes as it is.
    """
    if label.lower() in _UNKNOWN:
        return "unknown"
    if not _CODE.fullmatch(label):
        return label
    return _code_names().get(re.split("[-_]", label)[0], label)


@functools.cache
def _code_names() -> dict[str, str]:
    from babel import Locale  # late: only releases with codes pay for it

    return {str(code): str(english) for code, english in Locale("en").languages.items()}
