"""What is downstream of a dataset, a job or a column, and what would a change do to it?

A walk meets everything; a reader is told what he may see. A stretch that is withheld is
one nameless step on the way to what lies beyond, however long it is, so that distances
tell nothing of it. What is deleted is a step without a name, too, and no hit.
"""

from lineage.impact.answers import Hit, Impact, Owner, Start, Step
from lineage.impact.changes import Change
from lineage.impact.consequences import (
    MAX_HOPS,
    MAX_NODES,
    of_asset,
    of_changes,
    of_column,
)
from lineage.impact.severities import Kind, Rule, Severity

__all__ = [
    "MAX_HOPS",
    "MAX_NODES",
    "Change",
    "Hit",
    "Impact",
    "Kind",
    "Owner",
    "Rule",
    "Severity",
    "Start",
    "Step",
    "of_asset",
    "of_changes",
    "of_column",
]
