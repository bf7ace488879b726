"""On whose word does data flow along an edge, since when and until when?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from catalog.models import Dataset, Job
from lineage import manual
from lineage.graph import assertions
from lineage.graph.assertions import Assertion
from lineage.graph.cut import Cut
from lineage.graph.question import Kind, Level, Question
from lineage.graph.veil import Column, Node
from lineage.models import Event, ManualEdge
from lineage.reader import Reader
from lineage.walks import naming
from lineage.walks.walking import Edge, Way
from policies.access import may_somewhere
from policies.actions import Action

ORDER = tuple(Kind)


class Said(NamedTuple):
    """An event: its own time, and as far as the reader may know, which it is."""

    at: datetime
    digest: str | None
    producer: str
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class Word:
    """One kind of word for an edge, by one job or by nobody in particular.

    `job` is its id, None where it may not be named: then nothing more is told. What
    people declare has an author and a reason instead of events.
    """

    kind: Kind
    job: int | None = None
    first: Said | None = None
    last: Said | None = None
    author: str | None = None
    reason: str = ""
    declared_at: datetime | None = None
    expires_at: datetime | None = None


def of_edges(
    edges: Mapping[Edge, Way], question: Question, reader: Reader
) -> dict[Edge, list[Word]]:
    """Who asserts each edge, as far as the reader may know; a fixed number of queries
    for each `assertions.PORTION` of edges."""
    found = _asserted(edges, question, reader)
    told = _Events((one for some in found.values() for one in some), reader)
    words: dict[Edge, list[Word]] = {
        edge: told.words(found.get(edge, ())) for edge in edges
    }
    declared = [edge for edge, way in edges.items() if way.is_manual]
    for edge, word in _declared(declared, question, reader):
        words[edge].append(word)
    for edge, way in edges.items():
        # What is said there is hidden, or an event that was retracted since said it.
        said = {str(word.kind) for word in words[edge]}
        known = {*way.kinds, str(Kind.MANUAL)} if way.is_manual else way.kinds
        words[edge] += [Word(Kind(kind)) for kind in sorted({*map(str, known)} - said)]
    return words


def _asserted(
    edges: Mapping[Edge, Way], question: Question, reader: Reader
) -> dict[Edge, list[Assertion]]:
    """What events say of edges, as far as walks went along these for it."""
    asserted: Any = [edge for edge, way in edges.items() if way.is_asserted]
    if question.level is Level.COLUMN:
        return assertions.of_columns(asserted, question.cut)
    found = assertions.of_flow(asserted, question.cut, question.statuses, reader.veil)
    return {
        edge: [one for one in some if _is_said(one, edges[edge])]
        for edge, some in found.items()
    }


def of_single[K](found: Mapping[K, Assertion], reader: Reader) -> dict[K, Word]:
    """What a reader may know of single assertions; a fixed number of queries."""
    told = _Events(found.values(), reader)
    return {key: told.words([one])[0] for key, one in found.items()}


def _is_said(one: Assertion, way: Way) -> bool:
    """Whether it is a reason for which a walk went along the edge."""
    return one.kind is Kind.COLUMN or one.kind in way.kinds


class _Events:
    """The events that assertions rest on, as one reader is told of them."""

    def __init__(self, found: Iterable[Assertion], reader: Reader) -> None:
        rows = list(found)
        ids = {pk for one in rows for pk in (one.first_event, one.last_event)}
        events = Event.objects.filter(pk__among=list(ids)).values_list(
            *("pk", "event_time", "digest", "producer__uri", "run", "job", "dataset")
        )
        self.events = {row[0]: row for row in events} if ids else {}
        jobs = {one.job for one in rows if one.job is not None}
        self.jobs = _ids(reader.linked_jobs, jobs)
        self.readable = self._readable(reader)
        runs = {row[4] for row in self.events.values() if row[4] is not None}
        shown = reader.runs.filter(pk__among=list(runs)).values_list("pk", "run_id")
        self.runs: dict[int, UUID] = dict(shown) if runs else {}

    def words(self, found: Iterable[Assertion]) -> list[Word]:
        """One for each kind and job, in the order of kinds."""
        groups: dict[tuple[Kind, int | None], list[Assertion]] = defaultdict(list)
        for one in found:
            is_hidden = one.job is not None and one.job not in self.jobs
            if is_hidden:
                groups[one.kind, 0].append(one)
            else:
                groups[one.kind, one.job].append(one)
        words = []
        for (kind, job), some in groups.items():
            if job == 0:
                words.append(Word(kind))
                continue
            first = min((one.first_event for one in some), key=self._moment)
            last = max((one.last_event for one in some), key=self._moment)
            words.append(Word(kind, job, self._said(first), self._said(last)))
        return sorted(words, key=lambda word: (ORDER.index(word.kind), word.job or 0))

    def _moment(self, event: int) -> tuple[datetime, bytes]:
        _, at, digest, *_ = self.events[event]
        return at, bytes(digest)

    def _said(self, event: int) -> Said:
        pk, at, digest, producer, run, *_ = self.events[event]
        shown = bytes(digest).hex() if pk in self.readable else None
        return Said(at, shown, producer, self.runs.get(run))

    def _readable(self, reader: Reader) -> set[int]:
        """The events whose digests are told: they take the right on what they tell of,
        whatever else they name (docs/security.md)."""
        if not may_somewhere(reader.principal, Action.EVENT_VIEW):
            return set()
        told = {}
        for number, model in ((5, Job), (6, Dataset)):
            ids = {
                row[number] for row in self.events.values() if row[number] is not None
            }
            rows: Any = model.objects.permitted(reader.principal, Action.EVENT_VIEW)
            told[number] = _ids(rows, ids)
        return {
            pk
            for pk, row in self.events.items()
            if (row[5] in told[5] if row[5] is not None else row[6] in told[6])
        }


def _ids(rows: Any, wanted: Collection[int]) -> set[int]:
    if not wanted:
        return set()
    return set(rows.filter(pk__among=list(wanted)).values_list("pk", flat=True))


def _declared(
    edges: Collection[Edge], question: Question, reader: Reader
) -> Iterable[tuple[Edge, Word]]:
    """What people declare of edges, as it stood when it is asked about.

    What they say of a dataset is said of what it is now.
    """
    if not edges:
        return
    now = _as_of_now(edges, question.cut)
    for row in _rows(now, question.cut, reader):
        ends = _end(row, "source", question.level), _end(row, "target", question.level)
        for edge in now.get(ends, ()):
            author = row.opened_in.actor
            yield (
                edge,
                Word(
                    Kind.MANUAL,
                    author=str(author) if author else None,
                    reason=row.reason,
                    declared_at=row.recorded_from,
                    expires_at=row.expires_at,
                ),
            )


def _as_of_now(edges: Collection[Edge], cut: Cut) -> dict[Edge, list[Edge]]:
    """Edges, by their ends as these are called now."""
    if cut.is_now:
        return {edge: [edge] for edge in edges}
    nodes = {naming.node_of(end) for edge in edges for end in edge}
    names: Any = Dataset.objects.unrestricted("what names that were walked are now")
    rows = names.filter(pk__among=[node.id for node in nodes if not node.is_job])
    canonical = dict(rows.values_list("pk", "canonical"))

    def now(end: Any) -> Any:
        if isinstance(end, Column):
            return end._replace(dataset=canonical[end.dataset])
        return end if end.is_job else Node(False, canonical[end.id])

    found: dict[Edge, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[now(edge[0]), now(edge[1])].append(edge)
    return found


def _rows(edges: Collection[Edge], cut: Cut, reader: Reader) -> Iterable[ManualEdge]:
    rows = ManualEdge.objects.all()
    if cut.recorded_at is None:
        rows = rows.in_force()
    else:
        rows = rows.as_recorded_at(cut.recorded_at)
        rows = rows.exclude(expires_at__lte=cut.recorded_at)
    for number, end in enumerate(("source", "target")):
        nodes = {edge[number] for edge in edges}
        jobs = [one.id for one in nodes if isinstance(one, Node) and one.is_job]
        datasets = {
            one.dataset if isinstance(one, Column) else one.id
            for one in nodes
            if isinstance(one, Column) or not one.is_job
        }
        rows = rows.filter(
            Q(**{f"{end}_dataset__canonical__among": list(datasets)})
            | Q(**{f"{end}_job__among": jobs})
        )
    return manual.shown_to(reader, rows).with_ends().order_by("recorded_from", "pk")


def _end(row: ManualEdge, end: str, level: Level) -> Node | Column:
    job = getattr(row, f"{end}_job_id")
    if job is not None:
        return Node(True, job)
    dataset: Any = getattr(row, end)
    field: str = getattr(row, f"{end}_field")
    if level is Level.COLUMN:
        return Column(dataset.pk, field)
    return Node(False, dataset.pk)
