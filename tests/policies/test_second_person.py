"""Changes of access that wait for a second person: what is held, who lets it pass."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
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
from catalog.models.declared import Change
from lineage.ingest import ingest
from policies import access
from policies.actions import Action
from policies.compiler.conditions import OwnerIsMe
from policies.compiler.overlap import globs_meet
from policies.compiler.scopes import Glob
from policies.models import ApprovalRule, Grant, HeldChange, JournalEntry, Membership
from policies.services import (
    ApprovalNeeded,
    CannotBeHeld,
    FollowsDirectory,
    LastAdministrator,
    add_member,
    change_role,
    create_group,
    create_principal,
    create_role,
    grant_role,
    nest_group,
    remove_member,
    renew_grant,
    revoke_grant,
    set_active,
    share_asset,
    unnest_group,
)
from policies.services.approvals import (
    NobodySecond,
    NotApprovable,
    approve_change,
    decline_change,
    expire_changes,
    lift_rule,
    set_rule,
    withdraw_change,
)
from policies.services.directory import follow_directory
from policies.services.glass import break_glass
from policies.services.grants import GrantScope
from tests.factories import make_dataset, make_namespace, make_principal
from tests.lineage.projection.happenings import described

pytestmark = pytest.mark.django_db

DENY = Grant.Effect.DENY


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
def guarded(boss, deputy):
    """A second person is needed within the namespaces `fin*`."""
    make_namespace("fin")
    make_namespace("hr")
    return set_rule(GrantScope(namespace="fin*"), actor=boss)


def told(act):
    return [entry.record for entry in JournalEntry.objects.filter(act=act)]


def say(model, asset, **what):
    now = timezone.now()
    act = Change.objects.create(
        via="system", summary="test", statement_count=1, recorded_at=now
    )
    kind = type(asset)._meta.model_name
    return model.objects.create(
        recorded_from=now, opened_in=act, **{kind: asset}, **what
    )


def held_by(make):
    with pytest.raises(ApprovalNeeded) as stop:
        make()
    return stop.value.change


def test_a_grant_within_a_rule_waits_and_gives_nothing(guarded, boss, ada):
    change = held_by(
        lambda: grant_role(ada, "viewer", namespace="fin", reason="audit", actor=boss)
    )

    assert change.is_waiting
    assert (change.maker, change.gainer) == (boss, ada)
    assert not Grant.objects.filter(principal=ada).exists()
    [entry] = told("change.held")
    assert entry["actor"] == str(boss.public_id)
    assert entry["reason"] == "audit"


def test_a_second_person_lets_it_pass_and_both_stand_in_the_journal(
    guarded, boss, deputy, ada
):
    change = held_by(
        lambda: grant_role(ada, "viewer", namespace="fin", reason="audit", actor=boss)
    )
    approve_change(change, answer="fine", actor=deputy)

    grant = Grant.objects.get(principal=ada)
    assert (grant.namespace_glob, grant.granted_by) == ("fin", boss)
    change.refresh_from_db()
    assert (change.state, change.decided_by, change.grant) == (
        "approved",
        deputy,
        grant,
    )
    [entry] = told("change.approved")
    assert entry["actor"] == str(deputy.public_id)
    assert entry["on_behalf_of"] == str(boss.public_id)
    assert entry["reason"] == "fine"


@pytest.mark.parametrize(
    "where",
    [{}, {"namespace": "f*"}, {"namespace": "fin"}, {"namespace": "*n"}],
    ids=["everything", "wider", "within", "crossing"],
)
def test_whatever_reaches_into_the_scope_is_held(guarded, boss, ada, where):
    assert held_by(lambda: grant_role(ada, "viewer", actor=boss, **where))


def test_what_lies_beside_the_scope_passes(guarded, boss, ada):
    assert grant_role(ada, "viewer", namespace="hr", actor=boss)
    assert grant_role(ada, "viewer", namespace="fin", effect=DENY, actor=boss)


def test_a_grant_by_tag_is_always_held_since_anything_can_be_tagged(guarded, boss, ada):
    tag = Tag.objects.create(name="Open")

    assert held_by(
        lambda: grant_role(ada, "viewer", scope=GrantScope(tag=tag), actor=boss)
    )


def test_a_rule_on_a_domain_holds_what_reaches_what_is_placed_there(boss, deputy, ada):
    finance = Domain.objects.create(name="Finance")
    pay = Domain.objects.create(name="Finance/Pay", parent=finance)
    sales = Domain.objects.create(name="Sales")
    orders = make_dataset("shop", "orders")
    other = make_dataset("shop", "other")
    say(Placement, orders, domain=pay)
    set_rule(GrantScope(domain=finance), actor=boss)

    for scope in (
        GrantScope(domain=pay),
        GrantScope(namespace="shop"),
        GrantScope(asset=orders),
    ):
        assert held_by(lambda s=scope: grant_role(ada, "viewer", scope=s, actor=boss))
    assert grant_role(ada, "viewer", scope=GrantScope(domain=sales), actor=boss)
    assert grant_role(ada, "viewer", scope=GrantScope(asset=other), actor=boss)


def test_a_rule_on_a_tag_covers_what_has_it_on_a_column_alone(boss, deputy, ada):
    pii = Tag.objects.create(name="PII")
    mail = Tag.objects.create(name="PII.email", parent=pii)
    people, plain = make_dataset("a", "people"), make_dataset("b", "plain")
    say(TagAssignment, people, tag=mail, column="mail")
    set_rule(GrantScope(tag=pii), actor=boss)

    assert held_by(lambda: grant_role(ada, "viewer", namespace="a", actor=boss))
    assert held_by(lambda: share_asset(people, ada, Action.ASSET_VIEW, actor=boss))
    share_asset(plain, ada, Action.ASSET_VIEW, actor=boss)
    assert grant_role(ada, "viewer", namespace="b", actor=boss)


def test_a_rule_on_a_tag_covers_what_producers_put_on_a_column(boss, deputy, ada):
    pii = Tag.objects.create(name="PII")
    said = {"key": "PII", "value": "email", "source": "X", "field": "mail"}
    ingest([described(0, "people", tags={"tags": [said]}), described(0, "plain")])
    rows = Dataset.objects.unrestricted("test").in_bulk(field_name="pk").values()
    people, plain = sorted(rows, key=lambda row: row.name)
    set_rule(GrantScope(tag=pii), actor=boss)

    assert held_by(lambda: share_asset(people, ada, Action.ASSET_VIEW, actor=boss))
    share_asset(plain, ada, Action.ASSET_VIEW, actor=boss)


def test_a_role_that_waits_to_be_given_does_not_grow_alone(guarded, boss, deputy, ada):
    """The second person approves what they read, and not what it became meanwhile."""
    reader = create_role("reader", ["asset.view"], actor=None)
    grant = held_by(lambda: grant_role(ada, "reader", namespace="fin", actor=boss))
    wider = ["asset.view", "event.view_raw"]

    growing = held_by(lambda: change_role(reader, wider, actor=boss))
    change_role(reader, ["asset.view"], description="Reads.", actor=boss)
    approve_change(grant, actor=deputy)
    approve_change(growing, actor=deputy)

    reader.refresh_from_db()
    assert reader.actions == wider


def test_the_glass_is_broken_by_nobody_who_lost_the_right_meanwhile(boss, deputy):
    set_rule(GrantScope(), covers_emergencies=True, actor=boss)
    breaker = create_role("breaker", ["access.break_glass"], actor=None)
    eve = make_principal("eve")
    right = grant_role(eve, breaker.name, actor=None)
    why = {"reason": "the ledger is down", "minutes": 5, "most_minutes": 60}
    waiting = held_by(lambda: break_glass(eve, **why))
    revoke_grant(right, actor=boss)

    with pytest.raises(NotApprovable, match="may not make this change any more"):
        approve_change(waiting, actor=deputy)
    assert not eve.emergencies.exists()


def test_neither_the_maker_nor_who_gains_nor_a_stranger_approves(
    guarded, boss, deputy, ada
):
    change = held_by(lambda: grant_role(deputy, "viewer", namespace="fin", actor=boss))
    for person in (boss, deputy, ada):
        with pytest.raises(NotApprovable):
            approve_change(change, actor=person)

    assert not Grant.objects.filter(role__name="viewer").exists()


def test_a_service_account_is_no_second_person(guarded, boss, ada):
    """Who made the change could have made a token of it."""
    robot = make_principal("robot", "admin", kind="service")
    change = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))

    with pytest.raises(NotApprovable, match="service account"):
        approve_change(change, actor=robot)


def test_who_gains_through_a_group_does_not_approve(guarded, boss, deputy, ada):
    inner, outer = (create_group(name, actor=None) for name in ("in", "out"))
    add_member(inner, deputy, actor=None)
    nest_group(outer, inner, actor=None)
    change = held_by(lambda: grant_role(outer, "viewer", namespace="fin", actor=boss))

    with pytest.raises(NotApprovable, match="gain"):
        approve_change(change, actor=deputy)


def test_the_maker_must_still_have_the_right_when_it_is_approved(
    guarded, boss, deputy, ada
):
    change = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))
    third = make_principal("third", "admin")
    revoke_grant(Grant.objects.get(principal=boss), actor=deputy)

    with pytest.raises(NotApprovable, match="any more"):
        approve_change(change, actor=third)


def test_an_approval_lets_only_its_own_change_pass(guarded, boss, deputy, ada):
    change = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))

    assert held_by(
        lambda: grant_role(ada, "admin", namespace="fin", actor=boss, approval=change)
    )


def test_a_deny_that_ends_waits_and_one_that_begins_does_not(
    guarded, boss, deputy, ada
):
    deny = grant_role(ada, "viewer", namespace="fin", effect=DENY, actor=boss)
    change = held_by(lambda: revoke_grant(deny, actor=boss, reason="over"))
    deny.refresh_from_db()
    assert deny.recorded_to is None
    approve_change(change, actor=deputy)

    deny.refresh_from_db()
    assert deny.recorded_to is not None


def test_a_shorter_deny_and_a_longer_allow_wait_and_the_reverse_does_not(
    guarded, boss, ada
):
    soon, later = (timezone.now() + timedelta(days=n) for n in (1, 9))
    deny = grant_role(
        ada, "viewer", namespace="fin", effect=DENY, valid_to=soon, actor=boss
    )
    longer = renew_grant(deny, later, actor=boss)
    assert held_by(lambda: renew_grant(longer, soon, actor=boss))

    allow = grant_role(ada, "steward", namespace="fin", valid_to=later, actor=None)
    shorter = renew_grant(allow, soon, actor=boss)
    assert held_by(lambda: renew_grant(shorter, later, actor=boss))
    assert held_by(lambda: renew_grant(shorter, None, actor=boss))


def test_revoking_an_allow_needs_nobody(guarded, boss, ada):
    allow = grant_role(ada, "viewer", namespace="fin", actor=None)
    revoke_grant(allow, actor=boss)

    allow.refresh_from_db()
    assert allow.recorded_to is not None


def test_groups_are_no_way_round(guarded, boss, deputy, ada):
    team, around = (create_group(name, actor=boss) for name in ("team", "around"))
    grant_role(around, "viewer", namespace="fin", actor=None)

    nesting = held_by(lambda: nest_group(around, team, actor=boss))
    member = held_by(lambda: add_member(around, ada, actor=boss))
    assert add_member(team, ada, actor=boss) is None
    approve_change(nesting, actor=deputy)
    assert (
        held_by(
            lambda: add_member(team, make_principal("bob"), actor=boss)
        ).gainer.username
        == "bob"
    )
    approve_change(member, actor=deputy)
    assert Membership.objects.filter(group=around, principal=ada).exists()


def test_no_group_that_has_rights_there_is_left_to_a_directory_by_one(
    guarded, boss, deputy
):
    team, plain = (create_group(name, actor=None) for name in ("team", "plain"))
    around = create_group("around", actor=None)
    nest_group(around, team, actor=None)
    grant_role(around, "viewer", namespace="fin", actor=None)
    grant_role(plain, "viewer", namespace="hr", actor=None)

    with pytest.raises(FollowsDirectory, match="A second person"):
        follow_directory(team, "everybody", actor=boss)
    follow_directory(plain, "everybody", actor=boss)
    follow_directory(team, "team", actor=None)
    follow_directory(team, "", actor=boss)


def test_leaving_a_group_that_is_denied_something_waits(guarded, boss, deputy, ada):
    barred, inner = (create_group(name, actor=boss) for name in ("barred", "inner"))
    grant_role(barred, "viewer", namespace="fin", effect=DENY, actor=boss)
    add_member(barred, ada, actor=boss)
    nest_group(barred, inner, actor=boss)

    for change in (
        held_by(lambda: remove_member(barred, ada, actor=boss)),
        held_by(lambda: unnest_group(barred, inner, actor=boss)),
    ):
        approve_change(change, actor=deputy)
    assert not Membership.objects.standing().filter(principal=ada).exists()


def test_a_group_that_owns_something_in_the_scope_takes_nobody_in_alone(
    guarded, boss, ada
):
    team = create_group("team", actor=boss)
    ledger = make_dataset("fin", "ledger")
    say(Ownership, ledger, kind=OwnerKind.BUSINESS, group=team)

    assert held_by(lambda: add_member(team, ada, actor=boss))


def test_a_role_that_somebody_has_in_the_scope_does_not_grow_alone(
    guarded, boss, deputy, ada
):
    role = create_role("reader", [Action.ASSET_VIEW], actor=boss)
    change_role(role, [Action.ASSET_VIEW, Action.RUN_VIEW], actor=boss)
    grant_role(ada, "reader", namespace="fin", actor=None)
    wider = [Action.ASSET_VIEW, Action.RUN_VIEW, Action.EVENT_VIEW]

    change = held_by(lambda: change_role(role, wider, actor=boss))
    change_role(role, [Action.ASSET_VIEW], actor=boss)
    approve_change(change, actor=deputy)
    role.refresh_from_db()
    assert "event.view" in role.actions


def test_the_rule_itself_is_widened_and_lifted_by_two(guarded, boss, deputy):
    change = held_by(lambda: lift_rule(guarded, actor=boss))
    assert held_by(
        lambda: set_rule(
            GrantScope(namespace="fin*"), covers_emergencies=True, actor=boss
        )
    )
    assert ApprovalRule.objects.standing().get() == guarded
    approve_change(change, actor=deputy)

    assert not ApprovalRule.objects.standing().exists()


def test_breaking_the_glass_waits_where_the_rule_says_so(boss, deputy, ada):
    why = {"reason": "the ledger is down", "minutes": 5, "most_minutes": 60}
    set_rule(GrantScope(), actor=boss)
    assert break_glass(ada, **why)
    change = held_by(
        lambda: set_rule(GrantScope(), covers_emergencies=True, actor=boss)
    )
    approve_change(change, actor=deputy)

    bob = make_principal("bob", "admin")
    waiting = held_by(lambda: break_glass(bob, **why))
    approve_change(waiting, actor=deputy)
    assert bob.emergencies.count() == 1


def test_nobody_makes_a_rule_that_nobody_could_follow(boss):
    with pytest.raises(NobodySecond):
        set_rule(GrantScope(), actor=boss)


def test_the_system_itself_is_not_held(guarded, ada):
    assert grant_role(ada, "viewer", namespace="fin", actor=None)


def test_equal_changes_wait_once(guarded, boss, deputy, ada):
    first = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))
    second = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=deputy))

    assert first == second
    assert len(told("change.held")) == 1


def test_a_declined_withdrawn_or_expired_change_is_over(guarded, boss, deputy, ada):
    changes = [
        held_by(lambda r=role: grant_role(ada, r, namespace="fin", actor=boss))
        for role in ("viewer", "steward", "auditor")
    ]
    decline_change(changes[0], answer="no need", actor=deputy)
    withdraw_change(changes[1], actor=boss)
    HeldChange.objects.filter(pk=changes[2].pk).update(expires_at=timezone.now())
    with pytest.raises(NotApprovable, match="in time"):
        approve_change(changes[2], actor=deputy)
    assert expire_changes() == 1
    assert expire_changes() == 0

    for change in changes:
        with pytest.raises(NotApprovable):
            approve_change(change, actor=deputy)
    states = HeldChange.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["declined", "withdrawn", "expired"]


def test_only_the_maker_withdraws_and_never_declines(guarded, boss, deputy, ada):
    change = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))
    with pytest.raises(NotApprovable):
        withdraw_change(change, actor=deputy)
    with pytest.raises(NotApprovable):
        decline_change(change, answer="hm", actor=boss)


def test_what_the_service_refuses_at_the_approval_changes_nothing(
    guarded, boss, deputy, ada
):
    deny = grant_role(boss, "admin", namespace="fin", effect=DENY, actor=None)
    revoke_grant(Grant.objects.get(principal=boss, effect="allow"), actor=None)
    change = held_by(
        lambda: renew_grant(deny, timezone.now() + timedelta(1), actor=deputy)
    )
    set_active(ada, False, actor=None)
    third = make_principal("third", "admin")
    approve_change(change, actor=third)

    waiting = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=third))
    with pytest.raises(NotApprovable, match="active"):
        approve_change(waiting, actor=deputy)
    waiting.refresh_from_db()
    assert waiting.is_waiting


def test_a_held_change_survives_where_its_caller_goes_on(guarded, boss, ada):
    with transaction.atomic():
        change = held_by(lambda: grant_role(ada, "viewer", namespace="fin", actor=boss))
    assert HeldChange.objects.filter(pk=change.pk).exists()

    with pytest.raises(ApprovalNeeded) as stop, transaction.atomic():
        grant_role(ada, "steward", namespace="fin", actor=boss)
    assert HeldChange.objects.count() == 1
    stop.value.keep()
    assert HeldChange.objects.count() == 2


def test_the_database_lets_nobody_approve_their_own(guarded, boss, deputy, ada):
    change = held_by(lambda: grant_role(deputy, "viewer", namespace="fin", actor=boss))
    for person in (boss, deputy):
        with pytest.raises(IntegrityError), transaction.atomic():
            HeldChange.objects.filter(pk=change.pk).update(
                state="approved", decided_by=person, decided_at=timezone.now()
            )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a*", "ab", True),
        ("a*", "b*", False),
        ("a*c", "ab*", True),
        ("a*c", "*d", False),
        ("*", "x", True),
        ("*b*", "*c*", True),
        ("prod*", "prod-eu*west", True),
        ("a[*]", "a*", True),
        ("a[*]", "ab", False),
    ],
)
def test_globs_meet_where_a_name_fits_both(one, other, expected):
    first, second = Glob.parse(one), Glob.parse(other)
    assert globs_meet(first, second) is globs_meet(second, first) is expected


def test_nobody_is_left_out_by_an_approval(guarded, boss, deputy):
    """The last administrator is kept at the approval, too."""
    change = held_by(lambda: grant_role(boss, "viewer", namespace="fin", actor=deputy))
    third = make_principal("third", "admin")
    approve_change(change, actor=third)
    for each in (boss, third):
        revoke_grant(Grant.objects.get(principal=each, role__name="admin"), actor=None)
    with pytest.raises(LastAdministrator):
        revoke_grant(Grant.objects.get(principal=deputy), actor=None)
    assert access.may(deputy, Action.ACCESS_GRANT)


def test_what_an_account_yet_to_be_made_is_to_get_cannot_be_kept(guarded, boss):
    @transaction.atomic
    def make_robot():
        robot = create_principal("robot", actor=boss)
        grant_role(robot, "viewer", namespace="fin", actor=boss)

    with pytest.raises(ApprovalNeeded) as stop:
        make_robot()
    with pytest.raises(CannotBeHeld, match="Make the account"):
        stop.value.keep()
    assert not HeldChange.objects.exists()


def test_leaving_a_group_of_owners_waits_where_that_lifts_a_deny(
    guarded, boss, deputy, ada
):
    team = create_group("team", actor=boss)
    ledger = make_dataset("fin", "ledger")
    say(Ownership, ledger, kind=OwnerKind.BUSINESS, group=team)
    add_member(team, ada, actor=None)
    grant_role(ada, "viewer", effect=DENY, condition=OwnerIsMe(), actor=boss)

    assert held_by(lambda: remove_member(team, ada, actor=boss))
