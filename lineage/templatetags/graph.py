"""How does a page put questions about lineage and their answers into words?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from lineage.drawing import Drawing
from lineage.graph.question import Kind
from lineage.graph_asked import STATUSES, Asked
from lineage.templatetags.runs import pill
from lineage.walks.words import Word

register = template.Library()

WORDS = {
    Kind.EXPLICIT: "Lineage facet",
    Kind.COLUMN: "Column lineage facet",
    Kind.IO: "Inputs and outputs",
    Kind.MANUAL: "Declared",
}
LABELS = {
    "asOf": "As of",
    "recordedAt": "Known by",
    "against": "Compare with as of",
    "againstRecorded": "Compare with as known by",
    "namespace": "Namespace",
    "domain": "Domain",
    "tag": "Tag",
    "jobType": "Jobs of this kind",
}
CHANGES = {
    "added": ("good", "Added"),
    "removed": ("bad", "Removed"),
    "changed": ("warn", "Changed"),
}


@register.filter
def graph_sum(drawing: Drawing) -> str:
    """How many datasets and jobs are drawn, and how much is withheld."""
    if drawing.is_of_columns:
        columns = sum(len(node.columns) for node in drawing.nodes)
        parts = [
            _amount(columns, "column"),
            _amount(drawing.count("dataset"), "dataset"),
        ]
    else:
        parts = [
            _amount(drawing.count("dataset"), "dataset"),
            _amount(drawing.count("job"), "job"),
        ]
    if groups := drawing.count("group"):
        parts.append(_amount(groups, "group"))
    if drawing.withheld:
        parts.append(f"{drawing.withheld} withheld")
    return ", ".join(parts)


@register.filter
def kind_label(kind: Kind) -> str:
    """Who asserts an edge, in words."""
    return WORDS[kind]


@register.filter
def kinds_of(words: Iterable[Word]) -> list[str]:
    """The kinds of those who assert an edge, in words, each once."""
    return [WORDS[kind] for kind in Kind if any(w.kind is kind for w in words)]


@register.filter
def parameter_label(name: str) -> str:
    """What the form calls a parameter."""
    return LABELS[name]


@register.filter
def change_pill(change: str) -> SafeString:
    """What became of a node or edge, as a pill."""
    return pill(*CHANGES[change])


@register.filter
def is_status_of(word: str, asked: Asked) -> bool:
    """Whether the walk goes along edges of this status."""
    return STATUSES[word] in asked.question.statuses


@register.filter
def at(told: Mapping[str, str], name: str) -> str:
    """What stands there under a name, or nothing."""
    return told.get(name, "")


@register.simple_tag(takes_context=True)
def asked_with(context: template.Context, **changes: Any) -> str:
    """The query string of this question with some parameters changed."""
    asked: Asked = context["asked"]
    return asked.query(**changes)


@register.simple_tag(takes_context=True)
def asked_plainly(context: template.Context) -> str:
    """The query string of this question without whatever narrows it."""
    asked: Asked = context["asked"]
    return asked.query(**dict.fromkeys(asked.narrowed_by))


@register.simple_tag(takes_context=True)
def opening(context: template.Context, node_id: str) -> str:
    """The query string of this question with one more node opened."""
    asked: Asked = context["asked"]
    return asked.opening(node_id)


def _amount(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
