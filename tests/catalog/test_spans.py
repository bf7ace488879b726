"""Of a visible namespace, nobody learns when something hidden in it was heard of."""

import pytest
from django.test import Client

from catalog.models import Dataset, Namespace
from catalog.tasks import index_what_changed
from lineage.ingest import ingest
from lineage.services.hiding import hide_namespace
from policies.models import Grant
from policies.services import create_token, grant_role
from policies.services.grants import GrantScope
from tests.cast import WHY
from tests.factories import bearer, make_principal
from tests.lineage.projection.happenings import described

pytestmark = pytest.mark.django_db
LIST, PAGE = "/namespaces", "/namespaces/data"
API_LIST, API = "/api/v1/namespaces", "/api/v1/namespaces/data"


@pytest.fixture
def data(db):
    """A namespace in which the first and the last thing to be heard of was `hidden`."""
    for at, name in ((1, "hidden"), (2, "shown"), (3, "hidden")):
        ingest([described(at, name)])
    return Namespace.objects.unrestricted(WHY).get(name="data")


def named(name):
    return Dataset.objects.unrestricted(WHY).get(name=name)


def times(principal):
    """What somebody is told: the pages, and `updatedAt` of list and detail."""
    client, token = Client(), create_token(principal, "test", actor=None)
    client.force_login(principal)
    pages = [client.get(path).content.decode() for path in (LIST, PAGE)]
    told = [Client().get(path, headers=bearer(token.raw)) for path in (API_LIST, API)]
    [listed], one = told[0].json()["namespaces"], told[1].json()
    return pages, [answer["updatedAt"] for answer in (listed, one)]


def spelled(instant):
    return instant.isoformat().replace("+00:00", "Z")


def test_the_times_of_a_namespace_are_of_what_its_reader_sees(data):
    reader = make_principal("reader", "viewer")
    scope = GrantScope(asset=named("hidden"))
    deny = Grant.Effect.DENY
    grant_role(reader, "viewer", scope=scope, effect=deny, actor=None)
    shown = named("shown")

    pages, updated = times(reader)

    assert updated == [spelled(shown.updated_at)] * 2
    for page in pages:
        assert shown.last_seen.isoformat() in page
        assert data.last_seen.isoformat() not in page
        assert data.first_seen.isoformat() not in page


def test_whoever_sees_all_is_told_of_all(data):
    pages, updated = times(make_principal("reader", "viewer"))

    assert updated == [spelled(named("hidden").updated_at)] * 2
    for page in pages:
        assert data.last_seen.isoformat() in page


def test_a_namespace_of_which_nothing_is_seen_was_never_heard_of(data):
    reader = make_principal("reader", "viewer")
    for name in ("hidden", "shown"):
        scope = GrantScope(asset=named(name))
        deny = Grant.Effect.DENY
        grant_role(reader, "viewer", scope=scope, effect=deny, actor=None)

    pages, updated = times(reader)

    assert updated == [spelled(data.created_at)] * 2
    for page in pages:
        assert data.last_seen.isoformat() not in page


def test_a_deleted_namespace_comes_back_with_what_its_reader_sees_alone(data):
    reader, other = (
        make_principal("reader", "viewer"),
        make_principal("other", "viewer"),
    )
    scope = GrantScope(asset=named("hidden"))
    grant_role(reader, "viewer", scope=scope, effect=Grant.Effect.DENY, actor=None)

    def is_there(principal):
        index_what_changed()
        client = Client()
        client.force_login(principal)
        told = client.get(API).json()["isHidden"]
        found = client.get("/api/v1/find?q=data&kind=namespace").json()["hits"]
        pages = (client.get(LIST).content.decode(), client.get(PAGE).status_code)
        there = {not told, bool(found), PAGE in pages[0], pages[1] == 200}
        assert len(there) == 1
        return there.pop()

    hide_namespace(data, actor=None)
    assert (is_there(reader), is_there(other)) == (False, False)
    ingest([described(4, "hidden")])
    assert (is_there(reader), is_there(other)) == (False, True)
    ingest([described(5, "shown")])
    assert (is_there(reader), is_there(other)) == (True, True)
