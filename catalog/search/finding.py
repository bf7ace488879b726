"""What is found, in which order, and how much of each kind is there?

One statement answers: what fits is gathered within the reader's rights (`gathered`),
at most BOUND of it; then it is ranked, counted and cut into pages. Whole names and
beginnings are gathered by themselves, so that the bound does not cut them off. Who sees
little is answered out of all that he sees (`mine`): reading that is quicker than the
index, whose lists are as long as everybody's. And where no more than BOUND fits,
whoever may see it, rights are asked of that, once. Both ways tell the same:
all that fits, if that is no more than BOUND.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any, Final, LiteralString

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q

from catalog.models import Findable, Mark
from catalog.models.search import FindableQuerySet
from catalog.search.lexemes import MARK, NAME, quoted
from catalog.search.mistakes import likely
from catalog.search.queries import Query
from catalog.search.sight import WHY, Sight, sight_of
from policies.access import Someone

BOUND: Final = 2_000
BEST: Final = 300  # whole names and beginnings after which no more are looked for
BEGINNING_LEAST: Final = 3
ENOUGH: Final = 20
FACET_VALUES: Final = 20

# What a hit is found by, from the best on.
RANKS = ("exact", "ending", "beginning", "name", "part", "column", "mark", "text")

# Of each candidate; `%%` reaches psycopg as one.
RANK: LiteralString = """CASE
  WHEN catalog_findable.name = %s THEN 0
  WHEN {words} @@ %s::tsquery THEN 1
  WHEN {words} @@ %s::tsquery THEN 2
  WHEN kind < 4 AND {words} @@ %s::tsquery THEN 3
  WHEN kind < 4 AND position(%s in catalog_findable.name) > 0 THEN 4
  WHEN {words} @@ %s::tsquery THEN 5
  WHEN {words} @@ %s::tsquery THEN 6
  ELSE 7 END"""
OF_MINE: Final = (
    *("id", "kind", "subject_id", "name", "marks", "words", "pairs"),
    *("dataset_id", "bare_marks", "bare_words", "bare_pairs"),
)
CANDIDATE: LiteralString = (
    "catalog_findable.id, catalog_findable.kind, catalog_findable.subject_id,"
    " catalog_findable.name, {marks} AS marks"
)
# What is said of a candidate apart from columns with tags.
BARE: LiteralString = "coalesce(catalog_findable.bare_{0}, catalog_findable.{0})"
WHOLE: LiteralString = "catalog_findable.{0}"

ANSWER: LiteralString = """
WITH {gathered},
found AS MATERIALIZED (
  SELECT DISTINCT ON (kind, subject_id) * FROM gathered
  ORDER BY kind, subject_id, rank, length(name), id
),
page AS (
  SELECT * FROM found {order} LIMIT %s OFFSET %s
)
SELECT (SELECT count(*) FROM found),
  (SELECT bool_or(n > {bound}) FROM (SELECT count(*) AS n FROM gathered GROUP BY leg)
    AS legs),
  (SELECT json_agg(json_build_array(id, kind, subject_id, rank) {order}) FROM page),
  {facets}
"""
FACETS: LiteralString = """(
  SELECT json_agg(json_build_array(field, value, n)) FROM (
    SELECT m.field, m.value, counted.n,
           row_number() OVER (PARTITION BY m.field ORDER BY n DESC, m.value) AS place
    FROM (SELECT mark, count(*) AS n
          FROM (SELECT unnest(marks) AS mark FROM found) AS every GROUP BY mark)
      AS counted
    JOIN catalog_mark m ON m.id = counted.mark
    WHERE m.value <> ''
  ) AS ordered WHERE place <= %s
)"""
# Where already many of those that fit begin so, all that do are very many, and a walk
# through all of them: then these are enough.
BEGINNINGS_WANTED: LiteralString = """(
  SELECT count(*) <= {bound} OR count(*) FILTER (WHERE rank <= 2) < {best} FROM fitting
)"""
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
    sight = sight_of(principal, wanted.filters, wanted.condition)
    if sight is None:
        return NOTHING
    found = NOTHING
    fitting = None if wanted.within_words else _all_fitting(sight, query, wanted, {})
    if not _is_wanting(query, fitting):
        found = _ask(sight, query, wanted, {}, fitting)
    if not wanted.within_words and not _is_enough(query, found):
        wanted = replace(wanted, within_words=True)
        fitting = _all_fitting(sight, query, wanted, {})
        found = _ask(sight, query, wanted, {}, fitting)
    if found.total or not query.mistypeable:
        return found
    taken = likely(query.mistypeable)
    if not taken:
        return found
    fitting = _all_fitting(sight, query, wanted, taken)
    corrected = _ask(sight, query, wanted, taken, fitting)
    if not corrected.total:
        return found
    if fitting is not None:
        sight = sight.of(fitting)
    return replace(corrected, taken=_seen(sight, taken))


def _all_fitting(
    sight: Sight,
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
) -> list[int] | None:
    """All that fits, whoever may see it, if that is little and rights are asked for."""
    if sight.is_little or query.is_empty or not sight.is_judged:
        return None
    legs = [_fits(query, wanted, instead)]
    if wanted.is_bounded:
        legs += _names(query)
    found: set[int] = set()
    for fits in legs:
        rows = sight.asked.filter(fits).order_by().values_list("pk", flat=True)
        found.update(rows[: BOUND + 1])
        if len(found) > BOUND:
            return None
    return sorted(found)


def _is_wanting(query: Query, fitting: list[int] | None) -> bool:
    """Whether too little fits to be enough, whoever may see how much of it."""
    return fitting is not None and len(fitting) < ENOUGH and len(query.terms) < 2


def _seen(
    sight: Sight, taken: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Those words that are in something which the reader may find."""

    def fits(word: str) -> Q:
        bare = sight.bare(Q(bare_words__fits=quoted(word)))
        return Q(words__fits=quoted(word)) & bare

    others = list(dict.fromkeys(other for some in taken.values() for other in some))
    if sight.is_little:
        counts = {f"w{n}": Count("pk", filter=fits(o)) for n, o in enumerate(others)}
        counted = sight.rows.order_by().aggregate(**counts)
        seen = {other for n, other in enumerate(others) if counted[f"w{n}"]}
    else:
        seen = {other for other in others if sight.rows.filter(fits(other)).exists()}
    told = {word: tuple(o for o in some if o in seen) for word, some in taken.items()}
    return {word: some for word, some in told.items() if some}


