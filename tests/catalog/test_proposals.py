"""What producers say is offered, taken up, turned down, and offered again on undo."""

import pytest
from django.db import connection
from django.utils import timezone

from catalog.curation.proposals import (
    State,
    bare_name,
    pending,
    proposals_of,
    told_by,
)
from catalog.curation.reading import curated
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Job, Ownership, Proposal, Tag, Unharvested
from catalog.search import facts
from catalog.services import (
    accept_proposals,
    fold_proposals,
    harvest_anew,
    reject_proposals,
    undo_change,
)
from policies.models import JournalEntry
from policies.services import create_group
from tests.catalog.test_curation import tell
from tests.factories import make_dataset, make_principal
from tests.pages import story
from tests.pages.conftest import take_in

pytestmark = pytest.mark.django_db
PAGE = Change.Via.PAGE


@pytest.fixture
def harbour(db):
    take_in(story.little(timezone.now()))


@pytest.fixture
def staged(harbour):
    return named(story.STAGED)


def named(name):
    return (
        Dataset.objects.unrestricted("test").select_related("namespace").get(name=name)
    )


def fold():
    while fold_proposals():
        pass


def told(asset, aspect, column=""):
    return [
        each
        for each in proposals_of(asset)
        if (each.claim.aspect, each.claim.column) == (aspect, column)
    ]


def accept(proposals, **more):
    return accept_proposals(proposals, actor=None, via=PAGE, **more)


def names(rows):
    return sorted(
        (row.column, str(row.aspect), row.excerpt)
        for row in rows
        if row.aspect != "description"
    )


def test_owners_tags_and_descriptions_are_proposed(staged):
    said = {
        (t.claim.column, str(t.claim.aspect), t.claim.value)
        for t in proposals_of(staged)
    }

    assert ("", "owner", "team:harbour-data") in said
    assert ("", "tag", "tier.gold") in said
    assert any(
        aspect == "description" and column == "" and value.startswith("One row")
        for column, aspect, value in said
    )
    assert any(column and aspect == "description" for column, aspect, _ in said)
    assert all(t.state is State.PENDING for t in proposals_of(staged))


def test_the_table_says_what_the_facets_say(staged):
    fold()

    rows = Proposal.objects.unrestricted("test").filter(dataset=staged)
    assert {(r.column, str(r.aspect), r.content) for r in rows} == {
        t.claim.key for t in proposals_of(staged)
    }
    assert not Unharvested.objects.exists()
    assert {row.producer for row in rows} <= {
        t.claim.producer for t in proposals_of(staged)
    }


def test_what_a_producer_no_longer_says_is_no_longer_proposed(staged):
    fold()
    Dataset.objects.unrestricted("test").filter(pk=staged.pk).update(
        facets=[], facet_events=[]
    )
    assert Unharvested.objects.filter(dataset_id=staged.pk).exists()
    fold()

    rows = Proposal.objects.unrestricted("test")
    assert not rows.filter(dataset=staged).exists()
    assert rows.exists()


def test_a_hidden_dataset_proposes_nothing(staged):
    fold()
    Dataset.objects.unrestricted("test").filter(pk=staged.pk).update(
        hidden_at=timezone.now()
    )
    fold()

    assert not Proposal.objects.unrestricted("test").filter(dataset=staged).exists()


def test_folding_is_not_lost_with_the_process(staged, monkeypatch):
    before = Unharvested.objects.count()

    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Proposal.objects.__class__, "bulk_create", fail)
        with pytest.raises(KeyboardInterrupt):
            fold_proposals()
    assert Unharvested.objects.count() == before
    fold()
    assert Proposal.objects.unrestricted("test").exists()


def test_everything_can_be_made_anew(staged):
    fold()
    rows = Proposal.objects.unrestricted("test")
    before = names(rows.all())
    rows.all().delete()
    harvest_anew()
    fold()

    assert names(rows.all()) == before


def test_accepting_says_it_with_its_verdict_in_one_change(staged):
    fold()
    [owner] = told(staged, "owner")
    [tag] = [t for t in told(staged, "tag") if t.claim.value == "tier.gold"]
    outcome = accept([owner, tag, *told(staged, "description")], defines_tags=True)

    said = curated([staged])[staged.pk]
    assert [str(row) for row in said.own["owner"]] == ["team:harbour-data"]
    assert [str(row) for row in said.own["tag"]] == ["tier.gold"]
    assert said.description.startswith("One row")
    assert outcome.problems == []
    assert len(outcome.done) == 3
    rows = Proposal.objects.unrestricted("test").filter(dataset=staged, column="")
    assert not rows.pending().filter(aspect__in=("owner", "description")).exists()
    assert told(staged, "owner")[0].state is State.ACCEPTED

    undo_change(outcome.change, actor=None, via=PAGE)
    assert told(staged, "owner")[0].state is State.PENDING
    assert rows.pending().filter(aspect="owner").exists()
    assert curated([staged])[staged.pk].own["owner"] == []
    assert Tag.objects.get(name="tier.gold").is_retired


