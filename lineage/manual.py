"""Which flows of data do people declare, of which assets, and what may be declared?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from catalog.curation.faults import Refused
from catalog.curation.values import text_of
from catalog.hidden_columns import LINEAGE, about_shown_columns
from catalog.models import Dataset, Job
from lineage.event_time import NoInstant, read_time
from lineage.graph import columns
from lineage.graph.columns import Column
from lineage.models import Edge, ManualEdge
from lineage.models.manual import ManualEdgeQuerySet
from lineage.reader import Reader
from policies import access
from policies.actions import Action

# A job reads or writes a canonical dataset: direction, job, dataset.
type Pair = tuple[int, int, int]
type Key = tuple[str, int, str, int, str, str]

REASON_MAX = 2_000
KINDS = ("dataset", "job")
# What a row says of an edge: a line of a CSV file, a form, a body of the API.
FIELDS = (
    *("source_kind", "source_namespace", "source_name", "source_column"),
    *("target_kind", "target_namespace", "target_name", "target_column"),
    *("reason", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """What a file of edges is known by. What an export adds is read over."""

    name: str = "manual lineage"
    columns: Sequence[str] = (*FIELDS, "author", "declared_at", "ended_at")
    needed: frozenset[str] = frozenset(
        {"source_namespace", "source_name", "target_namespace", "target_name", "reason"}
    )


FORMAT = Format()


class NotAllowed(Refused):
    """The reader sees both ends, and may not declare what flows into the target."""


@dataclass(frozen=True, slots=True)
class End:
    """A job, a canonical dataset, or a column of one."""

    row: Dataset | Job
    field: str = ""

    @property
    def kind(self) -> str:
        return "job" if isinstance(self.row, Job) else "dataset"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An edge to declare."""

    source: End
    target: End
    reason: str
    expires_at: datetime | None = None

    @property
    def key(self) -> Key:
        """By which it is the same edge as another one."""
        source, target = self.source, self.target
        ends = (source.kind, source.row.pk, target.kind, target.row.pk)
        return (*ends, source.field, target.field)

    def row(self) -> ManualEdge:
        return ManualEdge(
            **{f"source_{self.source.kind}": self.source.row},
            **{f"target_{self.target.kind}": self.target.row},
            source_field=self.source.field,
            target_field=self.target.field,
            reason=self.reason,
            expires_at=self.expires_at,
        )


def key_of(edge: ManualEdge) -> Key:
    """The key of a declared edge; it comes from `with_ends()`."""
    ends = []
    for row in (edge.source, edge.target):
        ends += ["job" if isinstance(row, Job) else "dataset", row.pk]
    return (*ends, edge.source_field, edge.target_field)  # type: ignore[return-value]


def at(asset: Dataset | Job) -> Q:
    """Edges that begin or end at a job or a canonical dataset."""
    if isinstance(asset, Job):
        return Q(source_job=asset) | Q(target_job=asset)
    return Q(source_dataset__canonical=asset) | Q(target_dataset__canonical=asset)


def shown_to(reader: Reader, edges: ManualEdgeQuerySet) -> ManualEdgeQuerySet:
    """Those of which the reader may know both ends, and the columns at these."""
    datasets = reader.linked_datasets.values("pk")
    jobs = reader.linked_jobs.values("pk")
    for end in ("source", "target"):
        edges = edges.filter(
            Q(**{f"{end}_dataset__canonical__in": datasets})
            | Q(**{f"{end}_job__in": jobs})
        )
    for dataset, column in ManualEdge.told_columns:
        shown = about_shown_columns(reader.principal, dataset, column, LINEAGE)
        edges = edges.filter(shown)
    return edges


