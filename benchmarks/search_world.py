"""What does a catalog of a million datasets look like, and how is it made quickly?

Names, columns and prose are made of words as unevenly used as words are. Rows are
written by COPY, and what search keeps of them by the code that keeps it.
"""

import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import orjson
import psycopg

import benchmarks.with_django  # noqa: F401 - before what needs it
from catalog.search.facts import Facts
from catalog.search.indexing import Entry, Kind, entry_of, spellings


def listed(words: str) -> list[str]:
    return words.split()


NAMESPACES: Final = 300
NARROW: Final = "postgres://db-250.example:5432"
SUBJECTS: Final = listed("""
order customer payment invoice product item shipment account user session event
click page visit campaign contract claim policy ticket agent employee salary
store warehouse stock price discount supplier delivery return refund basket
checkout subscription plan usage meter sensor device reading alert incident
patient visit diagnosis lab result vehicle trip route driver station booking
flight seat passenger room guest rate review loan deposit transfer ledger
balance currency exchange trade position portfolio risk
""")
KINDS: Final = listed("""
fact dim stg raw tmp mart snapshot history daily weekly monthly agg summary
detail current archive backup view export import clean enriched joined base
final
""")
PROSE: Final = listed("""
one row for each the of all as it was sent by source system every night loaded
with cleaned joined and counted used in report finance marketing team asks
before change contains personal data keep no longer than months derived from
without duplicates late arriving rows are added next day times are utc amounts
in euro net gross after tax
""")
COMMON_COLUMNS: Final = listed("""
id created_at updated_at name status type amount user_id date is_deleted
customer_id country currency source version
""")
SYLLABLES: Final = listed("""
ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cre dri flo gru
pla
""")


@dataclass
class World:
    """What was made, so that it can be asked for."""

    names: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)

    def name(self, chance: random.Random) -> str:
        return chance.choice(self.names)

    def word(self, chance: random.Random) -> str:
        return chance.choice(self.words)

    def column(self, chance: random.Random) -> str:
        return chance.choice(self.columns)

    def phrase(self, chance: random.Random) -> str:
        return chance.choice(self.phrases)


class Maker:
    """Makes one dataset after another, the same ones each time."""

    def __init__(self) -> None:
        self.chance = random.Random(20260504)  # noqa: S311
        self.invented = sorted(
            {
                "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(3, 4)))
                for _ in range(30_000)
            }
        )
        self.words = [*SUBJECTS, *self.invented]
        # The n-th word is used as often as 1 in n.
        self.word_odds = list(
            itertools.accumulate(1 / (n + 10) for n in range(len(self.words)))
        )
        parts = [*SUBJECTS, *self.invented[:8_000]]
        self.columns = [
            f"{self.chance.choice(parts)}_{self.chance.choice(parts[:300])}"
            for _ in range(100_000)
        ]
        self.column_odds = list(
            itertools.accumulate(1 / (n + 20) for n in range(len(self.columns)))
        )
        self.space_odds = list(
            itertools.accumulate(1 / (n + 5) for n in range(NAMESPACES))
        )
        self.tags = [f"tag.{word}" for word in self.invented[:200]]
        self.owners = [f"team-{word}" for word in self.invented[200:500]]

    def namespace(self) -> int:
        choice = self.chance.choices(range(NAMESPACES), cum_weights=self.space_odds)
        return choice[0]

    def name(self, number: int) -> str:
        one, other = self.chance.choices(self.words, cum_weights=self.word_odds, k=2)
        kind = self.chance.choice(KINDS)
        schema = SUBJECTS[number % len(SUBJECTS)]
        return f"db{number % 20}.{schema}_{number % 7}.{kind}_{one}_{other}_{number}"

    def facts(self, number: int, namespace: str) -> Facts:
        chance = self.chance
        found = Facts(self.name(number), namespace)
        own = chance.choices(self.columns, cum_weights=self.column_odds, k=7)
        found.columns = [*chance.sample(COMMON_COLUMNS, 3), *own]
        if number % 3 == 0:
            found.descriptions = [" ".join(chance.choices(PROSE, k=20))]
        if number % 8 == 0:
            found.say("tag", chance.sample(self.tags, 2))
        if number % 2 == 0:
            found.say("owner", [chance.choice(self.owners)])
        if number % 4 == 0:
            found.short = {
                "tier": chance.choice("12345"),
                "environment": chance.choice(("production", "staging", "test")),
            }
        return found


def home(number: int) -> str:
    return f"postgres://db-{number}.example:5432"


