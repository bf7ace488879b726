"""A deny of seeing something takes the events about it, whatever else one may do."""

import pytest
from django.urls import reverse

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Domain, Namespace, Tag
from catalog.services import Saying, changing, define_entry, say
from lineage.ingest import ingest
from lineage.models import Event
from policies.admin_site import site
from policies.compiler.conditions import TagIn
from policies.models import Grant
from policies.services import GrantScope, create_role, grant_role
from tests.factories import make_principal
from tests.policies.town import DERIVED, Reader, dataset, facet, run, table, tell
from tests.sharing import shared_world

pytestmark = pytest.mark.django_db

DENIES = {
    "tag": lambda: {"scope": GrantScope(tag=Tag.objects.get())},
    "asset": lambda: {"scope": GrantScope(asset=dataset("payroll"))},
    "namespace": lambda: {"namespace": "hushvault"},
    "condition": lambda: {"condition": TagIn((Tag.objects.get().pk,))},
}
LISTS = (
    "/ingestion",
    "/ingestion/events",
    "/api/v1/events",
    "/api/v1/events/lineage",
    "/api/v1/events/flows",
)
DESKS = ("event", "conformance", "retraction")


WAGES = {"namespace": "vault", "name": "wages", "type": "TABLE"}
FROM_WAGES = {
    "amount": {
        "inputFields": [{"namespace": "plain", "name": "wages", "field": "salary"}]
    }
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One event about the payroll, which only a facet of another one names."""
    faulty = facet("DocumentationDatasetFacet", description=7)
    payroll = table("hushvault", "payroll", "salary", documentation=faulty)
    derived = facet("ColumnLineageDatasetFacet", fields=DERIVED)
    orders = table("open", "orders", "id", "amount", columnLineage=derived)
    with shared_world(django_db_blocker):
        ingest([run(1, ("flows", "make"), outputs=[payroll])])
        ingest([run(2, ("flows", "load"), outputs=[orders])])
        ingest([run(3, ("flows", "sum"), outputs=[table("open", "sums")])])
        with changing(actor=None, via=Change.Via.SYSTEM) as making:
            define_entry(making, Tag, read_facts(Tag, {"name": "Money"}))
        tell(dataset("payroll"), "tag", "Money")
        yield


@pytest.fixture(params=sorted(DENIES))
def denied(request, world):
    """An administrator of everything, whom a deny keeps from seeing the payroll."""
    principal = make_principal("ada", "admin")
    deny = DENIES[request.param]()
    grant_role(principal, "viewer", effect=Grant.Effect.DENY, actor=None, **deny)
    return Reader(principal)


def event_of(job):
    return Event.objects.get(job__name=job)


def test_no_list_of_events_tells_of_what_a_deny_hides(denied):
    desks = [reverse(f"admin:lineage_{desk}_changelist") for desk in DESKS]
    hidden = str(event_of("make"))[:12]
    for address in (*LISTS, *desks):
        text = denied.told(address)
        assert "payroll" not in text, address
        assert hidden not in text, address
    assert str(event_of("sum"))[:12] in denied.told("/ingestion/events")


def test_an_event_about_what_a_deny_hides_is_not_found(denied):
    digest = str(event_of("make"))
    for route in ("event-detail", "event-raw", "api:event-detail"):
        assert denied.get(reverse(route, args=[digest])).status_code == 404, route
    row = event_of("make").pk
    answer = denied.get(reverse("admin:lineage_event_change", args=[row]))
    assert answer.status_code == 404


def test_no_text_is_shown_whose_facets_name_what_a_deny_hides(denied):
    digest = str(event_of("load"))
    assert "payroll" not in denied.told(reverse("event-detail", args=[digest]))
    assert denied.get(reverse("event-raw", args=[digest])).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "raw"])
@pytest.mark.parametrize("where", ["namespace", "domain"])
def test_no_text_is_shown_that_names_by_one_name_what_is_denied_by_another(
    world, role, where
):
    """The wages lie in `plain`; a deny is about where one of their names lies."""
    linked = facet("SymlinksDatasetFacet", identifiers=[WAGES])
    wages = table("plain", "wages", "salary", symlinks=linked)
    derived = facet("ColumnLineageDatasetFacet", fields=FROM_WAGES)
    more = table("open", "more", "amount", columnLineage=derived)
    ingest([run(4, ("flows", "pay"), outputs=[wages])])
    ingest([run(5, ("flows", "add"), outputs=[more])])
    create_role("raw", ["event.view_raw"], actor=None)
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        define_entry(making, Domain, read_facts(Domain, {"name": "Hush"}))
    said = Subject("namespace", Namespace.objects.unrestricted("t").get(name="vault"))
    fields = KINDS["domain"].fields_of(said, Written("Hush", ""))
    say([Saying(KINDS["domain"], said, fields)], actor=None, via=Change.Via.SYSTEM)
    reader = Reader(make_principal("ada", "admin"))
    raw = reverse("event-raw", args=[str(event_of("add"))])
    assert reader.get(raw).status_code == 200

    place = {
        "namespace": {"namespace": "vault"},
        "domain": {"scope": GrantScope(domain=Domain.objects.get())},
    }[where]
    deny = Grant.Effect.DENY
    grant_role(reader.principal, role, effect=deny, actor=None, **place)

    assert reader.get(raw).status_code == 404


def test_who_sends_is_told_to_those_from_whom_no_event_is_kept(denied):
    assert "example.org" not in denied.told("/ingestion")
    boss = Reader(make_principal("boss", "admin"))
    assert "example.org" in boss.told("/ingestion")
    desk = site._registry[Event.producer.field.related_model].address("changelist")
    assert denied.get(desk).status_code == 403
    assert boss.get(desk).status_code == 200


def test_a_producer_who_sees_no_asset_sees_what_became_of_its_events(world):
    producer = Reader(make_principal("pump", "producer"))
    digest = str(event_of("make"))
    assert producer.get(reverse("event-detail", args=[digest])).status_code == 200


def test_rules_about_names_are_for_those_from_whom_nothing_is_hidden(denied):
    """A rule names datasets, and reaches those of everybody."""
    desk = reverse("admin:lineage_aliasrule_changelist")
    assert denied.get(desk).status_code == 403
    assert denied.get(reverse("admin:lineage_aliasrule_add")).status_code == 403
    boss = Reader(make_principal("boss", "admin"))
    assert boss.get(desk).status_code == 200