def _is_enough(query: Query, found: Found) -> bool:
    if found.total >= ENOUGH or query.is_empty:
        return True
    is_called_so = any(place.rank <= RANKS.index("ending") for place in found.places)
    return is_called_so and len(query.terms) > 1


def _ask(
    sight: Sight,
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
    fitting: list[int] | None,
) -> Found:
    if fitting is not None:
        if not fitting:
            return NOTHING
        sight = sight.of(fitting)
    try:
        gathered, parameters = _gathered(sight, query, wanted, instead)
    except EmptyResultSet:
        return NOTHING
    order = ORDERS[wanted.order]
    sql = ANSWER.format(
        gathered=gathered,
        order=order,
        bound=BOUND,
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
    sight: Sight,
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
) -> tuple[str, list[Any]]:
    """The candidates: whole names, beginnings, and all that fits up to the bound."""
    rank, rank_parameters = _rank(query, instead)
    parameters: list[Any] = []
    said = BARE if sight.is_bare else WHOLE
    rank = rank.format(words=said.format("words"))

    def part(rows: FindableQuerySet, leg: int, source: str = "", rest: str = "") -> str:
        sql, own = rows.order_by().values("pk").query.sql_with_params()
        _, _, where = sql.partition(" FROM ")
        parameters.extend([*rank_parameters, *own])
        candidate = CANDIDATE.format(marks=said.format("marks"))
        columns = f"{candidate}, {rank} AS rank, {leg} AS leg"
        return f"(SELECT {columns} FROM {source}{where}{rest})"

    fits = _fits(query, wanted, instead)
    fits &= sight.bare(_fits(query, wanted, instead, "bare_"))
    names = _names(query) if wanted.is_bounded and not query.is_empty else []
    if sight.is_little:
        sql, own = sight.rows.order_by().values(*OF_MINE).query.sql_with_params()
        parameters += own
        fits = reduce(or_, names, fits)
        chosen = Findable.objects.unrestricted(WHY).filter(fits)
        answer = part(chosen, 2, "mine AS ")
        return f"mine AS MATERIALIZED ({sql}), gathered AS ({answer})", parameters
    rows = sight.rows
    most = f" LIMIT {BOUND + 1}" if wanted.is_bounded else ""
    fitting = part(rows.filter(fits), 2, rest=most)
    legs = ["SELECT * FROM fitting"]
    gate = BEGINNINGS_WANTED.format(bound=BOUND, best=BEST)
    for leg, (named, rest) in enumerate(zip(names, ("", f" AND {gate}"), strict=False)):
        legs.append(part(rows.filter(named), leg, rest=rest + most))
    gathered = " UNION ALL ".join(legs)
    gathered = f"fitting AS MATERIALIZED {fitting}, gathered AS ({gathered})"
    return gathered, parameters


def _names(query: Query) -> list[Q]:
    """What is called so, and what begins so, if that is long enough to be one."""
    names = [Q(words__fits=query.whole_name)]
    if len(query.folded) >= BEGINNING_LEAST:
        names.append(Q(words__fits=query.name_beginning))
    return names


def _fits(
    query: Query,
    wanted: Wanted,
    instead: Mapping[str, tuple[str, ...]],
    of: str = "",
) -> Q:
    """What fits by its words; `of` is "bare_" for those without columns with tags."""
    if query.is_empty:  # what the filters leave
        return Q()
    is_wide = wanted.within_words
    sought = query.tsquery("", instead, is_typed=is_wide)
    fits = Q(**{f"{of}words__fits": sought})
    if query.pairs:
        fits &= Q(**{f"{of}pairs__contains": query.pairs})
    if is_wide and query.substring is not None:
        fits |= Q(name__contains=query.substring)
    return fits


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
