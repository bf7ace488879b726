"""Small made-up catalogs, and in plain Python what a walk over one must find."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from catalog.models import Dataset, Job, Namespace
from lineage.models import Edge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPEN, CLOSED = "open", "closed"  # namespaces that the reader may see, and may not
INPUT, OUTPUT = 1, 2
EFFECTIVE = (1, 2)


@dataclass(frozen=True)
class Thing:
    """A job, or one name of a dataset; `leader` is the index of its canonical one."""

    namespace: str = OPEN
    is_hidden: bool = False
    leader: int = -1


@dataclass(frozen=True)
class IO:
    job: int
    dataset: int  # raw
    direction: int
    status: int
    minute: int


@dataclass(frozen=True)
class World:
    jobs: tuple[Thing, ...]
    datasets: tuple[Thing, ...]
    io: tuple[IO, ...]

    def job_id(self, job: int) -> str:
        return f"job:{self.jobs[job].namespace}:j{job}"

    def dataset_id(self, dataset: int) -> str:
        return f"dataset:{self.datasets[dataset].namespace}:d{dataset}"

    # The reference: what GET /api/v1/lineage has to answer.

    def shows_job(self, job: int) -> bool:
        thing = self.jobs[job]
        return thing.namespace == OPEN and not thing.is_hidden

    def shows_dataset(self, leader: int) -> bool:
        names = [one for one in self.datasets if one.leader == leader]
        all_hidden = all(one.is_hidden for one in names)
        return self.datasets[leader].namespace == OPEN and not all_hidden

    def links(self) -> set[tuple[int, int, int]]:
        """(job, canonical dataset, direction) of what is effective."""
        return {
            (io.job, self.datasets[io.dataset].leader, io.direction)
            for io in self.io
            if io.status in EFFECTIVE
        }

    def newest_job(self, leader: int) -> int | None:
        touching = [
            io
            for io in self.io
            if io.status in EFFECTIVE
            and self.datasets[io.dataset].leader == leader
            # One that the reader knows, be it deleted since.
            and self.jobs[io.job].namespace == OPEN
        ]
        names = {
            job: (thing.namespace, f"j{job}") for job, thing in enumerate(self.jobs)
        }
        touching.sort(key=lambda io: (-io.direction, -io.minute, names[io.job]))
        return touching[0].job if touching else None

    def around(self, job: int, depth: int) -> tuple[set[int], set[int]]:
        """The jobs within `depth` hops, and all of their datasets."""
        links, jobs = self.links(), {job}
        for _ in range(depth):
            datasets = {d for j, d, _ in links if j in jobs}
            jobs = jobs | {j for j, d, _ in links if d in datasets}
        return jobs, {d for j, d, _ in links if j in jobs}

    def around_dataset(self, leader: int, depth: int) -> tuple[set[int], set[int]]:
        """The same from a dataset, whose jobs are one hop away."""
        jobs: set[int] = set()
        datasets = {leader}
        for job in {j for j, d, _ in self.links() if d == leader and depth}:
            found = self.around(job, depth - 1)
            jobs, datasets = jobs | found[0], datasets | found[1]
        return jobs, datasets

    def lineage(self, start: str, depth: int) -> dict[str, Any] | None:
        """In- and out-edges by nodeId; None where there is no such node."""
        ids = {self.job_id(j): j for j in range(len(self.jobs)) if self.shows_job(j)}
        leaders = {
            self.dataset_id(d): one.leader
            for d, one in enumerate(self.datasets)
            # Not by a name that the reader may not know.
            if self.shows_dataset(one.leader) and one.namespace == OPEN
        }
        if start not in ids and start not in leaders:
            return None
        first = ids[start] if start in ids else self.newest_job(leaders[start])
        if first is None:
            found = self.around_dataset(leaders[start], depth)
        else:
            found = self.around(first, depth)
        jobs = {j for j in found[0] if self.shows_job(j)}
        datasets = {d for d in found[1] if self.shows_dataset(d)}
        nodes: dict[str, tuple[set[Any], set[Any]]] = {
            **{self.job_id(j): (set(), set()) for j in jobs},
            **{self.dataset_id(d): (set(), set()) for d in datasets},
        }
        for job, dataset, direction in self.links():
            if job in jobs and dataset in datasets:
                ends = self.dataset_id(dataset), self.job_id(job)
                origin, destination = ends if direction == INPUT else reversed(ends)
                nodes[origin][1].add((origin, destination))
                nodes[destination][0].add((origin, destination))
        return nodes

    # The same in the database.

    def create(self) -> None:
        now = timezone.now()
        times = {"first_seen": now, "last_seen": now, "created_at": now}
        home = {
            name: Namespace.objects.create(name=name, updated_at=now, **times)
            for name in (OPEN, CLOSED)
        }
        rows = [
            Job(
                pk=100 + index,
                namespace=home[thing.namespace],
                name=f"j{index}",
                hidden_at=now if thing.is_hidden else None,
                updated_at=now,
                **times,
            )
            for index, thing in enumerate(self.jobs)
        ]
        Job.objects.bulk_create(rows)
        Dataset.objects.bulk_create(
            Dataset(
                pk=200 + index,
                namespace=home[thing.namespace],
                name=f"d{index}",
                canonical_id=200 + thing.leader,
                hidden_at=now if thing.is_hidden else None,
                updated_at=now,
                **times,
            )
            for index, thing in enumerate(self.datasets)
        )
        Edge.objects.bulk_create(
            Edge(
                job_id=100 + io.job,
                dataset_id=200 + io.dataset,
                direction=io.direction,
                status=io.status,
                first_event=1,
                last_event=1,
                first_at=NOON,
                last_at=NOON + timedelta(minutes=io.minute),
            )
            for io in self.io
        )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Graphs of a few jobs and datasets, cycles, aliases and secrets included."""
    namespaces = st.sampled_from([OPEN, OPEN, CLOSED])
    hidden = st.sampled_from([False, False, False, True])
    job_count = draw(st.integers(1, 6))
    dataset_count = draw(st.integers(1, 6))
    jobs = [Thing(draw(namespaces), draw(hidden)) for _ in range(job_count)]
    datasets: list[Thing] = []
    for index in range(dataset_count):
        other = draw(st.integers(0, 2 * index))
        leader = datasets[other].leader if other < index else index
        datasets.append(Thing(draw(namespaces), draw(hidden), leader))
    keys = st.tuples(
        st.integers(0, job_count - 1),
        st.integers(0, dataset_count - 1),
        st.sampled_from([INPUT, OUTPUT]),
    )
    io = [
        IO(*key, draw(st.sampled_from([1, 1, 1, 2, 3, 4])), draw(st.integers(0, 3)))
        for key in draw(st.lists(keys, unique=True, max_size=14))
    ]
    return World(tuple(jobs), tuple(datasets), tuple(io))
