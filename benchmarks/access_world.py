"""What does a catalog with many people, groups, grants and shares look like?

Assets, what is said of them, and who may what are written by COPY; the same each time.
What search keeps of a dataset is made by the code that keeps it.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import orjson
import psycopg

import benchmarks.with_django  # noqa: F401 - before what needs it
from benchmarks.search_world import Maker, copy, drop_indexes, row, write_words
from catalog.search.indexing import Entry, Kind, entry_of

NOW: Final = datetime(2026, 5, 4, tzinfo=UTC)
REGIONS: Final = ("eu", "us", "ap", "sa")
# Of the graph that is walked: about 1,000 nodes.
LAYERS: Final = 15
WIDTH: Final = 34
CHANGE: Final = 1
TABLES: Final = (
    *("placement", "ownership", "tagassignment", "attribute", "change", "dataset"),
    *("namespace", "job", "findable", "mark", "domain", "tag"),
)


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    datasets: int = 200_000
    namespaces: int = 2_000
    people: int = 10_000
    groups: int = 500
    allows: int = 5_000
    denies: int = 500
    shares: int = 20_000
    domains: tuple[int, int, int] = (8, 4, 3)  # children at each depth
    tags: tuple[int, int] = (40, 5)

    @classmethod
    def small(cls) -> "Size":
        return cls(10_000, 200, 1_000, 100, 500, 50, 1_000)


@dataclass
class Asked:
    """What is asked for: words that are searched, and where the walk begins."""

    words: list[str] = field(default_factory=list)
    walked: int = 0  # a dataset


def space_name(number: int) -> str:
    return f"postgres://db-{number}.{REGIONS[number % len(REGIONS)]}.example:5432"


class Filling:
    """Writes one world through one connection."""

    def __init__(self, connection: psycopg.Connection, size: Size) -> None:
        self.connection = connection
        self.size = size
        self.maker = Maker()
        self.chance = random.Random(20260601)  # noqa: S311
        self.odds = list(
            itertools.accumulate(1 / (n + 20) for n in range(size.namespaces))
        )
        self.domains = list(_tree(size.domains, "Area", "/"))
        self.tags = list(_tree(size.tags, "mark", "."))
        self.asked = Asked()

    def fill(self) -> Asked:
        """Write all but people and their rights."""
        definitions = drop_indexes(self.connection)
        # The triggers that tell of changes, and checks of what is written just now.
        self.connection.execute("SET session_replication_role = replica")
        self.write_words()
        self.write_assets()
        self.write_graph()
        self.write_statements()
        write_words(self.connection)
        self.connection.execute("SET session_replication_role = DEFAULT")
        self.connection.execute("SET maintenance_work_mem = '1GB'")
        for definition in definitions:
            self.connection.execute(definition.encode())
        for table in TABLES:
            self.connection.execute(
                f"SELECT setval('catalog_{table}_id_seq', "
                f"(SELECT coalesce(max(id), 1) FROM catalog_{table}))".encode()
            )
        self.connection.execute("VACUUM ANALYZE")
        return self.asked

    def write_words(self) -> None:
        for table, words in (("domain", self.domains), ("tag", self.tags)):
            rows = ((pk, name, "", False, parent) for pk, name, parent in words)
            into = f"catalog_{table} (id, name, description, is_retired, parent_id)"
            copy(self.connection, into, rows)
        spaces = range(1, self.size.namespaces + 1)
        copy(
            self.connection,
            "catalog_namespace (id, name, first_seen, last_seen, created_at,"
            " updated_at)",
            ((n, space_name(n), NOW, NOW, NOW, NOW) for n in spaces),
        )
        change = (CHANGE, str(uuid4()), "system", "", "all of it", 0, NOW)
        copy(
            self.connection,
            "catalog_change (id, public_id, via, reason, summary, statement_count,"
            " recorded_at)",
            iter([change]),
        )

    def space(self) -> int:
        """A namespace; they are of uneven sizes."""
        spaces = range(1, self.size.namespaces + 1)
        [one] = self.chance.choices(spaces, cum_weights=self.odds)
        return one

    def write_assets(self) -> None:
        """The datasets, of which one in fifty is another name of one."""
        told = (NOW, NOW, NOW, NOW, "{}", "{}")
        for first in range(1, self.size.datasets + 1, 20_000):
            last = min(first + 20_000, self.size.datasets + 1)
            entries = [self.entry(number) for number in range(first, last)]
            copy(
                self.connection,
                "catalog_dataset (id, canonical_id, namespace_id, name, first_seen,"
                " last_seen, created_at, updated_at, facets, facet_events)",
                (
                    (e.thing, self.canonical(e.thing), e.namespace, e.facts.name, *told)
                    for e in entries
                ),
            )
            self.write_findables(
                e for e in entries if self.canonical(e.thing) == e.thing
            )

    def canonical(self, number: int) -> int:
        return number if number % 50 or number < 100 else number - 7

    def entry(self, number: int) -> Entry:
        space = self.space()
        facts = self.maker.facts(number, space_name(space))
        # Search among many columns and words is measured by itself.
        facts.columns, facts.descriptions = facts.columns[:3], []
        if number % 997 == 0:
            self.asked.words.append(facts.name.split("_")[-2])
        return entry_of(Kind.DATASET, number, space, facts)

    def write_findables(self, entries: Iterator[Entry]) -> None:
        some = list(entries)
        copy(
            self.connection,
            "catalog_findable (id, kind, thing_id, subject_id, namespace_id,"
            " dataset_id, name, words, marks, pairs)",
            (row(entry) for entry in some),
        )
        copy(
            self.connection,
            "catalog_findabletext (findable_id, body)",
            ((e.thing, orjson.dumps(e.facts.as_json()).decode()) for e in some),
        )

    def write_graph(self) -> None:
        """Layers of jobs, each reading two datasets of the layer before."""
        datasets = self.chance.sample(
            [n for n in range(1, self.size.datasets) if self.canonical(n) == n],
            (LAYERS + 1) * WIDTH,
        )
        layers = [datasets[n * WIDTH : (n + 1) * WIDTH] for n in range(LAYERS + 1)]
        jobs, edges = [], []
        for number in range(LAYERS * WIDTH):
            depth, place = divmod(number, WIDTH)
            pk = number + 1
            jobs.append(
                (pk, self.space(), f"job_{pk}", NOW, NOW, NOW, NOW, "{}", "{}", 1)
            )
            read = {layers[depth][place], layers[depth][(place + 1) % WIDTH]}
            told = (1, True, 1, 1, NOW, NOW)
            edges += [(pk, dataset, 1, *told) for dataset in sorted(read)]
            edges.append((pk, layers[depth + 1][place], 2, *told))
        copy(
            self.connection,
            "catalog_job (id, namespace_id, name, first_seen, last_seen, created_at,"
            " updated_at, facets, facet_events, effective_kind)",
            iter(jobs),
        )
        copy(
            self.connection,
            "lineage_edge (job_id, dataset_id, direction, status, counted, first_event,"
            " last_event, first_at, last_at)",
            iter(edges),
        )
        self.asked.walked = layers[0][0]

    def write_statements(self) -> None:
        """What people say: domains, tags, owners, environments and lifecycles."""
        size, chance = self.size, self.chance
        spaces, datasets = range(1, size.namespaces + 1), range(1, size.datasets + 1)
        domains = [pk for pk, _, _ in self.domains]
        tags = [pk for pk, _, _ in self.tags]
        odds = list(itertools.accumulate(1 / (n + 3) for n in range(len(tags))))
        self.say(
            "placement",
            "domain_id",
            *((s, None, (chance.choice(domains),)) for s in spaces if s % 5),
            *((None, d, (chance.choice(domains),)) for d in datasets if d % 40 == 1),
        )
        self.say(
            "tagassignment",
            "tag_id",
            *(
                (None, d, tuple(chance.choices(tags, cum_weights=odds)))
                for d in datasets
                if d % 6 == 0
            ),
        )
        self.say(
            "ownership",
            "kind, name, principal_id, group_id",
            *((s, None, self.owner()) for s in spaces if s % 8 == 0),
            *((None, d, self.owner()) for d in datasets if d % 5 == 0),
        )
        self.say(
            "attribute",
            "name, value",
            *((s, None, ("environment", _place(s))) for s in spaces if s % 4),
            *((None, d, ("environment", _place(d))) for d in datasets if d % 20 == 0),
            *((None, d, ("lifecycle", _state(d))) for d in datasets if d % 4 == 0),
        )

    def owner(self) -> tuple[object, ...]:
        if self.chance.random() < 0.5:
            return ("business", "", None, self.chance.randint(1, self.size.groups))
        return ("technical", "", self.chance.randint(1, self.size.people), None)

    def say(self, table: str, columns: str, *said: Any) -> None:
        copy(
            self.connection,
            f"catalog_{table} (id, recorded_from, opened_in_id, namespace_id,"
            f' dataset_id, "column", {columns})',
            (
                (number, NOW, CHANGE, space, dataset, "", *value)
                for number, (space, dataset, value) in enumerate(said, 1)
            ),
        )


def _place(number: int) -> str:
    return ("production", "staging", "test")[number % 3]


def _state(number: int) -> str:
    return ("active", "active", "draft", "deprecated")[number // 4 % 4]


def _tree(
    children: tuple[int, ...], word: str, separator: str
) -> Iterator[tuple[int, str, int | None]]:
    """Ids, names and parents of a tree with so many children at each depth."""
    number = itertools.count(1)
    level: list[tuple[int | None, str]] = [(None, "")]
    for count in children:
        below = []
        for parent, path in level:
            for place in range(count):
                pk = next(number)
                name = f"{path}{separator}{word}{place}" if path else f"{word}{place}"
                yield pk, name, parent
                below.append((pk, name))
        level = [*below]
