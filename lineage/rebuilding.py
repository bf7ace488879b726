"""How is the whole catalog made anew from the events as they were sent?

While it lasts, events are stored and acknowledged as PENDING; readers see the old folds
until the new ones are committed. A rebuild that is killed leaves everything as it was.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import LiteralString

from django.db import connection, transaction

from lineage.applying import apply
from lineage.models import Event, ProjectionState
from lineage.projection import PROJECTOR_VERSION, columns, tags
from lineage.projection.facts import SCOPE_NAMES, read_facet
from lineage.projection.rows import Session, fetch
from lineage.replaying import load_admitted, load_again, reapply
from lineage.writing import Known, Writer, chunks, session, writing

logger = logging.getLogger(__name__)

REBUILD_LOCK = 0x4845_4144_5245_4255
CHUNK = 500
# A rebuild is one transaction, and what it updates leaves a dead row behind that every
# later look-up passes. So it folds many events at a time, as far as they fit in memory.
PART_EVENTS = 5_000
PART_BYTES = 32 * 2**20

SET_MODE = "UPDATE lineage_projectionstate SET mode = %s, projector = %s WHERE id = 1"
COLUMN_FACETS = """
SELECT id FROM catalog_facet WHERE key = 'columnLineage' AND scope = 3 ORDER BY id
"""
TAG_FACETS = """
SELECT id, scope, body FROM catalog_facet
WHERE key = 'tags' AND scope IN (2, 3) AND NOT is_deleted ORDER BY id
"""
FACET_BODIES = "SELECT id, digest, body FROM catalog_facet WHERE id = ANY(%s)"
EVENTS = "SELECT id, size_bytes FROM lineage_event WHERE status IN (0, 1) ORDER BY id"
# By the index event_not_applied.
PENDING = "SELECT id FROM lineage_event WHERE status = 3 ORDER BY 1"
# By primary key. It may have been retracted meanwhile.
STILL_PENDING = """
SELECT id FROM lineage_event WHERE id = ANY(%s) AND status = 3 ORDER BY 1
"""
# What was stored meanwhile, and what may have been sent meanwhile by somebody with a
# wider scope.
UNSETTLED = """
SELECT id FROM lineage_event WHERE status = 3
UNION
SELECT e.id FROM lineage_acceptance narrow
JOIN lineage_event e ON e.id = narrow.event_id AND e.status IN (0, 1)
JOIN lineage_acceptance late
  ON late.event_id = e.id AND late.recorded_at > e.recorded_at
WHERE narrow.inert IS NOT NULL ORDER BY 1
"""
# Everything that evidence and folds hold; identities, bodies and acceptances stay.
EMPTY: list[LiteralString] = [
    "DELETE FROM lineage_ioevidence",
    "DELETE FROM lineage_conformance",
    "DELETE FROM lineage_rundataset",
    "DELETE FROM lineage_edge",
    "DELETE FROM lineage_columnsource",
    "DELETE FROM lineage_explicitedge",
    "DELETE FROM lineage_jobdependency",
    "DELETE FROM lineage_datasetalias WHERE kind <> 4",
    "DELETE FROM catalog_datasetversion",
    "DELETE FROM catalog_jobversion",
    "DELETE FROM lineage_columnderivation",
    "DELETE FROM catalog_facettag",
    "UPDATE lineage_run SET state = 0, state_event = NULL, decided_at = NULL,"
    " started_at = NULL, start_at = NULL, ended_at = NULL, first_event_at = NULL,"
    " last_event_at = NULL, stub_at = NULL, parent_id = NULL, root_id = NULL,"
    " nominal_start = NULL, nominal_end = NULL, is_streaming = false,"
    " has_streamed = false, is_snapshot = false, io_event = NULL, counts = false,"
    " job_version = NULL, external_id = '', facets = NULL, facet_events = NULL,"
    " job_facets = NULL, job_facet_events = NULL, former_ancestors = NULL",
    "UPDATE catalog_dataset SET canonical_id = id, first_seen = NULL, last_seen = NULL,"
    " last_written = NULL, facets = '{}', facet_events = '{}', data_source_id = NULL,"
    " tags_facet_id = NULL",
    "UPDATE catalog_job SET first_seen = NULL, last_seen = NULL, facets = '{}',"
    " facet_events = '{}', effective_kind = 0, effective_run = NULL,"
    " declared_event = NULL, lineage_event = NULL, tags_facet_id = NULL",
    "UPDATE catalog_namespace SET first_seen = NULL, last_seen = NULL",
]


class RebuildRunning(Exception):
    """Another process is rebuilding the catalog."""


Progress = Callable[[int, int], None]  # done, of how many


def rebuild(progress: Progress = lambda done, total: None) -> int:
    """Make evidence and folds anew; returns how many events are in them now.

    Raises RebuildRunning.
    """
    with _alone():
        _set_mode(ProjectionState.Mode.REBUILDING)
        try:
            applied = _rebuild(progress)
        finally:
            settle()
    return applied


def settle() -> None:
    """Project what was stored during a rebuild, and project at once from now on."""
    _catch_up()
    with writing() as writer:
        unsettled = [i for (i,) in fetch(writer.cursor, UNSETTLED)]
        for part in chunks(unsettled, CHUNK):
            reapply(writer, list(part))
        writer.cursor.write(SET_MODE, int(ProjectionState.Mode.LIVE), PROJECTOR_VERSION)


def _catch_up() -> None:
    """Project what waits by now, part by part.

    Whoever sends an event needs the lock, and waits no longer than for one part. What
    arrives meanwhile is less, and is left to the last transaction.
    """
    with connection.wrap_database_errors:
        waiting = [i for (i,) in fetch(session(), PENDING)]
    for part in chunks(waiting, CHUNK):
        with writing() as writer:
            still = fetch(writer.cursor, STILL_PENDING, list(part))
            if still:
                reapply(writer, [i for (i,) in still])


def recover() -> bool:
    """End what a killed rebuild left behind; says whether there was anything."""
    state = ProjectionState.objects.first()
    if state is None or state.mode == ProjectionState.Mode.LIVE:
        return False
    try:
        with _alone():
            settle()
    except RebuildRunning:
        return False
    logger.warning("A rebuild had ended early; the catalog is as it was before it.")
    load_again(Event.Status.NOT_APPLIED, below=PROJECTOR_VERSION)
    return True


class _alone:  # noqa: N801  used as a word: `with _alone():`
    """Hold the rebuild's lock for the session. Raises RebuildRunning."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [REBUILD_LOCK])
            if not cursor.fetchone()[0]:
                raise RebuildRunning

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REBUILD_LOCK])


