"""What is asked of a Marquez database?

Each query answers (place, row): where it stands, for people, and one JSON document as
text. What some event in `lineage_events` still tells of is left out, for that event is
taken in itself. `since` is null for everything.
"""

COUNT_EVENTS = """
SELECT count(*) FROM lineage_events
WHERE %(since)s::timestamptz IS NULL OR event_time >= %(since)s
"""
# By Marquez's index on event_time. The text of a jsonb value is always the same (keys
# by length and bytes, one space after a colon or comma): equal events, equal digests.
EVENTS = """
SELECT concat_ws(' ', event_time, job_namespace, job_name, run_uuid), event::text
FROM lineage_events
WHERE %(since)s::timestamptz IS NULL OR event_time >= %(since)s
ORDER BY event_time
"""
# By Marquez's index on run_uuid. A run that exists only as the parent of others is told
# by theirs, with its own job's name: Marquez puts it into the namespace of the child.
RUNS = """
SELECT concat_ws(' ', j.namespace_name, j.name, r.uuid), jsonb_build_object(
  'id', r.uuid, 'external_id', r.external_id, 'created_at', r.created_at,
  'state', r.current_run_state, 'started_at', r.started_at, 'ended_at', r.ended_at,
  'nominal_start', r.nominal_start_time, 'nominal_end', r.nominal_end_time,
  'args', a.args,
  'job', CASE WHEN j.uuid IS NOT NULL THEN jsonb_build_object(
    'namespace', j.namespace_name, 'name', j.name, 'type', j.type,
    'description', j.description,
    'location', coalesce(v.location, j.current_location)) END,
  'parent', CASE WHEN p.uuid IS NOT NULL THEN jsonb_build_object(
    'id', p.uuid, 'namespace', pj.namespace_name, 'name', pj.name) END,
  'states', (SELECT jsonb_agg(jsonb_build_array(s.state, s.transitioned_at)
                              ORDER BY s.transitioned_at, s.state)
             FROM run_states s WHERE s.run_uuid = r.uuid),
  'run_facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                 FROM run_facets f WHERE f.run_uuid = r.uuid),
  'job_facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                 FROM job_facets f WHERE f.run_uuid = r.uuid),
  'inputs', (
    SELECT jsonb_agg(jsonb_build_object(
        'namespace', d.namespace_name, 'name', d.dataset_name, 'fields', d.fields,
        'facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                   FROM dataset_facets f
                   WHERE f.dataset_version_uuid = d.uuid AND f.run_uuid = r.uuid
                     AND f.type <> 'INPUT'),
        'io_facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                      FROM dataset_facets f
                      WHERE f.dataset_version_uuid = d.uuid AND f.run_uuid = r.uuid
                        AND f.type = 'INPUT')
      ) ORDER BY d.namespace_name, d.dataset_name, d.uuid)
    FROM runs_input_mapping m JOIN dataset_versions d ON d.uuid = m.dataset_version_uuid
    WHERE m.run_uuid = r.uuid),
  'outputs', (
    SELECT jsonb_agg(jsonb_build_object(
        'namespace', d.namespace_name, 'name', d.dataset_name, 'fields', d.fields,
        'lifecycle', d.lifecycle_state,
        'facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                   FROM dataset_facets f
                   WHERE f.dataset_version_uuid = d.uuid AND f.run_uuid = r.uuid
                     AND f.type <> 'OUTPUT'),
        'io_facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
                      FROM dataset_facets f
                      WHERE f.dataset_version_uuid = d.uuid AND f.run_uuid = r.uuid
                        AND f.type = 'OUTPUT'),
        'columns', (SELECT jsonb_agg(jsonb_build_object(
                        'name', o.name, 'namespace', i.namespace_name,
                        'dataset', i.dataset_name, 'field', n.name,
                        'description', c.transformation_description,
                        'type', c.transformation_type)
                      ORDER BY o.name, i.namespace_name, i.dataset_name, n.name)
                    FROM column_lineage c
                    JOIN dataset_fields o ON o.uuid = c.output_dataset_field_uuid
                    JOIN dataset_fields n ON n.uuid = c.input_dataset_field_uuid
                    JOIN dataset_versions i ON i.uuid = c.input_dataset_version_uuid
                    WHERE c.output_dataset_version_uuid = d.uuid)
      ) ORDER BY d.namespace_name, d.dataset_name, d.uuid)
    FROM dataset_versions d WHERE d.run_uuid = r.uuid)
)::text
FROM runs r
LEFT JOIN jobs j ON j.uuid = r.job_uuid
LEFT JOIN job_versions v ON v.uuid = r.job_version_uuid
LEFT JOIN run_args a ON a.uuid = r.run_args_uuid
LEFT JOIN runs p ON p.uuid = r.parent_run_uuid
LEFT JOIN jobs pj ON pj.uuid = p.job_uuid
WHERE (%(since)s::timestamptz IS NULL OR r.created_at >= %(since)s)
  AND NOT EXISTS (SELECT FROM lineage_events e WHERE e.run_uuid = r.uuid)
  AND NOT (r.job_version_uuid IS NULL
           AND EXISTS (SELECT FROM runs c WHERE c.parent_run_uuid = r.uuid))
"""
# Versions that PUT made, or whose run retention has deleted. A run that reads what is
# not known makes a version too, at the time of its event.
DATASET_VERSIONS = """
SELECT concat_ws(' ', v.namespace_name, v.dataset_name, v.version), jsonb_build_object(
  'namespace', v.namespace_name, 'name', v.dataset_name, 'at', v.created_at,
  'lifecycle', v.lifecycle_state, 'type', d.type,
  'description', CASE WHEN v.uuid = d.current_version_uuid THEN d.description END,
  'physical_name', d.physical_name, 'schema_location', w.schema_location,
  'source', s.name, 'source_url', s.connection_url,
  'fields', coalesce(v.fields, (
    SELECT jsonb_agg(jsonb_build_object('name', f.name, 'type', f.type,
                                        'description', f.description)
                     ORDER BY f.name, f.type)
    FROM dataset_versions_field_mapping m
    JOIN dataset_fields f ON f.uuid = m.dataset_field_uuid
    WHERE m.dataset_version_uuid = v.uuid)),
  'facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
             FROM dataset_facets f
             WHERE f.dataset_version_uuid = v.uuid
               AND f.type NOT IN ('INPUT', 'OUTPUT'))
)::text
FROM dataset_versions v
JOIN datasets d ON d.uuid = v.dataset_uuid
LEFT JOIN stream_versions w ON w.dataset_version_uuid = v.uuid
LEFT JOIN sources s ON s.uuid = d.source_uuid
WHERE (%(since)s::timestamptz IS NULL OR v.created_at >= %(since)s)
  AND NOT EXISTS (SELECT FROM runs r WHERE r.uuid = v.run_uuid)
  AND NOT EXISTS (
    SELECT FROM runs_input_mapping m JOIN lineage_events e ON e.run_uuid = m.run_uuid
    WHERE m.dataset_version_uuid = v.uuid AND e.event_time = v.created_at)
  AND NOT EXISTS (
    SELECT FROM runs_input_mapping m JOIN run_states t ON t.run_uuid = m.run_uuid
    WHERE m.dataset_version_uuid = v.uuid AND t.transitioned_at = v.created_at)
  AND NOT EXISTS (
    SELECT FROM lineage_events e
    WHERE e._event_type = 'DATASET_EVENT' AND e.event_time = v.created_at
      AND e.event #>> '{dataset,namespace}' = v.namespace_name
      AND e.event #>> '{dataset,name}' = v.dataset_name)
"""
DATASETS_WITHOUT_VERSION = """
SELECT concat_ws(' ', d.namespace_name, d.name), jsonb_build_object(
  'namespace', d.namespace_name, 'name', d.name, 'at', d.created_at, 'type', d.type,
  'description', d.description, 'physical_name', d.physical_name,
  'source', s.name, 'source_url', s.connection_url
)::text
FROM datasets d LEFT JOIN sources s ON s.uuid = d.source_uuid
WHERE (%(since)s::timestamptz IS NULL OR d.created_at >= %(since)s)
  AND NOT EXISTS (SELECT FROM dataset_versions v WHERE v.dataset_uuid = d.uuid)
  AND NOT EXISTS (SELECT FROM job_versions_io_mapping m WHERE m.dataset_uuid = d.uuid)
"""
# Versions whose run retention has deleted.
JOB_VERSIONS = """
SELECT concat_ws(' ', j.namespace_name, j.name, v.version), jsonb_build_object(
  'namespace', j.namespace_name, 'name', j.name, 'at', v.created_at, 'type', j.type,
  'location', v.location,
  'description', CASE WHEN v.uuid = j.current_version_uuid THEN j.description END,
  'facets', (SELECT jsonb_agg(f.facet ORDER BY f.lineage_event_time)
             FROM job_facets f WHERE f.job_version_uuid = v.uuid),
  'inputs', (SELECT jsonb_agg(DISTINCT jsonb_build_object(
                      'namespace', d.namespace_name, 'name', d.name))
             FROM job_versions_io_mapping m JOIN datasets d ON d.uuid = m.dataset_uuid
             WHERE m.job_version_uuid = v.uuid AND m.io_type = 'INPUT'),
  'outputs', (SELECT jsonb_agg(DISTINCT jsonb_build_object(
                       'namespace', d.namespace_name, 'name', d.name))
              FROM job_versions_io_mapping m JOIN datasets d ON d.uuid = m.dataset_uuid
              WHERE m.job_version_uuid = v.uuid AND m.io_type = 'OUTPUT')
)::text
FROM job_versions v JOIN jobs j ON j.uuid = v.job_uuid
WHERE (%(since)s::timestamptz IS NULL OR v.created_at >= %(since)s)
  AND NOT EXISTS (SELECT FROM runs r WHERE r.job_version_uuid = v.uuid)
  AND NOT EXISTS (SELECT FROM runs r WHERE r.uuid = v.latest_run_uuid)
  AND NOT EXISTS (
    SELECT FROM lineage_events e
    WHERE e._event_type = 'JOB_EVENT' AND e.event_time = v.created_at
      AND e.job_namespace = j.namespace_name AND e.job_name IN (j.name, j.simple_name))
"""
# PUT makes a job without a version: Marquez makes that one at the end of a run. A job
# that exists only as the parent of others is told by their runs.
JOBS_WITHOUT_VERSION = """
SELECT concat_ws(' ', j.namespace_name, j.name), jsonb_build_object(
  'namespace', j.namespace_name, 'name', j.name, 'at', j.created_at, 'type', j.type,
  'location', j.current_location, 'description', j.description,
  'inputs', j.current_inputs
)::text
FROM jobs j
WHERE (%(since)s::timestamptz IS NULL OR j.created_at >= %(since)s)
  AND j.symlink_target_uuid IS NULL
  AND NOT EXISTS (SELECT FROM job_versions v WHERE v.job_uuid = j.uuid)
  AND NOT EXISTS (SELECT FROM jobs c WHERE c.parent_job_uuid = j.uuid)
  AND NOT EXISTS (SELECT FROM runs r JOIN lineage_events e ON e.run_uuid = r.uuid
                  WHERE r.job_uuid = j.uuid)
  AND NOT EXISTS (
    SELECT FROM lineage_events e
    WHERE e._event_type = 'JOB_EVENT'
      AND e.job_namespace = j.namespace_name AND e.job_name IN (j.name, j.simple_name))
"""
SYMLINKS = """
SELECT concat_ws(' ', d.namespace_name, d.name), jsonb_build_object(
  'namespace', d.namespace_name, 'name', d.name, 'at', max(s.created_at),
  'symlinks', jsonb_agg(jsonb_build_object(
      'namespace', n.name, 'name', s.name, 'type', s.type) ORDER BY n.name, s.name)
)::text
FROM dataset_symlinks s
JOIN datasets d ON d.uuid = s.dataset_uuid
JOIN namespaces n ON n.uuid = s.namespace_uuid
WHERE NOT s.is_primary AND (n.name, s.name) <> (d.namespace_name, d.name)
GROUP BY d.uuid, d.namespace_name, d.name
"""
# What Headwater has no place for.
LEFT_BEHIND = """
SELECT concat_ws(' ', j.namespace_name, j.name), 'jobs', 'alias',
       'This name is an alias of the job ' || t.name
         || '. A job has one name here, and this one keeps its own runs.'
FROM jobs j JOIN jobs t ON t.uuid = j.symlink_target_uuid
UNION ALL
SELECT concat_ws(' ', v.namespace_name, v.dataset_name, v.version), 'dataset_versions',
       'version_uuid', 'The version is here under another UUID.'
FROM dataset_versions v
UNION ALL
SELECT concat_ws(' ', j.namespace_name, j.name, v.version), 'job_versions',
       'version_uuid', 'The version is here under another UUID.'
FROM job_versions v JOIN jobs j ON j.uuid = v.job_uuid
"""
HIDDEN_DATASETS = """
SELECT concat_ws(' ', namespace_name, name),
       jsonb_build_object('namespace', namespace_name, 'name', name)::text
FROM datasets WHERE is_hidden
"""
HIDDEN_JOBS = """
SELECT concat_ws(' ', namespace_name, name),
       jsonb_build_object('namespace', namespace_name, 'name', name)::text
FROM jobs WHERE is_hidden
"""
HIDDEN_NAMESPACES = """
SELECT name, jsonb_build_object('name', name)::text FROM namespaces WHERE is_hidden
"""
NAMESPACES = """
SELECT name, jsonb_build_object('name', name, 'description', description,
                                'owner', current_owner_name)::text
FROM namespaces
"""
EMPTY_NAMESPACES = """
SELECT n.name, jsonb_build_object('name', n.name)::text
FROM namespaces n
WHERE NOT EXISTS (SELECT FROM datasets d WHERE d.namespace_uuid = n.uuid)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.namespace_uuid = n.uuid)
"""
SOURCES = """
SELECT name, jsonb_build_object('name', name, 'type', type, 'url', connection_url,
                                'description', description)::text
FROM sources
"""
TAGS = """
SELECT name, jsonb_build_object('name', name, 'description', description)::text
FROM tags
"""
TAGGED = """
SELECT concat_ws(' ', d.namespace_name, d.name, t.name), jsonb_build_object(
  'kind', 'dataset', 'namespace', d.namespace_name, 'name', d.name, 'tag', t.name)::text
FROM datasets_tag_mapping m
JOIN datasets d ON d.uuid = m.dataset_uuid JOIN tags t ON t.uuid = m.tag_uuid
UNION
SELECT concat_ws(' ', d.namespace_name, d.name, f.name, t.name), jsonb_build_object(
  'kind', 'dataset', 'namespace', d.namespace_name, 'name', d.name, 'column', f.name,
  'tag', t.name)::text
FROM dataset_fields_tag_mapping m
JOIN dataset_fields f ON f.uuid = m.dataset_field_uuid
JOIN datasets d ON d.uuid = f.dataset_uuid JOIN tags t ON t.uuid = m.tag_uuid
UNION
SELECT concat_ws(' ', j.namespace_name, j.name, t.name), jsonb_build_object(
  'kind', 'job', 'namespace', j.namespace_name, 'name', j.name, 'tag', t.name)::text
FROM jobs_tag_mapping m
JOIN jobs j ON j.uuid = m.job_uuid JOIN tags t ON t.uuid = m.tag_uuid
"""
