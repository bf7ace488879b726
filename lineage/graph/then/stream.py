"""Where did data flow next, by what was said then?"""

from collections.abc import Collection, Iterable
from typing import LiteralString

from django.utils import timezone

from lineage.graph.layers import Link
from lineage.graph.links import EFFECTIVE, MANUAL, Kind, Said
from lineage.graph.now import INPUT, OUTPUT, Step, hidden_parts
from lineage.graph.then.effective import EFFECTIVE as EFFECTIVE_STATUS
from lineage.graph.then.explicit import Stated
from lineage.graph.then.former import former_io
from lineage.graph.then.past import Past
from lineage.graph.veil import Node, Veil

# Jobs that may have read (or written) these names. By edge_reverse, the indexes of the
# datasets that explicit edges come from and lead to, and few events.
CANDIDATES: LiteralString = """
SELECT e.job_id FROM lineage_edge e
WHERE e.dataset_id = ANY(%(names)b::bigint[]) AND e.direction = %(direction)b
  AND e.first_at <= %(as_of)b
UNION
SELECT x.job_id FROM lineage_explicitedge x
WHERE x.{end}_dataset_id = ANY(%(names)b::bigint[]) AND x.job_id IS NOT NULL
  AND x.first_at <= %(as_of)b
UNION
SELECT e.job_id FROM lineage_event e
WHERE e.id = ANY(%(believed)b::bigint[]) AND e.job_id IS NOT NULL
"""
READERS = CANDIDATES.replace("{end}", "source")
WRITERS = CANDIDATES.replace("{end}", "target")
# Jobs that say of others what these read, or make. By the indexes of the jobs that
# explicit edges come from and lead to.
SAYING: LiteralString = """
SELECT DISTINCT x.job_id, NULL::bigint FROM lineage_explicitedge x
WHERE x.{end}_job_id = ANY(%(jobs)b::bigint[]) AND x.job_id IS NOT NULL
UNION
SELECT DISTINCT NULL::bigint, x.target_dataset_id FROM lineage_explicitedge x
WHERE x.{end}_job_id = ANY(%(jobs)b::bigint[]) AND x.job_id IS NULL
"""
# By the partial indexes of manual edges, or by those of its ends.
DECLARED: LiteralString = """
SELECT m.source_dataset_id, m.source_job_id, m.target_dataset_id, m.target_job_id
FROM lineage_manualedge m
WHERE m.{near} = ANY(%(ids)b::bigint[])
  AND m.recorded_from <= %(at)b AND (m.recorded_to IS NULL OR m.recorded_to > %(at)b)
  AND (m.expires_at IS NULL OR m.expires_at > %(at)b)
  AND m.id <> ALL(%(unsaid)b::bigint[])
"""

type Ends = tuple[int | None, int | None]  # raw dataset, job


