"""Are two catalogs the same? One SHA-256 over all folds, in natural keys."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, LiteralString

import psycopg

# Every query answers one text a row; no surrogate id, recorded time, warning or curated
# data is in it. `{facets}` spells two parallel arrays of facets and deciding events.
FACETS: LiteralString = """(
  SELECT coalesce(jsonb_agg(jsonb_build_array(encode(f.digest, 'hex'),
                            encode(e.digest, 'hex')) ORDER BY f.digest), '[]')
  FROM unnest({a}, {b}) AS u(facet, event)
  JOIN catalog_facet f ON f.id = u.facet JOIN lineage_event e ON e.id = u.event)"""
DATASET: LiteralString = """(SELECT jsonb_build_array(n.name, d.name)
  FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
  WHERE d.id = {id})"""
DATASETS: LiteralString = """(
  SELECT coalesce(jsonb_agg(jsonb_build_array(n.name, d.name)
    ORDER BY n.name COLLATE "C", d.name COLLATE "C"), '[]')
  FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
  WHERE d.id = ANY({ids}))"""
JOB: LiteralString = """(SELECT jsonb_build_array(n.name, j.name)
  FROM catalog_job j JOIN catalog_namespace n ON n.id = j.namespace_id
  WHERE j.id = {id})"""
RUN: LiteralString = """(SELECT jsonb_build_array(n.name, j.name, r.run_id)
  FROM lineage_run r JOIN catalog_job j ON j.id = r.job_id
  JOIN catalog_namespace n ON n.id = j.namespace_id WHERE r.id = {id})"""
FACET: LiteralString = (
    "(SELECT encode(digest, 'hex') FROM catalog_facet WHERE id = {id})"
)
EVENT: LiteralString = (
    "(SELECT encode(digest, 'hex') FROM lineage_event WHERE id = {id})"
)

FOLDS: dict[str, LiteralString] = {
    "namespace": """
        SELECT jsonb_build_array(name, first_seen, last_seen) FROM catalog_namespace
        WHERE first_seen IS NOT NULL""",
    "dataset": f"""
        SELECT jsonb_build_array({DATASET.format(id="x.id")},
          {DATASET.format(id="x.canonical_id")}, x.first_seen, x.last_seen,
          x.last_written, {FACETS.format(a="x.facets", b="x.facet_events")},
          {FACET.format(id="x.data_source_id")},
          {FACET.format(id="x.tags_facet_id")})
        FROM catalog_dataset x WHERE x.first_seen IS NOT NULL""",
    "dataset_version": f"""
        SELECT jsonb_build_array({DATASET.format(id="x.dataset_id")}, x.origin,
          encode(x.definition, 'hex'), x.first_at, x.last_at,
          {FACET.format(id="x.facet_id")}, {EVENT.format(id="x.facet_event")})
        FROM catalog_datasetversion x""",
    "job": f"""
        SELECT jsonb_build_array({JOB.format(id="x.id")}, x.first_seen, x.last_seen,
          {FACETS.format(a="x.facets", b="x.facet_events")}, x.effective_kind,
          {RUN.format(id="x.effective_run")}, {EVENT.format(id="x.declared_event")},
          {EVENT.format(id="x.lineage_event")},
          {FACET.format(id="x.tags_facet_id")})
        FROM catalog_job x WHERE x.first_seen IS NOT NULL""",
    "job_version": f"""
        SELECT jsonb_build_array({JOB.format(id="x.job_id")},
          {DATASETS.format(ids="x.inputs")}, {DATASETS.format(ids="x.outputs")},
          {FACET.format(id="x.sql_id")}, {FACET.format(id="x.location_id")},
          x.first_at, x.last_at)
        FROM catalog_jobversion x""",
    "run": f"""
        SELECT jsonb_build_array({RUN.format(id="x.id")}, x.external_id, x.state,
          {EVENT.format(id="x.state_event")}, x.decided_at, x.started_at, x.start_at,
          x.ended_at, x.first_event_at, x.last_event_at, x.stub_at,
          {RUN.format(id="x.parent_id")}, {RUN.format(id="x.root_id")},
          x.nominal_start, x.nominal_end, x.is_streaming, x.is_snapshot,
          {EVENT.format(id="x.io_event")}, x.counts, x.job_version IS NOT NULL,
          {FACETS.format(a="x.facets", b="x.facet_events")},
          {FACETS.format(a="x.job_facets", b="x.job_facet_events")})
        FROM lineage_run x
        WHERE x.first_event_at IS NOT NULL OR x.stub_at IS NOT NULL""",
    "run_dataset": f"""
        SELECT jsonb_build_array({RUN.format(id="x.run_id")},
          {DATASET.format(id="x.dataset_id")}, x.direction,
          {FACETS.format(a="x.facets", b="x.facet_events")},
          {EVENT.format(id="x.last_event")})
        FROM lineage_rundataset x""",
    "edge": f"""
        SELECT jsonb_build_array({JOB.format(id="x.job_id")},
          {DATASET.format(id="x.dataset_id")}, x.direction, x.status, x.counted,
          {EVENT.format(id="x.first_event")}, {EVENT.format(id="x.last_event")},
          x.first_at, x.last_at)
        FROM lineage_edge x""",
    "column_source": f"""
        SELECT jsonb_build_array({JOB.format(id="x.job_id")},
          {DATASET.format(id="x.dataset_id")}, {FACET.format(id="x.facet_id")},
          x.is_effective, {EVENT.format(id="x.first_event")},
          {EVENT.format(id="x.last_event")}, x.first_at, x.last_at)
        FROM lineage_columnsource x""",
    "column_derivation": f"""
        SELECT DISTINCT jsonb_build_array({FACET.format(id="x.facet_id")}, x.out_field,
          {DATASET.format(id="x.dataset_id")}, x.in_field, x.type, x.subtype, x.masking,
          x.description)
        FROM lineage_columnderivation x
        WHERE EXISTS (
          SELECT FROM lineage_columnsource s WHERE s.facet_id = x.facet_id)""",
    "explicit_edge": f"""
        SELECT jsonb_build_array({JOB.format(id="x.job_id")},
          {DATASET.format(id="x.target_dataset_id")},
          {JOB.format(id="x.target_job_id")},
          x.target_field, {DATASET.format(id="x.source_dataset_id")},
          {JOB.format(id="x.source_job_id")}, x.source_field, x.type, x.subtype,
          x.masking, x.description, {FACET.format(id="x.facet_id")}, x.is_effective,
          {EVENT.format(id="x.first_event")}, {EVENT.format(id="x.last_event")})
        FROM lineage_explicitedge x""",
    "dependency": f"""
        SELECT jsonb_build_array({JOB.format(id="x.upstream_id")},
          {JOB.format(id="x.downstream_id")}, x.kind, x.first_at, x.last_at)
        FROM lineage_jobdependency x""",
    # What rules give follows from them and from all names ever told, also retracted
    # ones: what it comes to is the canonical name of a dataset.
    "alias": f"""
        SELECT jsonb_build_array({DATASET.format(id="x.dataset_id")},
          {DATASET.format(id="x.alias_id")}, x.kind, {EVENT.format(id="x.first_event")},
          {EVENT.format(id="x.last_event")})
        FROM lineage_datasetalias x WHERE x.kind <> 4""",
}


def fold_rows(cursor: psycopg.Cursor[Any], fold: str) -> Iterator[str]:
    """The canonical rows of one fold, sorted."""
    cursor.execute(
        f"SELECT row::text FROM ({FOLDS[fold]}) AS rows(row)"
        ' ORDER BY row::text COLLATE "C"'
    )
    for (row,) in cursor:
        yield row


def digest(cursor: psycopg.Cursor[Any]) -> str:
    """SHA-256, in hexadecimal, of the canonical rows of all folds.

    A function of the set of events, their authorisations, the alias rules, the
    retractions and the projector's version, and of nothing else.
    """
    total = sha256()
    for fold in FOLDS:
        total.update(f"\n== {fold}\n".encode())
        for row in fold_rows(cursor, fold):
            total.update(row.encode())
            total.update(b"\n")
    return total.hexdigest()
