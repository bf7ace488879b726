"""Do two processes that write at the same time make one catalog?"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from django.conf import settings as django_settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lineage.models import Event
from tests.conftest import url_of_test_database
from tests.lineage.projection.catalogs import catalog_of
from tests.lineage.projection.generated import EVENT_SETS, EVENTS
from tests.lineage.projection.histories import folds_now
from tests.lineage.projection.test_properties import deliveries, examples, same

pytestmark = pytest.mark.django_db(transaction=True)

Batches = Sequence[Sequence[bytes]]


class Worker:
    """Another process, with its own memory of the database."""

    def __init__(self) -> None:
        overlay = {
            "DATABASE_URL": url_of_test_database(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HEADWATER_HOME": str(django_settings.HEADWATER_HOME),
            "CELERY_BROKER_URL": "memory://",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.lineage.projection.worker"],
            cwd=django_settings.BASE_DIR,
            env={**os.environ, **overlay},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, batches: Batches) -> None:
        assert self.process.stdin is not None
        told = [[event.decode() for event in batch] for batch in batches]
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture
def workers(transactional_db: None) -> Iterator[list[Worker]]:
    both = [Worker(), Worker()]
    yield both
    for one in both:
        one.process.communicate()


def empty_catalog() -> None:
    """Leave the database as if nothing had ever been sent; its ids go on."""
    tables = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(("catalog_", "lineage_"))
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


@examples(8, 400)
def test_processes_that_take_turns_make_one_catalog(trying, workers):
    @trying
    @given(EVENT_SETS, st.data())
    def holds(events, data):
        empty_catalog()
        with catalog_of([events]):
            wanted = folds_now()
        for batch in data.draw(deliveries(events)):
            worker = data.draw(st.sampled_from(workers))
            worker.begin([batch])
            worker.end()
        same(wanted)

    holds()


@examples(6, 300)
def test_processes_that_write_at_once_make_one_catalog(trying, workers):
    @trying
    @given(st.lists(EVENTS, min_size=20, max_size=40, unique=True), st.data())
    def holds(events, data):
        empty_catalog()
        with catalog_of([events]):
            wanted = folds_now()
        shared = events[5:-5]
        for worker, own in zip(workers, (events[:5], events[-5:]), strict=True):
            worker.begin(data.draw(deliveries([*own, *shared])))
        for worker in workers:
            worker.end()
        assert Event.objects.count() == len(events)
        assert not Event.objects.not_applied().exists()
        same(wanted)

    holds()
