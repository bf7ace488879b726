"""What exists: namespaces, datasets, columns, jobs; and what people declare of them."""

from catalog.models.datasets import Column, Dataset, DatasetVersion
from catalog.models.declared import Change, Declared, OnAsset
from catalog.models.facets import Facet
from catalog.models.harvested import (
    ColumnTag,
    FacetTag,
    HarvestedOnDataset,
    HarvestedOnJob,
)
from catalog.models.jobs import Job, JobVersion
from catalog.models.namespaces import Namespace
from catalog.models.proposals import Proposal, Unharvested
from catalog.models.search import Findable, FindableText, Mark, SpokenWord, Unfound
from catalog.models.shares import DatasetShare, JobShare
from catalog.models.statements import (
    STATEMENTS,
    Attribute,
    ChangeTicket,
    ComplianceDeclaration,
    Description,
    Lifecycle,
    OwnerKind,
    Ownership,
    Placement,
    ProductOutput,
    PropertyValue,
    ProposalVerdict,
    TagAssignment,
    TermLink,
)
from catalog.models.vocabulary import (
    ENTRIES,
    DataProduct,
    Domain,
    Entry,
    PropertyDefinition,
    Revision,
    Source,
    Tag,
    Term,
    TreeEntry,
)

__all__ = [
    "ENTRIES",
    "STATEMENTS",
    "Attribute",
    "Change",
    "ChangeTicket",
    "Column",
    "ColumnTag",
    "ComplianceDeclaration",
    "DataProduct",
    "Dataset",
    "DatasetShare",
    "DatasetVersion",
    "Declared",
    "Description",
    "Domain",
    "Entry",
    "Facet",
    "FacetTag",
    "Findable",
    "FindableText",
    "HarvestedOnDataset",
    "HarvestedOnJob",
    "Job",
    "JobShare",
    "JobVersion",
    "Lifecycle",
    "Mark",
    "Namespace",
    "OnAsset",
    "OwnerKind",
    "Ownership",
    "Placement",
    "ProductOutput",
    "PropertyDefinition",
    "PropertyValue",
    "Proposal",
    "ProposalVerdict",
    "Revision",
    "Source",
    "SpokenWord",
    "Tag",
    "TagAssignment",
    "Term",
    "TermLink",
    "TreeEntry",
    "Unfound",
    "Unharvested",
]
