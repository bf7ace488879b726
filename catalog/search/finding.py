"""What is found, in which order, and how much of each kind is there?

One statement answers: what fits is gathered within the reader's rights (`gathered`),
at most BOUND of it; then it is ranked, counted and cut into pages. Whole names and
beginnings are gathered by themselves, so that they are never cut off by the bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, LiteralString

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q

from catalog.models import Findable, Mark, SpokenWord
from catalog.models.search import FindableQuerySet
from catalog.search.edits import distance
from catalog.search.indexing import spellings
from catalog.search.lexemes import MARK, NAME
from catalog.search.queries import Query
from policies import access
from policies.access import Someone
from policies.actions import Action

BOUND: Final = 2_000
BEST: Final = 300  # of whole names, and of beginnings
BEGINNING_LEAST: Final = 3
ENOUGH: Final = 20
FACET_VALUES: Final = 20
# More namespaces than these no index narrows down by.
MAX_HOMES: Final = 1_000
TWO_MISTAKES_LEAST: Final = 8  # letters of a word that may have two

# What a hit is found by, from the best on.
RANKS = ("exact", "ending", "beginning", "name", "part", "column", "mark", "text")

# Of each candidate; `%%` reaches psycopg as one.
RANK: LiteralString = """CASE
  WHEN catalog_findable.name = %s THEN 0
  WHEN catalog_findable.words @@ %s::tsquery THEN 1
  WHEN catalog_findable.words @@ %s::tsquery THEN 2
  WHEN kind < 4 AND catalog_findable.words @@ %s::tsquery THEN 3
  WHEN kind < 4 AND position(%s in catalog_findable.name) > 0 THEN 4
  WHEN catalog_findable.words @@ %s::tsquery THEN 5
  WHEN catalog_findable.words @@ %s::tsquery THEN 6
  ELSE 7 END"""
CANDIDATE: LiteralString = (
    "catalog_findable.id, catalog_findable.kind, catalog_findable.subject_id,"
    " catalog_findable.name, catalog_findable.marks"
)

ANSWER: LiteralString = """
WITH gathered AS ({gathered}),
found AS MATERIALIZED (
  SELECT DISTINCT ON (kind, subject_id) * FROM gathered
  ORDER BY kind, subject_id, rank, length(name), id
),
page AS (
  SELECT * FROM found {order} LIMIT %s OFFSET %s
)
SELECT (SELECT count(*) FROM found),
  (SELECT count(*) FILTER (WHERE leg = 2) > {bound}
          OR count(*) FILTER (WHERE leg = 1) >= {best} FROM gathered),
  (SELECT json_agg(json_build_array(id, kind, subject_id, rank) {order}) FROM page),
  {facets}
"""
FACETS: LiteralString = """(
  SELECT json_agg(json_build_array(field, value, n)) FROM (
    SELECT m.field, m.value, counted.n,
           row_number() OVER (PARTITION BY m.field ORDER BY n DESC, m.value) AS place
    FROM (SELECT mark, count(*) AS n FROM found, unnest(marks) AS mark GROUP BY mark)
      AS counted
    JOIN catalog_mark m ON m.id = counted.mark
    WHERE m.value <> ''
  ) AS ordered WHERE place <= %s
)"""
# By the trigrams of words: two mistakes leave this much in common of eight letters.
LESS_SIMILAR: LiteralString = "SET LOCAL pg_trgm.similarity_threshold = 0.18"
SIMILAR: LiteralString = """
SELECT DISTINCT s.word FROM unnest(%s::text[]) AS w(word)
JOIN catalog_spokenword s ON s.word %% w.word
  AND length(s.word) BETWEEN length(w.word) - 2 AND length(w.word) + 2
