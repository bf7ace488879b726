"""Asking for access: who is asked, what is answered, and what nobody learns by it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import (
    Dataset,
    Domain,
    OwnerKind,
    Ownership,
    Placement,
    Tag,
    TagAssignment,
)
from policies.deciders import Level, route
from policies.models import AccessRequest, Grant, HeldChange, JournalEntry
from policies.services import (
    add_member,
    create_group,
    create_role,
    grant_role,
    nest_group,
)
from policies.services.approvals import approve_change, decline_change, set_rule
from policies.services.grants import GrantScope
from policies.services.requests import (
    AlreadyHeld,
    NotDecidable,
    TooManyOpen,
    Wish,
    approve_request,
    ask_for_access,
    decline_request,
    expire_requests,
    narrower_roles,
    withdraw_request,
)
from tests.factories import make_dataset, make_namespace, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_principal("boss", "admin")


@pytest.fixture
def olga():
    return make_principal("olga")


@pytest.fixture
def ada():
    return make_principal("ada")


@pytest.fixture
def orders(olga):
    dataset = make_dataset("shop", "orders")
    say(Ownership, dataset, kind=OwnerKind.BUSINESS, principal=olga)
    return dataset


def ask(actor, about="dataset", namespace="shop", name="orders", **more):
    reason = more.pop("reason", "a report")
    return ask_for_access(
        Wish(about, namespace, name, **more), reason=reason, actor=actor
    )


def told(act):
    return [entry.record for entry in JournalEntry.objects.filter(act=act)]


def sees(principal, dataset):
    rows = Dataset.objects.permitted(principal, "asset.view")
    return rows.filter(pk=dataset.pk).exists()


def test_an_owner_gives_what_was_asked_for_until_it_ends_by_itself(olga, ada, orders):
    request = ask(ada, days=30)
    assert route(request).level == Level.OWNERS
    approve_request(request, answer="welcome", actor=olga)

    request.refresh_from_db()
    grant = request.grant
    assert request.state == "granted"
    assert (grant.role.name, grant.granted_by, grant.scope_id) == (
        "viewer",
        olga,
        orders.pk,
    )
    assert str(request.public_id) in grant.reason
    left = grant.valid_to - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert sees(ada, orders)
    [entry] = told("access_request.approved")
    assert entry["actor"] == str(olga.public_id)
    assert entry["changes"]["requester"] == str(ada.public_id)


def test_it_lasts_ninety_days_unless_told_otherwise(olga, ada, orders, settings):
    assert ask(ada).days == settings.HEADWATER_ACCESS_GRANT_DAYS == 90


def test_what_there_is_not_is_asked_for_just_the_same(boss, ada, orders):
    real, unreal = ask(ada), ask(ada, name="nothing")

    assert real.state == unreal.state == "waiting"
    assert route(unreal).level == Level.ADMINISTRATORS
    with pytest.raises(NotDecidable, match="nothing of this name"):
        approve_request(unreal, actor=boss)
    decline_request(unreal, answer="Ask for shop / orders.", actor=boss)


def test_what_came_later_goes_to_its_owners(olga, ada):
    request = ask(ada, name="soon")
    assert route(request).level == Level.ADMINISTRATORS
    later = make_dataset("shop", "soon")
    say(Ownership, later, kind=OwnerKind.BUSINESS, principal=olga)

    assert route(request).people == {olga.pk}


def test_it_goes_to_groups_that_own_and_to_those_nested_in_them(ada):
    team, inner = (create_group(name, actor=None) for name in ("team", "inner"))
    bob = make_principal("bob")
    nest_group(team, inner, actor=None)
    add_member(inner, bob, actor=None)
    say(Ownership, make_dataset("shop", "x"), kind=OwnerKind.BUSINESS, group=team)

    request = ask(ada, name="x")
    assert route(request).people == {bob.pk}
    approve_request(request, actor=bob)


def test_without_owners_it_goes_to_those_of_the_namespace_then_of_the_domain(ada):
    space_owner, steward = make_principal("space"), make_principal("steward")
    finance = Domain.objects.create(name="Finance")
    pay = Domain.objects.create(name="Finance/Pay", parent=finance)
    said = say(Ownership, finance, kind=OwnerKind.STEWARD, principal=steward)
    assert said.domain == finance
    ledger = make_dataset("fin", "ledger")
    say(Placement, ledger, domain=pay)
    request = ask(ada, namespace="fin", name="ledger")
    assert route(request).level == Level.DOMAIN
    assert route(request).people == {steward.pk}

    say(Ownership, ledger.namespace, kind=OwnerKind.BUSINESS, principal=space_owner)
    assert route(request).level == Level.NAMESPACE
    assert route(request).people == {space_owner.pk}


def test_the_owner_of_a_domain_gives_access_to_it(ada):
    steward = make_principal("steward")
    finance = Domain.objects.create(name="Finance")
    say(Ownership, finance, kind=OwnerKind.STEWARD, principal=steward)
    request = ask(ada, about="domain", namespace="", name="finance")
    approve_request(request, actor=steward)

    grant = Grant.objects.get(principal=ada)
    assert (grant.reach, grant.scope_id) == ("domain", finance.pk)


@pytest.mark.parametrize("place", ["finance", "pay", "namespace", "elsewhere"])
def test_an_owner_of_a_domain_who_is_denied_a_part_of_it_gives_none(ada, place):
    """Whoever keeps words could else name themselves, and have a friend ask."""
    steward = make_principal("steward")
    finance = Domain.objects.create(name="Finance")
    pay = Domain.objects.create(name="Finance.Pay", parent=finance)
    say(Ownership, finance, kind=OwnerKind.STEWARD, principal=steward)
    say(Placement, make_namespace("vault"), domain=pay)
    denied = {
        "finance": {"scope": GrantScope(domain=finance)},
        "pay": {"scope": GrantScope(domain=pay)},
        "namespace": {"namespace": "vaul*"},
        "elsewhere": {"namespace": "other"},
    }[place]
    grant_role(steward, "viewer", effect=Grant.Effect.DENY, actor=None, **denied)
    request = ask(ada, about="domain", namespace="", name="finance")

    if place == "elsewhere":
        approve_request(request, actor=steward)
    else:
        with pytest.raises(NotDecidable, match="not yours"):
            approve_request(request, actor=steward)


def test_nobody_decides_what_they_asked_for(olga, boss, orders):
    request = ask(olga, role="steward")
    with pytest.raises(NotDecidable):
        approve_request(request, actor=olga)


def test_an_owner_who_is_inactive_or_the_only_one_asking_is_passed_over(
    olga, ada, orders
):
    olga.is_active = False
    olga.save()
    assert route(ask(ada)).level == Level.ADMINISTRATORS


def test_an_owner_gives_no_more_than_owners_have(olga, boss, ada, orders):
    request = ask(ada, role="steward")
    assert route(request).level == Level.ADMINISTRATORS
    with pytest.raises(NotDecidable):
        approve_request(request, actor=olga)
    approve_request(request, role="viewer", actor=boss)

    assert Grant.objects.get(principal=ada).role.name == "viewer"


def test_a_wider_role_than_asked_for_is_refused(olga, ada, orders):
    with pytest.raises(NotDecidable, match="more than"):
        approve_request(ask(ada), role="steward", actor=olga)


def test_an_owner_who_is_denied_the_asset_does_not_decide(olga, ada, orders):
    grant_role(olga, "viewer", effect=Grant.Effect.DENY, actor=None)
    with pytest.raises(NotDecidable):
        approve_request(ask(ada), actor=olga)


def test_an_owner_who_is_denied_a_part_of_a_role_does_not_give_it(olga, ada, orders):
    walker = create_role("walker", ["lineage.view"], actor=None)
    deny = {"effect": Grant.Effect.DENY, "actor": None}
    grant_role(olga, walker.name, **deny)
    with pytest.raises(NotDecidable):
        approve_request(ask(ada), actor=olga)
    seer = create_role("seer", ["asset.view"], actor=None)
    approve_request(ask(ada, role=seer.name), actor=olga)
    assert sees(ada, orders)


def test_an_owner_who_is_denied_a_column_does_not_give_it(olga, ada, orders):
    tag = Tag.objects.create(name="PII")
    scope = GrantScope(tag=tag)
    grant_role(olga, "viewer", effect=Grant.Effect.DENY, scope=scope, actor=None)
    say(TagAssignment, orders, tag=tag, column="email")
    assert sees(olga, orders)
    with pytest.raises(NotDecidable):
        approve_request(ask(ada), actor=olga)


def test_another_name_of_a_dataset_leads_to_the_owners_of_the_dataset(olga, ada):
    """Who answers for a namespace does not answer for what has one more name in it."""
    orders = make_dataset("shop", "orders")
    alias = make_dataset("lake", "orders_copy")
    alias.canonical = orders
    alias.save()
    lara = make_principal("lara")
    for person, row in ((olga, orders), (lara, alias)):
        say(Ownership, row.namespace, kind=OwnerKind.BUSINESS, principal=person)
    request = ask(ada, namespace="lake", name="orders_copy")

    assert route(request).people == {olga.pk}
    with pytest.raises(NotDecidable):
        approve_request(request, actor=lara)
    approve_request(request, actor=olga)
    assert sees(ada, orders)


def test_who_neither_owns_nor_administers_does_not_decide(ada, orders):
    other = make_principal("other", "viewer")
    for act in (approve_request, decline_request):
        with pytest.raises(NotDecidable):
            act(ask(ada), answer="no", actor=other)


def test_asking_twice_is_one_request_with_the_newer_words(ada, orders):
    first = ask(ada, days=10)
    second = ask(ada, days=20, reason="a better reason")

    assert first == second
    stored = AccessRequest.objects.get()
    assert (stored.days, stored.reason) == (20, "a better reason")
    assert len(told("access.requested")) == 2


def test_what_one_has_is_not_asked_for(olga, ada, orders):
    with pytest.raises(AlreadyHeld):
        ask(olga)
    grant_role(ada, "viewer", namespace="shop", actor=None)
    with pytest.raises(AlreadyHeld):
        ask(ada)


def test_who_may_not_see_what_they_have_rights_on_is_not_told_that_it_is_there(
    ada, orders
):
    """A role without `asset.view`, or a grant that a deny outweighs, tells nothing."""
    walker = create_role("walker", ["lineage.view"], actor=None)
    grant_role(ada, walker.name, namespace="shop", actor=None)
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=None)
    grant_role(ada, "viewer", effect=Grant.Effect.DENY, namespace="shop", actor=None)
    for role in (walker.name, "viewer"):
        assert ask(ada, role=role).state == AccessRequest.State.WAITING


def test_asking_for_what_is_hidden_costs_what_asking_for_nothing_costs(ada, orders):
    ask(ada, name="warm")
    with CaptureQueriesContext(connection) as there:
        ask(ada)
    with CaptureQueriesContext(connection) as nowhere:
        ask(ada, name="nothing")
    assert len(there) == len(nowhere)


def test_an_equal_grant_that_lasts_longer_is_left_alone(boss, ada, orders):
    request = ask(ada)
    forever = grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=None)
    approve_request(request, actor=boss)

    forever.refresh_from_db()
    request.refresh_from_db()
    assert forever.recorded_to is None
    assert request.grant == forever


def test_a_declined_withdrawn_or_expired_request_is_over(olga, boss, ada, orders):
    declined = ask(ada)
    with pytest.raises(NotDecidable, match="why"):
        decline_request(declined, answer=" ", actor=olga)
    decline_request(declined, answer="not for reports", actor=olga)
    withdrawn = ask(ada)
    with pytest.raises(NotDecidable):
        withdraw_request(withdrawn, actor=olga)
    withdraw_request(withdrawn, actor=ada)
    late = ask(ada)
    AccessRequest.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    with pytest.raises(NotDecidable, match="in time"):
        approve_request(late, actor=olga)
    assert expire_requests() == 1
    assert expire_requests() == 0

    for each in (declined, withdrawn, late):
        with pytest.raises(NotDecidable):
            approve_request(each, actor=olga)
    assert len(told("access_request.expired")) == 1


def test_asking_again_after_it_ran_out_makes_a_new_one(ada, orders):
    late = ask(ada)
    AccessRequest.objects.filter(pk=late.pk).update(expires_at=timezone.now())

    assert ask(ada) != late


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        ({"about": "column"}, "about"),
        ({"namespace": ""}, "namespace"),
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"role": "king"}, "role"),
        ({"days": 0}, "days"),
        ({"days": 4000}, "days"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_lacking_is_said_by_field(ada, wish, fault):
    with pytest.raises(ValidationError) as refusal:
        ask(ada, **wish)

    assert list(refusal.value.message_dict) == [fault]


def test_one_requester_has_so_many_open(ada, monkeypatch):
    monkeypatch.setattr("policies.services.requests.MOST_OPEN", 2)
    for name in ("a", "b"):
        ask(ada, name=name)
    with pytest.raises(TooManyOpen):
        ask(ada, name="c")
    assert ask(ada, name="b")


def test_a_second_person_is_needed_where_a_rule_says_so(olga, boss, ada, orders):
    deputy = make_principal("deputy", "admin")
    set_rule(GrantScope(namespace="shop"), actor=boss)
    request = ask(ada)
    approve_request(request, answer="yes", actor=olga)
    request.refresh_from_db()
    assert request.state == "held"
    assert not sees(ada, orders)
    assert ask(ada) == request

    approve_change(request.held, actor=deputy)
    request.refresh_from_db()
    assert (request.state, request.answer) == ("granted", "yes")
    assert request.grant.granted_by == olga
    assert sees(ada, orders)


def test_a_domain_owners_yes_is_approved_by_a_second_person(boss, ada):
    deputy = make_principal("deputy", "admin")
    steward = make_principal("steward")
    finance = Domain.objects.create(name="Finance")
    say(Ownership, finance, kind=OwnerKind.STEWARD, principal=steward)
    set_rule(GrantScope(), actor=boss)
    request = ask(ada, about="domain", namespace="", name="Finance")
    approve_request(request, actor=steward)
    request.refresh_from_db()
    approve_change(request.held, actor=deputy)

    assert Grant.objects.get(principal=ada).granted_by == steward


def test_a_second_person_who_says_no_ends_the_request(olga, boss, ada, orders):
    deputy = make_principal("deputy", "admin")
    set_rule(GrantScope(), actor=boss)
    request = ask(ada)
    approve_request(request, actor=olga)
    decline_change(HeldChange.objects.get(), answer="not now", actor=deputy)

    request.refresh_from_db()
    assert (request.state, request.answer) == ("declined", "not now")
    assert ask(ada) != request


def test_a_namespace_is_asked_for_by_its_name(boss, ada):
    space = make_namespace("hr")
    request = ask(ada, about="namespace", namespace="hr", name="")
    approve_request(request, actor=boss)

    grant = Grant.objects.get(principal=ada)
    assert (grant.asset_kind, grant.scope_id) == ("namespace", space.pk)


def test_narrower_roles_begin_with_the_one_that_was_asked_for(ada, orders):
    names = [role.name for role in narrower_roles(ask(ada, role="steward").role)]

    assert names == ["steward", "viewer"]


def test_the_journal_tells_no_name_that_somebody_typed(olga, ada, orders):
    approve_request(ask(ada), actor=olga)

    entries = JournalEntry.objects.filter(target_kind="policies.accessrequest")
    assert entries.count() == 2
    assert not any(b"orders" in bytes(entry.body) for entry in entries)
