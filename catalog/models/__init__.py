"""What exists: namespaces, datasets, columns, jobs, their versions and facets."""

from catalog.models.datasets import Column, Dataset, DatasetVersion
from catalog.models.facets import Facet
from catalog.models.jobs import Job, JobVersion
from catalog.models.namespaces import Namespace
from catalog.models.shares import DatasetShare, JobShare

__all__ = [
    "Column",
    "Dataset",
    "DatasetShare",
    "DatasetVersion",
    "Facet",
    "Job",
    "JobShare",
    "JobVersion",
    "Namespace",
]
