"""A deny counts the tags that producers send, from the answer to their event on."""

import pytest

from catalog.curation.proposals import proposals_of
from catalog.models import Change, Dataset, FacetTag, HarvestedOnDataset, Job, Tag
from catalog.services import reject_proposals, undo_change
from lineage import rebuilding
from lineage.digesting import digest
from lineage.ingest import ingest
from lineage.writing import raw_cursor
from policies import access
from policies.actions import Action
from policies.explaining import By, explain
from policies.models import Grant, Role
from tests.factories import bearer, make_principal, make_token
from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    declared,
    described,
    event,
    symlinks,
)

pytestmark = pytest.mark.django_db


def tags(*said):
    """The facet of tags like `PII`, `PII=email`, `PII@column`."""
    told = []
    for one in said:
        word, _, field = one.partition("@")
        key, _, value = word.partition("=")
        told.append({"key": key, "value": value or "true", "source": "X"})
        if field:
            told[-1]["field"] = field
    return {"tags": told}


@pytest.fixture
def pii(db):
    return Tag.objects.create(name="PII")


@pytest.fixture
def viewer(pii):
    """Sees everything but what has the tag PII."""
    return denied(make_principal("viewer", "viewer"), pii)


def denied(principal, tag, **more):
    role = Role.objects.create(name=f"view {tag}", actions=[Action.ASSET_VIEW])
    Grant.objects.create(
        principal=principal,
        role=role,
        effect="deny",
        reach="tag",
        scope_id=tag.pk,
        **more,
    )
    return principal


def seen(principal, model=Dataset):
    rows = model.objects.permitted(principal, Action.ASSET_VIEW)
    return set(rows.values_list("name", flat=True))


def row(name, model=Dataset):
    return model.objects.unrestricted("test").get(name=name)


def reject(name, model=Dataset):
    told = proposals_of(row(name, model))
    steward = make_principal("steward")
    return reject_proposals(told, actor=steward, via=Change.Via.PAGE).change


@pytest.mark.parametrize(
    ("said", "is_hidden"),
    [
        ("PII", True),
        ("PII=email", True),
        ("PII=email.work", True),  # below it, though nobody has defined it
        ("PII.email", True),
        ("PIIX", False),
        ("pii", False),  # as Marquez has it, another tag
        ("email=PII", False),
        ("PII@column", False),  # of a column, not of the whole
    ],
)
def test_a_tag_that_a_producer_sends_denies_as_a_proposal_would_name_it(
    viewer, said, is_hidden
):
    ingest([described(0, "d", tags=tags(said)), described(0, "other")])

    assert seen(viewer) == ({"other"} if is_hidden else {"d", "other"})


@pytest.mark.django_db(transaction=True)
def test_a_deny_holds_when_the_event_is_answered(viewer, client):
    raw = make_token("etl", "producer")
    body = described(0, "d", tags=tags("PII"))

    answer = client.post(
        "/api/v1/lineage", body, content_type="application/json", headers=bearer(raw)
    )

    assert answer.status_code == 201
    client.force_login(viewer)
    assert client.get("/api/v1/namespaces/data/datasets/d").status_code == 404
    assert client.get("/api/v1/namespaces/data/datasets").json()["datasets"] == []


def test_a_tag_of_a_job_denies_the_job(viewer):
    ingest([declared(0, "secret", tags=tags("PII")), declared(0, "open")])

    assert seen(viewer, Job) == {"open"}


def test_a_tag_counts_until_a_later_event_says_otherwise(viewer):
    ingest([described(1, "d", tags=tags("PII"))])
    ingest([described(0, "d", tags=tags("OTHER"))])  # late
    assert seen(viewer) == set()

    ingest([described(2, "d", tags=tags("OTHER"))])
    assert seen(viewer) == {"d"}

    ingest([described(3, "d", tags=tags("PII"))])
    ingest([described(4, "d", tags=GONE)])
    assert seen(viewer) == {"d"}


def test_a_deny_counts_the_tags_of_all_names(viewer):
    ingest([described(0, "a", symlinks=symlinks("b")), described(1, "b")])
    assert seen(viewer) == {"a", "b"}

    ingest([described(2, "b", tags=tags("PII"))])
    assert seen(viewer) == set()


def test_what_a_steward_rejects_counts_no_more_until_it_is_undone(viewer):
    ingest(
        [described(0, "a", symlinks=symlinks("b")), described(1, "b", tags=tags("PII"))]
    )
    ingest([declared(0, "job", tags=tags("PII"))])

    change = reject("a")
    assert seen(viewer) == {"a", "b"}
    ingest([described(5, "b", tags=tags("PII", "OTHER"))])
    assert seen(viewer) == {"a", "b"}

    undo_change(change, actor=None, via=Change.Via.PAGE)
    assert seen(viewer) == set()
    assert seen(viewer, Job) == set()


