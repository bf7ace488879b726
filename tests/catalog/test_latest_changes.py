"""Who sees little of the catalog is told of changes as soon as who sees all of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.curation.changes import latest
from catalog.models import Change, ChangeTicket
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db


def say_of(dataset, number):
    """So many changes, each with one statement."""
    begins = timezone.now()
    changes = Change.objects.bulk_create(
        Change(
            via=Change.Via.API,
            summary="Change ticket: 1 set.",
            statement_count=1,
            recorded_at=begins + timedelta(microseconds=n),
        )
        for n in range(number)
    )
    ChangeTicket.objects.bulk_create(
        ChangeTicket(
            dataset=dataset,
            ticket=f"OPS-{change.pk}",
            recorded_from=change.recorded_at,
            opened_in=change,
        )
        for change in changes
    )
    return changes


def test_what_is_withheld_costs_few_queries(client, django_assert_max_num_queries):
    [seen] = say_of(make_dataset("seen", "orders"), 1)
    say_of(make_dataset("hidden", "wages"), 400)
    viewer = make_principal("vera", "viewer", namespace="seen")

    client.force_login(viewer)
    client.get("/datasets")  # whose rights are read once for the epoch
    with django_assert_max_num_queries(12):
        page = client.get("/changes").content.decode()
    assert str(seen.public_id) in page
    assert page.count("/changes/") == 1


def test_after_a_thousand_that_are_withheld_the_place_to_go_on_is_told():
    [seen] = say_of(make_dataset("seen", "orders"), 1)
    say_of(make_dataset("hidden", "wages"), 1000)
    viewer = make_principal("vera", "viewer", namespace="seen")

    found, after = latest(viewer)
    assert found == []
    assert latest(viewer, after=after) == ([seen], None)
