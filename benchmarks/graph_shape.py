"""What does a large graph of jobs look like, which of it is below what, and by when?

Layers of jobs: each reads one to four datasets, most of them of the layer before, and
writes one. Few datasets have many readers and many have few: the n-th of a layer about
n to the power of -2/3 as many as the first. Whatever is drawn is drawn the same again.
"""

import random
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

LAYERS: Final = 20
COLUMNS: Final = ("id", "customer", "amount", "at")
EDGES_PER_COLUMN: Final = 3
DAG: Final = 50  # jobs that one parent starts
SKEW: Final = 3
SKIPPING: Final = 0.1  # so many inputs are of any layer above


class Derivation(NamedTuple):
    """An output column derives from a column of an input."""

    output: int  # place of the column
    source: int  # dataset
    column: int
    type: str
    subtype: str
    is_masked: bool


@dataclass(frozen=True)
class Start:
    """Where a walk begins, and what it will meet if it meets everything."""

    pk: int
    column: str
    hits: int
    hops: int


@dataclass
class Shape:
    """Jobs by number from 0, datasets too: at first those that no job writes."""

    jobs: int
    runs: int
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    later: dict[int, tuple[int, ...]] = field(default_factory=dict)  # since `changed`

    def __post_init__(self) -> None:
        if self.jobs % LAYERS:
            raise ValueError(f"{self.jobs} jobs are not {LAYERS} even layers.")
        chance = random.Random(self.jobs)  # noqa: S311
        for job in range(self.jobs):
            depth = job // self.width
            own = tuple(
                dict.fromkeys(self.draw(chance, depth) for _ in range(reads(job)))
            )
            self.inputs.append(own)
            if self.runs > 1 and job % 7 == 3 and len(own) <= 2:
                other = self.draw(chance, depth)
                if other not in own:
                    self.later[job] = (*own[:-1], other)

    @property
    def width(self) -> int:
        """The jobs of a layer, and the datasets that no job writes."""
        return self.jobs // LAYERS

    @property
    def datasets(self) -> int:
        return self.width + self.jobs

    @property
    def dags(self) -> int:
        return -(-self.jobs // DAG)

    @property
    def changed(self) -> int:
        """The run since which some jobs read something else."""
        return self.runs // 2

    def draw(self, chance: random.Random, depth: int) -> int:
        """A dataset for a job of this layer to read."""
        layer = chance.randrange(depth + 1) if chance.random() < SKIPPING else depth
        return layer * self.width + int(self.width * chance.random() ** SKEW)

    def output(self, job: int) -> int:
        return self.width + job

    def is_changed(self, job: int, run: int) -> bool:
        """Whether this run reads what the job reads since a change."""
        return run >= self.changed and job in self.later

    def read_by(self, job: int, run: int) -> tuple[int, ...]:
        return self.later[job] if self.is_changed(job, run) else self.inputs[job]

    def completes(self, job: int, run: int) -> bool:
        """Whether the run ends well: some jobs never do, some did not the last time."""
        if job % 53 == 9:
            return False
        if job % 101 == 7 and run == self.runs - 1:
            return False
        return not (job % 11 == 5 and self.runs > 1 and run == self.runs // 3)

    def effective_run(self, job: int) -> int:
        """The last run that was to complete; of one that never was, the last."""
        return next(
            (run for run in reversed(range(self.runs)) if self.completes(job, run)),
            self.runs - 1,
        )

    @cached_property
    def readers(self) -> list[list[int]]:
        """The jobs that read each dataset now."""
        found: list[list[int]] = [[] for _ in range(self.datasets)]
        for job in range(self.jobs):
            for dataset in self.read_by(job, self.effective_run(job)):
                found[dataset].append(job)
        return found

    def says_of_columns(
        self, job: int, inputs: tuple[int, ...]
    ) -> tuple[int, int, bool, bool]:
        """Two of its inputs, whether it only joins by one, and whether it masks."""
        first, second = inputs[0], inputs[min(1, len(inputs) - 1)]
        return first, second, job % 5 == 2, job % 20 == 1

    def derivations(self, job: int, inputs: tuple[int, ...]) -> Iterator[Derivation]:
        """Three of each column that the job writes, by what it reads."""
        first, second, joins, masked = self.says_of_columns(job, inputs)
        count = len(COLUMNS)
        last = ("INDIRECT", "JOIN") if joins else ("DIRECT", "AGGREGATION")
        for place in range(count):
            step, jump = (place + 1) % count, (place + 2) % count
            yield Derivation(place, first, place, "DIRECT", "IDENTITY", False)
            yield Derivation(place, first, step, "DIRECT", "TRANSFORMATION", masked)
            yield Derivation(place, second, jump, *last, False)

    def next_nodes(self, node: int) -> list[int]:
        """What is one hop below a dataset, or a job (numbered after all datasets)."""
        if node >= self.datasets:
            return [self.output(node - self.datasets)]
        return [self.datasets + job for job in self.readers[node]]

    def next_columns(self, column: int) -> list[int]:
        """The columns that derive from one; they are numbered by their datasets."""
        return self._derived(column, is_tag=False)

    def tagged_columns(self, column: int) -> list[int]:
        """Those of them that a tag comes to, which leads it on."""
        return self._derived(column, is_tag=True)

    def _derived(self, column: int, *, is_tag: bool) -> list[int]:
        dataset, place = divmod(column, len(COLUMNS))
        return [
            self.output(job) * len(COLUMNS) + one.output
            for job in self.readers[dataset]
            for one in self.derivations(job, self.read_by(job, self.effective_run(job)))
            if (one.source, one.column) == (dataset, place)
            and not (is_tag and (one.type == "INDIRECT" or one.is_masked))
        ]


def reads(job: int) -> int:
    """How many datasets a job reads, at most."""
    return {3: 1, 7: 4}.get(job % 10, 2)


def reach(
    start: int, step: Callable[[int], list[int]], most: int
) -> tuple[int, int] | None:
    """How much is below a node and how many hops; None if more than `most` is."""
    seen, frontier, hops = {start}, [start], 0
    while frontier:
        met = array("q")
        for node in frontier:
            for other in step(node):
                if other not in seen:
                    seen.add(other)
                    met.append(other)
        if len(seen) > most + 1:
            return None
        hops += bool(met)
        frontier = met.tolist()
    return len(seen) - 1, hops


def starts(
    shape: Shape, hits: int, count: int, step: Callable[[int], list[int]], nodes: int
) -> list[tuple[int, int, int]]:
    """Nodes (of the first `nodes`) below which there are `hits`, more or less a tenth.

    Fewer than `count` where there are not as many: (node, hits, hops) of each.
    """
    chance = random.Random(hits)  # noqa: S311
    found = []
    most = hits + hits // 10
    for number in range(40 * count + 10_000_000 // hits):
        # By chance, and among those that have the most readers.
        skew = 1 if number % 2 else SKEW
        layer = chance.randrange(LAYERS + 1)
        place = (layer + chance.random() ** skew) / (LAYERS + 1)
        node = int(nodes * place)
        below = reach(node, step, most)
        if below and below[0] >= hits - hits // 10:
            found.append((node, *below))
            if len(found) == count:
                break
    return found