def fill(connection: psycopg.Connection, datasets: int) -> tuple[World, str]:
    """Write them, and what search keeps of them; says how long the index took."""
    maker, world = Maker(), World()
    world.common = ["id", "created", "order", "customer", "fact", "db1"]
    world.tags, world.columns = maker.tags, maker.columns[:20_000]
    world.words = [*SUBJECTS[:30], *maker.invented[:5_000]]
    definitions = drop_indexes(connection)
    # The triggers that tell of changes, and checks of what is written just now.
    connection.execute("SET session_replication_role = replica")
    begins = time.perf_counter()
    for first in range(1, datasets + 1, 50_000):
        count = min(50_000, datasets - first + 1)
        write(connection, maker, world, range(first, first + count))
    write_the_rest(connection)
    written = time.perf_counter()
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("SET maintenance_work_mem = '1GB'")
    for definition in definitions:
        connection.execute(definition.encode())
    indexed = time.perf_counter()
    connection.execute("VACUUM ANALYZE")
    return world, (
        f"Written in {written - begins:,.0f} s, its indexes made in "
        f"{indexed - written:,.0f} s."
    )


_marks: dict[tuple[int, str], int] = {}
_spoken: set[str] = set()


def write(
    connection: psycopg.Connection, maker: Maker, world: World, numbers: range
) -> None:
    """Some datasets and their findables."""
    entries = []
    for number in numbers:
        space = maker.namespace()
        facts = maker.facts(number, home(space))
        entries.append(entry_of(Kind.DATASET, number, space + 1, facts))
        if number % 97 == 0:
            world.names.append(facts.name)
            for text in facts.descriptions:
                at = text.find(" ", len(text) // 3) + 1
                world.phrases.append(" ".join(text[at:].split()[:3]))
    now = datetime(2026, 5, 4, tzinfo=UTC)
    datasets = (
        (e.thing, e.thing, e.namespace, e.facts.name, now, now, now, now, "{}", "{}")
        for e in entries
    )
    copy(
        connection,
        "catalog_dataset (id, canonical_id, namespace_id, name, first_seen, last_seen,"
        " created_at, updated_at, facets, facet_events)",
        datasets,
    )
    copy(
        connection,
        "catalog_findable (id, kind, thing_id, subject_id, namespace_id, dataset_id,"
        " name, words, marks, pairs)",
        (row(entry) for entry in entries),
    )
    copy(
        connection,
        "catalog_findabletext (findable_id, body)",
        ((e.thing, orjson.dumps(e.facts.as_json()).decode()) for e in entries),
    )


def row(entry: Entry) -> tuple[object, ...]:
    _spoken.update(entry.lexemes.spoken)
    marks = [
        _marks.setdefault((int(of), value), len(_marks) + 1)
        for of, value in dict.fromkeys(entry.facts.marks(entry.kind))
    ]
    own = (entry.thing, int(entry.kind), entry.thing, entry.thing, entry.namespace)
    lexemes = entry.lexemes
    found_by = (lexemes.text(), marks, sorted(lexemes.pairs))
    return (*own, entry.thing, entry.name, *found_by)


def write_the_rest(connection: psycopg.Connection) -> None:
    """Namespaces, words and marks; and where the next ids begin."""
    now = datetime(2026, 5, 4, tzinfo=UTC)
    copy(
        connection,
        "catalog_namespace (id, name, first_seen, last_seen, created_at, updated_at)",
        ((n + 1, home(n), now, now, now, now) for n in range(NAMESPACES)),
    )
    write_words(connection)
    for table in ("dataset", "findable", "mark", "namespace"):
        connection.execute(
            f"SELECT setval('catalog_{table}_id_seq', max(id)) FROM catalog_{table}"
        )


def write_words(connection: psycopg.Connection) -> None:
    """Values of filters and words for mistakes, of all that was written."""
    copy(
        connection,
        "catalog_mark (id, field, value)",
        ((number, of, value) for (of, value), number in _marks.items()),
    )
    copy(
        connection,
        "catalog_spokenword (word, spellings)",
        ((word, sorted(spellings(word))) for word in sorted(_spoken)),
    )


def copy(
    connection: psycopg.Connection, into: str, rows: Iterator[tuple[object, ...]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as out:
        for each in rows:
            out.write_row(each)


def drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Take the large indexes away; returns what makes them again."""
    found = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid IN ('catalog_findable'::regclass,"
        " 'catalog_spokenword'::regclass) AND NOT indisunique"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]
