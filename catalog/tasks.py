"""What the worker does for the catalog by the clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.db import connection

from catalog.search.indexing import catch_up
from catalog.services.proposals import fold_proposals
from policies.behalf import for_the_system

INDEXING_SECONDS = 60  # then the next turn goes on
FOLDING_SECONDS = 60
ONE_AT_A_TIME = 0x48_57_00_57  # with the number of what is done
INDEXING, FOLDING = 1, 2


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("The index holds every asset; whoever searches is shown their own.")
def index_what_changed() -> int:
    """Every few seconds: let search find what changed."""
    done = 0
    until = time.monotonic() + INDEXING_SECONDS
    with _turn(INDEXING) as mine:
        while mine and time.monotonic() < until and (more := catch_up()):
            done += more
    return done


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("A proposal changes nothing until somebody accepts it who may.")
def fold_what_producers_propose() -> int:
    """Every half minute: offer for curation what events say since."""
    done = 0
    until = time.monotonic() + FOLDING_SECONDS
    with _turn(FOLDING) as mine:
        # It waits for no long change either, and takes its next turn instead.
        while (
            mine
            and time.monotonic() < until
            and (more := fold_proposals(is_patient=False))
        ):
            done += more
    return done


@contextmanager
def _turn(what: int) -> Iterator[bool]:
    """Whether nobody else is at it.

    Where there is much to do, turns last longer than until the next one: those that
    come meanwhile end at once, or they would fill the worker and keep reports waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ONE_AT_A_TIME, what])
        [mine] = cursor.fetchone()
        try:
            yield mine
        finally:
            if mine:
                keys = [ONE_AT_A_TIME, what]
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)
