"""The compiled filter: what it lets through, on every kind of right."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Dataset, Namespace
from lineage.models import Run
from policies import access
from policies.actions import Action
from policies.compiler.scopes import EVERYWHERE, Glob, NamespaceScope
from policies.models import Role
from policies.roles import BUILT_IN_ROLES
from policies.services import (
    grant_role,
    revoke_grant,
    set_active,
    share_asset,
    unshare_asset,
)
from policies.signing_in.credentials import Narrowing
from tests.factories import make_dataset, make_job, make_namespace, make_principal

pytestmark = pytest.mark.django_db


def names(principal, action=Action.ASSET_VIEW, model=Namespace):
    rows = model.objects.permitted(principal, action)
    return sorted(rows.values_list("name", flat=True))


@pytest.fixture
def namespaces():
    return [make_namespace(name) for name in ("prod-eu", "prod-us", "test")]


def test_a_stranger_sees_nothing_and_costs_no_query_for_it(namespaces):
    stranger = make_principal("stranger")
    rows = Namespace.objects.permitted(stranger, Action.ASSET_VIEW)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert list(rows) == []
    assert len(queries) == 0


def test_a_grant_on_everything_filters_nothing(namespaces):
    viewer = make_principal("viewer", "viewer")

    assert names(viewer) == ["prod-eu", "prod-us", "test"]
    assert not access.permitted(viewer, Action.ASSET_VIEW, Namespace)
    assert access.namespace_scope(viewer, Action.ASSET_VIEW).is_everything


def test_a_grant_on_a_glob_reaches_what_fits_and_comes_later(namespaces):
    viewer = make_principal("viewer", "viewer", namespace="prod-*")
    make_namespace("prod-asia")

    assert names(viewer) == ["prod-asia", "prod-eu", "prod-us"]


def test_grants_add_up(namespaces):
    viewer = make_principal("viewer", "viewer", namespace="test")
    grant_role(viewer, "steward", namespace="*-eu", actor=None)

    assert names(viewer) == ["prod-eu", "test"]
    assert names(viewer, Action.ASSET_EDIT) == ["prod-eu"]


def test_a_role_gives_its_own_actions_alone(namespaces):
    producer = make_principal("producer", "producer")

    assert names(producer, Action.ASSET_VIEW) == []
    assert access.namespace_scope(producer, Action.EVENT_INGEST).is_everything


def test_assets_follow_their_namespace(namespaces):
    viewer = make_principal("viewer", "viewer", namespace="test")
    make_dataset(namespaces[2], "orders")
    make_dataset(namespaces[0], "orders of others")
    job = make_job(namespaces[2], "load")
    now = timezone.now()
    Run.objects.create(job=job, run_id=uuid4(), created_at=now, updated_at=now)

    assert names(viewer, model=Dataset) == ["orders"]
    assert Run.objects.permitted(viewer, Action.RUN_VIEW).count() == 1


def test_a_superuser_without_a_grant_sees_nothing(namespaces):
    superuser = make_principal("root")
    superuser.is_superuser = superuser.is_staff = True
    superuser.save()

    assert names(superuser) == []
    assert not access.may(superuser, Action.JOURNAL_VIEW)


def test_the_inactive_have_no_rights(namespaces):
    make_principal("admin", "admin")
    viewer = make_principal("viewer", "viewer")
    set_active(viewer, False, actor=None)

    assert names(viewer) == []


def test_a_revoked_grant_counts_no_more(namespaces):
    viewer = make_principal("viewer")
    grant = grant_role(viewer, "viewer", actor=None)
    assert len(names(viewer)) == 3

    revoke_grant(grant, actor=None)

    assert names(viewer) == []


def test_a_grant_counts_within_its_validity_alone(namespaces):
    now = timezone.now()
    viewer = make_principal("viewer")
    hour = timedelta(hours=1)
    grant_role(viewer, "viewer", namespace="test", valid_from=now + hour, actor=None)
    grant_role(viewer, "viewer", namespace="prod-eu", valid_to=now - hour, actor=None)
    grant_role(
        viewer,
        "viewer",
        namespace="prod-us",
        valid_from=now - hour,
        valid_to=now + hour,
        actor=None,
    )

    assert names(viewer) == ["prod-us"]


def test_validity_ends_without_any_change_of_grants(namespaces):
    viewer = make_principal("viewer")
    soon = timezone.now() + timedelta(seconds=0.2)
    grant_role(viewer, "viewer", valid_to=soon, actor=None)
    assert len(names(viewer)) == 3

    while timezone.now() < soon:
        pass

    assert names(viewer) == []


def test_anonymous_requests_have_the_anonymous_role_or_nothing(namespaces, settings):
    anyone = AnonymousUser()
    assert names(anyone) == []

    settings.HEADWATER_ANONYMOUS_ROLE = "viewer"

    assert len(names(anyone)) == 3
    assert names(anyone, Action.ASSET_EDIT) == []


def test_an_anonymous_role_that_is_not_there_gives_nothing(namespaces, settings):
    settings.HEADWATER_ANONYMOUS_ROLE = "no-such-role"

    assert names(AnonymousUser()) == []


@pytest.mark.parametrize(
    ("actions", "glob", "seen"),
    [
        (None, "*-eu", ["prod-eu"]),
        (frozenset({Action.ASSET_VIEW}), "prod*", ["prod-eu", "prod-us"]),
        (frozenset({Action.EVENT_INGEST}), "*", []),
    ],
)
def test_a_token_narrows_its_owner(namespaces, actions, glob, seen):
    viewer = make_principal("viewer", "viewer", namespace="prod-*")
    reach = NamespaceScope.any_of([Glob.parse(glob)])
    viewer.narrowing = Narrowing(actions, reach)

    assert names(viewer) == seen


def test_a_token_adds_nothing(namespaces):
    stranger = make_principal("stranger")
    stranger.narrowing = Narrowing(frozenset(Action), EVERYWHERE)

    assert names(stranger) == []


def test_a_share_reaches_one_row_for_one_action(namespaces):
    stranger = make_principal("stranger")
    shared = make_dataset(namespaces[0], "shared")
    make_dataset(namespaces[0], "kept")
    share_asset(shared, stranger, Action.ASSET_VIEW, actor=None)

    assert names(stranger, model=Dataset) == ["shared"]
    assert names(stranger, Action.ASSET_EDIT, Dataset) == []
    assert access.may_somewhere(stranger, Action.ASSET_VIEW)
    assert not access.may_somewhere(stranger, Action.ASSET_EDIT)

    unshare_asset(shared, stranger, Action.ASSET_VIEW, actor=None)

    assert names(stranger, model=Dataset) == []


def test_shares_add_to_grants_and_are_narrowed_by_tokens(namespaces):
    viewer = make_principal("viewer", "viewer", namespace="test")
    make_dataset(namespaces[2], "granted")
    share_asset(
        make_dataset(namespaces[0], "shared"), viewer, Action.ASSET_VIEW, actor=None
    )
    assert names(viewer, model=Dataset) == ["granted", "shared"]

    viewer.narrowing = Narrowing(None, NamespaceScope.any_of([Glob.parse("test")]))

    assert names(viewer, model=Dataset) == ["granted"]


def test_what_is_bound_to_no_asset_needs_a_grant_on_everything():
    auditor = make_principal("auditor", "auditor", namespace="*")
    assert not access.may(auditor, Action.JOURNAL_VIEW)
    assert access.may_somewhere(auditor, Action.EVENT_VIEW)

    grant_role(auditor, "auditor", actor=None)

    assert access.may(auditor, Action.JOURNAL_VIEW)


def test_one_answer_goes_by_one_reading_of_the_rights(namespaces):
    viewer = make_principal("viewer", "viewer")
    with access.deciding_once():
        assert len(names(viewer)) == 3
        with CaptureQueriesContext(connection) as queries:
            access.may_somewhere(viewer, Action.RUN_VIEW)
            access.permitted(viewer, Action.ASSET_VIEW, Dataset)
    assert len(queries) == 0


def test_rights_that_stand_cost_one_small_query(namespaces):
    viewer = make_principal("viewer", "viewer", namespace="test")
    names(viewer, model=Dataset)
    with CaptureQueriesContext(connection) as queries:
        access.permitted(viewer, Action.ASSET_VIEW, Dataset)
    assert len(queries) == 1
    assert "policies_policyepoch" in queries[0]["sql"]


HOSTILE = st.text(alphabet="aA*%_\\[]?.^$+()|'/:é\n", min_size=1, max_size=8)
HOUR = timedelta(hours=1)
VALIDITY = st.sampled_from([(None, None), (-HOUR, HOUR), (HOUR, None), (None, -HOUR)])
ROLES = {role.name: role.actions for role in BUILT_IN_ROLES}
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROLES)), st.one_of(st.just(""), HOSTILE), VALIDITY
    ),
    max_size=4,
    unique_by=lambda grant: grant[:2],
)
NARROWINGS = st.one_of(
    st.none(),
    st.tuples(st.one_of(st.none(), st.sampled_from(sorted(ROLES))), HOSTILE),
)


def is_allowed(grants, narrowing, action, name):
    """The whole rule again, in plain words."""
    if narrowing is not None:
        role, glob = narrowing
        if role is not None and action not in ROLES[role]:
            return False
        if not Glob.parse(glob).matches(name):
            return False
    for role, glob, (begin, end) in grants:
        begun = begin is None or begin <= timedelta(0)
        ended = end is not None and end <= timedelta(0)
        reaches = not glob or Glob.parse(glob).matches(name)
        if action in ROLES[role] and begun and not ended and reaches:
            return True
    return False


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    grants=GRANTS,
    narrowing=NARROWINGS,
    existing=st.lists(HOSTILE, max_size=6, unique=True),
    action=st.sampled_from([Action.ASSET_VIEW, Action.EVENT_INGEST, Action.ASSET_EDIT]),
    data=st.data(),
)
def test_the_filter_agrees_with_the_rule(grants, narrowing, existing, action, data):
    with undone():
        # Half of the patterns come from names, so that they also fit.
        chosen = st.sampled_from([*existing, ""]) if existing else st.just("")
        grants = [
            (
                role,
                data.draw(chosen) + "*" if glob and data.draw(st.booleans()) else glob,
                validity,
            )
            for role, glob, validity in grants
        ]
        grants = list({grant[:2]: grant for grant in grants}.values())
        principal = make_principal("somebody")
        now = timezone.now()
        for role, glob, (begin, end) in grants:
            grant_role(
                principal,
                role,
                namespace=glob,
                valid_from=begin and now + begin,
                valid_to=end and now + end,
                actor=None,
            )
        if narrowing:
            role, glob = narrowing
            actions = None if role is None else frozenset(ROLES[role])
            reach = NamespaceScope.any_of([Glob.parse(glob)])
            principal.narrowing = Narrowing(actions, reach)
        for name in existing:
            make_dataset(name, f"in {name}")
        expected = sorted(
            name for name in existing if is_allowed(grants, narrowing, action, name)
        )

        assert names(principal, action) == expected
        assert names(principal, action, Dataset) == [f"in {name}" for name in expected]
        scope = access.namespace_scope(principal, action)
        assert sorted(name for name in existing if scope.allows(name)) == expected
        if expected:
            assert access.may_somewhere(principal, action)


class undone:  # noqa: N801
    """Each example of hypothesis starts from the same database."""

    def __enter__(self):
        self.savepoint = connection.savepoint()

    def __exit__(self, *_):
        connection.savepoint_rollback(self.savepoint)


def test_the_cast_of_roles_is_in_the_database_as_defined():
    stored = {role.name: set(role.actions) for role in Role.objects.all()}

    assert stored == {name: set(map(str, actions)) for name, actions in ROLES.items()}
    assert stored["admin"] == set(map(str, Action))
