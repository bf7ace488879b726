"""How do pages write what people say, link what it is about, and offer the way back?"""

import hashlib
import re
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog import markdown as markdown_of
from catalog.curation.entries import WORDS
from catalog.models import Dataset, Entry, Job, Namespace

register = template.Library()

TONES = {"success": "good", "error": "bad", "warning": "warn", "info": "info"}
UNDO = "undo-"
PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


@register.filter
def markdown(text: str) -> SafeString:
    """A text in Markdown as harmless HTML."""
    return markdown_of.render(text)


@register.filter
def period(text: str) -> str:
    """A period of ISO 8601 in words: `7 years`; what is none as it is."""
    found = PERIOD.fullmatch(text)
    if not found or not any(found.groups()):
        return text
    words = zip(found.groups(), ("year", "month", "week", "day"), strict=True)
    return ", ".join(
        f"{number} {word}{'s' if number != '1' else ''}"
        for number, word in words
        if number
    )


@register.filter
def brief(text: str) -> str:
    """A text in Markdown on one line, without its signs."""
    return markdown_of.in_brief(text)


@register.filter
def tone(message: Message) -> str:
    """The class that colours a message."""
    return TONES.get(message.level_tag or "", "good")


@register.filter
def undo_of(message: Message) -> str:
    """The public id of the change that a message offers to undo, or ""."""
    extra = message.extra_tags or ""
    return extra.removeprefix(UNDO) if extra.startswith(UNDO) else ""


@register.filter
def page_of(row: Any) -> str:
    """The address of the page about an asset or a word of the vocabulary, or ""."""
    match row:
        case Namespace():
            return reverse("namespace-detail", args=[row.name])
        case Dataset():
            return reverse("dataset-detail", args=[row.namespace.name, row.name])
        case Job():
            return reverse("job-detail", args=[row.namespace.name, row.name])
        case Entry() if type(row) in WORDS.values():
            kind = next(word for word, model in WORDS.items() if model is type(row))
            return (
                reverse(f"{kind}-detail", args=[row.name]) if kind != "sources" else ""
            )
    return ""


@register.filter
def governance_of(row: Any) -> str:
    """The address at which is said what people say of an asset."""
    match row:
        case Namespace():
            return reverse("namespace-detail", args=[row.name])
        case Dataset():
            return reverse("dataset-governance", args=[row.namespace.name, row.name])
        case Job():
            return reverse("job-governance", args=[row.namespace.name, row.name])
    return page_of(row)


@register.filter
def ident(text: str) -> str:
    """A text of any characters as a part of an element's id."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A member of a mapping."""
    return mapping.get(key) if mapping else None
