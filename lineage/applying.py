"""What becomes of an event on which the projection fails, and of those beside it?"""

import logging

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError

from lineage.models import Event
from lineage.projection import PROJECTOR_VERSION
from lineage.projection.admission import KINDS, TYPES, Admitted, count_events
from lineage.writing import Writer

logger = logging.getLogger(__name__)

ADD_UNAPPLIED = """
INSERT INTO lineage_event (id, digest, recorded_at, event_time, kind, type, status,
                           projector, size_bytes, producer_id, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# By primary key.
MARK_UNAPPLIED = """
UPDATE lineage_event SET status = %s, projector = %s, error = %s WHERE id = %s
"""
# SQLSTATE classes that are the server's trouble, never the event's.
PASSING_CLASSES = {"08", "40", "53", "55", "57", "58", "XX"}


def is_passing(error: BaseException) -> bool:
    """Is it the database's trouble, gone with another try, not the event's fault?"""
    if isinstance(error, (InterfaceError, psycopg.InterfaceError)):
        return True
    if not isinstance(error, (DatabaseError, psycopg.Error)):
        return False
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return isinstance(error, (OperationalError, psycopg.OperationalError))
    return state[:2] in PASSING_CLASSES


def apply(writer: Writer, admitted: list[Admitted]) -> int:
    """Project events; those on which the projection fails are stored as not applied.

    Returns how many failed.
    """
    try:
        writer.project(admitted)
    except Exception as error:
        if is_passing(error):
            raise
        if len(admitted) == 1:
            logger.exception("Event %s was not applied", admitted[0].digest.hex())
            store_unapplied(
                writer,
                admitted[0],
                Event.Status.NOT_APPLIED,
                f"{type(error).__name__}: {error}",
            )
            return 1
        logger.warning(
            "A batch of %d is applied one by one", len(admitted), exc_info=error
        )
        return sum(apply(writer, [fresh(one)]) for one in admitted)
    return 0


def fresh(one: Admitted) -> Admitted:
    """The same event, as if its facets had not been read."""
    one.run_facets, one.job_facets, one.io = [], [], []
    return one


def store_unapplied(
    writer: Writer, one: Admitted, status: Event.Status, error: str
) -> None:
    """Keep an event that is in no fold, with the reason."""
    if one.is_stored:
        writer.cursor.write(
            MARK_UNAPPLIED,
            int(status),
            PROJECTOR_VERSION,
            error.replace("\0", "\ufffd"),
            one.id,
        )
        return
    registry = writer.registry()
    registry.resolve_producers([one.event.producer])
    count_events(registry, [one.event.producer])
    writer.learnt_names.append(registry.own)
    writer.cursor.write(
        ADD_UNAPPLIED,
        *(
            one.id, one.digest, one.recorded_at, one.event.event_time,
            KINDS[one.event.kind], TYPES[one.event.event_type], int(status),
            PROJECTOR_VERSION, one.size_bytes, registry.producer(one.event.producer),
            error.replace("\0", "\ufffd"),
        ),
    )  # fmt: skip