def _set_mode(mode: ProjectionState.Mode) -> None:
    with writing() as writer:
        writer.cursor.write(SET_MODE, int(mode), PROJECTOR_VERSION)


def _rebuild(progress: Progress) -> int:
    """One transaction, beside the door: it only stores while the mode is REBUILDING."""
    with transaction.atomic():
        cursor = session()
        with connection.wrap_database_errors:
            for statement in EMPTY:
                cursor.write(statement)
            writer = _writer(cursor)
            _derive_columns(writer)
            _derive_tags(writer)
            events = fetch(cursor, EVENTS)
            failed = done = 0
            for part in _parts(events):
                failed += apply(writer, load_admitted(writer, part))
                writer.remember()
                done += len(part)
                progress(done, len(events))
    return len(events) - failed


def _parts(events: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Cut ids with their sizes in bytes into what is folded at a time."""
    part: list[int] = []
    size = 0
    for event, size_bytes in events:
        if part and (len(part) >= PART_EVENTS or size + size_bytes > PART_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += size_bytes
    if part:
        yield part


def _writer(cursor: Session) -> Writer:
    """A writer of this transaction alone: what it learns is not committed yet."""
    [(now, generation)] = fetch(
        cursor, "SELECT clock_timestamp(), generation FROM lineage_projectionstate"
    )
    return Writer(cursor, now, Known(generation), int(ProjectionState.Mode.LIVE))


def _derive_columns(writer: Writer) -> None:
    """Write the lines of all columnLineage facets anew."""
    ids = [i for (i,) in fetch(writer.cursor, COLUMN_FACETS)]
    for part in chunks(ids, CHUNK):
        registry = writer.registry()
        facts = []
        for i, digest, body in fetch(writer.cursor, FACET_BODIES, list(part)):
            fact = read_facet("dataset", "columnLineage", body.encode()).fact
            registry.own.facets[fact.digest] = i
            if fact.digest != bytes(digest):
                raise RuntimeError(f"Facet {i} does not read as it was written.")
            facts.append(fact)
        registry.resolve_datasets(n for f in facts for n in columns.named_datasets(f))
        columns.add_derivations(registry, facts)


def _derive_tags(writer: Writer) -> None:
    """Write the tags of all `tags` facets anew."""
    for part in chunks(fetch(writer.cursor, TAG_FACETS), CHUNK):
        registry = writer.registry()
        facts = []
        for i, scope, body in part:
            fact = read_facet(SCOPE_NAMES[scope], "tags", body.encode()).fact
            registry.own.facets[fact.digest] = i
            facts.append(fact)
        tags.add_tags(registry, facts)
