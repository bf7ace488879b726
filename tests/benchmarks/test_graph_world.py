"""Is a graph that is copied into the catalog the one that its events would make?"""

import psycopg
import pytest
from django.db import connection

from benchmarks.graph_events import Story
from benchmarks.graph_shape import Shape
from benchmarks.graph_world import fill
from lineage import digesting, openlineage
from lineage.batches import Offer, commit


def folds():
    """The rows of all folds, which the digest is made of."""
    with psycopg.Cursor(connection.connection) as cursor:
        return {
            fold: list(digesting.fold_rows(cursor, fold)) for fold in digesting.FOLDS
        }


@pytest.mark.parametrize(("jobs", "runs"), [(120, 6), (240, 1)])
@pytest.mark.django_db
def test_what_is_copied_is_what_the_events_come_to(jobs, runs):
    shape = Shape(jobs, runs)
    connection.ensure_connection()
    with connection.connection.transaction(force_rollback=True):
        fill(connection.connection, shape)
        copied = folds()

    offers = [Offer(body, openlineage.parse(body)) for body in Story(shape).bodies()]
    for first in range(0, len(offers), 200):
        assert {one.status for one in commit(offers[first : first + 200])} == {201}

    ingested = folds()
    for fold, rows in ingested.items():
        assert sorted({*rows} ^ {*copied[fold]})[:4] == [], fold
        assert len(copied[fold]) == len(rows)
    assert all(copied[fold] for fold in ("edge", "run", "column_source"))
