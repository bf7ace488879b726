"""Say of the explicit edges that there are which ones are in force.

Of a job those of the facet that it had shown last, as they were told until now: its
next completed run, or a rebuild, judges them by its effective I/O.
"""

from django.db import migrations

# By the index event_declarations.
NOTE_JOB_EVENTS = """
UPDATE catalog_job AS j SET lineage_event = w.id
FROM (
  SELECT DISTINCT ON (e.job_id) e.job_id, e.id FROM lineage_event e
  WHERE e.kind = 2 AND e.status = 0 AND EXISTS (
    SELECT FROM catalog_facet f
    WHERE f.id = ANY(e.job_facets) AND f.scope = 2 AND f.key = 'lineage'
  )
  ORDER BY e.job_id, e.event_time DESC, e.digest DESC
) AS w
WHERE j.id = w.job_id
"""
KEEP_OF_JOBS = """
UPDATE lineage_explicitedge AS x SET is_effective = true
FROM catalog_job j WHERE j.id = x.job_id AND x.facet_id = ANY(j.facets)
"""
# By the index event_of_dataset.
JUDGE_OF_DATASETS = """
UPDATE lineage_explicitedge AS x SET is_effective = true
WHERE x.job_id IS NULL AND x.facet_id = (
  SELECT f.id FROM lineage_event e
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = e.dataset_id AND i.direction = 3
  JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'lineage'
  WHERE e.dataset_id = x.target_dataset_id AND e.kind = 3 AND e.status = 0
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_job_lineage_event"),
        ("lineage", "0005_explicit_edge_effective"),
    ]

    operations = [
        # What the columns hold goes with them.
        migrations.RunSQL(NOTE_JOB_EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP_OF_JOBS, migrations.RunSQL.noop),
        migrations.RunSQL(JUDGE_OF_DATASETS, migrations.RunSQL.noop),
    ]