def test_what_is_rejected_stays_rejected_for_that_content(staged):
    [owner] = told(staged, "owner")
    outcome = reject_proposals([owner], actor=None, via=PAGE)
    fold()

    assert outcome.change is not None
    assert told(staged, "owner")[0].state is State.REJECTED
    rows = Proposal.objects.unrestricted("test").filter(dataset=staged, aspect="owner")
    assert not rows.pending().exists()
    undo_change(outcome.change, actor=None, via=PAGE)
    assert rows.pending().exists()


def test_search_does_not_tell_of_a_rejected_tag(staged):
    whole = Dataset.objects.unrestricted("test").with_names().get(pk=staged.pk)
    assert "tier: gold" in facts.of_datasets([whole])[staged.pk].said["tag"]
    gold = [t for t in told(staged, "tag") if t.claim.value == "tier.gold"]
    reject_proposals(gold, actor=None, via=PAGE)

    assert "tier: gold" not in facts.of_datasets([whole])[staged.pk].said["tag"]


def test_a_proposal_can_be_accepted_after_all(staged):
    [owner] = told(staged, "owner")
    reject_proposals([owner], actor=None, via=PAGE)
    accept(told(staged, "owner"))

    assert told(staged, "owner")[0].state is State.ACCEPTED
    assert Ownership.objects.standing().filter(name="team:harbour-data").count() == 1


def test_what_people_say_already_is_not_proposed(staged):
    fold()
    tell(Subject("dataset", staged), "description", "By hand.")

    assert told(staged, "description")[0].state is State.SAID
    rows = Proposal.objects.unrestricted("test").filter(dataset=staged, column="")
    assert not rows.pending().filter(aspect="description").exists()


def test_a_team_is_the_group_of_its_name(staged):
    create_group("Harbour-Data", actor=None)
    accept(told(staged, "owner"))

    assert Ownership.objects.standing().get().group.name == "Harbour-Data"
    fold()
    rows = Proposal.objects.unrestricted("test").filter(dataset=staged)
    assert not rows.pending().filter(aspect="owner").exists()


def test_a_tag_nobody_defined_is_a_problem_for_whom_may_not_define(staged):
    tags = told(staged, "tag")
    outcome = accept(tags)

    assert outcome.change is None
    assert all("Define it first" in why for _, why in outcome.problems)


def test_only_what_one_may_judge_is_offered(staged):
    fold()
    tagger = make_principal("terry", "steward", namespace=story.WAREHOUSE)
    viewer = make_principal("vera", "viewer")
    elsewhere = make_principal("ned", "admin", namespace="elsewhere")

    offered = pending(tagger)
    assert offered.exists()
    assert set(offered.values_list("namespace__name", flat=True)) == {story.WAREHOUSE}
    assert not pending(viewer).exists()
    assert not pending(elsewhere).exists()


def test_rows_lead_to_what_is_said_now(staged):
    fold()
    steward = make_principal("stella", "steward")
    rows = pending(steward, aspect="owner", kind="dataset").filter(dataset=staged)

    [one] = told_by(rows)
    assert (one.asset, one.claim.value) == (staged, "team:harbour-data")


def test_a_jobs_description_is_proposed_too(harbour):
    fold()
    jobs = Job.objects.unrestricted("test").select_related("namespace")
    job = jobs.get(name=story.STAGING_JOB)

    [one] = told(job, "description")
    accept([one])
    assert curated([job])[job.pk].description.startswith("Port calls")
    rows = Proposal.objects.unrestricted("test").filter(job=job)
    assert not rows.pending().filter(aspect="description").exists()


def test_no_personal_name_stands_in_the_journal(staged):
    accept(told(staged, "owner"))

    entries = JournalEntry.objects.all()
    assert entries.count() >= 2
    assert not any(b"harbour-data" in bytes(e.body) for e in entries)


def test_accepting_many_takes_a_fixed_number_of_queries(
    staged, django_assert_max_num_queries
):
    known = Dataset.objects.unrestricted("test")
    for number in range(40):
        copy = make_dataset(staged.namespace, f"copy_{number:02}")
        known.filter(pk=copy.pk).update(
            facets=staged.facets, facet_events=staged.facet_events
        )
    fold()
    rows = Proposal.objects.unrestricted("test").filter(dataset__name__contains="copy_")
    offered = told_by(rows.pending())
    assert len(offered) == 40 * len(proposals_of(staged))
    with django_assert_max_num_queries(45):
        outcome = accept(offered, defines_tags=True)

    assert len(outcome.done) == len(offered)
    assert not rows.pending().exists()


@pytest.mark.parametrize(
    ("sent", "bare"),
    [
        ("team:Harbour-Data", "harbour-data"),
        ("jane", "jane"),
        ("urn:li:corpuser:jane", "jane"),
        ("user:jane@example.org", "jane@example.org"),
    ],
)
def test_an_owner_is_looked_for_by_the_bare_name(sent, bare):
    assert bare_name(sent) == bare


def test_notes_are_written_only_where_facets_change(harbour):
    fold()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_dataset SET updated_at = now()")

    assert not Unharvested.objects.exists()