def test_what_only_producers_say_gives_no_rights(pii):
    holder = make_principal("holder")
    role = Role.objects.create(name="r", actions=[Action.ASSET_VIEW])
    Grant.objects.create(principal=holder, role=role, reach="tag", scope_id=pii.pk)
    ingest([described(0, "d", tags=tags("PII"))])

    assert seen(holder) == set()


@pytest.mark.parametrize(
    ("effect", "condition", "is_seen"),
    [
        # What only producers say never widens what somebody sees.
        ("allow", {"tag_in": ["PII"]}, False),
        ("allow", {"not": {"tag_in": ["PII"]}}, False),
        ("allow", {"not": {"not": {"tag_in": ["PII"]}}}, False),
        ("deny", {"tag_in": ["PII"]}, False),
        ("deny", {"not": {"tag_in": ["PII"]}}, False),
        ("deny", {"not": {"not": {"tag_in": ["PII"]}}}, False),
        ("allow", {"not": {"tag_in": ["NONE"]}}, True),
        ("deny", {"tag_in": ["NONE"]}, True),
    ],
)
def test_in_a_condition_it_counts_where_it_takes_rights(
    pii, effect, condition, is_seen
):
    none = Tag.objects.create(name="NONE")
    ids = {"PII": pii.pk, "NONE": none.pk}

    def stored(value):
        match value:
            case {"tag_in": names}:
                return {"tag_in": [ids[name] for name in names]}
            case {"not": member}:
                return {"not": stored(member)}

    role = Role.objects.create(name="r", actions=[Action.ASSET_VIEW])
    someone = make_principal("someone", "viewer" if effect == "deny" else None)
    Grant.objects.create(
        principal=someone, role=role, effect=effect, condition=stored(condition)
    )
    ingest([described(0, "d", tags=tags("PII"))])

    assert (seen(someone) == {"d"}) is is_seen
    told = explain(someone, Action.ASSET_VIEW, row("d"))
    assert told.is_allowed is is_seen


def test_an_explanation_says_that_a_producer_tagged_it(viewer):
    ingest([described(0, "d", tags=tags("PII=email"))])

    told = explain(viewer, Action.ASSET_VIEW, row("d"))

    assert told.by is By.DENY
    [step] = told.deciding[0].reach
    assert str(step.row) == "PII"
    assert str(step.statement) == "PII.email"
    assert not step.is_confirmed


def test_a_renamed_tag_is_still_meant(viewer, pii):
    ingest([described(0, "d", tags=tags("secret"))])
    assert seen(viewer) == {"d"}

    pii.name = "secret"
    pii.save()
    assert seen(viewer) == set()


def test_whoever_is_denied_nothing_asks_nothing_more(django_assert_num_queries):
    ingest([described(0, "d", tags=tags("PII"))])
    someone = make_principal("someone", "viewer")
    access.permitted(someone, Action.ASSET_VIEW, Dataset)

    rows = Dataset.objects.permitted(someone, Action.ASSET_VIEW)
    assert "harvested" not in str(rows.query)


def test_a_name_too_long_for_a_tag_is_cut_and_lies_below_what_it_did(viewer):
    ingest([described(0, "d", tags=tags("PII=" + "x" * 5000))])

    assert seen(viewer) == set()


def test_odd_tags_stop_no_event():
    facet = {"tags": [None, 5, {"key": 7}, {"key": "a", "value": True}, {"value": "b"}]}
    ingest([described(0, "d", tags=facet), described(0, "e", tags={"tags": "x"})])

    found = FacetTag.objects.values_list("name", flat=True)
    assert list(found) == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_gives_the_same_tags():
    ingest(
        [
            described(0, "a", tags=tags("PII", "x@c")),
            event("COMPLETE", 1, writes=[dataset("b", tags=tags("PII=y"))]),
            declared(2, "job", tags=tags("z")),
        ]
    )
    before = digest(raw_cursor())
    held = sorted(
        HarvestedOnDataset.objects.values_list("dataset__name", "column", "name")
    )
    assert held == [("a", "", "PII"), ("a", "c", "x"), ("b", "", "PII.y")]
    FacetTag.objects.all().delete()

    rebuilding.rebuild()

    assert digest(raw_cursor()) == before
    rows = HarvestedOnDataset.objects.values_list("dataset__name", "column", "name")
    assert sorted(rows) == held
    assert row("job", Job).harvested.get().name == "z"
