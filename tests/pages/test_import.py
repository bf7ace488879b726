"""The page that takes in CSV files: tried first, then done just as it was shown."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import Attribute, Change, Column, Tag, TagAssignment
from catalog.services import changing, define_entry
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db
PAGE = "/governance/import"
HEADER = "kind,namespace,name,column,aspect,value\n"
TIER = f"{HEADER}dataset,shop,orders,,tier,1\n"


@pytest.fixture
def steward(client):
    client.force_login(make_principal("stella", "steward"))
    orders = make_dataset("shop", "orders")
    Column.objects.create(dataset=orders, name="email")
    with changing(actor=None, via=Change.Via.PAGE) as making:
        define_entry(making, Tag, {"name": "PII", "description": ""})
    return client


def send(client, text, name="file.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content)})


def draft_of(answer):
    [draft] = re.findall(r'name="draft" value="([^"]+)"', answer.content.decode())
    return draft


def do(client, answer, **more):
    return client.post(PAGE, {"draft": draft_of(answer), **more}, follow=True)


def test_a_file_is_shown_before_it_is_taken_in(steward):
    shown = send(steward, TIER)
    page = shown.content.decode()

    assert "Take in 1 line" in page
    assert "tier of dataset" in page
    assert not Attribute.objects.exists()
    done = do(steward, shown, reason="Review")
    change = Change.objects.latest("recorded_at")
    assert (change.via, change.reason, change.actor.username) == (
        "csv",
        "Review",
        "stella",
    )
    assert done.redirect_chain[0][0] == f"/changes/{change.public_id}"
    assert "1 line taken in." in done.content.decode()


def test_refused_lines_come_first_and_the_others_can_be_taken_in(steward):
    shown = send(steward, f"{TIER}dataset,shop,orders,emial,tag,PII\n")
    page = shown.content.decode()

    assert page.index("has no column") < page.index("Would change")
    assert "Take in the other 1 line" in page
    do(steward, shown, partial="yes")
    assert Attribute.objects.count() == 1


def test_what_was_said_since_is_shown_and_nothing_is_done(steward):
    both = f"{TIER}dataset,shop,orders,email,tag,PII\n"
    shown = send(steward, both)
    do(steward, send(steward, TIER.replace("tier,1", "tier,3")))
    before = Change.objects.count()
    again = do(steward, shown)
    page = again.content.decode()

    assert "this is not what you were shown" in page
    assert "The 1 line that would do something else now is marked" in page
    assert Change.objects.count() == before
    # What is shown now can be taken in.
    do(steward, again)
    assert TagAssignment.objects.count() == 1


def test_a_file_without_anything_new_offers_nothing_to_do(steward):
    do(steward, send(steward, TIER))
    page = send(steward, TIER).content.decode()

    assert "there is nothing to do" in page
    assert 'name="draft"' not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty"),
        ("foo,bar\n", "no header that is known"),
        ("kind,name\n", "lacks the column"),
        (HEADER.encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, said, steward):
    answer = send(steward, content)

    assert answer.status_code == 400
    assert said in answer.content.decode()


@pytest.mark.parametrize("draft", ["", "x", "eJw=", "AAAA"])
def test_a_draft_that_no_page_made_is_refused(draft, steward):
    answer = steward.post(PAGE, {"draft": draft})

    assert answer.status_code == 400
    assert "Send the file again" in answer.content.decode()


def test_a_draft_has_no_more_rights_than_who_sends_it(steward, client):
    draft = draft_of(send(steward, TIER))
    client.force_login(make_principal("edna", "steward", namespace="elsewhere"))
    answer = client.post(PAGE, {"draft": draft})

    assert "this is not what you were shown" in answer.content.decode()
    assert not Attribute.objects.exists()


def test_templates_can_be_sent_as_they_are(steward):
    for name in ("domains", "tags", "terms", "products", "properties", "statements"):
        template = steward.get(f"{PAGE}/{name}.csv")
        assert template["Content-Disposition"].endswith(f'filename="{name}.csv"')
        assert send(steward, template.content).status_code == 200
    assert steward.get(f"{PAGE}/poems.csv").status_code == 404


def test_a_name_of_a_file_runs_nothing(steward):
    page = send(steward, TIER, "<script>alert(1)</script>.csv").content.decode()

    assert "<script>alert" not in page
