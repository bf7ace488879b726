"""What happened: events, what they assert, and the folds of it."""

from lineage.models.aliases import AliasRule, DatasetAlias
from lineage.models.classification import (
    Classification,
    PathRejection,
    TagRule,
    Unclassified,
)
from lineage.models.columns import ColumnDerivation, ColumnSource, ExplicitEdge
from lineage.models.edges import Edge, JobDependency
from lineage.models.events import (
    Acceptance,
    Conformance,
    Event,
    IOEvidence,
    Producer,
    ProjectionState,
    RawEvent,
    Retraction,
)
from lineage.models.manual import ManualEdge
from lineage.models.quality import (
    Expectation,
    ExpectationKind,
    Incident,
    IncidentNotice,
    Severity,
)
from lineage.models.renames import CarriedOver
from lineage.models.runs import Run, RunDataset

__all__ = [
    "Acceptance",
    "AliasRule",
    "CarriedOver",
    "Classification",
    "ColumnDerivation",
    "ColumnSource",
    "Conformance",
    "DatasetAlias",
    "Edge",
    "Event",
    "Expectation",
    "ExpectationKind",
    "ExplicitEdge",
    "IOEvidence",
    "Incident",
    "IncidentNotice",
    "JobDependency",
    "ManualEdge",
    "PathRejection",
    "Producer",
    "ProjectionState",
    "RawEvent",
    "Retraction",
    "Run",
    "RunDataset",
    "Severity",
    "TagRule",
    "Unclassified",
]
