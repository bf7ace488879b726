"""Where in a facet do secrets stand?"""

from typing import Any

from lineage.redaction.names import Secrecy, is_secret_variable, secrecy
from lineage.redaction.text import HINTS, MARK, is_secret_value, scrub

_HINTS = tuple(hint.encode() for hint in HINTS)

# Settings as lists of {name, value}, under names that producers choose freely.
_VARIABLES = {
    ("run", "environmentVariables"),
    ("run", "executionParameters"),
}
_NAME_MEMBERS = ("name", "key")


def may_hold_secrets(body: bytes) -> bool:
    """Is there anything in the JSON text for which to take it apart?"""
    lowered = body.lower()
    return rb"\u" in lowered or any(hint in lowered for hint in _HINTS)


def scrub_facet(scope: str, key: str, document: dict[str, Any]) -> dict[str, Any]:
    """Replace the secrets in a facet: in its texts, and by the names of its members."""
    return {
        scrub(name): _member(name, value, (scope, key))
        for name, value in document.items()
    }


def _member(name: str, value: Any, facet: tuple[str, str]) -> Any:
    how = secrecy(name)
    if how is not Secrecy.NONE and _is_secret(value, how):
        return MARK
    if how is Secrecy.CERTAIN and isinstance(value, list):
        return [MARK if _is_secret(one, how) else _value(one, facet) for one in value]
    return _value(value, facet)


def _value(value: Any, facet: tuple[str, str]) -> Any:
    match value:
        case str():
            return scrub(value)
        case list():
            return [_value(one, facet) for one in value]
        case dict():
            scrubbed = {
                scrub(name): _member(name, one, facet) for name, one in value.items()
            }
            if "value" in scrubbed and facet[1] != "tags":
                scrubbed["value"] = _setting(value, scrubbed["value"], facet)
            return scrubbed
    return value


def _setting(sent: dict[str, Any], scrubbed: Any, facet: tuple[str, str]) -> Any:
    """Judge `value` by the `name` or `key` beside it."""
    for member in _NAME_MEMBERS:
        name = sent.get(member)
        if not isinstance(name, str):
            continue
        how = secrecy(name)
        if facet in _VARIABLES and is_secret_variable(name):
            how = Secrecy.CERTAIN
        if how is not Secrecy.NONE and _is_secret(scrubbed, how):
            return MARK
    return scrubbed


def _is_secret(value: Any, how: Secrecy) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return how is Secrecy.CERTAIN
    return isinstance(value, str) and is_secret_value(value, how, is_quoted=True)
