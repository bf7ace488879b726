"""What does it cost to ask who may?

`python -m benchmarks.access` fills an installation of its own with 200,000 datasets,
10,000 people in nested groups, grants, denies and shares, and asks within one process
what lists, counts, searches, explanations and walks ask: for people of few rights, of
many, and of rights of all kinds.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from benchmarks.with_django import connect

# isort: split
import psycopg
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from guardian.shortcuts import get_objects_for_user

from benchmarks.access_people import EACH, Peopling
from benchmarks.access_world import Asked, Filling, Size
from benchmarks.options import Options, read_options
from benchmarks.report import Table, keep, machine
from benchmarks.server import Headwater, headwater
from benchmarks.timing import Times, milliseconds
from catalog.models import Dataset, DatasetShare, Tag
from catalog.search.finding import Wanted, find
from catalog.search.queries import read
from config.embedded.postgres import SUPERUSER, Postgres
from lineage import impact
from lineage.reader import Reader
from policies.access import deciding_once
from policies.actions import Action
from policies.compiler.standing import standing_of
from policies.explaining import explain, what_may, who_may
from policies.models import Grant, Group, Principal, Reach, Role
from policies.simulation import GrantGiven, simulate

FILLED: Final = "access-world.json"  # in a home that is kept: what it was filled with
VIEW: Final = Action.ASSET_VIEW
PAGE: Final = 25
WHY: Final = "a benchmark asks for no one"
SHARE: Final = """
INSERT INTO catalog_datasetshare (user_id, permission_id, content_object_id)
SELECT %s, %s, unnest(%s::bigint[])"""
AGAINST_GUARDIAN: Final = (
    *("200 shares", "3 namespaces", "2 tags", "a domain", "60 grants", "everything"),
)


class Measuring:
    """Asks for the viewers of a filled installation."""

    def __init__(
        self, asked: Asked, viewers: dict[str, list[str]], repeats: int
    ) -> None:
        self.asked = asked
        self.repeats = repeats
        self.few = max(repeats // 5, 1)
        self.chance = random.Random(11)  # noqa: S311
        names = [name for some in viewers.values() for name in some]
        found = {p.username: p for p in Principal.objects.filter(username__in=names)}
        self.viewers = {
            kind: [found[name] for name in some] for kind, some in viewers.items()
        }
        self.start = Dataset.objects.unrestricted(WHY).get(pk=asked.walked)
        self.last = Dataset.objects.unrestricted(WHY).order_by("-pk").first()

    def times(
        self,
        kind: str,
        ask: Callable[[Principal], object],
        repeats: int = 0,
        people: int = EACH,
    ) -> tuple[Times, object]:
        """Ask as each of the viewers in turn; the first time only warms up."""
        times, answer = Times(), None
        for one in self.viewers[kind][:people]:
            with deciding_once():
                ask(one)
                for _ in range(repeats or self.repeats):
                    answer = times.add(partial(ask, one))
        return times, answer

    def lists(self) -> Table:
        shown = Table(
            "Access: lists of datasets, in SQL",
            ("", "rights", "visible", *of_list("page"), *of_list("count")),
        )
        bare, _ = self.times("everything", lambda _: list(page(unfiltered())))
        bare_count, all_of_them = self.times(
            "everything", lambda _: unfiltered().count()
        )
        for kind in self.viewers:
            paged, _ = self.times(kind, lambda one: list(page(visible(one))))
            counted, number = self.times(kind, lambda one: visible(one).count())
            shown.add(
                kind,
                len(standing_of(self.viewers[kind][-1].pk).rights),
                number,
                *(*paged.sql_cells(), paged.ratio(bare)),
                *(*counted.sql_cells(), counted.ratio(bare_count)),
            )
            print(shown.rows[-1], file=sys.stderr)
        cells = (*bare.sql_cells(), "1.00", *bare_count.sql_cells(), "1.00")
        shown.add("no filter at all", "", all_of_them, *cells)
        return shown

    def others(self) -> Table:
        shown = Table(
            "Access: searches, explanations and walks of the same viewers, in all",
            (
                *("", "rights read CPU ms", *of_all("search"), *of_all("explain")),
                *(*of_all("walk"), "walk hits"),
            ),
        )
        for kind in self.viewers:
            anew, _ = self.times(kind, lambda one: standing_of(one.pk))
            found, _ = self.times(kind, self.search)
            told, _ = self.times(kind, self.explain)
            walked, hits = self.times(kind, self.walk, self.few, people=2)
            shown.add(
                kind,
                milliseconds(anew.processor, 0.5),
                *(*found.cells(), *told.cells(), *walked.cells(), hits),
            )
            print(shown.rows[-1], file=sys.stderr)
        return shown

    def questions(self) -> Table:
        """What stewards ask about one asset, one person, or one grant to come."""
        shown = Table(
            "Access: who may, what they may, and what a grant would do, in all",
            ("", "answer", "p50 ms", "p95 ms", "CPU p95 ms"),
        )
        who, some = self.times("anybody", self.who, self.few, people=2)
        shown.add("who may see a dataset", some, *who.cells())
        for kind in ("everything", "60 grants", "3 namespaces"):
            what, told = self.times(kind, how_much, 2, people=2)
            shown.add(f"what {kind} may see", told, *what.cells())
        for name, grant in self.grants_to_come():
            foreseen, told = self.times(
                "everything", partial(turned, grant), 2, people=1
            )
            shown.add(f"simulation: {name}", told, *foreseen.cells())
        return shown

    def grants_to_come(self) -> Iterator[tuple[str, Grant]]:
        """Grants that nobody has, for a person and for a group of many."""
        [one, *_] = self.viewers["anybody"]
        group = Group.objects.get(name="group-20")
        role = Role.objects.get(name="viewer")
        tag = {"reach": Reach.TAG, "scope_id": Tag.objects.latest("pk").pk}
        yield "everything for a person", Grant(principal=one, role=role)
        yield "a tag for a group", Grant(group=group, role=role, **tag)
        yield (
            "a tag denied to a group",
            Grant(group=group, role=role, effect=Grant.Effect.DENY, **tag),
        )

    def guardian(self) -> Table:
        """The same rows by guardian's own way, with a row of its own for each."""
        shown = Table(
            "Access: the same rows by guardian's get_objects_for_user, p95 of SQL",
            (
                *("", "its rows", "page ms", "its page ms", "CPU ratio"),
                *("count ms", "its count ms", "CPU ratio"),
            ),
        )
        for kind in AGAINST_GUARDIAN:
            one = self.viewers[kind][0]
            with shared_one_by_one(one) as rows:
                cells: list[object] = [kind, rows]
                for ask in (_page_of, _count_of):
                    mine, theirs = Times(), Times()
                    for _ in range(self.repeats):
                        mine.add(partial(ask, visible, one))
                        theirs.add(partial(ask, by_guardian, one))
                    cells += [mine.sql_cells()[1], theirs.sql_cells()[1]]
                    cells.append(mine.ratio(theirs))
                shown.add(*cells)
                print(shown.rows[-1], file=sys.stderr)
        return shown

    def any_dataset(self) -> Dataset:
        assert self.last is not None
        pk = self.chance.randint(1, self.last.pk)
        return Dataset.objects.unrestricted(WHY).get(pk=pk)

    def who(self, _: Principal) -> object:
        return who_may(VIEW, self.any_dataset()).count

    def search(self, one: Principal) -> object:
        return find(one, read(self.chance.choice(self.asked.words)), Wanted()).total

    def explain(self, one: Principal) -> object:
        return explain(one, VIEW, self.any_dataset()).is_allowed

    def walk(self, one: Principal) -> object:
        told = impact.of_asset(self.start, Reader(one), max_hops=30, max_nodes=1_000)
        return len(told.hits)


