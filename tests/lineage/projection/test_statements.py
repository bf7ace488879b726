"""Does a batch cost a fixed number of statements, whatever its size?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from lineage.ingest import ingest
from tests.lineage.projection.catalogs import catalog_of
from tests.lineage.projection.happenings import (
    dataset,
    declared,
    derived,
    described,
    event,
    identity,
    job_type,
    lifecycle,
    parent,
    schema,
    symlinks,
)

pytestmark = pytest.mark.django_db

SIZES = [10, 30, 100]


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What psycopg sends while the block lasts."""
    sent: list[str] = []

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def noted(self: Any, query: Any, *rest: Any, **options: Any) -> Any:
            sent.append(str(query))
            return method(self, query, *rest, **options)

        return noted

    with monkeypatch.context() as patched:
        for name in ("execute", "copy"):
            patched.setattr(psycopg.Cursor, name, noting(getattr(psycopg.Cursor, name)))
        yield sent


def lineage_into(name: str) -> dict[str, Any]:
    return {"entries": [{"type": "DATASET", **identity(name), "inputs": []}]}


def full(n: int, job: str, kind: str = "COMPLETE", run: str = "r") -> bytes:
    """An event with something for every fold; datasets of its own for each `n`."""
    return event(
        kind,
        n,
        job,
        run,
        reads=[dataset(f"in{n}", schema=schema("a", f"b{n}"), io_subset={"v": n})],
        writes=[
            dataset(
                f"out{n}",
                schema=schema("a", f"c{n}"),
                columnLineage=derived(a=f"in{n}.a"),
                symlinks=symlinks(f"alias{n}", kind="LOCATION" if n % 2 else "TABLE"),
                lifecycleStateChange=lifecycle("RENAME", f"before{n}"),
            )
        ],
        of_job={
            "sql": {"query": f"select {n}"},
            "lineage": lineage_into(f"out{n}"),
            "jobType": job_type("STREAMING" if n % 3 else "BATCH"),
        },
        parent=parent(f"p{n % 100}", f"dag{n}", root=("top", "root")),
        jobDependencies={"upstream": [{"job": identity(f"up{n}", "jobs")}]},
    )


def new(size: int) -> tuple[list[bytes], list[bytes]]:
    return [], [full(n, f"j{n}") for n in range(size)]


def known(size: int) -> tuple[list[bytes], list[bytes]]:
    first = [full(n, f"j{n}", run="r1") for n in range(size)]
    return first, [full(n, f"j{n}", run="r2") for n in range(size)]


def repeated(size: int) -> tuple[list[bytes], list[bytes]]:
    first = [full(n, f"j{n}") for n in range(size)]
    return first, first[::-1]


def completing(size: int) -> tuple[list[bytes], list[bytes]]:
    first = [full(n, f"j{n}", "START") for n in range(size)]
    return first, [event("COMPLETE", 200, f"j{n}") for n in range(size)]


def failing(size: int) -> tuple[list[bytes], list[bytes]]:
    first = [full(n, f"j{n}") for n in range(size)]
    return first, [event("FAIL", 200, f"j{n}") for n in range(size)]


def static(size: int) -> tuple[list[bytes], list[bytes]]:
    first = [full(n, f"j{n}") for n in range(size)]
    return first, [
        declared(300, f"j{n}", reads=[f"in{n}"], writes=[f"new{n}"])
        if n % 2
        else described(300, f"out{n}", schema=schema(f"d{n}"), symlinks=symlinks("x"))
        for n in range(size)
    ]


def stating(size: int) -> tuple[list[bytes], list[bytes]]:
    """JobEvents and runs that state lineage, of jobs that had stated other lineage."""
    first = [full(n, f"j{n}") for n in range(size)]
    return first, [
        declared(300, f"j{n}", lineage=lineage_into(f"more{n}"))
        if n % 2
        else full(n, f"j{n}", run="r2")
        for n in range(size)
    ]


def test_a_batch_asks_about_explicit_edges_only_if_it_has_to(monkeypatch):
    first = [event("COMPLETE", 1, f"j{n}", reads=[f"in{n}"]) for n in range(3)]
    batch = [
        event("COMPLETE", 2, f"j{n}", "r2", writes=[f"out{n}"], parent=parent("dag"))
        for n in range(3)
    ]
    with catalog_of([first]), statements(monkeypatch) as sent:
        ingest(batch)
    assert [sql for sql in sent if "lineage_explicitedge" in sql] == []


@pytest.mark.parametrize(
    "story", [new, known, repeated, completing, failing, static, stating]
)
def test_statements_do_not_grow_with_the_batch(
    story: Callable[[int], tuple[list[bytes], list[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = {}
    for size in SIZES:
        before, batch = story(size)
        with catalog_of([before] if before else []), statements(monkeypatch) as sent:
            assert {outcome.status for outcome in ingest(batch)} == {201}
        counts[size] = len(sent)
    assert len(set(counts.values())) == 1, counts
    assert counts[SIZES[0]] < 90


def test_statements_do_not_grow_with_what_a_wider_sender_repeats(
    credential, monkeypatch
):
    narrow, wide = credential("jobs", "data"), credential("jobs", "data", "x")
    counts = {}
    for size in SIZES:
        batch = [
            event(
                "COMPLETE", n, f"j{n}", reads=[dataset(f"x|a{n}", schema=schema("a"))]
            )
            for n in range(size)
        ]
        with catalog_of([]):
            ingest(batch, credential=narrow)
            with statements(monkeypatch) as sent:
                ingest(batch, credential=wide)
        counts[size] = len(sent)
    assert len(set(counts.values())) == 1, counts
