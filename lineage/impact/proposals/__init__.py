"""What does a pull request or a statement change, compared with what is there?"""

from lineage.impact.proposals.comparing import Proposal
from lineage.impact.proposals.dbt import NotAManifest, of_manifest
from lineage.impact.proposals.sql import DIALECTS, NotReadable, of_sql
from lineage.impact.proposals.standing import NamespaceUnclear

__all__ = [
    "DIALECTS",
    "NamespaceUnclear",
    "NotAManifest",
    "NotReadable",
    "Proposal",
    "of_manifest",
    "of_sql",
]
