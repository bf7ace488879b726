"""What is asked of a graph that was copied in, from where, and by whom?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Final, LiteralString

import benchmarks.with_django  # noqa: F401 - before what needs it

# isort: split
from django.db import connection, transaction

from benchmarks.graph_events import BEGINNING, DAY
from benchmarks.graph_rows import dataset_id
from benchmarks.graph_shape import COLUMNS, Shape, starts
from catalog.curation.subjects import Subject
from catalog.models import ColumnTag, Dataset
from lineage import impact
from lineage.graph import columns, flow
from lineage.graph.columns import Column
from lineage.graph.cut import NOW, Cut
from lineage.graph.links import EFFECTIVE
from lineage.graph.veil import NO_VEIL, Node, Veil
from lineage.reader import Reader
from lineage.services.classification import follow_tags
from lineage.services.tagging import put_tag
from policies.models import Grant, Principal, Reach, Role

FAR: Final = 100  # hops; no answer is as far
HIDDEN: Final = ("postgres://vault-*", "payroll-*")
STARTS: Final = "graph-starts.json"  # in a home: from where it is asked
WALKED: Final = {100: 20, 1_000: 10, 10_000: 5, 100_000: 2}
COLUMNS_WALKED: Final = 1_000
TAGGED: Final = 10_000

# What people write who ask the same tables by themselves: no rights, no bounds, and
# which nodes there are, but not by what way. By the indexes that the walks go by.
PLAIN: Final[LiteralString] = """
WITH RECURSIVE walk(is_job, id) AS (
  SELECT false, %s::bigint
  UNION
  SELECT next.is_job, next.id FROM walk CROSS JOIN LATERAL (
    SELECT true AS is_job, e.job_id AS id
    FROM catalog_dataset d
    JOIN lineage_edge e ON e.dataset_id = d.id AND e.direction = 1
      AND e.status = ANY(%s)
    WHERE NOT walk.is_job AND d.canonical_id = walk.id
    UNION ALL
    SELECT false, d.canonical_id
    FROM lineage_edge e JOIN catalog_dataset d ON d.id = e.dataset_id
    WHERE walk.is_job AND e.job_id = walk.id AND e.direction = 2
      AND e.status = ANY(%s)
  ) AS next
)
SELECT is_job, id FROM walk
"""
PLAIN_COLUMNS: Final[LiteralString] = """
WITH RECURSIVE walk(id, field) AS (
  SELECT %s::bigint, %s::text
  UNION
  SELECT o.canonical_id, v.out_field
  FROM walk
  JOIN catalog_dataset d ON d.canonical_id = walk.id
  JOIN lineage_columnderivation v ON v.dataset_id = d.id
    AND left(v.in_field, 64) = left(walk.field, 64) AND v.in_field = walk.field
  JOIN lineage_columnsource s ON s.facet_id = v.facet_id AND s.is_effective
  JOIN catalog_dataset o ON o.id = s.dataset_id
  WHERE v.out_field <> ''
)
SELECT id, field FROM walk
"""


@dataclass(frozen=True)
class Start:
    """Where a walk begins, and what is below it if nothing is hidden."""

    dataset: int  # its id
    column: str
    hits: int
    hops: int


@dataclass
class Starts:
    """Where walks begin, by how much they answer."""

    nodes: dict[str, list[Start]] = field(default_factory=dict)
    columns: list[Start] = field(default_factory=list)
    tagged: list[Start] = field(default_factory=list)

    @classmethod
    def find(cls, shape: Shape) -> "Starts":
        """Look for them in the graph as it was drawn, not by what is measured."""
        found = cls()
        for hits, count in WALKED.items():
            if hits < shape.datasets:
                some = starts(shape, hits, count, shape.next_nodes, shape.datasets)
                found.nodes[str(hits)] = [
                    Start(dataset_id(node), "", *told) for node, *told in some
                ]
        number = shape.datasets * len(COLUMNS)
        some = starts(shape, COLUMNS_WALKED, 10, shape.next_columns, number)
        found.columns = [_of_column(*one) for one in some]
        some = starts(shape, TAGGED, 2, shape.tagged_columns, number)
        found.tagged = [_of_column(*one) for one in some]
        return found

    def write(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Starts":
        known = json.loads(text)
        nodes = known["nodes"].items()
        return cls(
            {hits: [Start(**one) for one in some] for hits, some in nodes},
            [Start(**one) for one in known["columns"]],
            [Start(**one) for one in known["tagged"]],
        )


def _of_column(number: int, hits: int, hops: int) -> Start:
    dataset, place = divmod(number, len(COLUMNS))
    return Start(dataset_id(dataset), COLUMNS[place], hits, hops)


def past(runs: int) -> Cut:
    """Late in the history, when most was as it is now; after all of a single run."""
    days = max(runs * 3 // 4, 1)
    return Cut(as_of=BEGINNING + timedelta(microseconds=days * DAY))


def people() -> tuple[Principal, Principal]:
    """One who may see everything, and one from whom a tenth is hidden."""
    role = Role.objects.get(name="viewer")
    both = []
    for name, denied in (("sees-all", ()), ("sees-nine-tenths", HIDDEN)):
        one, is_new = Principal.objects.get_or_create(username=name)
        if is_new:
            Grant.objects.create(principal=one, role=role, reason="measured")
            for glob in denied:
                Grant.objects.create(
                    principal=one,
                    role=role,
                    reason="measured",
                    effect=Grant.Effect.DENY,
                    reach=Reach.NAMESPACE,
                    namespace_glob=glob,
                )
        both.append(one)
    return both[0], both[1]


def walk_nodes(start: Start, hits: int, veil: Veil = NO_VEIL, cut: Cut = NOW) -> int:
    """How many nodes are below a dataset."""
    found = flow.downstream(
        Node(False, start.dataset),
        max_hops=FAR,
        max_nodes=2 * hits,
        veil=veil,
        cut=cut,
    )
    return len(found.met)


def walk_columns(start: Start, hits: int, veil: Veil = NO_VEIL) -> int:
    """How many columns come from one."""
    found = columns.walk(
        [Column(start.dataset, start.column)],
        max_hops=FAR,
        max_columns=2 * hits,
        is_upstream=False,
        is_downstream=True,
        veil=veil,
    )
    return len(found.at) - 1


def impact_of(one: Principal, start: Start) -> int:
    """How many hits there are, each explained, if a column is dropped."""
    row = Dataset.objects.unrestricted("a benchmark's own").get(pk=start.dataset)
    change = impact.Change(impact.Kind.DROP_COLUMN, (impact.Start(row, start.column),))
    return len(impact.of_changes([change], Reader(one)).hits)


@contextmanager
def newly_tagged(start: Start) -> Iterator[None]:
    """A column has a tag that nothing had before; it is taken away afterwards."""
    with transaction.atomic():
        follow_tags(is_patient=True)
        row = Dataset.objects.unrestricted("a benchmark's own").get(pk=start.dataset)
        put_tag(Subject("dataset", row, start.column), "measured", actor=None)
        yield
        transaction.set_rollback(True)


def propagate() -> int:
    """Let tags follow the data; how many columns have the new one then."""
    while follow_tags(is_patient=True):
        pass
    return ColumnTag.objects.filter(tag__name="measured").count()


def plain_nodes(start: Start) -> int:
    """The same as `walk_nodes`, by a recursive query."""
    effective = list(EFFECTIVE)
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [start.dataset, effective, effective])
        return len(cursor.fetchall()) - 1


def plain_columns(start: Start) -> int:
    """The same as `walk_columns`, by a recursive query."""
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_COLUMNS, [start.dataset, start.column])
        return len(cursor.fetchall()) - 1
