"""Why somebody may, who may, what they may: pages tell it, and nothing hidden."""

import re

import pytest
from django.utils import timezone

from catalog.models import Change, Domain, Ownership, Tag, TagAssignment
from policies.actions import Action
from policies.services import (
    GrantScope,
    add_member,
    create_group,
    grant_role,
    nest_group,
    share_asset,
)
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db
ORDERS = "kind=dataset&namespace=prod&name=orders"
WHY = f"/access/explain?action=asset.view&{ORDERS}"
CSRF = re.compile('name="csrfmiddlewaretoken" value="[^"]*"')
WHO = f"/access/who?action=asset.view&{ORDERS}"


def plain(answer):
    """What a page says, without what only its looks need."""
    return CSRF.sub("", answer.text.replace("<wbr>", ""))


def say(model, row, **facts):
    """State something of a dataset, as a steward would."""
    now = timezone.now()
    change = Change.objects.create(
        via="system", summary="", statement_count=0, recorded_at=now
    )
    return model.objects.create(
        dataset=row, opened_in=change, recorded_from=now, **facts
    )


@pytest.fixture
def orders():
    return make_dataset("prod", "orders")


@pytest.fixture
def admin(client):
    admin = make_principal("ada", "admin")
    client.force_login(admin)
    return admin


def test_everybody_asks_why_about_themselves(client, orders):
    sam = make_principal("sam")
    inner, outer = create_group("web", actor=None), create_group("staff", actor=None)
    nest_group(outer, inner, actor=None)
    add_member(inner, sam, actor=None)
    grant_role(outer, "viewer", namespace="prod", actor=None)
    client.force_login(sam)

    page = plain(client.get(WHY))

    assert "<b>may</b>" in page
    assert "web → staff" in page
    assert "namespace" in page
    assert "Who else" not in page
    assert "/access/grants/" not in page


def test_a_deny_is_told_with_what_it_outweighs_and_what_would_change_it(
    client, admin, orders
):
    sam = make_principal("sam", "viewer")
    tag = Tag.objects.create(name="PII")
    say(TagAssignment, orders, tag=tag)
    grant_role(sam, "viewer", scope=GrantScope(tag=tag), effect="deny", actor=None)

    page = plain(client.get(f"{WHY}&principal=sam"))

    assert "<b>may not</b>" in page
    assert "A deny forbids it." in page
    assert "is outweighed" in page
    assert "Revoke the deny no." in page
    assert ">PII</a>" in page


def test_what_gives_nothing_is_told_with_what_would(client, admin, orders):
    make_principal("sam")

    page = plain(client.get(f"{WHY}&principal=sam"))

    assert "No grant allows it." in page
    assert "Grant one of the roles admin, auditor, steward and viewer on it." in page
    assert "Name them as who answers for it." in page


def test_owners_and_shares_are_told(client, admin, orders):
    sam, tom = make_principal("sam"), make_principal("tom")
    say(Ownership, orders, kind="business", principal=sam)
    say(Ownership, None, namespace=orders.namespace, kind="technical", principal=sam)
    share_asset(orders, tom, Action.ASSET_VIEW, actor=None)

    why = plain(client.get(f"{WHY}&principal=sam"))
    assert "sam answers for it" in why
    assert "no longer name sam as who answers for the namespace" in why
    assert "this one was shared" in plain(client.get(f"{WHY}&principal=tom"))
    who = plain(client.get(WHO))
    assert "Ownership 1" in who
    assert "Share 1" in who
    only = plain(client.get(f"{WHO}&by=share"))
    assert ">tom</a>" in only
    assert ">sam</a>" not in only


def test_what_the_asker_may_not_see_is_answered_as_if_it_were_not_there(client):
    make_dataset("secret", "plans")
    audrey = make_principal("audrey", "auditor")
    grant_role(audrey, "viewer", namespace="secret", effect="deny", actor=None)
    make_principal("sam", "viewer")
    client.force_login(audrey)
    hidden = "kind=dataset&namespace=secret&name=plans"
    nothing = "kind=dataset&namespace=secret&name=nothing"

    for path in ("/access/explain?principal=sam&", "/access/who?", "/access/explain?"):
        told = [client.get(f"{path}action=asset.view&{q}") for q in (hidden, nothing)]
        assert [answer.status_code for answer in told] == [404, 404]
        assert plain(told[0]).replace("plans", "nothing") == plain(told[1])


def test_only_who_sees_access_asks_about_others(client, orders):
    make_principal("boss", "admin")
    client.force_login(make_principal("sam", "viewer"))

    page = plain(client.get(f"{WHY}&principal=boss"))

    assert "You <b>may</b>" in page
    assert client.get(WHO).status_code == 403
    assert client.get("/access/people").status_code == 403


