"""Why somebody may or may not: grounds, their paths, and what would change it."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Change, Domain, Ownership, Placement, Tag, TagAssignment
from lineage.models import Run
from policies.access import namespace_scope
from policies.actions import Action
from policies.compiler.conditions import All, AnyOf, EnvIn, LifecycleIn, OwnerIsMe
from policies.explaining import By, Means, Place, Why, explain, what_may, who_may
from policies.models import BreakGlass, Grant, Group, Membership, Nesting
from policies.services import grant_role, share_asset
from policies.services.grants import GrantScope
from tests.factories import make_dataset, make_job, make_namespace, make_principal

pytestmark = pytest.mark.django_db
VIEW = Action.ASSET_VIEW


@pytest.fixture
def ann():
    return make_principal("ann")


@pytest.fixture
def orders():
    return make_dataset("prod", "orders")


@pytest.fixture
def said(db):
    """Say something of a row: `said(TagAssignment, orders, tag=pii)`."""
    now = timezone.now()
    change = Change.objects.create(
        via="system", summary="", statement_count=0, recorded_at=now
    )

    def say(model, about, **value):
        subject = {type(about)._meta.model_name: about}
        return model.objects.create(
            recorded_from=now, opened_in=change, **subject, **value
        )

    return say


def nested(*names):
    """Groups, each in the next one; the first is the innermost."""
    groups = [Group.objects.create(name=name) for name in names]
    for inner, outer in itertools.pairwise(groups):
        Nesting.objects.create(inner=inner, outer=outer)
    return groups


def allow(holder, *, role="viewer", **more):
    return grant_role(holder, role, actor=None, **more)


def deny(holder, **more):
    return allow(holder, effect=Grant.Effect.DENY, **more)


def steps(ground):
    return [(step.place, str(step.row)) for step in ground.reach]


def means(told):
    return [[part.means for part in one.parts] for one in told.would_change]


def test_the_path_to_a_grant_leads_through_the_groups_nearest_first(ann, orders):
    inner, middle, outer = nested("payments", "finance", "everyone")
    Membership.objects.create(group=inner, principal=ann)
    grant = allow(outer)

    told = explain(ann, VIEW, orders)

    assert (told.is_allowed, told.by) == (True, By.ALLOW)
    [ground] = told.deciding
    assert ground.grant == grant
    assert ground.path == (inner, middle, outer)


def test_a_domain_is_reached_through_the_namespace_and_the_domains_above(
    ann, orders, said
):
    finance = Domain.objects.create(name="Finance")
    payments = Domain.objects.create(name="Finance/Payments", parent=finance)
    placed = said(Placement, orders.namespace, domain=payments)
    allow(ann, scope=GrantScope(domain=finance))

    [ground] = explain(ann, VIEW, orders).deciding

    assert steps(ground) == [
        (Place.NAMESPACE, "prod"),
        (Place.DOMAIN, "Finance/Payments"),
        (Place.DOMAIN, "Finance"),
    ]
    assert [step.statement for step in ground.reach] == [None, placed, None]


def test_a_tag_of_another_name_is_reached_by_that_name_and_the_tags_above(
    ann, orders, said
):
    other = make_dataset("lake", "orders_copy")
    other.canonical = orders
    other.save()
    pii = Tag.objects.create(name="PII")
    email = Tag.objects.create(name="PII.email", parent=pii)
    said(TagAssignment, other, tag=email)
    allow(ann)
    deny(ann, scope=GrantScope(tag=pii))

    told = explain(ann, VIEW, orders)

    assert told.by is By.DENY
    assert steps(told.deciding[0]) == [
        (Place.NAME, "lake:orders_copy"),
        (Place.TAG, "PII.email"),
        (Place.TAG, "PII"),
    ]
    assert [ground.by for ground in told.outweighed] == [By.ALLOW]


def test_ownership_by_a_group_of_the_namespace_has_both_paths(ann, orders, said):
    inner, outer = nested("payments", "finance")
    Membership.objects.create(group=inner, principal=ann)
    owned = said(Ownership, orders.namespace, kind="business", group=outer)

    told = explain(ann, VIEW, orders)

    assert told.by is By.OWNERSHIP
    [ground] = told.deciding
    assert ground.path == (inner, outer)
    assert steps(ground) == [(Place.NAMESPACE, "prod")]
    assert ground.statement == owned
    assert means(told) == [[Means.DISOWN]]


def test_a_share_is_told_with_its_row(ann, orders):
    share_asset(orders, ann, VIEW, actor=None)

    told = explain(ann, VIEW, orders)

    assert told.by is By.SHARE
    assert told.deciding[0].statement.content_object == orders
    assert means(told) == [[Means.UNSHARE]]


def test_all_that_gives_a_right_must_go_to_take_it(ann, orders):
    allow(ann, namespace="prod")
    allow(ann)

    assert means(explain(ann, VIEW, orders)) == [[Means.REVOKE, Means.REVOKE]]


def test_every_deny_must_go_or_the_glass_be_broken(ann, orders):
    allow(ann, role="admin")
    first, second = deny(ann), deny(ann, namespace="prod")

    told = explain(ann, VIEW, orders)

    assert means(told) == [[Means.REVOKE, Means.REVOKE], [Means.BREAK_GLASS]]
    assert [part.grant for part in told.would_change[0].parts] == [first, second]


def test_the_glass_is_proposed_to_those_alone_who_may_break_it(ann, orders):
    allow(ann)
    deny(ann)

    assert means(explain(ann, VIEW, orders)) == [[Means.REVOKE]]


def test_a_deny_alone_is_not_all_that_is_in_the_way(ann, orders):
    deny(ann)

    told = explain(ann, VIEW, orders)

    assert [Means.REVOKE, Means.GRANT] in means(told)
    assert [Means.BREAK_GLASS] not in means(told)


def test_a_broken_glass_is_told_beside_what_then_decides(ann, orders):
    allow(ann)
    deny(ann)
    until = timezone.now() + timedelta(hours=1)
    BreakGlass.objects.create(principal=ann, reason="fire", expires_at=until)

    told = explain(ann, VIEW, orders)

    assert (told.is_allowed, told.by) == (True, By.ALLOW)
    assert [ground.by for ground in told.outweighed] == [By.EMERGENCY]
    assert told.until == until


def test_a_grant_to_come_is_near_and_waiting_would_do(ann, orders):
    begins = timezone.now() + timedelta(days=1)
    grant = allow(ann, valid_from=begins)

    told = explain(ann, VIEW, orders)

    assert [(one.grant, one.reasons) for one in told.near] == [(grant, (Why.NOT_YET,))]
    part = told.would_change[0].parts[0]
    assert (part.means, part.grant, part.at) == (Means.WAIT, grant, begins)
    assert told.until == begins


def test_a_grant_that_is_over_could_be_renewed(ann, orders):
    now = timezone.now()
    grant = allow(
        ann, valid_from=now - timedelta(days=2), valid_to=now - timedelta(days=1)
    )

    told = explain(ann, VIEW, orders)

    assert told.near[0].reasons == (Why.OVER,)
    assert told.would_change[0].parts[0].means is Means.RENEW
    assert told.would_change[0].parts[0].grant == grant
    assert told.until is None


def test_what_of_a_condition_is_missing_is_told_and_no_more(ann, orders, said):
    said(Ownership, orders, kind="business", principal=ann)
    condition = All(
        (OwnerIsMe(), AnyOf((EnvIn(("production",)), LifecycleIn(("draft",)))))
    )
    allow(ann, role="producer", condition=condition)

    told = explain(ann, Action.EVENT_VIEW, orders)

    assert not told.is_allowed
    assert told.near[0].reasons == (Why.UNMET,)
    missing = AnyOf((EnvIn(("production",)), LifecycleIn(("draft",))))
    assert told.near[0].missing == missing
    assert told.would_change[0].parts[0].condition == missing


def test_a_new_grant_is_proposed_where_it_would_reach(ann, orders, said):
    finance = Domain.objects.create(name="Finance")
    said(Placement, orders, domain=finance)

    told = explain(ann, VIEW, orders)

    assert told.by is By.NOTHING
    grants = [p for one in told.would_change for p in one.parts if p.roles]
    assert [[str(s.row) for s in part.where] for part in grants] == [
        [],
        ["prod"],
        ["Finance"],
    ]
    assert "viewer" in grants[0].roles
    assert "producer" not in grants[0].roles
    assert [Means.OWN] in means(told)
    assert [Means.SHARE] in means(told)


def test_following_a_proposal_turns_the_decision_round(ann, orders):
    told = explain(ann, VIEW, orders)
    part = told.would_change[0].parts[0]
    assert part.means is Means.GRANT

    allow(ann, role=part.roles[0], scope=GrantScope(asset=orders))

    assert explain(ann, VIEW, orders).is_allowed


def test_of_many_grants_elsewhere_the_nearest_are_told_and_all_counted(ann, orders):
    for number in range(25):
        allow(ann, namespace=f"other-{number}")
    near = allow(ann, valid_from=timezone.now() + timedelta(days=1))

    told = explain(ann, VIEW, orders)

    assert told.near_count == 26
    assert len(told.near) == 20
    assert told.near[0].grant == near


def test_a_run_is_explained_as_its_job(ann):
    job = make_job(make_namespace("airflow"), "load")
    allow(ann, namespace="airflow")

    told = explain(ann, Action.RUN_VIEW, Run(job=job))

    assert told.is_allowed
    assert steps(told.deciding[0]) == [(Place.NAMESPACE, "airflow")]


def test_what_is_bound_to_no_asset_is_explained_at_large(ann):
    allow(ann, role="auditor", namespace="prod")
    told = explain(ann, Action.JOURNAL_VIEW, None)
    assert (told.is_allowed, told.by) == (False, By.NOTHING)
    assert told.near[0].reasons == (Why.ELSEWHERE,)

    allow(ann, role="auditor")
    assert explain(ann, Action.JOURNAL_VIEW, None).by is By.ALLOW

    deny(ann, role="auditor", condition=LifecycleIn(("draft",)))
    assert explain(ann, Action.JOURNAL_VIEW, None).by is By.DENY


def test_who_may_is_counted_and_told_by_what_decides(ann, orders, said):
    ben, cas, dot, eva = (make_principal(name) for name in ("ben", "cas", "dot", "eva"))
    inner, outer = nested("payments", "finance")
    Membership.objects.create(group=inner, principal=ben)
    allow(outer, namespace="prod")
    said(Ownership, orders, kind="business", principal=cas)
    share_asset(orders, dot, VIEW, actor=None)
    allow(eva)
    deny(eva, namespace="prod")
    ann.is_active = False
    ann.save()
    allow(ann)

    who = who_may(VIEW, orders)

    assert who.count == 3
    assert [one.username for one in who.principals] == ["ben", "cas", "dot"]
    assert who.counts() == {By.OWNERSHIP: 1, By.ALLOW: 1, By.SHARE: 1}
    assert who.denied == {eva.pk}
    [told, *_] = who.explained(who.principals)
    assert told.principal == ben
    assert told.deciding[0].path == (inner, outer)


def test_who_may_takes_no_more_queries_for_more_people(
    orders, django_assert_max_num_queries
):
    group = Group.objects.create(name="everyone")
    allow(group)
    for number in range(30):
        person = make_principal(f"person-{number}")
        Membership.objects.create(group=group, principal=person)

    with django_assert_max_num_queries(14):
        who = who_may(VIEW, orders)

    assert who.count == 30


def test_what_may_counts_by_kind_namespace_and_domain(ann, orders, said):
    finance = Domain.objects.create(name="Finance")
    sales = Domain.objects.create(name="Sales")
    said(Placement, orders.namespace, domain=finance)
    said(Placement, make_dataset("prod", "leads"), domain=sales)
    make_dataset("prod", "bills")
    make_dataset("lake", "raw")
    make_dataset("elsewhere", "hidden")
    allow(ann, namespace="prod")
    allow(ann, namespace="lake")

    told = {within.kind: within for within in what_may(ann, VIEW)}

    assert told["dataset"].count == 4
    named = [(str(row), n) for row, n in told["dataset"].namespaces]
    assert named == [("prod", 3), ("lake", 1)]
    assert [(str(row), n) for row, n in told["dataset"].domains] == [
        ("Finance", 2),
        ("Sales", 1),
        ("None", 1),
    ]
    assert told["namespace"].count == 2
    assert told["job"].count == 0


def test_what_may_counts_for_an_asker_only_what_that_one_sees(ann, orders):
    make_namespace("lake")
    make_dataset("lake", "raw")
    allow(ann)
    asker = make_principal("asker")
    allow(asker, namespace="lake")

    told = {within.kind: within for within in what_may(ann, VIEW, asker=asker)}

    assert told["dataset"].count == 1
    assert [str(row) for row, _ in told["dataset"].namespaces] == ["lake"]


def test_a_page_of_who_may_takes_no_more_queries_for_more_people(orders):
    def asked(people):
        for name in people:
            allow(make_principal(name), namespace="prod")
        found = who_may(VIEW, orders)
        with CaptureQueriesContext(connection) as queries:
            told = found.explained(found.principals)
        assert {one.by for one in told} == {By.ALLOW}
        assert all(one.deciding[0].grant.role.name == "viewer" for one in told)
        return len(told), len(queries)

    few, many = asked(["p0", "p1"]), asked([f"q{n}" for n in range(12)])

    assert (few[0], many[0]) == (2, 14)
    assert many[1] == few[1]


def test_sending_is_explained_by_the_namespace_that_decides_it(ann, orders, said):
    """No grant on the dataset helps, nor one by tag or on a condition."""
    tag = Tag.objects.create(name="Open")
    said(TagAssignment, orders, tag=tag)
    said(TagAssignment, orders.namespace, tag=tag)
    sales = Domain.objects.create(name="Sales")
    said(Placement, orders.namespace, domain=sales)
    allow(ann, role="producer", scope=GrantScope(asset=orders))
    allow(ann, role="producer", scope=GrantScope(tag=tag))
    allow(ann, role="producer", condition=OwnerIsMe())
    said(Ownership, orders.namespace, principal=ann, kind="business")
    share_asset(orders, ann, Action.EVENT_INGEST, actor=None)

    told = explain(ann, Action.EVENT_INGEST, orders)

    assert namespace_scope(ann, Action.EVENT_INGEST).is_nothing
    assert (told.is_allowed, told.by) == (False, By.NOTHING)
    assert {near.reasons for near in told.near} == {(Why.ELSEWHERE,)}
    assert who_may(Action.EVENT_INGEST, orders).count == 0
    assert {part.means for way in told.would_change for part in way.parts} == {
        Means.GRANT
    }
    places = [
        [str(step.row) for step in way.parts[0].where] for way in told.would_change
    ]
    assert places == [["prod"], ["prod", "Sales"]]


@pytest.mark.parametrize("where", ["pattern", "namespace", "domain"])
def test_sending_is_allowed_by_what_reaches_the_namespace(ann, orders, said, where):
    sales = Domain.objects.create(name="Sales")
    said(Placement, orders.namespace, domain=sales)
    allow(
        ann,
        role="producer",
        scope={
            "pattern": GrantScope(namespace="pro*"),
            "namespace": GrantScope(asset=orders.namespace),
            "domain": GrantScope(domain=sales),
        }[where],
    )

    assert namespace_scope(ann, Action.EVENT_INGEST).allows("prod")
    assert explain(ann, Action.EVENT_INGEST, orders).is_allowed
    assert set(who_may(Action.EVENT_INGEST, orders).by) == {ann.pk}