def of_list(name: str) -> tuple[str, ...]:
    told = ("p50 ms", "p95 ms", "CPU p95 ms", "CPU of no filter")
    return tuple(f"{name} {what}" for what in told)


def of_all(name: str) -> tuple[str, ...]:
    return tuple(f"{name} {what}" for what in ("p50 ms", "p95 ms", "CPU p95 ms"))


def how_much(one: Principal) -> int:
    """How many assets somebody may see."""
    return sum(within.count for within in what_may(one, VIEW))


def turned(grant: Grant, _: Principal) -> int:
    """How many decisions a new grant would turn round."""
    total = simulate([GrantGiven(grant)]).total
    return total.gained.decisions + total.lost.decisions


def unfiltered() -> Any:
    return Dataset.objects.visible().unrestricted(WHY)


def visible(one: Principal) -> Any:
    return Dataset.objects.visible().permitted(one, VIEW)


def by_guardian(one: Principal) -> Any:
    return get_objects_for_user(one, f"catalog.{VIEW}", klass=unfiltered())


def page(datasets: Any) -> Any:
    """The first page of the list, as the page of datasets asks for it."""
    ordered = datasets.with_names().order_by("namespace__name", "name")
    return ordered.prefetch_related(None)[:PAGE]


def _page_of(seen_by: Callable[[Principal], Any], one: Principal) -> object:
    return list(page(seen_by(one)))


