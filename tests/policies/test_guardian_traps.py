"""The traps of django-guardian: its rows are read as allows, and as no more.

Where it is about issues of guardian's, a test names them.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm, remove_perm

from catalog.models import Dataset, DatasetShare
from policies import access
from policies.actions import Action
from policies.models import Grant, Principal
from policies.services import grant_role, share_asset
from tests.factories import make_dataset, make_principal
from tests.policies.town import Reader, dataset, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    make_town()


def test_its_own_api_gives_and_takes_shares(town):
    someone, row = make_principal("someone"), dataset("payroll")
    reader = Reader(someone)
    share_asset(row, make_principal("first"), Action.ASSET_VIEW, actor=None)
    permission = DatasetShare.objects.get().permission
    assign_perm(permission, someone, row)
    assert reader.get("/datasets/hushvault/payroll").status_code == 200
    assert reader.get("/datasets/hushvault/payroll.middle").status_code == 404

    remove_perm(permission, someone, row)
    assert reader.get("/datasets/hushvault/payroll").status_code in (403, 404)


def test_a_deny_beats_its_rows(town):
    someone, row = make_principal("someone"), dataset("payroll")
    share_asset(row, someone, Action.ASSET_VIEW, actor=None)
    grant_role(
        someone,
        "viewer",
        namespace="hushvault",
        effect=Grant.Effect.DENY,
        actor=None,
    )

    assert not Dataset.objects.permitted(someone, Action.ASSET_VIEW).exists()


def test_nobody_is_more_than_their_rows_for_being_a_superuser(town):
    """`get_objects_for_user` gives superusers all; ours goes by grants alone."""
    flagged = Principal.objects.create(username="f", is_superuser=True)
    share_asset(dataset("orders"), flagged, Action.ASSET_VIEW, actor=None)

    seen = Dataset.objects.permitted(flagged, Action.ASSET_VIEW)
    assert [row.name for row in seen] == ["orders"]


def test_many_shares_are_one_query_without_lists_or_casts(town):
    """#189, #516, #989, #990, #930: keys gathered in Python, cast to text."""
    someone = make_principal("someone")
    shared = [make_dataset("shared", f"t{number}") for number in range(300)]
    for row in shared[:2]:
        share_asset(row, someone, Action.ASSET_VIEW, actor=None)
    permission = DatasetShare.objects.all()[0].permission
    DatasetShare.objects.bulk_create(
        DatasetShare(user=someone, content_object=row, permission=permission)
        for row in shared[2:]
    )
    access.permitted(someone, Action.ASSET_VIEW, Dataset)  # it is read once

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = Dataset.objects.permitted(someone, Action.ASSET_VIEW).count()

    assert found == 300
    [*_, query] = [each["sql"] for each in asked.captured_queries]
    assert len(asked.captured_queries) <= 2  # the policy epoch, and this
    assert len(query) < 2000
    assert "::" not in query
    assert "CAST" not in query.upper()


def test_there_is_no_principal_for_the_anonymous(town):
    assert not Principal.objects.filter(username__iexact="AnonymousUser").exists()