"""
# Among equals assets come before the words that are said of them.
BY_RANK: LiteralString = (
    "ORDER BY rank, rank > 1 AND kind > 2, length(name), kind, name, id"
)
BY_NAME: LiteralString = "ORDER BY name, kind, id"
# By the index on canonical, and the primary key of jobs.
BY_NEWS: LiteralString = """ORDER BY CASE kind
  WHEN 1 THEN (SELECT max(d.updated_at) FROM catalog_dataset d
               WHERE d.canonical_id = subject_id)
  WHEN 2 THEN (SELECT j.updated_at FROM catalog_job j WHERE j.id = subject_id)
  END DESC NULLS LAST, name, kind, id"""
ORDERS: dict[str, LiteralString] = {"": BY_RANK, "name": BY_NAME, "news": BY_NEWS}


@dataclass(frozen=True)
class Wanted:
    """What is asked for beside the text. Values of one field are alternatives."""

    filters: Mapping[Mark.Field, Sequence[str]] = field(default_factory=dict)
    limit: int = 20
    offset: int = 0
    order: str = ""  # of ORDERS
    with_facets: bool = True
    is_bounded: bool = True
    within_words: bool = False
    # What findables must be beside: a part of the statement for the one who asks.
    condition: Q | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hit is found: a findable, what it stands for, and how well it fits."""

    findable: int
    kind: Findable.Kind
    subject: int
    rank: int


@dataclass(frozen=True)
class Found:
    """A page of hits. `total` counts all of them, or more than which there are.

    `taken` has what mistyped words were taken for, if nothing has them as they are.
    """

    places: list[Place]
    total: int
    is_exact: bool
    facets: dict[Mark.Field, list[tuple[str, int]]]
    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)


NOTHING = Found([], 0, True, {})


def find(principal: Someone, query: Query, wanted: Wanted) -> Found:
    """What `principal` may find, going on only while that is little.

    First by words and beginnings of names. If these find less than ENOUGH, and no name
    that is meant, then also by beginnings of words and in the midst of names; and if
    nothing does, by mistyped words. Whoever wants no bound gets the widest at once.
    """
    if not wanted.is_bounded:
        wanted = replace(wanted, within_words=True)
    found = _ask(principal, query, wanted, {})
    if not wanted.within_words and not _is_enough(query, found):
        wanted = replace(wanted, within_words=True)
        found = _ask(principal, query, wanted, {})
    if found.total or not query.mistypeable:
        return found
    taken = likely(query.mistypeable)
    if not taken:
        return found
    corrected = _ask(principal, query, wanted, taken)
    if not corrected.total:
        return found
    return Found(
        corrected.places,
        corrected.total,
        corrected.is_exact,
        corrected.facets,
        taken,
    )


def _is_enough(query: Query, found: Found) -> bool:
    if found.total >= ENOUGH or query.is_empty:
        return True
    is_called_so = any(place.rank <= RANKS.index("ending") for place in found.places)
    return is_called_so and len(query.terms) > 1


