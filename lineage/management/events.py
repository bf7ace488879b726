"""Which events does somebody at the command line mean?"""

from collections.abc import Iterable

from django.core.management.base import CommandError

from lineage.models import Event

LEAST_CHARACTERS = 8


def find_events(digests: Iterable[str]) -> list[Event]:
    """The events of these digests, or of what they begin with. Raises CommandError."""
    return [_find(text.lower()) for text in digests]


def _find(text: str) -> Event:
    if len(text) < LEAST_CHARACTERS or not set(text) <= set("0123456789abcdef"):
        raise CommandError(
            f"{text!r} is no digest: give {LEAST_CHARACTERS} to 64 hexadecimal digits."
        )
    least = bytes.fromhex(text.ljust(64, "0"))
    greatest = bytes.fromhex(text.ljust(64, "f"))
    found = list(Event.objects.filter(digest__gte=least, digest__lte=greatest)[:2])
    if not found:
        raise CommandError(f"No event has a digest that begins with {text}.")
    if len(found) > 1:
        raise CommandError(f"Several digests begin with {text}: give more of it.")
    return found[0]
