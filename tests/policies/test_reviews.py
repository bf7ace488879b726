"""Reviews of access: what is frozen, who judges it, and what becomes of that."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import (
    DatasetShare,
    Domain,
    OwnerKind,
    Ownership,
    Placement,
    Tag,
    TagAssignment,
)
from policies import access
from policies.actions import Action
from policies.models import (
    Grant,
    HeldChange,
    JournalEntry,
    Membership,
    ReviewCampaign,
    ReviewItem,
    ReviewReminder,
)
from policies.services import (
    add_member,
    create_group,
    grant_role,
    nest_group,
    renew_grant,
    revoke_grant,
    share_asset,
)
from policies.services.approvals import set_rule
from policies.services.directory import follow_directory
from policies.services.grants import GrantScope
from policies.services.reviews import (
    NothingToReview,
    Plan,
    ReviewClosed,
    assign_items,
    close_due_reviews,
    close_review,
    decide_items,
    remind_reviewers,
    start_review,
)
from policies.services.revoking import gone_since
from tests.factories import make_dataset, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db

KEEP, REVOKE = "keep", "revoke"


@pytest.fixture
def boss():
    return make_principal("boss", "admin")


@pytest.fixture
def deputy():
    return make_principal("deputy", "admin")


@pytest.fixture
def ada():
    return make_principal("ada")


@pytest.fixture
def olga():
    return make_principal("olga")


@pytest.fixture
def orders(olga):
    dataset = make_dataset("shop", "orders")
    say(Ownership, dataset, kind=OwnerKind.BUSINESS, principal=olga)
    return dataset


def soon(days=7):
    return timezone.now() + timedelta(days=days)


def review(scope, actor, **more):
    return start_review(
        Plan(name="Autumn", scope=scope, due_at=soon(), **more), actor=actor
    )


def kinds_of(campaign, holder):
    rows = campaign.items.filter(holder=holder)
    return sorted(rows.values_list("kind", flat=True))


def item_of(campaign, holder, kind="grant"):
    return campaign.items.get(holder=holder, kind=kind)


def decide(campaign, items, decision, actor, reason="looked at"):
    return decide_items(campaign, items, decision, reason=reason, actor=actor)


def told(act):
    return [entry.record for entry in JournalEntry.objects.filter(act=act)]


def test_every_ground_of_access_in_the_scope_is_frozen(boss, ada, olga, orders):
    team, around = (create_group(name, actor=None) for name in ("team", "around"))
    bob, carl = make_principal("bob"), make_principal("carl")
    nest_group(around, team, actor=None)
    add_member(team, bob, actor=None)
    grant_role(ada, "viewer", namespace="shop", actor=boss)
    grant_role(around, "steward", scope=GrantScope(asset=orders), actor=boss)
    share_asset(orders, carl, Action.ASSET_VIEW, actor=boss)
    grant_role(carl, "viewer", namespace="elsewhere", actor=boss)
    grant_role(carl, "viewer", effect=Grant.Effect.DENY, namespace="shop", actor=boss)
    campaign = review(GrantScope(asset=orders), boss)

    assert kinds_of(campaign, ada) == ["grant"]
    assert kinds_of(campaign, bob) == ["membership"]
    assert kinds_of(campaign, carl) == ["share"]
    assert kinds_of(campaign, olga) == ["ownership"]
    assert kinds_of(campaign, boss) == ["grant"]
    assert campaign.items.get(kind="group_grant").group == around
    assert item_of(campaign, bob, "membership").path == ["team", "around"]
    share = item_of(campaign, carl, "share")
    assert (share.given_by, share.denies) == (boss, 1)
    assert campaign.item_count == campaign.items.count() == 6
    assert campaign.where == "dataset shop / orders"


def test_what_is_placed_or_tagged_there_is_in_the_scope(boss, ada, orders):
    finance, sales = (Domain.objects.create(name=n) for n in ("Finance", "Sales"))
    tag = Tag.objects.create(name="PII")
    say(Placement, orders, domain=finance)
    say(TagAssignment, orders, tag=tag)
    grant_role(ada, "viewer", scope=GrantScope(tag=tag), actor=boss)
    bob, carl = make_principal("bob"), make_principal("carl")
    grant_role(bob, "viewer", namespace="sh*", actor=boss)
    grant_role(carl, "viewer", scope=GrantScope(domain=sales), actor=boss)

    campaign = review(GrantScope(domain=finance), boss)
    assert kinds_of(campaign, ada) == kinds_of(campaign, bob) == ["grant"]
    assert kinds_of(campaign, carl) == []
    by_tag = review(GrantScope(tag=tag), boss)
    assert kinds_of(by_tag, bob) == ["grant"]


def test_everything_can_be_reviewed_at_once(boss, deputy, ada, orders):
    grant_role(ada, "viewer", namespace="shop", actor=boss)
    campaign = review(GrantScope(), boss)

    assert kinds_of(campaign, ada) == ["grant"]
    assert item_of(campaign, ada).reviewer == deputy


def test_owners_review_unless_they_hold_or_gave_it(boss, deputy, ada, olga, orders):
    within = grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    given = grant_role(
        make_principal("bob"), "viewer", scope=GrantScope(asset=orders), actor=olga
    )
    campaign = review(GrantScope(asset=orders), boss)

    assert campaign.items.get(grant=within).reviewer == olga
    assert campaign.items.get(grant=given).reviewer in (boss, deputy)
    assert item_of(campaign, olga, "ownership").reviewer in (boss, deputy)
    assert item_of(campaign, boss).reviewer == deputy


def test_what_reaches_beyond_the_scope_is_for_administrators(
    boss, deputy, ada, olga, orders
):
    grant_role(ada, "viewer", namespace="shop", actor=boss)
    campaign = review(GrantScope(asset=orders), boss)

    assert item_of(campaign, ada).reviewer == deputy


def test_named_reviewers_share_the_work_evenly(boss, deputy, ada, orders):
    for number in range(6):
        someone = make_principal(f"p{number}")
        grant_role(someone, "viewer", scope=GrantScope(asset=orders), actor=boss)
    pair = [make_principal("rex"), make_principal("rita")]
    campaign = review(GrantScope(asset=orders), boss, reviewers=pair)

    items = campaign.items.filter(kind="grant", grant__role__name="viewer")
    counts = [items.filter(reviewer=each).count() for each in pair]
    assert counts == [3, 3]


def test_what_nobody_may_review_waits_for_somebody(boss, orders):
    campaign = review(GrantScope(), boss)
    item = item_of(campaign, boss)
    assert item.reviewer is None
    deputy = make_principal("deputy", "admin")
    remind_reviewers()

    item.refresh_from_db()
    assert item.reviewer == deputy


def test_keeping_keeps_and_says_why(boss, ada, olga, orders):
    grant = grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = review(GrantScope(asset=orders), boss)
    item = item_of(campaign, ada)
    with pytest.raises(ValidationError):
        decide(campaign, [item], KEEP, olga, reason=" ")
    assert decide(campaign, [item], KEEP, olga, reason="she reports").done == 1

    item.refresh_from_db()
    assert (item.decision, item.outcome, item.decided_by) == (KEEP, "kept", olga)
    [entry] = told("review.decided")
    assert entry["reason"] == "she reports"
    grant.refresh_from_db()
    assert grant.recorded_to is None


def test_revoking_ends_the_ground_at_once(boss, deputy, ada, olga, orders):
    team = create_group("team", actor=None)
    bob, carl = make_principal("bob"), make_principal("carl")
    add_member(team, bob, actor=None)
    grant_role(team, "viewer", scope=GrantScope(asset=orders), actor=boss)
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    share_asset(orders, carl, Action.ASSET_VIEW, actor=boss)
    campaign = review(GrantScope(asset=orders), boss)

    mine = list(campaign.items.filter(reviewer=olga))
    assert len(mine) == 4
    assert decide(campaign, mine, REVOKE, olga).done == 4
    for person in (ada, bob, carl):
        assert not access.may_somewhere(person, Action.ASSET_VIEW)
    assert not Membership.objects.standing().exists()
    assert not DatasetShare.objects.exists()
    ownership = item_of(campaign, olga, "ownership")
    assert decide(campaign, [ownership], REVOKE, ownership.reviewer).done == 1
    assert not Ownership.objects.standing().exists()
    outcomes = campaign.items.exclude(decision="").values_list("outcome", flat=True)
    assert set(outcomes) == {"revoked"}


def test_what_changed_since_is_told_and_revoked_all_the_same(boss, ada, olga, orders):
    grant = grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    bob = make_principal("bob")
    gone = grant_role(bob, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = review(GrantScope(asset=orders), boss)
    renewed = renew_grant(grant, soon(90), actor=boss)
    revoke_grant(gone, actor=boss)
    items = [item_of(campaign, ada), item_of(campaign, bob)]

    assert set(gone_since(items)) == {item.pk for item in items}
    decide(campaign, items, REVOKE, olga)
    renewed.refresh_from_db()
    assert renewed.recorded_to is not None
    for item in items:
        item.refresh_from_db()
    assert [item.outcome for item in items] == ["revoked", "gone"]


def test_nobody_else_decides_and_nobody_their_own(boss, deputy, ada, olga, orders):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = review(GrantScope(asset=orders), boss)
    item = item_of(campaign, ada)
    for person in (ada, boss, make_principal("other", "viewer")):
        [(_, why)] = decide(campaign, [item], KEEP, person).refused
        assert "not yours" in why
    assert decide(campaign, [item], KEEP, deputy).done == 1


def test_who_approved_a_grant_does_not_review_it(boss, deputy, ada, orders):
    rule = set_rule(GrantScope(), actor=boss)
    grant = grant_role(ada, "viewer", namespace="shop", actor=None)
    HeldChange.objects.create(
        kind="grant", facts={}, fingerprint="x", rule=rule, maker=boss,
        expires_at=soon(), state="approved", decided_by=deputy,
        decided_at=timezone.now(), grant=grant,
    )  # fmt: skip
    campaign = review(GrantScope(), boss)
    assert item_of(campaign, ada).reviewer == boss


def test_the_last_administrator_is_not_reviewed_away(boss, deputy, orders):
    campaign = review(GrantScope(), boss)
    first, second = item_of(campaign, boss), item_of(campaign, deputy)
    assert decide(campaign, [first], REVOKE, deputy).done == 1
    [(_, why)] = decide(campaign, [second], REVOKE, boss).refused

    assert "not yours" in why or "Nobody could grant" in why
    assert access.may(deputy, Action.ACCESS_GRANT)


def test_leaving_a_group_that_is_denied_something_waits(boss, deputy, ada, orders):
    team = create_group("team", actor=None)
    add_member(team, ada, actor=None)
    grant_role(team, "viewer", namespace="shop", actor=None)
    deny = Grant.Effect.DENY
    grant_role(team, "viewer", namespace="fin", effect=deny, actor=None)
    set_rule(GrantScope(namespace="fin"), actor=boss)
    campaign = review(GrantScope(namespace="shop"), boss)
    item = item_of(campaign, ada, "membership")
    decide(campaign, [item], REVOKE, item.reviewer)

    item.refresh_from_db()
    assert item.outcome == "held"
    assert Membership.objects.standing().filter(principal=ada).exists()


@pytest.mark.parametrize("by_hand", [True, False])
def test_no_end_of_a_review_lifts_a_deny_without_a_second_person(
    boss, deputy, ada, orders, by_hand
):
    team = create_group("team", actor=None)
    add_member(team, ada, actor=None)
    grant_role(team, "viewer", namespace="shop", actor=None)
    deny = Grant.Effect.DENY
    grant_role(team, "viewer", namespace="fin", effect=deny, actor=None)
    set_rule(GrantScope(namespace="fin"), actor=boss)
    campaign = review(GrantScope(namespace="shop"), boss, on_undecided=REVOKE)
    close_review(campaign, actor=boss if by_hand else None)

    assert item_of(campaign, ada, "membership").outcome == "held"
    assert Membership.objects.standing().filter(principal=ada).exists()
    assert HeldChange.objects.get().maker == boss


def test_a_membership_that_a_directory_tells_is_refused_and_not_revoked(
    boss, deputy, ada, orders
):
    team = create_group("team", actor=None)
    add_member(team, ada, actor=None)
    follow_directory(team, "ou=team", actor=None)
    grant_role(team, "viewer", namespace="shop", actor=None)
    scope = GrantScope(namespace="shop")
    campaign = review(scope, boss, on_undecided=REVOKE)
    item = item_of(campaign, ada, "membership")

    decided = decide(campaign, [item], REVOKE, item.reviewer)
    assert decided.done == 0
    [(refused, why)] = decided.refused
    assert refused == item
    assert "The directory says who belongs to team" in why
    close_review(campaign, actor=boss)
    assert item_of(campaign, ada, "membership").outcome == "refused"
    assert Membership.objects.standing().filter(principal=ada).exists()


@pytest.mark.parametrize(
    ("on_undecided", "outcome", "stands"),
    [(KEEP, "kept", True), (REVOKE, "revoked", False)],
)
def test_what_is_undecided_at_the_end_stays_or_goes(
    boss, deputy, ada, orders, on_undecided, outcome, stands
):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = review(GrantScope(asset=orders), boss, on_undecided=on_undecided)
    close_review(campaign, actor=boss)

    item = item_of(campaign, ada)
    assert (item.outcome, item.decided_by) == (outcome, None)
    assert access.may_somewhere(ada, Action.ASSET_VIEW) is stands
    with pytest.raises(ReviewClosed):
        decide(campaign, [item], KEEP, deputy)
    with pytest.raises(ReviewClosed):
        close_review(campaign, actor=boss)
    [entry] = told("review.closed")
    assert entry["changes"][outcome] >= 1


def test_closing_leaves_an_administrator(boss, orders):
    campaign = review(GrantScope(), boss, on_undecided=REVOKE)
    close_review(campaign, actor=None)

    assert item_of(campaign, boss).outcome == "refused"
    assert access.may(boss, Action.ACCESS_GRANT)


def test_a_review_closes_by_itself_when_it_is_due(boss, orders, monkeypatch):
    campaign = review(GrantScope(), boss)
    assert close_due_reviews() == 0
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert close_due_reviews() == 1
    campaign.refresh_from_db()
    assert (campaign.is_open, campaign.closed_by) == (False, None)


def test_reviewers_are_reminded_every_few_days(boss, deputy, orders, monkeypatch):
    review(GrantScope(), boss)
    assert remind_reviewers() == 0
    now = timezone.now()
    for days, expected in ((4, 2), (5, 0), (8, 2)):
        at = now + timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        ReviewReminder.objects.filter(sent_at__gt=at).update(sent_at=at)
        assert remind_reviewers() == expected
        fresh = ReviewReminder.objects.filter(sent_at__lt=at)
        fresh.filter(sent_at__lt=now + timedelta(hours=1)).update(sent_at=at)
    assert len(told("review.reminded")) == 4


def test_an_item_can_be_given_to_another_who_may_review_it(
    boss, deputy, ada, olga, orders
):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = review(GrantScope(asset=orders), boss)
    item = item_of(campaign, ada)
    rex = make_principal("rex")
    assert assign_items(campaign, [item], ada, actor=boss).done == 0
    assert assign_items(campaign, [item], rex, actor=boss).done == 1

    item.refresh_from_db()
    assert item.reviewer == rex
    assert decide(campaign, [item], KEEP, rex).done == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"due_at": timezone.now() - timedelta(days=1)}, "due"),
        ({"on_undecided": "hm"}, "on_undecided"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_what_is_lacking_is_said_by_field(boss, change, field):
    plan = {"name": "Autumn", "scope": GrantScope(), "due_at": soon(), **change}
    with pytest.raises(ValidationError) as refusal:
        start_review(Plan(**plan), actor=boss)
    assert list(refusal.value.message_dict) == [field]


def test_a_scope_without_access_is_not_reviewed():
    lone = make_dataset("lone", "x")
    with pytest.raises(NothingToReview):
        review(GrantScope(asset=lone), None)


def frozen_world(boss):
    campaign = review(GrantScope(), boss)
    return campaign, campaign.items.first()


@pytest.mark.parametrize(
    "alter",
    [
        lambda c, i: ReviewCampaign.objects.filter(pk=c.pk).update(name="x"),
        lambda c, i: ReviewCampaign.objects.filter(pk=c.pk).update(due_at=soon(99)),
        lambda c, i: ReviewCampaign.objects.filter(pk=c.pk).delete(),
        lambda c, i: ReviewItem.objects.filter(pk=i.pk).update(what="x"),
        lambda c, i: ReviewItem.objects.filter(pk=i.pk).delete(),
        lambda c, i: ReviewItem.objects.create(
            campaign=c, kind="grant", holder=i.holder, what="x", where="x"
        ),
        lambda c, i: ReviewItem.objects.filter(pk=i.pk).update(reviewer=i.holder),
    ],
    ids=["name", "due", "delete", "what", "delete item", "add item", "own reviewer"],
)
def test_the_database_lets_nobody_alter_what_is_frozen(boss, deputy, alter):
    campaign, item = frozen_world(boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        alter(campaign, item)


def test_the_database_lets_nobody_alter_a_closed_review(boss, deputy):
    campaign, item = frozen_world(boss)
    close_review(campaign, actor=boss)
    rows = ReviewItem.objects.filter(pk=item.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(decision=REVOKE)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewCampaign.objects.filter(pk=campaign.pk).update(closed_at=None)


def test_the_application_itself_starts_and_closes_reviews(boss, as_application):
    with as_application():
        campaign = review(GrantScope(), boss)
        close_review(campaign, actor=boss)
    assert not campaign.is_open
