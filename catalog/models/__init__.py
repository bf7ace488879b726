"""What exists: namespaces, datasets, columns, jobs, their versions and facets."""

from catalog.models.datasets import Column, Dataset, DatasetVersion
from catalog.models.facets import Facet
from catalog.models.jobs import Job, JobVersion
from catalog.models.namespaces import Namespace

__all__ = [
    "Column",
    "Dataset",
    "DatasetVersion",
    "Facet",
    "Job",
    "JobVersion",
    "Namespace",
]
