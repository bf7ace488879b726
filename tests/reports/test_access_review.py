"""A review of access as files: what they say, what they prove, who gets them."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import OwnerKind, Ownership
from policies.models import JournalEntry
from policies.services import create_token, grant_role
from policies.services.grants import GrantScope
from policies.services.reviews import Plan, close_review, decide_items, start_review
from tests.factories import bearer, make_dataset, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_principal("boss", "admin")


@pytest.fixture
def campaign(boss):
    ada, olga = make_principal("ada", name="Ada Lovelace"), make_principal("olga")
    orders = make_dataset("shop", "orders")
    say(Ownership, orders, kind=OwnerKind.BUSINESS, principal=olga)
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    plan = Plan("Autumn", GrantScope(asset=orders), timezone.now() + timedelta(days=7))
    campaign = start_review(plan, actor=boss)
    item = campaign.items.get(holder=ada)
    decide_items(campaign, [item], "revoke", reason="left", actor=olga)
    return campaign


@pytest.fixture
def fetch(client):
    def fetching(who, campaign, name, status=200):
        client.force_login(who)
        answer = client.get(f"/access/reviews/{campaign.public_id}/files/{name}")
        assert answer.status_code == status
        return answer

    return fetching


def rows_of(archive, name):
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        [path] = [one for one in files.namelist() if name in one]
        return list(csv.DictReader(io.StringIO(files.read(path).decode("utf-8-sig"))))


def test_each_ground_stands_in_the_file_with_its_answer(fetch, boss, campaign):
    rows = rows_of(fetch(boss, campaign, "review-csv.zip").content, "grounds")
    [ada] = [row for row in rows if "ada" in row.values()]

    assert len(rows) == campaign.item_count
    assert {"Ada Lovelace", "viewer", "revoke", "revoked", "left", "olga"} <= set(
        ada.values()
    )
    assert any("undecided" in row.values() for row in rows)


def test_every_format_is_made_and_journaled_with_its_digest(fetch, boss, campaign):
    for name in ("review.pdf", "review.xlsx", "review-csv.zip", "review.json"):
        answer = fetch(boss, campaign, name)
        digest = hashlib.sha256(answer.content).hexdigest()
        assert answer["X-Content-SHA256"] == digest
        entry = JournalEntry.objects.filter(act="review.exported").latest("recorded_at")
        assert entry.changes == {"file": name, "sha256": digest}
        assert entry.actor == boss.public_id


def test_the_bundle_says_what_its_files_are(fetch, boss, campaign):
    answer = fetch(boss, campaign, "review.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        manifest = json.loads(files.read("manifest.json"))
        for each in manifest["files"]:
            body = files.read(each["name"])
            assert hashlib.sha256(body).hexdigest() == each["sha256"]
    assert manifest["kind"] == "access-review"
    assert manifest["counts"]["revoked"] == 1
    assert manifest["review"]["id"] == str(campaign.public_id)


def test_the_same_review_has_the_same_data(fetch, boss, campaign):
    close_review(campaign, actor=boss)
    hashes = set()
    for _ in range(2):
        answer = fetch(boss, campaign, "review.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
            hashes.add(json.loads(files.read("manifest.json"))["data"]["sha256"])

    assert len(hashes) == 1


def test_only_who_sees_all_access_takes_it_along(fetch, boss, campaign):
    fetch(make_principal("auditor", "auditor"), campaign, "review.pdf")
    fetch(make_principal("viewer", "viewer"), campaign, "review.pdf", 403)
    fetch(boss, campaign, "other.pdf", 404)


def test_the_api_gives_the_same_file(client, boss, campaign):
    token = bearer(create_token(boss, "test", actor=None).raw)
    address = f"/api/v1/access/reviews/{campaign.public_id}/files/review.json"
    answer = client.get(address, headers=token)

    assert answer.status_code == 200
    assert "Ada Lovelace" in answer.content.decode()
