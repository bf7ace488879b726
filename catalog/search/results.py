"""What is said of each thing that was found, and of why it was?"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Max

from catalog.hidden_columns import hidden_columns
from catalog.models import Dataset, Findable, FindableText, Job, Mark
from catalog.search import facts, indexing
from catalog.search.finding import NOTHING, RANKS, Found, Place, Wanted, find
from catalog.search.marking import SNIPPET, Marked, Marker
from catalog.search.queries import Query
from policies.access import Someone
from policies.actions import Action

MARKDOWN = re.compile(r"^\s{0,3}(?:#{1,6}|>)\s+|\*{1,3}|`+", re.MULTILINE)
MAX_REASONS = 6
MAX_OF_A_KIND = 3
MAX_OTHERS = 20
WAITING = 50  # changes that a search shows by itself before it looks

# What a text of Facts.said is to the one who reads it.
SAID = ("tag", "owner", "term", "domain", "product", "synonym")


@dataclass(frozen=True, slots=True)
class Reason:
    """Something about a hit that fits: its name, a column, a tag …"""

    what: str
    text: Marked


@dataclass(frozen=True)
class Hit:
    """One thing that was found, as the reader may see it.

    `kind` is a Findable's, or that of another source: `run`. `id` is what tells it
    apart where its name does not.
    """

    kind: str
    namespace: str
    name: str
    rank: str
    shown_name: Marked
    reasons: list[Reason] = field(default_factory=list)
    description: Marked | None = None
    tags: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    short: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    updated_at: datetime | None = None
    subject: int = 0  # the row of its kind
    id: str = ""
    state: str = ""


@dataclass(frozen=True)
class Results:
    """A page of hits, and what was found in all."""

    hits: list[Hit]
    found: Found

    @property
    def total(self) -> int:
        return self.found.total


# What lies in apps above this one finds itself: lineage's runs, by their ids.
Source = Callable[[Someone, str, int], list[Hit]]
_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """Let `source(principal, text, limit)` find what is no Findable, best first."""
    _sources[kind] = source


def search(principal: Someone, query: Query, wanted: Wanted) -> Results:
    """Find what changed until now, and tell of it.

    What other sources find by name comes first; filters are none of theirs, but for the
    kind. An empty query without filters finds nothing.
    """
    if query.is_empty and not any(wanted.filters.values()):
        return Results([], NOTHING)
    indexing.catch_up(WAITING)
    others = _elsewhere(principal, query, wanted.filters)
    kinds = wanted.filters.get(Mark.Field.KIND, ())
    found = NOTHING
    if not kinds or set(kinds) - set(_sources):
        rest = max(wanted.offset - len(others), 0)
        first = others[wanted.offset : wanted.offset + wanted.limit]
        part = replace(wanted, offset=rest, limit=wanted.limit - len(first))
        found = find(principal, query, part)
    return _with_others(
        others,
        others[wanted.offset :][: wanted.limit],
        tell(principal, query, found),
        found,
    )


def kinds_elsewhere() -> list[str]:
    """The kinds of what other sources find."""
    return list(_sources)


def _elsewhere(
    principal: Someone, query: Query, filters: Mapping[Mark.Field, Sequence[str]]
) -> list[Hit]:
    kinds = filters.get(Mark.Field.KIND, ())
    if any(values for of, values in filters.items() if of != Mark.Field.KIND):
        return []
    return [
        hit
        for kind, source in _sources.items()
        if query.text and (not kinds or kind in kinds)
        for hit in source(principal, query.text, MAX_OTHERS)
    ]


def _with_others(
    others: list[Hit], shown: list[Hit], hits: list[Hit], found: Found
) -> Results:
    if not others:
        return Results(hits, found)
    counts = Counter(hit.kind for hit in others)
    facets = dict(found.facets)
    facets[Mark.Field.KIND] = [*counts.items(), *facets.get(Mark.Field.KIND, [])]
    total = found.total + len(others)
    return Results([*shown, *hits], replace(found, total=total, facets=facets))


def tell(principal: Someone, query: Query, found: Found) -> list[Hit]:
    """The hits of a page; what went out of sight since it was indexed is left out."""
    if not found.places:
        return []
    marker = Marker.of(query, found.taken)
    ids = [place.findable for place in found.places]
    told = FindableText.objects.filter(pk__in=ids)
    texts = {
        pk: (body, alias)
        for pk, body, alias in told.values_list("pk", "body", "findable__alias_id")
    }
    texts |= _in_part(principal, found.places, texts)
    assets = _assets(principal, found.places)
    aliases = _aliases(principal, {alias for _, alias in texts.values() if alias})
    hits = []
    for place in found.places:
        body, alias = texts.get(place.findable, (None, None))
        asset = assets.get((place.kind, place.subject))
        if body is None or (place.kind in ASSETS and asset is None):
            continue
        hits.append(_hit(place, body, asset, aliases.get(alias or 0), marker))
    return hits


def _in_part(
    principal: Someone, places: Sequence[Place], texts: Mapping[int, tuple[Any, Any]]
) -> dict[int, tuple[Any, Any]]:
    """What is told of datasets from whose columns some are hidden, made anew."""
    kind = Findable.Kind.DATASET
    hidden = hidden_columns(principal, [p.subject for p in places if p.kind is kind])
    if not hidden:
        return {}
    known = Dataset.objects.permitted(principal, Action.ASSET_VIEW)
    datasets = list(known.filter(pk__in=list(hidden.of)).with_names())
    told = {pk: f.as_json() for pk, f in facts.of_datasets(datasets, hidden).items()}
    return {
        place.findable: (told.get(place.subject), texts[place.findable][1])
        for place in places
        if place.kind is kind and place.subject in hidden.of and place.findable in texts
    }


ASSETS: dict[Findable.Kind, Any] = {
    Findable.Kind.DATASET: Dataset,
    Findable.Kind.JOB: Job,
}


def _assets(
    principal: Someone, places: Sequence[Place]
) -> dict[tuple[Findable.Kind, int], dict[str, Any]]:
    found = {}
    for kind, model in ASSETS.items():
        ids = [place.subject for place in places if place.kind is kind]
        if not ids:
            continue
        latest = Max("names__updated_at" if model is Dataset else "updated_at")
        rows = model.objects.visible().permitted(principal, Action.ASSET_VIEW)
        rows = rows.filter(pk__in=ids).annotate(latest=latest)
        for row in rows.values("pk", "namespace__name", "name", "latest"):
            found[kind, row["pk"]] = row
    return found


def _aliases(principal: Someone, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    known = Dataset.objects.permitted(principal, Action.ASSET_VIEW)
    return dict(known.filter(pk__in=ids).values_list("pk", "name"))


def _hit(
    place: Place,
    facts: dict[str, Any],
    asset: dict[str, Any] | None,
    alias: str | None,
    marker: Marker,
) -> Hit:
    name = asset["name"] if asset else facts["name"]
    said = facts.get("said", {})
    texts = [plain(text) for text in facts.get("descriptions", [])]
    prose = next(filter(None, map(marker.snippet, texts)), None)
    if prose is None and texts:
        # Nothing to mark, but worth to be read.
        rest = "\N{HORIZONTAL ELLIPSIS}" * (len(texts[0]) > SNIPPET)
        prose = Marked(texts[0][:SNIPPET] + rest, ())
    return Hit(
        kind=place.kind.label,
        namespace=asset["namespace__name"] if asset else facts.get("namespace", ""),
        name=name,
        rank=RANKS[place.rank],
        shown_name=marker.mark(name) or Marked(name, ()),
        reasons=_reasons(name, alias, facts, marker),
        description=prose,
        tags=said.get("tag", []),
        owners=said.get("owner", []),
        short=facts.get("short", {}),
        columns=facts.get("columns", []),
        updated_at=asset["latest"] if asset else None,
        subject=place.subject,
    )


def plain(text: str) -> str:
    """A description on one line, without Markdown's signs for headings and stress."""
    return " ".join(MARKDOWN.sub("", text).split())


def _reasons(
    name: str, alias: str | None, facts: dict[str, Any], marker: Marker
) -> list[Reason]:
    counts: dict[str, int] = {}
    reasons = []
    for what, text in _texts(name, alias, facts):
        if counts.get(what, 0) >= MAX_OF_A_KIND:
            continue
        is_prose = what in ("description", "column description")
        marked = marker.snippet(text) if is_prose else marker.mark(text)
        if marked:
            counts[what] = counts.get(what, 0) + 1
            reasons.append(Reason(what, marked))
        if len(reasons) == MAX_REASONS:
            break
    return reasons


def _texts(
    name: str, alias: str | None, facts: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    yield "name", name
    if alias is not None:
        yield "other name", alias
    said = facts.get("said", {})
    yield from (("column", column) for column in facts.get("columns", ()))
    for what in SAID:
        yield from ((what, text) for text in said.get(what, ()))
    yield from facts.get("short", {}).items()
    for what, of in (("description", "descriptions"), ("column description", "notes")):
        yield from ((what, plain(text)) for text in facts.get(of, ()))
    if facts.get("namespace") and facts["namespace"] != name:
        yield "namespace", facts["namespace"]