def likely(mistyped: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The known words that each of these may mean: all of them within its mistakes.

    None is left out for being rare: which are taken must not depend on things that
    the reader may not see.
    """
    near = SpokenWord.objects.filter(
        spellings__overlap=sorted({s for word in mistyped for s in spellings(word)})
    )
    known = set(near.values_list("word", flat=True))
    long = [word for word in mistyped if len(word) >= TWO_MISTAKES_LEAST]
    if long:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LESS_SIMILAR)
            cursor.execute(SIMILAR, [long])
            known |= {word for (word,) in cursor.fetchall()}
    result = {}
    for word in mistyped:
        most = 2 if len(word) >= TWO_MISTAKES_LEAST else 1
        close = {each for each in known if distance(word, each, most) <= most}
        if close - {word}:
            result[word] = tuple(sorted(close - {word}))
    return result


def _ask(
    principal: Someone,
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
) -> Found:
    marks = _marks(wanted.filters)
    if marks is None:
        return NOTHING
    rows = Findable.objects.found_by(principal)
    for ids in marks:
        rows = rows.filter(marks__overlap=ids)
    if wanted.condition is not None:
        rows = rows.filter(wanted.condition)
    homes = _homes(principal)
    if homes is not None:
        rows = rows.filter(marks__overlap=homes)
    try:
        gathered, parameters = _gathered(rows, query, wanted, instead)
    except EmptyResultSet:
        return NOTHING
    order = ORDERS[wanted.order]
    sql = ANSWER.format(
        gathered=gathered,
        order=order,
        bound=BOUND,
        best=BEST,
        facets=FACETS if wanted.with_facets else "NULL",
    )
    parameters += [wanted.limit, wanted.offset]
    if wanted.with_facets:
        parameters.append(FACET_VALUES)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        [(total, is_more, page, counted)] = cursor.fetchall()
    facets: dict[Mark.Field, list[tuple[str, int]]] = {}
    for number, value, count in sorted(
        counted or [], key=lambda row: (row[0], -row[2], row[1])
    ):
        facets.setdefault(Mark.Field(number), []).append((value, count))
    places = [Place(i, Findable.Kind(k), s, rank) for i, k, s, rank in page or []]
    is_more = is_more and wanted.is_bounded
    return Found(places, total, not is_more, facets)


def _gathered(
    rows: FindableQuerySet,
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
) -> tuple[str, list[Any]]:
    """The candidates: whole names, beginnings, and all that fits up to the bound."""
    wide = wanted.within_words
    fits = Q(words__fits=query.tsquery("", instead, is_typed=wide))
    if query.is_empty:  # what the filters leave
        fits = Q()
    elif wide and query.substring is not None:
        fits |= Q(name__contains=query.substring)
    legs = [(fits, 2, BOUND + 1 if wanted.is_bounded else None)]
    if wanted.is_bounded and not query.is_empty:
        legs.append((Q(words__fits=query.whole_name), 0, BEST))
        if len(query.folded) >= BEGINNING_LEAST:
            legs.append((Q(words__fits=query.name_beginning), 1, BEST))
    rank, rank_parameters = _rank(query, instead)
    parts: list[str] = []
    parameters: list[Any] = []
    for condition, leg, most in legs:
        chosen = rows.filter(condition).order_by().values("pk")
        sql, own = chosen.query.sql_with_params()
        _, _, where = sql.partition(" FROM ")
        limit = f" LIMIT {most}" if most else ""
        parts.append(
            f"(SELECT {CANDIDATE}, {rank} AS rank, {leg} AS leg FROM {where}{limit})"
        )
        parameters += [*rank_parameters, *own]
    return " UNION ALL ".join(parts), parameters


def _rank(
    query: Query, instead: Mapping[str, tuple[str, ...]]
) -> tuple[str, list[str]]:
    if query.is_empty:
        return str(len(RANKS) - 1), []
    weighted = [
        query.tsquery(weight if query.terms else "", instead) for weight in (NAME, MARK)
    ]
    return RANK, [
        query.folded,
        query.whole_name,
        query.name_beginning,
        weighted[0],
        query.folded,
        query.whole_column,
        weighted[1],
    ]


def _marks(filters: Mapping[Mark.Field, Sequence[str]]) -> list[list[int]] | None:
    """The ids of the values asked for, field by field; None if a field has none."""
    asked = {of: list(values) for of, values in filters.items() if values}
    if not asked:
        return []
    condition = Q()
    for of, values in asked.items():
        condition |= Q(field=of, value__in=values)
    found: dict[int, list[int]] = {}
    for pk, number in Mark.objects.filter(condition).values_list("pk", "field"):
        found.setdefault(number, []).append(pk)
    if found.keys() != {int(of) for of in asked}:
        return None
    return list(found.values())


def _homes(principal: Someone) -> list[int] | None:
    """The marks of all that `principal` may find, if these are few namespaces.

    Rights are decided by `found_by` alone: this only tells the index how little there
    is. None is no help, as with single shares, which are in any namespace.
    """
    scope = access.namespace_scope(principal, Action.ASSET_VIEW)
    if scope.is_everything or access.has_shares(principal, Action.ASSET_VIEW):
        return None
    fits = Q(value="")
    if not scope.is_nothing:
        fits |= scope.as_q("value")
    homes = Mark.objects.filter(fits, field=Mark.Field.NAMESPACE)
    ids = list(homes.values_list("pk", flat=True)[: MAX_HOMES + 1])
    return ids if len(ids) <= MAX_HOMES else None