def _count_of(seen_by: Callable[[Principal], Any], one: Principal) -> object:
    return seen_by(one).count()


@contextmanager
def shared_one_by_one(one: Principal) -> Iterator[int]:
    """Give guardian a row for each dataset that a viewer sees, for a while."""
    permission = Permission.objects.get(
        codename=str(VIEW), content_type__model="dataset"
    )
    with transaction.atomic():
        seen = set(visible(one).values_list("pk", flat=True))
        held = DatasetShare.objects.filter(user=one)
        missing = seen - set(held.values_list("content_object", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(SHARE, [one.pk, permission.pk, sorted(missing)])
        yield len(seen)
        transaction.set_rollback(True)


def filled(server: Headwater, size: Size) -> tuple[Asked, dict[str, list[str]], str]:
    """The world of this installation, made now unless it was before."""
    kept = server.home / FILLED
    if kept.exists():
        known = json.loads(kept.read_text())
        return Asked(**known["asked"]), known["viewers"], known["told"]
    begins = time.perf_counter()
    url = Postgres(server.home).url(SUPERUSER)
    with psycopg.connect(url, autocommit=True) as superuser:
        asked = Filling(superuser, size).fill()
        viewers = Peopling(size).people()
        superuser.execute("VACUUM ANALYZE")
    told = f"Filled in {time.perf_counter() - begins:,.0f} s."
    kept.write_text(
        json.dumps({"asked": asdict(asked), "viewers": viewers, "told": told})
    )
    return asked, viewers, told


def measure(options: Options) -> tuple[list[Table], str]:
    """Fill a catalog and ask it; the note says how it came to be."""
    with headwater(options.place, kept=options.reused) as server:
        connect(server.home)
        size = Size.small() if options.is_quick else Size()
        asked, viewers, told = filled(server, size)
        before = os.getloadavg()[0]
        asking = Measuring(asked, viewers, repeats=3 if options.is_quick else 10)
        tables = [
            asking.lists(),
            asking.others(),
            asking.questions(),
            asking.guardian(),
        ]
        loads = f"Load average {before:.1f} before and {os.getloadavg()[0]:.1f} after."
        connection.close()
    return tables, f"{told} {loads}"


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    tables, note = measure(options)
    for table in tables:
        print(table.text())
    print(note)
    if options.keeps:
        keep("access", tables, f"{machine()} {note}")


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
