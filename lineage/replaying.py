"""How is a stored event projected again, or taken out of the folds?"""

import logging
from collections import defaultdict
from collections.abc import Iterable

from lineage import bodies, openlineage
from lineage.applying import apply
from lineage.conformance import Conformance
from lineage.models import Event, ProjectionState
from lineage.projection.admission import Admitted
from lineage.projection.fold import Scope
from lineage.projection.refolding import load_evidence
from lineage.projection.rows import fetch
from lineage.projection.runs import linked_runs
from lineage.projection.work import Work
from lineage.writing import Writer, writing

logger = logging.getLogger(__name__)
CHUNK = 500

# By primary keys.
LOAD = """
SELECT e.id, e.digest, e.recorded_at, e.size_bytes, r.body
FROM lineage_event e
JOIN lineage_rawevent r ON r.event_id = e.id AND r.recorded_at = e.recorded_at
WHERE e.id = ANY(%s) ORDER BY e.id
"""
# By primary key.
INERT = "SELECT event_id, inert FROM lineage_acceptance WHERE event_id = ANY(%s)"
# By primary keys, and the index on event.
CLEAR_IO = "DELETE FROM lineage_ioevidence WHERE event_id = ANY(%s)"
CLEAR_WARNINGS = "DELETE FROM lineage_conformance WHERE event_id = ANY(%s)"
SET_STATUS = "UPDATE lineage_event SET status = %s WHERE id = ANY(%s)"
# By the index event_not_applied.
WAITING = """
SELECT id FROM lineage_event
WHERE status = %s AND status IN (1, 3) AND projector < %s AND id > %s
ORDER BY id LIMIT %s
"""


def load_admitted(writer: Writer, events: Iterable[int]) -> list[Admitted]:
    """Read stored events back from their bytes, as if they had just been let in."""
    ids = list(events)
    inert: dict[int, list[frozenset[str]]] = defaultdict(list)
    for event, identities in fetch(writer.cursor, INERT, ids):
        inert[event].append(frozenset(identities or ()))
    admitted = []
    for i, digest, recorded_at, size, body in fetch(writer.cursor, LOAD, ids):
        event = openlineage.parse(bodies.unseal(bytes(body), bytes(digest)))
        outside = frozenset.intersection(*inert[i]) if inert[i] else frozenset()
        warnings = tuple(
            Conformance("", "assertion_inert", f"No sender may alter {identity}.")
            for identity in sorted(outside)
        )
        admitted.append(
            Admitted(
                i,
                bytes(digest),
                event,
                recorded_at,
                size,
                outside,
                warnings,
                is_stored=True,
            )
        )
    return admitted


def take_out(writer: Writer, events: list[int], status: Event.Status) -> None:
    """Ignore the evidence of events, and make the folds that it had touched anew."""
    scope = touched(writer, events)
    writer.cursor.write(SET_STATUS, int(status), events)
    writer.refold(scope)


def touched(writer: Writer, events: list[int]) -> Scope:
    """The runs, jobs and datasets that some events say anything about."""
    work = Work(writer.cursor, writer.registry(), writer.known.facts, [])
    evidence = load_evidence(work, events)
    work.need_facets(f for e in evidence for f in e.run_facets)
    scope = Scope()
    jobs_of_runs = {i: job for (job, _), i in work.registry.runs.items()}
    for one in evidence:
        if one.job is not None:
            scope.jobs.add(one.job)
        if one.run is not None:
            scope.runs.add(one.run)
        scope.datasets |= {dataset for dataset, _, _ in one.io}
        for facet in one.run_facets:
            fact = work.facts[facet]
            if fact.key == "parent" and fact.value is not None:
                for stub in linked_runs(work, one, fact.value):
                    if stub is not None:
                        scope.runs.add(stub)
                        scope.jobs.add(jobs_of_runs[stub])
    return scope


def reapply(writer: Writer, events: list[int]) -> int:
    """Project stored events anew, whatever their state was; returns how many failed.

    Those that were applied are taken out first.
    """
    applied = [
        i
        for (i,) in fetch(
            writer.cursor,
            "SELECT id FROM lineage_event WHERE id = ANY(%s) AND status = 0",
            events,
        )
    ]
    if applied:
        take_out(writer, applied, Event.Status.PENDING)
    writer.cursor.write(CLEAR_IO, events)
    writer.cursor.write(CLEAR_WARNINGS, events)
    return apply(writer, load_admitted(writer, events))


def load_again(status: Event.Status, *, below: int) -> tuple[int, int]:
    """Try events again that are in no fold; returns how many, and how many fail."""
    tried = failed = last = 0
    while True:
        with writing() as writer:
            if writer.mode == ProjectionState.Mode.REBUILDING:
                return tried, failed
            rows = fetch(writer.cursor, WAITING, int(status), below, last, CHUNK)
            ids = [i for (i,) in rows]
            if not ids:
                return tried, failed
            failed += reapply(writer, ids)
        tried += len(ids)
        last = ids[-1]
