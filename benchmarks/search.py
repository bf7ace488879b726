"""How long does a search take in a catalog of a million datasets?

`python -m benchmarks.search` fills an installation of its own with generated datasets,
ten columns each, and asks `GET /api/v1/find` in the ways in which people ask: for one
who sees everything and for one who sees a few namespaces only.
"""

import http.client
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import psycopg

from benchmarks.load import percentile_ms
from benchmarks.options import Options, read_options
from benchmarks.report import Table, keep, machine
from benchmarks.search_world import NARROW, World, fill
from benchmarks.server import Headwater, headwater
from config.embedded.postgres import SUPERUSER, Postgres

ASKED: Final = 100  # of each kind of query
COLUMNS: Final = ("", "hits", "p50 ms", "p95 ms", "narrow hits", "p50 ms", "p95 ms")
TABLES: Final = {
    "catalog_findable": "what is looked for",
    "catalog_findabletext": "what is shown of a hit",
    "catalog_spokenword": "words, for mistakes",
    "catalog_mark": "values of filters",
}
SIZES: Final = """
SELECT pg_total_relation_size(%s), pg_table_size(%s),
       (SELECT coalesce(sum(pg_relation_size(indexrelid)), 0)::bigint FROM pg_index
        WHERE indrelid = %s::regclass)
"""


@dataclass
class Answers:
    """What one kind of query took, and how much it found."""

    seconds: list[float]
    totals: list[int]


Ask = Callable[[random.Random, World], str]


def mistyped(word: str, chance: random.Random) -> str:
    """The word with two letters in each other's place."""
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def parameters(text: str, **more: str) -> str:
    return "&".join(f"{k}={quote(v)}" for k, v in {"q": text, **more}.items())


def asks() -> dict[str, Ask]:
    """The kinds of queries; each makes one from names that there are."""
    return {
        "a whole name": lambda c, w: parameters(w.name(c)),
        "schema.table": lambda c, w: parameters(".".join(w.name(c).split(".")[-2:])),
        "the first letters, while typing": lambda c, w: parameters(
            w.name(c).split(".")[-1][:6], limit="8", facets="false"
        ),
        "one word of a name": lambda c, w: parameters(w.word(c)),
        "one of the most common words": lambda c, w: parameters(c.choice(w.common)),
        "two words of a name": lambda c, w: parameters(
            " ".join(c.sample(w.name(c).replace(".", "_").split("_"), 2))
        ),
        "from the middle of a word": lambda c, w: parameters(w.word(c)[1:-1]),
        "a mistyped word": lambda c, w: parameters(mistyped(w.word(c), c)),
        "two words, one mistyped": lambda c, w: parameters(
            f"{w.word(c)} {mistyped(w.word(c), c)}"
        ),
        "a column": lambda c, w: parameters(w.column(c)),
        "a word of the name and a column": lambda c, w: parameters(
            f"{w.word(c)} {w.column(c)}"
        ),
        "a phrase of a description": lambda c, w: parameters(f'"{w.phrase(c)}"'),
        "a word, and two filters": lambda c, w: parameters(
            w.word(c), tag=c.choice(w.tags), tier="1"
        ),
        "all with a tag": lambda c, w: parameters("", tag=c.choice(w.tags)),
        "nothing is called so": lambda c, w: parameters(f"qx{w.word(c)[::-1]}zv"),
    }


def measure(options: Options, datasets: int) -> tuple[list[Table], str]:
    """Fill a catalog and ask it; the note says how it came to be."""
    with headwater(options.place) as server:
        broad = server.token("viewer")
        narrow = server.manage(
            "token", "create", "narrow", "--role", "viewer", "--namespace", NARROW
        )
        with psycopg.connect(
            Postgres(server.home).url(SUPERUSER), autocommit=True
        ) as connection:
            world, told = fill(connection, datasets)
        shown = Table(
            f"Search: GET /api/v1/find among {datasets:,} datasets with "
            f"{datasets * 10:,} columns",
            COLUMNS,
        )
        for name, make in asks().items():
            cells: list[object] = []
            for token in (broad, narrow):
                answers = ask(server, token, make, world)
                ascending = sorted(answers.seconds)
                middle = sorted(answers.totals)[len(answers.totals) // 2]
                cells += [
                    middle,
                    percentile_ms(ascending, 0.50),
                    percentile_ms(ascending, 0.95),
                ]
            shown.add(name, *cells)
            print(shown.rows[-1], file=sys.stderr)
        return [shown, sizes(server)], told


def ask(server: Headwater, token: str, make: Ask, world: World) -> Answers:
    """Ask one after another on one connection; the first ones only warm up."""
    chance = random.Random(7)  # noqa: S311
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    answers = Answers([], [])
    for _ in range(ASKED + 10):
        path = f"/api/v1/find?{make(chance, world)}"
        begins = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        body = response.read()
        answers.seconds.append(time.perf_counter() - begins)
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:500].decode()}")
        answers.totals.append(json.loads(body)["total"])
    del answers.seconds[:10], answers.totals[:10]
    return answers


def sizes(server: Headwater) -> Table:
    shown = Table(
        "Search: what it takes on the disk", ("", "MB", "rows MB", "indexes MB")
    )
    for table, what in TABLES.items():
        [(whole, rows, indexes)] = server.query(SIZES, table, table, table)
        shown.add(f"{table}: {what}", whole / 1e6, rows / 1e6, indexes / 1e6)
    [(main,)] = server.query("SELECT pg_relation_size('findable_found')")
    shown.add(
        "of these the index of words, names and marks", main / 1e6, "", main / 1e6
    )
    return shown


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    tables, note = measure(options, 50_000 if options.is_quick else 1_000_000)
    for table in tables:
        print(table.text())
    print(note)
    if options.keeps:
        keep("search", tables, f"{machine()} {note}")


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
