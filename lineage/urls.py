"""Which pages answer about what happened?"""

from django.urls import path

from catalog.paths import NAMED
from lineage.views import (
    classification,
    datasets,
    events,
    graph_files,
    graphs,
    home,
    impact,
    incidents,
    ingestion,
    job_list,
    job_versions,
    jobs,
    journal,
    manual,
    quality,
    runs,
    ways,
)

urlpatterns = [
    path("", home.home, name="home"),
    path(f"datasets/{NAMED}", datasets.dataset_detail, name="dataset-detail"),
    path(f"datasets/{NAMED}/jobs", datasets.dataset_flow, name="dataset-flow"),
    path(f"datasets/{NAMED}/runs", datasets.dataset_runs, name="dataset-runs"),
    path(f"datasets/{NAMED}/lineage", graphs.dataset_lineage, name="dataset-lineage"),
    path(f"datasets/{NAMED}/impact", impact.dataset_impact, name="dataset-impact"),
    path(
        f"datasets/{NAMED}/impact.csv",
        impact.dataset_impact_csv,
        name="dataset-impact-csv",
    ),
    path(f"datasets/{NAMED}/quality", quality.dataset_quality, name="dataset-quality"),
    path(
        f"datasets/{NAMED}/classification",
        classification.dataset_classification,
        name="dataset-classification",
    ),
    path(f"datasets/{NAMED}/trail", journal.dataset_trail, name="dataset-trail"),
    path(
        "classification",
        classification.classification_list,
        name="classification-list",
    ),
    path(
        "classification/judge",
        classification.classification_judge,
        name="classification-judge",
    ),
    path(
        "classification/tags/<name:name>", classification.tag_reach, name="tag-reach"
    ),
    path(
        "classification/tags/<name:name>/rule",
        classification.tag_rule,
        name="tag-rule",
    ),
    path("jobs", job_list.job_list, name="job-list"),
    path("jobs/bulk", job_list.job_bulk, name="job-bulk"),
    path(f"jobs/{NAMED}", jobs.job_detail, name="job-detail"),
    path(f"jobs/{NAMED}/versions", job_versions.job_versions, name="job-versions"),
    path(f"jobs/{NAMED}/runs", jobs.job_runs, name="job-runs"),
    path(f"jobs/{NAMED}/runs/<uuid:run_id>", runs.run_detail, name="run-detail"),
    path(f"jobs/{NAMED}/lineage", graphs.job_lineage, name="job-lineage"),
    path(f"jobs/{NAMED}/impact", impact.job_impact, name="job-impact"),
    path(f"jobs/{NAMED}/impact.csv", impact.job_impact_csv, name="job-impact-csv"),
    path(f"jobs/{NAMED}/quality", quality.job_quality, name="job-quality"),
    path(f"jobs/{NAMED}/trail", journal.job_trail, name="job-trail"),
    path("quality", incidents.incident_list, name="incident-list"),
    path(
        "quality/incidents/<uuid:id>",
        incidents.incident_detail,
        name="incident-detail",
    ),
    path(
        "quality/incidents/<uuid:id>/acknowledge",
        incidents.incident_acknowledge,
        name="incident-acknowledge",
    ),
    path(
        "quality/incidents/<uuid:id>/close",
        incidents.incident_close,
        name="incident-close",
    ),
    path(
        "quality/expectations/<uuid:id>",
        quality.expectation_revise,
        name="expectation-revise",
    ),
    path(
        "quality/expectations/<uuid:id>/end",
        quality.expectation_end,
        name="expectation-end",
    ),
    path("lineage", graphs.lineage_page, name="lineage"),
    path("lineage/columns", graphs.lineage_columns, name="lineage-columns"),
    path("lineage/manual", manual.manual_list, name="manual-lineage"),
    path("lineage/manual.csv", manual.manual_csv, name="manual-lineage-csv"),
    path(
        "lineage/manual/declare", manual.manual_declare, name="manual-lineage-declare"
    ),
    path("lineage/manual/end", manual.manual_end, name="manual-lineage-end"),
    path("lineage/manual/import", manual.manual_import, name="manual-lineage-import"),
    path(
        "lineage/manual/<str:key>/extend",
        manual.manual_extend,
        name="manual-lineage-extend",
    ),
    path("lineage/paths", ways.lineage_paths, name="lineage-paths"),
    path("lineage/ends", ways.lineage_ends, name="lineage-ends"),
    path("lineage/nodes.csv", graph_files.lineage_nodes_csv, name="lineage-nodes-csv"),
    path("lineage/edges.csv", graph_files.lineage_edges_csv, name="lineage-edges-csv"),
    path("runs/<uuid:run_id>", runs.run_find, name="run-find"),
    path("journal", journal.journal_list, name="journal"),
    path("journal.csv", journal.journal_csv, name="journal-csv"),
    path("journal.ndjson", journal.journal_ndjson, name="journal-ndjson"),
    path("ingestion", ingestion.ingestion, name="ingestion"),
    path("ingestion/events", ingestion.event_list, name="event-list"),
    path("events/<str:digest>", events.event_detail, name="event-detail"),
    path("events/<str:digest>/raw", events.event_raw, name="event-raw"),
    path("events/<str:digest>/replay", events.event_replay, name="event-replay"),
    path("events/<str:digest>/retract", events.event_retract, name="event-retract"),
    path(
        "events/<str:digest>/reinstate",
        events.event_reinstate,
        name="event-reinstate",
    ),
]
