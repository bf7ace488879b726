"""Nobody hands on more than they have: not by a namespace, a column or another name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import (
    Attribute,
    Dataset,
    Domain,
    OwnerKind,
    Ownership,
    Placement,
    Tag,
    TagAssignment,
)
from policies.access import deciding_once
from policies.actions import Action
from policies.compiler.conditions import EnvIn
from policies.compiler.rights import One
from policies.compiler.standing import scope_of_grant
from policies.granting import NotGrantable, givable, why_not_given
from policies.models import Grant, Role
from policies.services import GrantScope, grant_role, renew_grant, share_asset
from policies.telling.meaning import Unclear, asset_called
from policies.telling.places import place
from tests.factories import make_dataset, make_namespace, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db
DENY = Grant.Effect.DENY


@pytest.fixture
def stella():
    return make_principal("stella")


@pytest.fixture
def shop():
    return make_namespace("shop")


@pytest.fixture
def orders(shop):
    return make_dataset(shop, "orders")


def steward(person, **where):
    grant_role(person, "steward", actor=None, **where)


def deny(person, **where):
    grant_role(person, "viewer", effect=DENY, actor=None, **where)


def gives(person, asset, role="viewer"):
    """Whether somebody may give a role on one asset; lists of grants say the same."""
    scope = GrantScope(asset=asset)
    grant = Grant(role=Role.objects.get(name=role), pk=1, **scope.as_fields())
    reached = scope_of_grant(grant)
    may = not why_not_given(person, grant.role, Grant.Effect.ALLOW, reached)
    assert (1 in givable(person, [grant])) is may
    return may


def test_a_namespace_is_given_by_whoever_has_all_of_it(stella, shop):
    steward(stella, namespace="sho*")
    assert gives(stella, shop)


def test_a_namespace_is_given_by_whoever_has_a_grant_on_it(stella, shop):
    steward(stella, scope=GrantScope(asset=shop))
    assert gives(stella, shop)
    assert not gives(stella, make_namespace("other"))


def test_a_namespace_is_given_by_whoever_answers_for_it(stella, shop):
    say(Ownership, shop, kind=OwnerKind.BUSINESS, principal=stella)
    assert gives(stella, shop)
    assert not gives(stella, shop, role="auditor")


def test_a_namespace_is_given_by_no_owner_who_is_denied_a_part_of_it(
    stella, shop, orders
):
    say(Ownership, shop, kind=OwnerKind.BUSINESS, principal=stella)
    deny(stella, scope=GrantScope(asset=orders))
    assert not gives(stella, shop)
    assert gives(stella, make_dataset(shop, "lines"))


def test_a_namespace_with_something_denied_in_it_is_not_given(stella, shop, orders):
    steward(stella)
    deny(stella, scope=GrantScope(asset=orders))
    assert not gives(stella, shop)
    assert not gives(stella, orders)
    assert gives(stella, make_dataset(shop, "lines"))


def test_a_namespace_that_lies_in_ones_domain_is_not_given_whole(stella, shop, orders):
    sales, secret = (Domain.objects.create(name=name) for name in ("Sales", "Secret"))
    say(Placement, shop, domain=sales)
    say(Placement, orders, domain=secret)
    steward(stella, scope=GrantScope(domain=sales))
    assert not Dataset.objects.permitted(stella, Action.ASSET_VIEW).exists()
    assert not gives(stella, shop)


def test_a_tag_or_a_condition_that_a_namespace_meets_gives_not_what_lies_in_it(
    stella, shop, orders
):
    tag = Tag.objects.create(name="Open")
    say(TagAssignment, shop, tag=tag)
    steward(stella, scope=GrantScope(tag=tag))
    assert not gives(stella, shop)
    say(Attribute, shop, name="environment", value="production")
    say(Attribute, orders, name="environment", value="testing")
    steward(stella, condition=EnvIn(frozenset({"production"})))
    assert not gives(stella, shop)


def test_a_table_with_a_column_that_one_is_denied_is_not_given(stella, shop, orders):
    tag, other = (Tag.objects.create(name=name) for name in ("PII", "Odd"))
    say(TagAssignment, orders, tag=tag, column="email")
    lines = make_dataset(shop, "lines")
    say(TagAssignment, lines, tag=other, column="email")
    steward(stella)
    assert gives(stella, orders)
    deny(stella, scope=GrantScope(tag=tag))
    assert Dataset.objects.permitted(stella, Action.ASSET_VIEW).count() == 2
    assert not gives(stella, orders)
    assert gives(stella, lines)


@pytest.fixture
def alias(orders):
    """Another name of the orders, in another namespace."""
    row = make_dataset("lake", "orders_copy")
    row.canonical = orders
    row.save()
    return row


def test_a_table_is_not_given_by_another_name_of_it(stella, orders, alias):
    steward(stella, namespace="lake")
    assert not gives(stella, alias)
    grant_role(stella, "steward", namespace="shop", actor=None)
    assert gives(stella, alias)


def test_nothing_is_told_by_another_name_of_what_one_may_not_see(stella, alias):
    steward(stella, namespace="lake")
    with pytest.raises(Unclear):
        asset_called("dataset", "lake", "orders_copy", stella)
    grant = Grant(**GrantScope(asset=alias).as_fields())
    assert scope_of_grant(grant) == One("dataset", alias.pk)
    assert place(grant, stella) == "one dataset"
    steward(stella, namespace="shop")
    assert asset_called("dataset", "lake", "orders_copy", stella) == alias


@pytest.mark.parametrize("where", ["namespace", "asset", "both"])
def test_what_one_has_for_a_while_is_given_for_no_longer(stella, orders, where):
    """Else whoever is let in for a month could keep the door open for themselves."""
    soon = timezone.now() + timedelta(days=3)
    reach = {
        "namespace": GrantScope(namespace="shop"),
        "asset": GrantScope(asset=orders),
        "both": GrantScope(namespace="shop"),
    }[where]
    steward(stella, scope=reach, valid_to=soon)
    given = GrantScope(asset=orders) if where == "both" else reach
    friend = make_principal("friend")
    for until in (None, soon + timedelta(days=1)):
        for whom in (stella, friend):
            with pytest.raises(NotGrantable, match="there until"):
                grant_role(whom, "viewer", scope=given, valid_to=until, actor=stella)
    short = grant_role(friend, "viewer", scope=given, valid_to=soon, actor=stella)
    with pytest.raises(NotGrantable, match="cannot give it for longer"):
        renew_grant(short, None, actor=stella)

    steward(stella, namespace="sho*")
    assert grant_role(friend, "viewer", scope=given, actor=stella).valid_to is None


def test_who_answers_for_something_gives_it_without_end(stella, shop, orders):
    """A grant that ends takes nothing from who owns it, or has it by a share."""
    soon = timezone.now() + timedelta(days=3)
    steward(stella, valid_to=soon)
    friend = make_principal("friend")
    for asset in (shop, orders):
        with pytest.raises(NotGrantable):
            grant_role(friend, "viewer", scope=GrantScope(asset=asset), actor=stella)
    lines = make_dataset(shop, "lines")
    for action in ("access.share", "asset.view", "lineage.view", "run.view"):
        share_asset(lines, stella, Action(action), actor=None)
    assert grant_role(friend, "viewer", scope=GrantScope(asset=lines), actor=stella)
    say(Ownership, shop, kind=OwnerKind.BUSINESS, principal=stella)
    for asset in (shop, orders):
        assert grant_role(friend, "viewer", scope=GrantScope(asset=asset), actor=stella)


def test_many_grants_on_namespaces_are_judged_at_the_cost_of_few(stella):
    steward(stella, namespace="sho*")
    role = Role.objects.get(name="viewer")

    def judged(some):
        grants = [
            Grant(pk=n, role=role, **GrantScope(asset=space).as_fields())
            for n, space in enumerate(some)
        ]
        with deciding_once(), CaptureQueriesContext(connection) as asked:
            assert len(givable(stella, grants)) == len(some)
        return len(asked)

    spaces = [make_namespace(f"shop{number}") for number in range(12)]
    judged(spaces[:1])
    once = judged(spaces[:2]) - judged(spaces[:2])
    assert once == 1  # its name, and nothing for each action
    assert judged(spaces) - judged(spaces[:2]) <= 10
