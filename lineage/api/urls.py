"""Which view answers at which address under /api/v1."""

from django.urls import path, register_converter

import catalog.paths  # noqa: F401  for <decoded:…>
from lineage.api.changes import LineageChangesView
from lineage.api.classification import ClassificationView, ReachView, WhyView
from lineage.api.classification_verdicts import RuleView, VerdictsView
from lineage.api.datasets import (
    DatasetDetailView,
    DatasetListView,
    DatasetVersionDetailView,
    DatasetVersionListView,
)
from lineage.api.door import batch_door, event_door
from lineage.api.events import (
    EventDetailView,
    LineageEventListView,
    NamespaceEventListView,
    OlderEventListView,
)
from lineage.api.find import FindView, MarquezSearchSlashView, MarquezSearchView
from lineage.api.graphs import ColumnLineageView, LineageView
from lineage.api.hierarchy import LineageHierarchyView
from lineage.api.impact import ImpactView
from lineage.api.jobs import (
    JobDetailView,
    JobListView,
    JobVersionDetailView,
    JobVersionListView,
    NamespaceJobListView,
)
from lineage.api.journal import JournalView
from lineage.api.manual import ManualEdgeView, ManualLineageView
from lineage.api.namespaces import NamespaceDetailView, NamespaceListView
from lineage.api.paths import LineageLeavesView, LineagePathsView, LineageRootsView
from lineage.api.quality.expectations import ExpectationListView, ExpectationView
from lineage.api.quality.facts import DatasetQualityView, JobQualityView
from lineage.api.quality.incidents import (
    IncidentAcknowledgeView,
    IncidentCloseView,
    IncidentListView,
    IncidentView,
)
from lineage.api.run_walks import LineageRunsView
from lineage.api.runs import (
    JobRunListView,
    RunDetailView,
    RunFacetsView,
    RunTransitionView,
)
from lineage.api.sources import SourceDetailView, SourceListView
from lineage.api.stats import (
    DatasetStatsView,
    JobStatsView,
    RunEventStatsView,
    SourceStatsView,
)
from lineage.api.tags import (
    DatasetTagView,
    FieldTagView,
    JobTagView,
    TagDetailView,
    TagListView,
)
from lineage.api.upstream import RunUpstreamView
from lineage.api.walks import LineageWalkView


