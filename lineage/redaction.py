"""Which parts of a text are secrets that nobody may read here?"""

import re
from typing import Any

MARK = "***"

_USERINFO = re.compile(
    r"(?P<before>://[^\s:/@?#\"'<>]*:)"
    r"(?:[^\s/@?#\"'<>]*@)+(?=[^\s@])"
)


def scrub(text: str) -> str:
    """Replace each secret in `text` by `***`. Scrubbing twice changes nothing more."""
    if "@" in text:
        text = _USERINFO.sub(r"\g<before>" + MARK + "@", text)
    return text


def scrub_facet(scope: str, key: str, document: dict[str, Any]) -> dict[str, Any]:
    """Replace the secrets in a facet, also in the keys of its members."""
    return {scrub(name): _scrub_value(value) for name, value in document.items()}


def _scrub_value(value: Any) -> Any:
    match value:
        case str():
            return scrub(value)
        case list():
            return [_scrub_value(one) for one in value]
        case dict():
            return {scrub(name): _scrub_value(one) for name, one in value.items()}
    return value