class StreamThen:
    """Jobs and datasets, one way, as they stood at a cut. As `StreamNow`."""

    def __init__(
        self,
        past: Past,
        veil: Veil,
        *,
        is_downstream: bool,
        statuses: Collection[int] = EFFECTIVE,
        with_manual: bool = True,
    ) -> None:
        self.past = past
        self.veil = veil
        self.is_downstream = is_downstream
        self.statuses = statuses
        self.with_manual = with_manual

    def starts(self, node: Node) -> list[Node]:
        """Where a walk from a node begins: a job with all of its parts."""
        if not node.is_job:
            canonical = self.past.names.canonical([node.id])[node.id]
            return [Node(False, canonical)]
        return [
            node,
            *(node._replace(part=one) for one in self._targets([node.id])[node.id]),
        ]

    def links(self, frontier: list[Node], limit: int) -> list[Step]:
        datasets = [node.id for node in frontier if not node.is_job]
        steps = self._next_to_datasets(datasets) if datasets else []
        jobs = [node for node in frontier if node.is_job]
        steps += self._next_to_jobs(jobs) if jobs else []
        return sorted(set(steps))[:limit]

    def hidden(self, nodes: Collection[Node]) -> set[Node]:
        return hidden_parts(self.veil, nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Node) -> bool:
        return True

    # From datasets.

    def _next_to_datasets(self, datasets: list[int]) -> list[Step]:
        members = self.past.names.members(datasets)
        names = {raw: one for one, raws in members.items() for raw in raws}
        sql = READERS if self.is_downstream else WRITERS
        direction = INPUT if self.is_downstream else OUTPUT
        rows = self.past.counting.fetch(sql, names=sorted(names), direction=direction)
        jobs = [job for (job,) in rows]
        steps = list(self._by_io(jobs, names, direction))
        stated = [x for some in self.past.explicit.of_jobs(jobs).values() for x in some]
        if self.is_downstream:
            stated += self.past.explicit.from_datasets(names.keys())
        else:
            told = self.past.explicit.of_datasets(names)
            stated += [x for some in told.values() for x in some]
        steps += self._by_statements(self._touching_datasets(stated, names))
        if self.with_manual:
            steps += self._manual("dataset_id", sorted(names))
        return steps

    def _by_io(
        self, jobs: Iterable[int], names: dict[int, int], direction: int
    ) -> Iterable[Step]:
        io = self._io(jobs)
        targets = self._targets(io)
        telling = self._telling_inputs(io)
        for job, ways in io.items():
            for (raw, way), status in ways.items():
                if way != direction or raw not in names:
                    continue
                if direction == INPUT and job in telling:
                    continue
                one = names[raw]
                part = one if direction == OUTPUT and one in targets[job] else 0
                yield Link(
                    Node(False, one), Node(True, job, part), Said(status, Kind.IO)
                )

    def _touching_datasets(
        self, stated: list[Stated], names: dict[int, int]
    ) -> list[Stated]:
        if self.is_downstream:
            return [x for x in stated if x.source_dataset in names]
        return [
            x for x in stated
            if x.target_dataset in names and (x.source_dataset or x.source_job)
        ]  # fmt: skip

    def _by_statements(self, stated: list[Stated]) -> Iterable[Step]:
        """One step of each edge: from the dataset that it was found by."""
        canonical = self._canonical(stated)
        status = self._status_of(stated)
        for x in stated:
            said = Said(status.get(x.job, EFFECTIVE_STATUS), Kind.EXPLICIT)
            target = canonical.get(x.target_dataset)
            source = canonical.get(x.source_dataset)
            if self.is_downstream:
                assert source is not None
                near, far = Node(False, source), self._into(x, target)
            else:
                assert target is not None
                near, far = Node(False, target), self._out_of(x, source, target)
            if near != far:
                yield Link(near, far, said)

    def _into(self, x: Stated, target: int | None) -> Node:
        """Where what an edge tells of goes first."""
        if x.target_job is not None:
            return Node(True, x.target_job)
        assert target is not None
        return Node(False, target) if x.job is None else Node(True, x.job, target)

    def _out_of(self, x: Stated, source: int | None, target: int) -> Node:
        """Where what an edge tells of comes from at last."""
        if x.source_job is not None:
            return Node(True, x.source_job)
        if x.job is not None:
            return Node(True, x.job, target)
        assert source is not None
        return Node(False, source)

    # From jobs.

    def _next_to_jobs(self, nodes: list[Node]) -> list[Step]:
        whole = [node.id for node in nodes if not node.part]
        parts = [node for node in nodes if node.part]
        steps = list(self._io_of_jobs(whole)) if whole else []
        steps += self._statements_of_jobs(whole) if whole else []
        if whole and self.with_manual:
            steps += self._manual("job_id", whole)
        steps += self._of_parts(parts) if parts else []
        return steps

    def _io_of_jobs(self, jobs: list[int]) -> Iterable[Step]:
        direction = OUTPUT if self.is_downstream else INPUT
        io = self._io(jobs)
        raws = {raw for ways in io.values() for raw, way in ways if way == direction}
        canonical = self.past.names.canonical(raws)
        targets, telling = self._targets(io), self._telling_inputs(io)
        for job, ways in io.items():
            for (raw, way), status in ways.items():
                if way != direction:
                    continue
                one = canonical[raw]
                if one in targets[job] if direction == OUTPUT else job in telling:
                    continue
                yield Link(Node(True, job), Node(False, one), Said(status, Kind.IO))

    def _statements_of_jobs(self, jobs: list[int]) -> Iterable[Step]:
        """Steps of edges that have one of the jobs itself at the near end."""
        sql = SAYING.replace("{end}", "source" if self.is_downstream else "target")
        rows = self.past.counting.fetch(sql, jobs=jobs)
        rows += [(x.job, x.target_dataset) for x in self.past.explicit.untold]
        saying = self.past.explicit.of_jobs(job for job, _ in rows if job is not None)
        described = self.past.explicit.of_datasets(d for _, d in rows if d is not None)
        wanted = set(jobs)
        stated = [
            x for some in (*saying.values(), *described.values()) for x in some
            if (x.source_job if self.is_downstream else x.target_job) in wanted
            and (x.source_dataset or x.source_job)
        ]  # fmt: skip
        canonical, status = self._canonical(stated), self._status_of(stated)
        for x in stated:
            near = x.source_job if self.is_downstream else x.target_job
            of_job = x.target_job if self.is_downstream else x.source_job
            of_dataset = x.target_dataset if self.is_downstream else x.source_dataset
            assert near is not None
            far = Node(True, of_job) if of_job is not None else None
            if far is None:
                assert of_dataset is not None
                far = Node(False, canonical[of_dataset])
            if far != Node(True, near):
                said = Said(status.get(x.job, EFFECTIVE_STATUS), Kind.EXPLICIT)
                yield Link(Node(True, near), far, said)

    def _of_parts(self, nodes: list[Node]) -> Iterable[Step]:
        stated = self.past.explicit.of_jobs({node.id for node in nodes})
        every = [x for some in stated.values() for x in some]
        canonical, status = self._canonical(every), self._status_of(every)
        io = self._io({node.id for node in nodes})
        for node in nodes:
            own = [
                x for x in stated[node.id]
                if x.target_dataset and canonical[x.target_dataset] == node.part
                and x.source_dataset
            ]  # fmt: skip
            said = Said(status.get(node.id, EFFECTIVE_STATUS), Kind.EXPLICIT)
            if not self.is_downstream:
                for source in {canonical[x.source_dataset] for x in own}:
                    yield Link(node, Node(False, source), said)
                continue
            target = Node(False, node.part)
            if own:
                yield Link(node, target, said)
            members = self.past.names.members([node.part])[node.part]
            for raw in members:
                if (raw, OUTPUT) in io[node.id]:
                    made = Said(io[node.id][raw, OUTPUT], Kind.IO)
                    yield Link(node, target, made)

    # What both ask.

    def _io(self, jobs: Iterable[int]) -> dict[int, dict[tuple[int, int], int]]:
        """(raw dataset, direction) → status of what each job read and wrote."""
        wanted = set(jobs)
        then = self.past.effective.of(wanted)
        found = {
            job: dict.fromkeys(one.io, one.status)
            for job, one in then.items()
            if one.status in self.statuses
        }
        io: dict[int, dict[tuple[int, int], int]] = {job: {} for job in wanted}
        io |= found  # type: ignore[arg-type]
        if {*self.statuses} - {*EFFECTIVE}:
            for job, key, status in former_io(self.past.counting, then):
                if status in self.statuses:
                    io[job].setdefault(key, status)
        return io

    def _targets(self, jobs: Iterable[int]) -> dict[int, set[int]]:
        """The canonical datasets that each job tells by itself how it makes."""
        stated = self.past.explicit.of_jobs(jobs)
        canonical = self._canonical(x for some in stated.values() for x in some)
        return {
            job: {canonical[x.target_dataset] for x in some if x.target_dataset}
            for job, some in stated.items()
        }

    def _telling_inputs(self, jobs: Iterable[int]) -> set[int]:
        """The jobs that tell by themselves what they read."""
        stated = self.past.explicit.of_jobs(jobs)
        return {j for j, some in stated.items() if any(x.target_job == j for x in some)}

    def _canonical(self, stated: Iterable[Stated]) -> dict[int | None, int]:
        ends = {one for x in stated for one in (x.target_dataset, x.source_dataset)}
        found: dict[int | None, int] = {}
        found |= self.past.names.canonical(one for one in ends if one is not None)  # type: ignore[arg-type]
        return found

    def _status_of(self, stated: Iterable[Stated]) -> dict[int | None, int]:
        jobs = {x.job for x in stated if x.job is not None}
        then = self.past.effective.of(jobs)
        return {job: one.status or EFFECTIVE_STATUS for job, one in then.items()}

    def _manual(self, kind: str, ids: list[int]) -> Iterable[Step]:
        near, far = ("source", "target") if self.is_downstream else ("target", "source")
        rows = self.past.counting.fetch(
            DECLARED.replace("{near}", f"{near}_{kind}"),
            ids=ids,
            at=self.past.counting.cut.recorded_at or timezone.now(),
            unsaid=self.veil.unsaid_edges(),
        )
        ends: list[dict[str, Ends]] = [
            {"source": (row[0], row[1]), "target": (row[2], row[3])} for row in rows
        ]
        raws = {end[0] for both in ends for end in both.values() if end[0] is not None}
        canonical = self.past.names.canonical(raws)
        for both in ends:
            one, other = (_node(both[side], canonical) for side in (near, far))
            if one != other:
                yield Link(one, other, Said(MANUAL, Kind.MANUAL))


def _node(end: Ends, canonical: dict[int, int]) -> Node:
    dataset, job = end
    if job is not None:
        return Node(True, job)
    assert dataset is not None
    return Node(False, canonical[dataset])