class Transition:
    """`<transition:…>`: what becomes of a run."""

    regex = "start|complete|fail|abort"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Digest:
    """`<digest:…>`: an event, by the SHA-256 of its text."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Transition, "transition")
register_converter(Digest, "digest")

app_name = "api"
NAMESPACE = "namespaces/<decoded:namespace>"
DATASET = f"{NAMESPACE}/datasets/<decoded:dataset>"
JOB = f"{NAMESPACE}/jobs/<decoded:job>"
# Clients that are redirected turn their POST into a GET: both spellings are addresses.
EVENT_DOOR = event_door(LineageView.as_view())
# The longest first; lineage.api.addresses has the last word on what a path means.
urlpatterns = [
    path("lineage", EVENT_DOOR, name="event-door"),
    path("lineage/", EVENT_DOOR, name="event-door-slash"),
    path("lineage/batch", batch_door, name="batch-door"),
    path("lineage/batch/", batch_door, name="batch-door-slash"),
    path("lineage/paths", LineagePathsView.as_view(), name="lineage-paths"),
    path("lineage/roots", LineageRootsView.as_view(), name="lineage-roots"),
    path("lineage/leaves", LineageLeavesView.as_view(), name="lineage-leaves"),
    path("lineage/changes", LineageChangesView.as_view(), name="lineage-changes"),
    path("lineage/hierarchy", LineageHierarchyView.as_view(), name="lineage-hierarchy"),
    path("lineage/runs", LineageRunsView.as_view(), name="lineage-runs"),
    path("namespaces", NamespaceListView.as_view(), name="namespace-list"),
    path(
        f"{DATASET}/fields/<decoded:field>/tags/<decoded:tag>",
        FieldTagView.as_view(),
        name="field-tag",
    ),
    path(f"{DATASET}/tags/<decoded:tag>", DatasetTagView.as_view(), name="dataset-tag"),
    path(f"{JOB}/tags/<decoded:tag>", JobTagView.as_view(), name="job-tag"),
    path(
        f"{DATASET}/versions/<uuid:version>",
        DatasetVersionDetailView.as_view(),
        name="dataset-version-detail",
    ),
    path(
        f"{DATASET}/versions",
        DatasetVersionListView.as_view(),
        name="dataset-version-list",
    ),
    path(
        f"{JOB}/versions/<uuid:version>",
        JobVersionDetailView.as_view(),
        name="job-version-detail",
    ),
    path(f"{JOB}/versions", JobVersionListView.as_view(), name="job-version-list"),
    path(f"{JOB}/runs", JobRunListView.as_view(), name="job-run-list"),
    path(DATASET, DatasetDetailView.as_view(), name="dataset-detail"),
    path(JOB, JobDetailView.as_view(), name="job-detail"),
    path(f"{NAMESPACE}/datasets", DatasetListView.as_view(), name="dataset-list"),
    path(
        f"{NAMESPACE}/jobs", NamespaceJobListView.as_view(), name="namespace-job-list"
    ),
    path(NAMESPACE, NamespaceDetailView.as_view(), name="namespace-detail"),
    path("lineage/walk", LineageWalkView.as_view(), name="lineage-walk"),
    path("classification", ClassificationView.as_view(), name="classification"),
    path("classification/why", WhyView.as_view(), name="classification-why"),
    path("classification/reach", ReachView.as_view(), name="classification-reach"),
    path(
        "classification/verdicts",
        VerdictsView.as_view(),
        name="classification-verdicts",
    ),
    path(
        "classification/rules/<decoded:tag>",
        RuleView.as_view(),
        name="classification-rule",
    ),
    path("impact", ImpactView.as_view(), name="impact"),
    path("manual-lineage", ManualLineageView.as_view(), name="manual-lineage"),
    path(
        "manual-lineage/<str:id>", ManualEdgeView.as_view(), name="manual-lineage-edge"
    ),
    path("quality/dataset", DatasetQualityView.as_view(), name="quality-dataset"),
    path("quality/job", JobQualityView.as_view(), name="quality-job"),
    path(
        "quality/expectations", ExpectationListView.as_view(), name="expectation-list"
    ),
    path(
        "quality/expectations/<uuid:id>",
        ExpectationView.as_view(),
        name="expectation-detail",
    ),
    path("quality/incidents", IncidentListView.as_view(), name="incident-list"),
    path("quality/incidents/<uuid:id>", IncidentView.as_view(), name="incident-detail"),
    path(
        "quality/incidents/<uuid:id>/acknowledge",
        IncidentAcknowledgeView.as_view(),
        name="incident-acknowledge",
    ),
    path(
        "quality/incidents/<uuid:id>/close",
        IncidentCloseView.as_view(),
        name="incident-close",
    ),
    path("journal", JournalView.as_view(), name="journal"),
    # Marquez's own UI asks with the slash.
    path("search", MarquezSearchView.as_view(), name="search"),
    path("search/", MarquezSearchSlashView.as_view(), name="search-slash"),
    path("find", FindView.as_view(), name="find"),
    path("jobs", JobListView.as_view(), name="job-list"),
    path(
        "jobs/runs/<decoded:run_id>/facets", RunFacetsView.as_view(), name="run-facets"
    ),
    path(
        "jobs/runs/<decoded:run_id>/<transition:transition>",
        RunTransitionView.as_view(),
        name="run-transition",
    ),
    path("jobs/runs/<decoded:run_id>", RunDetailView.as_view(), name="run-detail"),
    path("sources", SourceListView.as_view(), name="source-list"),
    path("sources/<decoded:source>", SourceDetailView.as_view(), name="source-detail"),
    path("tags", TagListView.as_view(), name="tag-list"),
    path("tags/<decoded:tag>", TagDetailView.as_view(), name="tag-detail"),
    path("column-lineage", ColumnLineageView.as_view(), name="column-lineage"),
    path("runlineage/upstream", RunUpstreamView.as_view(), name="run-upstream"),
    path("events/lineage", LineageEventListView.as_view(), name="lineage-event-list"),
    path("events", OlderEventListView.as_view(), name="event-list"),
    path("events/<digest:digest>", EventDetailView.as_view(), name="event-detail"),
    path(
        "events/<decoded:namespace>",
        NamespaceEventListView.as_view(),
        name="namespace-event-list",
    ),
    path(
        "stats/lineage-events", RunEventStatsView.as_view(), name="stats-lineage-events"
    ),
    path("stats/jobs", JobStatsView.as_view(), name="stats-jobs"),
    path("stats/datasets", DatasetStatsView.as_view(), name="stats-datasets"),
    path("stats/sources", SourceStatsView.as_view(), name="stats-sources"),
]
