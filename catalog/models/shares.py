"""Which single datasets and jobs were shared with whom?"""

from django.db import models

from catalog.models.datasets import Dataset
from catalog.models.jobs import Job
from policies.models import ObjectShare


class DatasetShare(ObjectShare):
    """A principal may do one action on one dataset."""

    content_object = models.ForeignKey(Dataset, models.CASCADE)

    class Meta(ObjectShare.Meta):
        pass


class JobShare(ObjectShare):
    """A principal may do one action on one job."""

    content_object = models.ForeignKey(Job, models.CASCADE)

    class Meta(ObjectShare.Meta):
        pass
