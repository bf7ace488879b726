"""Is what a writer promises durable, and what it remembers true?"""

import pytest
from django.db import connection

from lineage.ingest import ingest
from lineage.models import Event, Run
from lineage.writing import writing
from tests.lineage.projection.happenings import dataset, event, schema

pytestmark = pytest.mark.django_db(transaction=True)


def lose_commits() -> None:
    """Leave the database as a server that lost its last commits comes back.

    Its connections are gone, and it gives the same ids again.
    """
    kept = "lineage_projectionstate"
    lost = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(("catalog_", "lineage_")) and table != kept
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(lost)} RESTART IDENTITY CASCADE")
    connection.close()


def test_after_a_server_lost_commits_nothing_of_them_is_believed():
    ingest(
        [event("COMPLETE", 1, "load", "r", writes=[dataset("a", schema=schema("x"))])]
    )
    lose_commits()

    ingest(
        [event("COMPLETE", 2, "sum", "s", writes=[dataset("b", schema=schema("y"))])]
    )

    assert [e.status for e in Event.objects.all()] == [Event.Status.APPLIED]
    run = Run.objects.unrestricted("test").get()
    assert run.job.name == "sum"
    [written] = run.datasets.all()
    assert written.dataset.name == "b"


@pytest.mark.parametrize(
    ("wanted", "found"), [("off", "on"), ("on", "on"), ("remote_write", "remote_write")]
)
def test_a_commit_is_on_disk_before_it_is_acknowledged(wanted, found):
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {wanted}")
    with writing() as writer:
        assert writer.cursor.fetch("SHOW synchronous_commit") == [(found,)]
    connection.close()