def test_an_action_at_large_is_explained_without_an_asset(client, admin):
    page = plain(client.get("/access/explain?action=journal.view"))

    assert "You <b>may</b> read the journal" in page
    about = f"action=journal.view&{ORDERS}"
    assert "is about no asset" in plain(client.get(f"/access/who?{about}"))


@pytest.mark.parametrize(
    "query",
    [
        "action=asset.burn&kind=dataset&namespace=prod&name=orders",
        "action=asset.view&kind=pipe&namespace=prod&name=orders",
        "action=asset.view&kind=dataset&namespace=%00&name=orders",
        f"action=asset.view&{ORDERS}&principal=nobody",
    ],
)
def test_a_question_about_nothing_is_answered_404(client, admin, orders, query):
    assert client.get(f"/access/explain?{query}").status_code == 404


def test_an_alias_name_and_its_way_are_told_to_those_alone_who_see_it(client, orders):
    """A deny by another name of the dataset does not tell that name."""
    alias = make_dataset("secret", "orders_of_old")
    alias.canonical_id = orders.pk
    alias.save()
    sam = make_principal("sam", "viewer", namespace="prod")
    client.force_login(sam)

    assert "orders_of_old" not in plain(client.get(WHY))


def test_the_page_of_a_person_counts_what_they_may_by_place(client, admin, orders):
    sales = Domain.objects.create(name="Sales")
    make_principal("sam", "viewer")

    sam = client.get("/access/people?q=sam&kind=person&state=any").text
    address = sam.partition('href="/access/people/')[2].partition('"')[0]
    page = plain(client.get(f"/access/people/{address}?action=asset.view"))

    assert "<b>1</b> dataset" in page
    assert "/datasets/prod/orders" in page
    assert sales.name not in page
    none = plain(client.get(f"/access/people/{address}?action=asset.edit"))
    assert "<b>0</b> datasets" in none


def test_counts_are_of_what_the_asker_sees_alone(client, orders):
    make_dataset("secret", "plans")
    make_principal("sam", "viewer")
    audrey = make_principal("audrey", "auditor")
    grant_role(audrey, "viewer", namespace="secret", effect="deny", actor=None)
    client.force_login(audrey)
    sam = client.get("/access/people?q=sam").text
    address = sam.partition('href="/access/people/')[2].partition('"')[0]

    page = plain(client.get(f"/access/people/{address}"))

    assert "<b>1</b> dataset" in page
    assert "secret" not in page


def test_shares_are_told_beside_grants(client, admin, orders):
    tom = make_principal("tom")
    share_asset(orders, tom, Action.ASSET_VIEW, actor=None)

    page = plain(client.get(f"/access/people/{tom.public_id}"))
    assert "Shared with them" in page
    client.force_login(tom)
    assert ">orders</a>" in plain(client.get("/access"))

    grant_role(tom, "viewer", namespace="prod", effect="deny", actor=None)
    assert "Shared with you" not in plain(client.get("/access"))
    grant_role(admin, "viewer", namespace="prod", effect="deny", actor=None)
    client.force_login(admin)
    page = plain(client.get(f"/access/people/{tom.public_id}"))
    assert "one dataset" in page
    assert "orders" not in page


def test_ones_own_page_tells_ones_own_access(client, orders):
    sam = make_principal("sam", "viewer", namespace="prod")
    grant_role(sam, "viewer", namespace="secret*", effect="deny", actor=None)
    client.force_login(sam)

    page = plain(client.get("/access"))

    assert "<b>1</b> dataset" in page
    assert "prod" in page
    assert "secret" not in page, "a deny does not tell what it keeps away"


@pytest.mark.parametrize(
    ("of", "text", "offered"),
    [
        ("holder", "s", ["sam", "group:staff"]),
        ("holder", "group:st", ["group:staff"]),
        ("principal", "SA", ["sam"]),
        ("group", "taf", ["staff"]),
        ("domain", "sal", ["Sales"]),
        ("tag", "Certified, pi", ["Certified, PII"]),
        ("namespace", "pro", ["prod"]),
        ("asset", "ord", ["orders"]),
        ("strange", "x", []),
        ("holder", "\0", []),
    ],
)
def test_names_are_offered_while_they_are_typed(
    client, admin, orders, of, text, offered
):
    make_principal("sam")
    create_group("staff", actor=None)
    Domain.objects.create(name="Sales")
    Tag.objects.create(name="PII")

    page = client.get("/access/suggest", {"of": of, "from": "box", "box": text}).text

    assert page.count("<option") == len(offered)
    for each in offered:
        assert f'value="{each}"' in page


def test_names_of_people_are_offered_to_those_alone_who_may_know_them(client):
    make_principal("sam")
    client.force_login(make_principal("vic", "viewer", namespace="prod"))
    make_dataset("secret", "plans")

    for of in ("holder", "principal", "group", "namespace", "asset"):
        page = client.get("/access/suggest", {"of": of, "from": "b", "b": ""}).text
        assert "<option" not in page
