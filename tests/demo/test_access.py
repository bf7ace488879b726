"""Does the demo's story of access hold, once, and does it end with locked doors?"""

import pytest
from django.test import Client

from catalog.models import Dataset
from demo import people as peopling
from demo import staff as staffing
from demo.access import REVIEW, tell_of_access
from demo.api import Refusal
from demo.curation import curate
from demo.people import (
    GRETA,
    HANNA,
    JONAS,
    LENA,
    NAMES,
    PAUL,
    ROSA,
    TOMAS,
    people_of,
    revoke_tokens,
)
from demo.staff import staff_of
from demo.statements import CHANNEL_REVENUE, FCT_ORDERS
from policies.actions import Action
from policies.administrators import administrators
from policies.models import (
    AccessRequest,
    Grant,
    HeldChange,
    JournalEntry,
    Membership,
    Principal,
    ReviewCampaign,
    ReviewItem,
    Token,
)
from tests import factories
from tests.demo.conftest import HERE, AskingCatalog, take_in_the_recordings
from tests.sharing import shared_world

pytestmark = pytest.mark.django_db
OWNER = "owner-of-the-server"
CUSTOMERS = "shop.marts.dim_customers"


@pytest.fixture(scope="module")
def speakers(django_db_setup, django_db_blocker):
    """Those who speak of access, once all was said of the data and of access."""
    with shared_world(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        for part in (staffing, peopling):
            patch.setattr(part, "RemoteCatalog", asking)
        factories.make_principal(OWNER, "admin")
        take_in_the_recordings()
        with staff_of(HERE) as staff:
            curate(staff)
        with people_of(HERE) as people:
            tell_of_access(people)
            yield people


def asking(url, token):
    return AskingCatalog(Client(), token)


def seen_by(username):
    who = Principal.objects.get(username=username)
    rows = Dataset.objects.permitted(who, Action.ASSET_VIEW)
    return set(rows.values_list("name", flat=True))


def test_a_deny_by_tag_hides_personal_data_from_all_but_those_who_need_it(speakers):
    assert CUSTOMERS in seen_by(TOMAS)
    for username in (HANNA, LENA):
        assert CUSTOMERS not in seen_by(username), username
        assert FCT_ORDERS.name in seen_by(username), username


def test_who_comes_from_outside_sees_what_was_shared_and_nothing_else(speakers):
    assert seen_by(ROSA) == {CHANNEL_REVENUE.name}


def test_a_contractors_grants_end(speakers):
    grants = Grant.objects.standing().filter(principal__username=PAUL)

    assert grants.count() == 2  # the one for months, and what was asked for
    assert all(grant.valid_to for grant in grants)


def test_a_request_and_a_change_wait_for_others(speakers):
    requests = dict(AccessRequest.objects.values_list("requester__username", "state"))
    [held] = HeldChange.objects.all()

    assert requests == {PAUL: "granted", ROSA: "waiting"}
    assert (held.maker.username, held.state) == (GRETA, "waiting")
    assert not Grant.objects.filter(group__name="Finance", role__name="steward")


def test_the_review_is_decided_in_part(speakers):
    items = ReviewItem.objects.filter(campaign__name=REVIEW)
    decided = items.exclude(decision="").values_list("holder__username", "decision")

    assert set(decided) == {(HANNA, "keep"), (JONAS, "revoke")}
    assert items.filter(decision="").exists()
    assert not Membership.objects.standing().filter(principal__username=JONAS).exists()


def test_telling_it_again_does_nothing_twice(speakers):
    before = JournalEntry.objects.count()
    tell_of_access(speakers)

    assert JournalEntry.objects.count() == before
    assert ReviewCampaign.objects.count() == HeldChange.objects.count() == 1


def test_nobody_of_the_demo_can_sign_in_or_goes_on_with_a_token(speakers):
    people = Principal.objects.filter(username__in=NAMES)
    revoke_tokens()

    assert people.count() == len(NAMES)
    assert not any(person.has_usable_password() for person in people)
    assert not Token.objects.live().filter(principal__in=people).exists()
    with pytest.raises(Refusal):
        tell_of_access(speakers)


def test_the_servers_own_administrator_can_be_the_second_person(speakers):
    found = {each.username for each in administrators(9)}
    assert found == {GRETA, OWNER}
