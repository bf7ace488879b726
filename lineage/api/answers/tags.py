"""Which tags did producers give, as the plain words that Marquez shows?"""

from catalog.facets import document
from catalog.models import Facet


def tags_of(facet: Facet | None, field: str | None = None) -> list[str]:
    """The tags of a job or dataset, or of one of its fields, each once, as sent."""
    return by_field(facet).get(field, [])


def by_field(facet: Facet | None) -> dict[str | None, list[str]]:
    """The tags by field; those of the whole are under None.

    `key` where the value only affirms it, else `key:value`.
    """
    found: dict[str | None, dict[str, None]] = {}
    tags = document(facet).get("tags")
    for tag in tags if isinstance(tags, list) else ():
        key = tag.get("key") if isinstance(tag, dict) else None
        if not isinstance(key, str) or not key:
            continue
        value, field = tag.get("value"), tag.get("field")
        affirms = value is True or value in (None, "", "true")
        word = key if affirms else f"{key}:{value}"
        held = found.setdefault(field if isinstance(field, str) and field else None, {})
        held[word] = None
    return {field: list(words) for field, words in found.items()}
