"""How long does lineage take to answer, by the size of the answer and of the catalog?

`python -m benchmarks.graph` copies layered graphs of 10,000 and 100,000 jobs with 20
runs each, and of 1,000,000 with one, into installations of their own, and asks within
one process and over HTTP what walks, impact and tags ask; beside each walk the same as
a plain recursive query. `--sizes 10000,100000` takes some of them, and `--reuse DIR`
keeps the installations in DIR (`world-1e4`, …) for the next time.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.with_django import connect

# isort: split
import psycopg
from django.db import connection

from benchmarks.graph_asking import (
    COLUMNS_WALKED,
    STARTS,
    TAGGED,
    Start,
    Starts,
    impact_of,
    newly_tagged,
    past,
    people,
    plain_columns,
    plain_nodes,
    propagate,
    walk_columns,
    walk_nodes,
)
from benchmarks.graph_http import Asker, hits_of, impact, lines_of_nodes, nodes_of, walk
from benchmarks.graph_shape import Shape
from benchmarks.graph_world import fill
from benchmarks.options import Options, read_options
from benchmarks.report import Table, keep, machine, shown
from benchmarks.server import Headwater, headwater
from benchmarks.timing import Times, milliseconds
from config.embedded.postgres import SUPERUSER, Postgres
from lineage.reader import Reader
from policies.access import deciding_once
from policies.models import Principal

MANY_JOBS: Final = 1_000_000  # so many have one run of history each, fewer have 20
COLUMNS: Final = (
    *("", "answer", "hops", "p50 ms", "p95 ms", "CPU p95 ms"),
    *("plain p50 ms", "plain p95 ms", "of plain"),
)
HTTP_STARTS: Final = 5  # of each kind
# What is asked, and the aim for p95 in milliseconds.
NODES: Final = {100: 15, 1_000: 60, 10_000: 500}


@dataclass
class Asking:
    """Asks one filled installation, and notes how long each question takes."""

    server: Headwater
    shape: tuple[int, int]  # jobs, runs
    starts: Starts
    repeats: int
    times: dict[str, Times] = field(default_factory=dict)
    rows: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asker = Asker(self.server)

    def ask(
        self,
        name: str,
        starts: Sequence[Start],
        question: Callable[[Start], int],
        plain: Callable[[Start], int] | None = None,
    ) -> None:
        """Ask from each start in turn; the first time only warms up."""
        if not starts:
            return
        repeats = self.repeats_of(starts[0].hits)
        times, answers = repeated(starts, question, repeats)
        cells: list[object] = []
        if plain is not None:
            other, _ = repeated(starts, plain, repeats)
            ratio = sum(times.whole) / sum(other.whole)
            cells = [milliseconds(other.whole, share) for share in (0.5, 0.95)]
            cells.append(f"{ratio:.2f}")
        self.note(name, starts, times, answers, *cells)

    def note(
        self,
        name: str,
        starts: Sequence[Start],
        times: Times,
        answers: Sequence[Any],
        *cells: object,
    ) -> None:
        self.times[name] = times
        hops = round(statistics.median(start.hops for start in starts))
        answer = round(statistics.median(answers))
        self.rows.append((name, answer, hops, *times.cells(), *cells))
        print(*map(shown, self.rows[-1]), sep="  ", file=sys.stderr)

    def walks(self) -> None:
        """Walks over jobs and datasets, for two readers and two times."""
        everyone, narrow = people()
        then = past(self.shape[1])
        for hits in NODES:
            some = self.starts.nodes.get(str(hits), [])

            def of(one: Principal, start: Start, hits: int = hits) -> int:
                return walk_nodes(start, hits, Reader(one).veil)

            name = f"{hits:,} nodes"
            with deciding_once():
                self.ask(f"{name} downstream", some, partial(of, everyone), plain_nodes)
                self.ask(f"{name}, a tenth hidden", some, partial(of, narrow))
            as_of = partial(walk_nodes, hits=hits, cut=then)
            self.ask(f"{name}, as of a past time", some, as_of)

    def columns(self) -> None:
        self.ask(
            f"{COLUMNS_WALKED:,} columns downstream",
            self.starts.columns,
            partial(walk_columns, hits=COLUMNS_WALKED),
            plain_columns,
        )

    def consequences(self) -> None:
        """What a change of a column does, and where a tag comes along its data."""
        everyone, _ = people()
        with deciding_once():
            self.ask(
                f"impact of a column, {COLUMNS_WALKED:,} hits",
                self.starts.columns,
                partial(impact_of, everyone),
            )
        name = f"a new tag comes to {TAGGED:,} columns"
        times, answers = Times(), []
        for start in self.starts.tagged:
            for is_measured in (False, True, True):
                with newly_tagged(start):
                    counted = times if is_measured else Times()
                    answers.append(counted.add(propagate))
        if answers:
            self.note(name, self.starts.tagged, times, answers)

    def over_http(self) -> None:
        asker, nodes = self.asker, self.starts.nodes
        for hits in NODES:
            asker.ask(
                f"{hits:,} nodes downstream",
                nodes.get(str(hits), [])[:HTTP_STARTS],
                partial(walk, hits=hits),
                nodes_of,
                self.repeats_of(hits),
            )
        for hits in (10_000, 100_000):
            asker.ask(
                f"{hits:,} nodes as NDJSON",
                nodes.get(str(hits), [])[:1],
                partial(walk, hits=hits, is_file=True),
                lines_of_nodes,
                1,
            )
        asker.ask(
            f"impact of a column, {COLUMNS_WALKED:,} hits",
            self.starts.columns[:HTTP_STARTS],
            impact,
            hits_of,
            self.repeats_of(COLUMNS_WALKED),
        )

    def repeats_of(self, hits: int) -> int:
        return max(2, self.repeats // max(1, hits // 1_000))

    def tables(self) -> tuple[Table, Table]:
        jobs, runs = self.shape
        world = f"{jobs:,} jobs of {'one run' if runs == 1 else f'{runs} runs'}"
        table = Table(f"Graph: {world}, in one process", COLUMNS)
        for row in self.rows:
            table.add(*row, *[""] * (len(COLUMNS) - len(row)))
        self.asker.table.heading = f"Graph: {world}, over HTTP"
        return table, self.asker.table


def repeated(
    starts: Sequence[Start], question: Callable[[Start], int], repeats: int
) -> tuple[Times, list[Any]]:
    """How long each question took, and what was answered."""
    times = Times()
    answers: list[Any] = []
    for start in starts:
        question(start)
        for _ in range(repeats):
            answers.append(times.add(partial(question, start)))
    return times, answers


def runs_of(jobs: int) -> int:
    return 1 if jobs >= MANY_JOBS else 20


def spelt(jobs: int) -> str:
    """A size, as short as can be: 1e4."""
    return f"{jobs:.0e}".replace("e+0", "e").replace("e+", "e")


@contextmanager
def world(options: Options, jobs: int) -> Iterator[tuple[Headwater, Starts, str]]:
    """A running installation with a graph of so many jobs, and how it came to be."""
    home = options.reused / f"world-{spelt(jobs)}" if options.reused else None
    with headwater(options.place, kept=home) as server:
        connect(server.home)
        kept = server.home / STARTS
        told = ""
        if not kept.exists():
            told = make(server, jobs, kept)
        try:
            yield server, Starts.read(kept.read_text()), told
        finally:
            connection.close()


def make(server: Headwater, jobs: int, kept: Path) -> str:
    """Fill an installation; it is whole once the file of starts is there."""
    begins = time.perf_counter()
    shape = Shape(jobs, runs_of(jobs))
    url = Postgres(server.home).url(SUPERUSER)
    with psycopg.connect(url, autocommit=True) as superuser:
        fill(superuser, shape)
        superuser.execute("VACUUM ANALYZE")
    kept.write_text(Starts.find(shape).write())
    took = time.perf_counter() - begins
    return f"{jobs:,} jobs were copied in {took:,.0f} s. "


def measure(options: Options) -> tuple[list[Table], str]:
    """Ask at each size; the note says how the graphs came to be."""
    asked: list[Asking] = []
    note = ""
    for jobs in options.graph_sizes:
        with world(options, jobs) as (server, starts, told):
            before = os.getloadavg()[0]
            repeats = 3 if options.is_quick else 10
            asking = Asking(server, (jobs, runs_of(jobs)), starts, repeats)
            asking.walks()
            asking.columns()
            asking.consequences()
            asking.over_http()
            note += (
                f"{told}{jobs:,} jobs: load average {before:.1f} before and "
                f"{os.getloadavg()[0]:.1f} after. "
            )
            asked.append(asking)
    tables = [table for one in asked for table in one.tables()]
    return [aims(asked), *tables], note.strip()


def aims(asked: Sequence[Asking]) -> Table:
    """What was aimed at, and what came of it."""
    sizes = (f"{one.shape[0]:,} jobs" for one in asked)
    table = Table("Graph: aims", ("", "aim", *sizes))
    for hits, aim in NODES.items():
        plain = f"{hits:,} nodes downstream"
        table.add(plain, f"p95 < {aim} ms", *(p95(one, plain) for one in asked))
        for other, factor in (("a tenth hidden", 1.5), ("as of a past time", 5)):
            name = f"{hits:,} nodes, {other}"
            told = (ratio(one.times, name, one.times, plain) for one in asked)
            table.add(name, f"≤ {factor} times the CPU", *told)
    smallest = asked[0].times
    name = "100 nodes downstream"
    told = (ratio(one.times, name, smallest, name) for one in asked)
    table.add("100 nodes, growth", "≤ 1.5 times the CPU", *told)
    for name, aim in (
        (f"{COLUMNS_WALKED:,} columns downstream", 100),
        (f"impact of a column, {COLUMNS_WALKED:,} hits", 400),
        (f"a new tag comes to {TAGGED:,} columns", 3_000),
    ):
        table.add(name, f"p95 < {aim:,} ms", *(p95(one, name) for one in asked))
    name = "100,000 nodes as NDJSON"
    streams = [one.asker.answered.get(name) for one in asked]
    first = (milliseconds(one.first, 0.95) if one else "" for one in streams)
    table.add(f"{name}, first byte", "< 300 ms", *first)
    memory = (max(one.memory) if one else "" for one in streams)
    table.add(f"{name}, more memory", "flat, in MB", *memory)
    return table


def p95(asking: Asking, name: str) -> str:
    """On the clock, and the processor's part of it, which other work hardly changes."""
    times = asking.times.get(name)
    if times is None:
        return ""
    clock = shown(milliseconds(times.whole, 0.95))
    return f"{clock} (CPU {shown(milliseconds(times.processor, 0.95))})"


def ratio(
    these: Mapping[str, Times], name: str, those: Mapping[str, Times], other: str
) -> str:
    """How much more processor time one question takes than another, at the median."""
    one, two = these.get(name), those.get(other)
    if one is None or two is None:
        return ""
    mine, its = (statistics.median(times.processor) for times in (one, two))
    return f"{mine / its:.2f}"


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    tables, note = measure(options)
    for table in tables:
        print(table.text())
    print(note)
    if options.keeps:
        keep("graph", tables, f"{machine()} {note}")


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