def editable_by(reader: Reader, edges: Collection[ManualEdge]) -> set[int]:
    """Those (by id) that the reader may end or extend."""
    ids = [edge.pk for edge in edges]
    if not ids:
        return set()
    datasets = Dataset.objects.permitted(reader.principal, Action.LINEAGE_EDIT)
    jobs = Job.objects.permitted(reader.principal, Action.LINEAGE_EDIT)
    allowed = ManualEdge.objects.filter(pk__in=ids).filter(
        Q(target_dataset__canonical__in=datasets.values("pk"))
        | Q(target_job__in=jobs.values("pk"))
    )
    return set(allowed.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Around:
    """The edges around an asset that stand, as a page shows them to one reader."""

    edges: list[ManualEdge]
    editable: set[int]
    may_declare: bool

    @property
    def expired(self) -> int:
        return sum(edge.is_expired for edge in self.edges)


def around(asset: Dataset | Job, reader: Reader) -> Around:
    """What people declare of an asset, expired or not; two queries."""
    standing = ManualEdge.objects.standing().filter(at(asset))
    edges = list(shown_to(reader, standing).with_ends())
    edges.sort(key=lambda edge: (edge.is_expired, str(edge.source), str(edge.target)))
    return Around(
        edges,
        editable_by(reader, edges),
        access.may_somewhere(reader.principal, Action.LINEAGE_EDIT),
    )


def pairs(asset: Dataset | Job) -> set[Pair]:
    """What people declare now of a job's reading and writing, around an asset."""
    edges = ManualEdge.objects.in_force().filter(at(asset))
    rows = edges.exclude(source_job=None, target_job=None).values_list(
        *("source_job", "target_job"),
        *("source_dataset__canonical", "target_dataset__canonical"),
    )
    found = set()
    for source_job, target_job, source, target in rows:
        if source_job is not None:
            found.add((int(Edge.Direction.OUTPUT), source_job, target))
        else:
            found.add((int(Edge.Direction.INPUT), target_job, source))
    return found


def read(rows: Sequence[Mapping[str, str]], reader: Reader) -> list[Drawn | Refused]:
    """Each row as an edge, or why it can be none; a fixed number of queries.

    An end that the reader may not know of is answered as one that there is not.
    """
    found = _Ends(rows, reader)
    return [_read_one(row, found) for row in rows]


def _read_one(row: Mapping[str, str], found: "_Ends") -> Drawn | Refused:
    try:
        source, target = found.end(row, "source"), found.end(row, "target")
        _refuse_shape(source, target)
        found.refuse_rights(target)
        return Drawn(
            source,
            target,
            text_of(
                row.get("reason") or "", "The reason", most=REASON_MAX, field="reason"
            ),
            expiry_of(row.get("expires_at") or ""),
        )
    except Refused as refusal:
        return refusal


def expiry_of(text: str) -> datetime | None:
    """When an edge expires: a time, or the end of a day; None is never.

    Raises Refused.
    """
    text = text.strip()
    if not text:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1)
            at = datetime.combine(day, time(), UTC)
        else:
            at = read_time(text)[0]
    except (NoInstant, ValueError, OverflowError):
        raise Refused(
            "It expires on a day, 2026-12-31, or at a time, 2026-12-31T12:00Z.",
            field="expires_at",
        ) from None
    if at <= timezone.now():
        raise Refused("It expires in the past already.", field="expires_at")
    return at


def _refuse_shape(source: End, target: End) -> None:
    if source.kind == target.kind == "job":
        raise Refused(
            "Data flows from job to job by way of a dataset: declare that one writes "
            "it and the other reads it.",
            field="target_kind",
        )
    if source.kind == target.kind and source.row.pk == target.row.pk:
        raise Refused("A dataset does not come from itself.", field="target_name")
    if bool(source.field) != bool(target.field):
        which = "source" if target.field else "target"
        raise Refused(
            "Name the columns of both ends, or of none.", field=f"{which}_column"
        )
    if source.field and "job" in (source.kind, target.kind):
        raise Refused("Columns come from columns of a dataset.", field="source_column")


