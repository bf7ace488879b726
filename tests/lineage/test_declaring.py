"""What is declared of a namespace keeps no event waiting."""

import threading

import pytest
from django.db import transaction

from catalog.models import Namespace
from catalog.services.changing import hold_changes
from lineage.ingest import ingest
from lineage.services.declaring import declare_namespace
from tests.catalog.test_curation_at_once import at_once
from tests.lineage.projection.happenings import described

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_does_not_wait_for_who_waits_for_a_long_change():
    is_held, is_sent = threading.Event(), threading.Event()

    def change_much():
        with transaction.atomic():
            hold_changes()
            is_held.set()
            is_sent.wait(30)

    def declare():
        is_held.wait(30)
        declare_namespace("ahead://of-events", "anna", None, actor=None)

    def send():
        is_held.wait(30)
        try:
            return [ingest([described(n)])[0].status for n in range(20)]
        finally:
            is_sent.set()

    *_, answers = at_once(change_much, declare, send)

    assert answers == [201] * 20
    found = Namespace.objects.seen().unrestricted("test")
    assert found.filter(name="ahead://of-events").exists()
