"""What the worker does for the catalog by the clock."""

import time

from celery import shared_task

from catalog.search.indexing import catch_up
from catalog.services.proposals import fold_proposals

INDEXING_SECONDS = 60  # then the next turn goes on
FOLDING_SECONDS = 60


@shared_task  # type: ignore[untyped-decorator]
def index_what_changed() -> int:
    """Every few seconds: let search find what changed."""
    done = 0
    until = time.monotonic() + INDEXING_SECONDS
    while time.monotonic() < until and (more := catch_up()):
        done += more
    return done


@shared_task  # type: ignore[untyped-decorator]
def fold_what_producers_propose() -> int:
    """Every half minute: offer for curation what events say since."""
    done = 0
    until = time.monotonic() + FOLDING_SECONDS
    while time.monotonic() < until and (more := fold_proposals()):
        done += more
    return done