class _Ends:
    """The assets that rows name, as far as one reader may know of them."""

    def __init__(self, rows: Iterable[Mapping[str, str]], reader: Reader) -> None:
        wanted: dict[str, set[tuple[str, str]]] = {kind: set() for kind in KINDS}
        fields = set()
        for row in rows:
            for end in ("source", "target"):
                kind, namespace, name, column = _words(row, end)
                if kind in wanted and "\0" not in f"{namespace}{name}{column}":
                    wanted[kind].add((namespace, name))
                    fields.add((namespace, name, column))
        self.found: dict[tuple[str, str, str], Dataset | Job] = {}
        self._find_datasets(wanted["dataset"], reader)
        self._find_jobs(wanted["job"], reader)
        self.columns = columns.known(
            {
                Column(self.found["dataset", namespace, name].pk, column)
                for namespace, name, column in fields
                if column and ("dataset", namespace, name) in self.found
            },
            veil=reader.veil,
        )
        self.editable = self._editable(reader)

    def end(self, row: Mapping[str, str], which: str) -> End:
        """One end of a row. Raises Refused."""
        kind, namespace, name, column = _words(row, which)
        if kind not in KINDS:
            raise Refused(f"The {which} is a dataset or a job.", field=f"{which}_kind")
        if not namespace or not name:
            field = f"{which}_name" if namespace else f"{which}_namespace"
            raise Refused(f"Name the {which}: its namespace and its name.", field=field)
        asset = self.found.get((kind, namespace, name))
        if asset is None:
            raise Refused(
                f"There is no {kind} {name} in {namespace} that you may connect.",
                field=f"{which}_name",
            )
        is_column = bool(column) and isinstance(asset, Dataset)
        if is_column and Column(asset.pk, column) not in self.columns:
            raise Refused(f"{name} has no column {column}.", field=f"{which}_column")
        return End(asset, column)

    def refuse_rights(self, target: End) -> None:
        """Raise NotAllowed where the reader may not say what flows into the target."""
        if (target.kind, target.row.pk) not in self.editable:
            raise NotAllowed(
                f"What flows into {target.row.name} is for those to declare who have "
                f"the right {Action.LINEAGE_EDIT} on it.",
                field="target_name",
            )

    def _find_datasets(self, wanted: set[tuple[str, str]], reader: Reader) -> None:
        if not wanted:
            return
        links = _named(reader.names, wanted).values_list(
            "namespace__name", "name", "canonical"
        )
        by_name = {(namespace, name): leader for namespace, name, leader in links}
        rows = reader.linked_datasets.select_related("namespace").in_bulk(
            set(by_name.values())
        )
        for (namespace, name), leader in by_name.items():
            if leader in rows:
                self.found["dataset", namespace, name] = rows[leader]

    def _find_jobs(self, wanted: set[tuple[str, str]], reader: Reader) -> None:
        if not wanted:
            return
        for job in _named(reader.linked_jobs, wanted).select_related("namespace"):
            self.found["job", job.namespace.name, job.name] = job

    def _editable(self, reader: Reader) -> set[tuple[str, int]]:
        allowed = set()
        for kind, model in (("dataset", Dataset), ("job", Job)):
            rows: Any = model.objects.permitted(reader.principal, Action.LINEAGE_EDIT)
            ids = [row.pk for (k, *_), row in self.found.items() if k == kind]
            if ids:
                found = rows.filter(pk__in=ids).values_list("pk", flat=True)
                allowed |= {(kind, pk) for pk in found}
        return allowed


def _words(row: Mapping[str, str], end: str) -> tuple[str, str, str, str]:
    kind, namespace, name, column = (
        (row.get(f"{end}_{word}") or "").strip()
        for word in ("kind", "namespace", "name", "column")
    )
    return kind or "dataset", namespace, name, column


def _named(rows: Any, wanted: set[tuple[str, str]]) -> Any:
    """Rows whose namespace and name are among those that are wanted, or mixed ones."""
    return rows.filter(
        namespace__name__in={namespace for namespace, _ in wanted},
        name__in={name for _, name in wanted},
    )
