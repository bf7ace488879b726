"""Several turn by turn index what belongs together, on connections of their own."""

import threading

import pytest
from django.db import transaction

from catalog.models import Dataset, Findable
from catalog.search.indexing import Kind, index
from tests.catalog.test_curation_at_once import at_once, wait_until_somebody_waits
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_name_that_goes_from_one_dataset_to_another_stays_found():
    old, new, name = (make_dataset("shop", each) for each in ("old", "new", "name"))
    named = Dataset.objects.unrestricted("test").filter(pk=name.pk)
    named.update(canonical=old)
    with transaction.atomic():
        index((Kind.DATASET, each.pk) for each in (old, new, name))
    named.update(canonical=new)
    is_written = threading.Event()

    def index_the_name():
        with transaction.atomic():
            index([(Kind.DATASET, name.pk)])
            is_written.set()
            wait_until_somebody_waits()

    def index_the_old():
        is_written.wait(30)
        with transaction.atomic():
            index([(Kind.DATASET, old.pk)])

    at_once(index_the_name, index_the_old)

    found = Findable.objects.unrestricted("test").filter(kind=Kind.DATASET)
    assert dict(found.values_list("thing_id", "subject_id")) == {
        old.pk: old.pk,
        new.pk: new.pk,
        name.pk: new.pk,
    }
