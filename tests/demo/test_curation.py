"""Does what the demo's people declare hold, once, over what its producers sent?"""

import json
from datetime import date

import pytest

from catalog.curation.reading import curated
from catalog.curation.tickets import version_of
from catalog.models import Change, Dataset, ProposalVerdict
from demo import staff as staffing
from demo.api import Refusal
from demo.curation import curate
from demo.server import Server
from demo.staff import AUDITOR, KEEPER, STEWARD, Staff, staff_of, staff_with
from demo.statements import acts
from lineage.models import ManualEdge
from policies.models import Grant, JournalEntry, Token
from policies.services import create_service_token
from reports.models import Report
from tests.demo.conftest import HERE, NOW, AskingCatalog


def of(name):
    row = Dataset.objects.unrestricted("test").get(name=name)
    row = Dataset.objects.unrestricted("test").get(pk=row.canonical_id)
    return curated([row])[row.pk]


def test_all_of_it_is_said_with_reasons_and_holds(told):
    assert Change.objects.count() == 22
    assert not Change.objects.filter(reason="").exists()
    mart = of("shop.marts.customer_value")
    assert mart.own["retention"][0].text == "P2Y"
    assert mart.inherited["controller"][0].text.startswith("Shop Example GmbH")
    [finance] = of("shop.public.payments").own["owner"]
    assert finance.group.name == "Finance"  # as team:finance was accepted
    verdicts = ProposalVerdict.objects.values_list("is_accepted", flat=True)
    assert sorted(verdicts) == [False, True]
    report = Report.objects.get()
    assert (report.status, report.requester.username) == ("done", AUDITOR)
    assert report.manifest["counts"]["sectionsWithheld"] == []
    [ticket] = of("shop.marts.fct_orders").own["ticket"]
    assert version_of(ticket).number == 2


def test_saying_it_again_adds_nothing(told):
    before = (Change.objects.count(), JournalEntry.objects.count())
    curate(told, NOW)

    assert (Change.objects.count(), JournalEntry.objects.count()) == before
    assert Report.objects.count() == ManualEdge.objects.count() == 1


def test_its_tokens_end_with_the_story_and_none_is_the_producers(people, client):
    live = Token.objects.live()
    named = {token.principal.username: token.role.name for token in live}

    assert named == {
        STEWARD: "steward",
        KEEPER: "property-keeper",
        AUDITOR: "auditor",
    }
    assert all(token.expires_at for token in live)
    staffing.revoke_all()
    assert not Token.objects.live().exists()
    assert not Grant.objects.filter(role__name="admin").exists()


def test_a_demo_that_was_killed_does_not_keep_the_next_from_its_tokens(shop):
    for _ in range(2):
        create_service_token(STEWARD, role="steward", actor=None)

    with staff_of(HERE):
        assert Token.objects.live().filter(principal__username=STEWARD).count() == 1


def test_one_token_that_was_lent_says_all_of_it_with_plain_names(shop, client):
    token = create_service_token("lent", role="admin", actor=None).raw
    catalog = AskingCatalog(client, token)
    curate(Staff(catalog, catalog, catalog, has_accounts=False), NOW)

    owners = of("shop.marts.customer_value").own["owner"]
    assert {owner.name for owner in owners} >= {"Analytics engineering", "Marketing"}
    assert not any(owner.group or owner.principal for owner in owners)


def test_a_producers_token_is_refused_and_says_why(shop, client):
    token = create_service_token("loader", role="producer", actor=None).raw
    catalog = AskingCatalog(client, token)

    with pytest.raises(Refusal, match="curation/import"):
        curate(Staff(catalog, catalog, catalog), NOW)
    assert not Change.objects.exists()


def test_nothing_is_said_twice_within_an_act():
    staff = staff_with(Server("http://there", ""), "hw_lent")
    for act in acts(staff, date(2026, 3, 1)):
        said = [json.dumps(each, sort_keys=True) for each in act.statements]
        assert len(said) == len(set(said)), act.reason
