"""What people declare is shown, said, taken back and undone on pages."""

import pytest

from catalog.curation.reading import curated
from catalog.curation.subjects import Subject
from catalog.models import Change, Domain, Ownership, Proposal, Tag, TagAssignment, Term
from catalog.services import fold_proposals
from policies.models import JournalEntry
from policies.row_keys import key_of
from policies.services import grant_role
from tests.factories import make_dataset, make_principal
from tests.pages import curated as declared
from tests.pages import story
from tests.pages.addresses import CREW, MART, STAGED, STAGING_JOB
from tests.pages.conftest import client_of
from tests.pages.test_assets import text_of

pytestmark = pytest.mark.django_db
# What everybody who may see some asset may read.
WORDS_OF_ALL = ("domain", "tag", "term", "dataproduct", "propertydefinition")
SPACE = "/namespaces/postgres:~2F~2Fwarehouse.harbour.example:5432"


@pytest.fixture
def steward(db):
    return make_principal("stella", "steward", name="Stella Maris")


@pytest.fixture
def as_steward(steward):
    return client_of(steward)


@pytest.fixture
def looked_after(harbour, steward):
    declared.declare(steward)


def said(name, kind, column=""):
    row = declared.dataset(name)
    found = curated([row])[row.pk]
    rows = found.of_column(column, kind) if column else found.own[kind]
    return sorted(str(row) for row in rows)


def say(client, address, aspect, value="", detail="", **more):
    told = {"aspect": aspect, "value": value, "detail": detail, **more}
    return client.post(address, told)


# --- The head and the tabs ---------------------------------------------------


def test_the_head_shows_what_people_say_and_producers_apart(looked_after, as_viewer):
    text = text_of(as_viewer.get(STAGED))

    assert "<em>call</em>" in text
    assert "Stella Maris" in text
    assert "Owners, as producers say" in text
    assert "team:harbour-data" in text
    assert "Tags, as producers say" in text
    assert "Description, as producers say" in text
    assert 'href="/domains/Harbour~2FOperations"' in text
    assert "from namespace" in text  # the domain


def test_a_deprecated_dataset_says_so_with_its_successor(looked_after, as_viewer):
    text = text_of(as_viewer.get(MART))

    assert "This dataset is deprecated." in text
    assert f'href="{STAGED}"' in text
    assert "Staging is fresher." in text


def test_a_successor_that_the_reader_may_not_see_is_not_named(harbour, steward):
    declared.define(steward)
    lake = Subject("dataset", declared.dataset(story.TERMINALS))
    declared.tell(
        lake,
        "lifecycle",
        "deprecated",
        str(declared.dataset(story.MART)),
        actor=steward,
    )
    local = client_of(make_principal("lou", "viewer", namespace=story.LAKE))
    text = text_of(
        local.get(
            "/datasets/s3:~2F~2Fharbour-lake/"
            + "reference~2Fterminals~2F2026~2Fterminals.parquet"
        )
    )

    assert "deprecated" in text
    assert story.MART not in text
    assert "one that you may not see" in text


def test_columns_show_curated_beside_harvested(looked_after, as_viewer):
    text = text_of(as_viewer.get(STAGED))

    assert 'href="/tags/PII.name"' in text
    assert "<strong>for life</strong>" in text
    assert "Producers say:" in text
    assert "Tag or describe" not in text


def test_the_tab_shows_everything_with_who_when_and_why(looked_after, as_viewer):
    text = text_of(as_viewer.get(f"{STAGED}/governance"))

    for words in (
        "Art. 6 (1) (e): a public task.",
        "7 years",
        "from namespace",
        "from domain",
        "declaration missing",
        "HARB-12",
        "Runbook",
        "The yearly review.",
        "vessel_imo",
    ):
        assert words in text
    assert 'name="aspect"' not in text
    assert "You may read this, and not change it." in text


def test_a_job_and_a_namespace_have_them_too(looked_after, as_steward):
    assert "Governance" in text_of(as_steward.get(f"{STAGING_JOB}/governance"))
    text = text_of(as_steward.get(SPACE))

    assert "Harbour/Operations" in text
    assert "Harbour office" in text
    say(as_steward, SPACE, "environment", "production")
    assert "production" in text_of(as_steward.get(f"{CREW}/governance"))


# --- Saying and taking back --------------------------------------------------


@pytest.mark.parametrize(
    ("aspect", "value", "detail"),
    [
        ("domain", "Harbour/Crew", ""),
        ("owner", "name:The night shift", "business"),
        ("tag", "PII.email", ""),
        ("term", "Berth", ""),
        ("lifecycle", "active", ""),
        ("environment", "test", ""),
        ("tier", "4", ""),
        ("description", "By hand.", ""),
        ("retention", "90 days", ""),
        ("measures", "Locked doors.", ""),
        ("property", "high", "Sensitivity"),
        ("ticket", "HARB-1", "https://tickets.example/1"),
        ("product", "Berth occupancy", ""),
    ],
)
def test_each_kind_is_said_and_undone_on_the_page(
    aspect, value, detail, harbour, as_steward, steward
):
    declared.define(steward)
    answer = say(as_steward, f"{CREW}/governance", aspect, value, detail, reason="why")

    assert answer.status_code == 303
    assert len(said(story.CREW, aspect)) == 1
    change = Change.objects.latest("pk")
    assert (change.actor, change.via, change.reason) == (steward, "page", "why")
    page = text_of(as_steward.get(f"{CREW}/governance"))
    assert f"/changes/{change.public_id}/undo" in page
    undone = as_steward.post(
        f"/changes/{change.public_id}/undo", {"next": f"{CREW}/governance"}
    )
    assert undone.headers["Location"] == f"{CREW}/governance"
    assert said(story.CREW, aspect) == []


def test_what_is_said_is_taken_back(looked_after, as_steward):
    say(as_steward, f"{STAGED}/governance", "tag", "PII", act="withdraw")

    assert said(story.STAGED, "tag") == []
    assert said(story.STAGED, "tag", "vessel_imo") == ["PII.name"]


def test_a_column_is_tagged(looked_after, as_steward):
    address = f"{STAGED}/governance?column=terminal"
    assert say(as_steward, address, "tag", "PII").status_code == 303

    assert said(story.STAGED, "tag", "terminal") == ["PII"]
    part = as_steward.get(address, headers={"HX-Request": "true"})
    assert "Remove tag PII" in text_of(part)
    assert "<html" not in text_of(part)
    assert as_steward.get(f"{STAGED}/governance?column=nope").status_code == 404


@pytest.mark.parametrize(
    ("aspect", "value", "told"),
    [
        ("tag", "nope", "There is no tag"),
        ("owner", "nobody-here", "name:NAME"),
        ("tier", "9", "1, 2, 3"),
        ("retention", "for ever", "7 years"),
        ("description", " ", "missing"),
        ("description", "a\0b", "NUL"),
    ],
)
def test_what_makes_no_sense_is_told_in_the_form(
    aspect, value, told, looked_after, as_steward
):
    answer = say(as_steward, f"{CREW}/governance", aspect, value)

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_an_unknown_tag_can_be_defined_from_there(looked_after, as_steward):
    answer = say(as_steward, f"{CREW}/governance", "tag", "New one")

    assert "/define/tags?name=New+one" in answer.content.decode()
    form = text_of(as_steward.get("/define/tags?name=New+one"))
    assert 'value="New one"' in form


def test_an_unknown_aspect_is_a_bad_request(looked_after, as_steward):
    assert say(as_steward, f"{CREW}/governance", "colour", "red").status_code == 400


# --- Who may -----------------------------------------------------------------


def test_a_viewer_changes_nothing(looked_after, as_viewer):
    before = Change.objects.count()
    addresses = (f"{STAGED}/governance", f"{STAGING_JOB}/governance", SPACE)
    for address in addresses:
        assert say(as_viewer, address, "tag", "PII").status_code == 403
    change = Change.objects.latest("pk")
    undone = as_viewer.post(f"/changes/{change.public_id}/undo")

    assert undone.status_code == 403
    assert "may not change" in undone.content.decode()
    assert Change.objects.count() == before
    assert JournalEntry.objects.filter(act="access.denied").count() == 4


def test_a_stranger_sees_and_changes_nothing(looked_after):
    stranger = client_of(make_principal("strange"))
    before = Change.objects.count()
    change = Change.objects.latest("pk")
    for address in (
        f"{STAGED}/governance",
        SPACE,
        "/governance",
        "/domains",
        "/tags",
        "/tags/PII",
        "/glossary",
        "/products",
        "/properties",
        "/changes",
        f"/changes/{change.public_id}",
        "/proposals",
        "/governance/suggest?of=tag",
    ):
        assert stranger.get(address).status_code == 403, address
    say(stranger, f"{STAGED}/governance", "tag", "PII")
    stranger.post(f"/changes/{change.public_id}/undo")
    stranger.post("/datasets/bulk", {"which": "all", "act": "tag", "value": "PII"})
    stranger.post("/proposals/judge", {"which": "all", "act": "accept"})
    assert Change.objects.count() == before


def test_a_neighbour_learns_no_names_and_no_counts(looked_after):
    make_dataset("elsewhere", "theirs")
    neighbour = client_of(make_principal("ned", "admin", namespace="elsewhere"))
    change = Change.objects.filter(summary__startswith="Tag: 1 set").latest("pk")

    assert neighbour.get(f"{STAGED}/governance").status_code == 404
    assert neighbour.get(SPACE).status_code == 404
    assert neighbour.get(f"/changes/{change.public_id}").status_code == 404
    assert neighbour.post(f"/changes/{change.public_id}/undo").status_code == 404
    for address in ("/tags/PII", "/tags", "/domains", "/glossary/Port%20call",
                    "/products/Berth%20occupancy", "/governance", "/proposals",
                    "/properties/Runbook"):  # fmt: skip
        text = text_of(neighbour.get(address))
        for name in (story.STAGED, story.MART, story.WAREHOUSE, "vessel_imo"):
            assert name not in text, address
    assert neighbour.get("/tags/PII").context["use_count"] == 0
    assert neighbour.get("/proposals").context["page"].paginator.count == 0
    for told in neighbour.get("/changes").context["changes"]:
        lines = neighbour.get(f"/changes/{told.public_id}").context["told"].lines
        assert {line.level for line in lines} <= set(WORDS_OF_ALL)
    rows = {r["entry"].name: r["used"] for r in neighbour.get("/tags").context["rows"]}
    assert not any(rows.values())


def test_a_steward_of_one_namespace_changes_that_alone(looked_after):
    local = client_of(make_principal("lou", "steward", namespace=story.WAREHOUSE))

    assert say(local, f"{CREW}/governance", "tier", "3").status_code == 303
    assert say(local, SPACE, "tier", "3").status_code == 303
    assert say(local, f"{STAGING_JOB}/governance", "tier", "3").status_code == 404
    assert local.get("/define/tags").status_code == 403


def test_a_change_over_what_one_may_not_change_is_not_undone(looked_after, steward):
    both = client_of(steward)
    ids = [key_of(declared.dataset(name)) for name in (story.STAGED, story.TERMINALS)]
    both.post(
        "/datasets/bulk",
        {
            "ids": ",".join(ids),
            "act": "tag",
            "value": "PII.email",
            "step": "do",
        },
    )
    change = Change.objects.latest("pk")
    assert change.summary == "Tag: 2 set."
    local = client_of(make_principal("lou", "steward", namespace=story.WAREHOUSE))
    page = text_of(local.get(f"/changes/{change.public_id}"))

    assert "Tag: 1 set." in page
    assert "may not see" not in page
    assert story.TERMINALS not in page
    assert "It changed something that you may not change." in page
    assert local.post(f"/changes/{change.public_id}/undo").status_code == 403


# --- Words -------------------------------------------------------------------


def test_a_word_is_defined_changed_retired_and_brought_back(looked_after, as_steward):
    made = as_steward.post(
        "/define/glossary",
        {"name": "Quay", "description": "A *wall*.", "synonyms": "Wharf\nPier"},
    )
    assert made.headers["Location"] == "/glossary/Quay"
    assert Term.objects.get(name="Quay").synonyms == ["Wharf", "Pier"]
    as_steward.post("/glossary/Quay/edit", {"name": "Quayside", "description": ""})
    text = text_of(as_steward.get("/glossary/Quayside"))
    assert "Changed: name" in text
    gone = as_steward.post("/glossary/Quayside/retire", {"reason": "unused"})
    assert gone.headers["Location"] == "/glossary"
    assert as_steward.get("/glossary/Quayside").status_code == 404
    change = Change.objects.latest("pk")
    as_steward.post(f"/changes/{change.public_id}/undo")
    assert as_steward.get("/glossary/Quayside").status_code == 200


def test_retiring_says_what_it_takes_back(looked_after, as_steward):
    text = text_of(as_steward.get("/glossary/Port%20call/retire"))
    assert "<b>2</b> statements: term link" in text
    text = text_of(as_steward.get("/tags/PII/retire"))
    assert "others below" in text
    assert as_steward.post("/tags/PII/retire").status_code == 422
    as_steward.post("/tags/PII.name/retire")

    assert said(story.STAGED, "tag", "vessel_imo") == []


@pytest.mark.parametrize(
    ("at", "told", "fault"),
    [
        ("tags", {"name": ""}, "missing"),
        ("tags", {"name": "PII..x"}, "needs a text"),
        ("tags", {"name": "PII"}, "already"),
        ("products", {"name": "P", "freshness_seconds": "soon"}, "24 hours"),
        ("products", {"name": "P", "domain": "None such"}, "no domain"),
        ("properties", {"name": "P", "type": "choice"}, "what to choose from"),
        ("properties", {"name": "P", "type": "text", "pattern": "("}, "expression"),
        ("glossary", {"name": "x" * 400}, "the most is 300"),
    ],
)
def test_a_faulty_definition_is_told_beside_its_field(
    at, told, fault, looked_after, as_admin
):
    answer = as_admin.post(f"/define/{at}", told)

    assert answer.status_code == 422
    assert fault in answer.content.decode()


def test_owners_and_declarations_of_a_domain_hold_below(looked_after, as_steward):
    address = "/domains/Harbour~2FOperations"
    assert say(as_steward, address, "legal_basis", "A law.").status_code == 303
    assert say(as_steward, address, "owner", "stella", "business").status_code == 303

    assert "A law." in text_of(as_steward.get(f"{CREW}/governance"))
    assert Ownership.objects.standing().filter(domain__isnull=False).count() == 1
    as_viewer = client_of(make_principal("vic", "viewer"))
    assert say(as_viewer, address, "legal_basis", "None.").status_code == 403


def test_a_domain_names_what_lies_in_it(looked_after, as_viewer):
    text = text_of(as_viewer.get("/domains/Harbour"))

    assert story.WAREHOUSE in text
    assert 'href="/datasets?domain=Harbour"' in text
    listed = as_viewer.get("/datasets?domain=Harbour").context["page"]
    assert {d.namespace.name for d in listed} == {story.WAREHOUSE}


def test_a_product_keeps_or_breaks_its_promise(looked_after, as_viewer):
    assert "Kept" in text_of(as_viewer.get("/products/Berth%20occupancy"))
    row = declared.dataset(story.MART)
    type(row).objects.unrestricted("test").filter(pk=row.pk).update(
        last_written="2020-01-01T00:00:00Z"
    )

    assert "Broken" in text_of(as_viewer.get("/products/Berth%20occupancy"))
    assert "Broken" in text_of(as_viewer.get("/products"))


def test_words_are_filtered(looked_after, as_viewer):
    part = as_viewer.get("/glossary?q=ship", headers={"HX-Request": "true"})

    assert "Port call" in text_of(part)
    assert "Berth" not in text_of(part).replace("Berths", "")
    assert "Nothing contains" in text_of(as_viewer.get("/tags?q=zzz"))


def test_suggestions_are_for_those_who_may_use_them(
    looked_after, as_viewer, as_steward
):
    def suggested(client, **asked):
        return text_of(client.get("/governance/suggest", asked))

    assert "PII.email" in suggested(as_viewer, of="tag", value="pii")
    assert "stella" in suggested(as_steward, of="owner", value="ste")
    assert "group:Harbour office" in suggested(as_steward, of="owner", value="harb")
    assert "stella" not in suggested(as_viewer, of="owner", value="ste")
    assert "option" not in suggested(as_steward, of="secrets", value="")


# --- Changes -----------------------------------------------------------------


def test_a_change_tells_before_and_after(looked_after, as_steward):
    say(as_steward, f"{STAGED}/governance", "tier", "3", reason="less used")
    change = Change.objects.latest("pk")
    page = as_steward.get(f"/changes/{change.public_id}")

    [line] = page.context["told"].lines
    assert (line.what, line.before, line.after) == ("tier", "1", "3")
    assert "less used" in text_of(page)
    as_steward.post(f"/changes/{change.public_id}/undo")
    assert said(story.STAGED, "tier") == ["1"]
    assert "Undone by" in text_of(as_steward.get(f"/changes/{change.public_id}"))


def test_an_undo_under_a_newer_change_is_refused_with_the_reason(
    looked_after, as_steward
):
    say(as_steward, f"{STAGED}/governance", "tier", "3")
    older = Change.objects.latest("pk")
    say(as_steward, f"{STAGED}/governance", "tier", "5")
    as_steward.post(f"/changes/{older.public_id}/undo", {"next": "/changes"})

    assert "Undo that one first" in text_of(as_steward.get("/changes"))
    assert said(story.STAGED, "tier") == ["5"]


def test_changes_are_filtered_and_paged(looked_after, as_steward):
    mine = as_steward.get("/changes?who=me").context["changes"]
    assert mine
    assert as_steward.get("/changes?who=nobody").context["changes"] == []
    assert as_steward.get("/changes?via=csv").context["changes"] == []
    last = mine[-1]
    later = as_steward.get(f"/changes?after={key_of(last)}").context["changes"]
    assert later == []
    assert as_steward.get("/changes?after=x").status_code == 200


def test_the_way_back_leads_nowhere_else(looked_after, as_steward):
    change = Change.objects.latest("pk")
    answer = as_steward.post(
        f"/changes/{change.public_id}/undo", {"next": "//evil.example/"}
    )

    assert answer.headers["Location"] == f"/changes/{change.public_id}"


# --- Proposals ---------------------------------------------------------------


def test_a_proposal_is_accepted_and_undone(harbour, as_steward):
    fold_proposals()
    page = as_steward.get("/proposals?aspect=owner")
    assert "team:harbour-data" in text_of(page)
    offer = Proposal.objects.unrestricted("test").filter(aspect="owner").first()
    told = {"proposal": [key_of(offer)], "act": "accept", "next": "/proposals"}
    answer = as_steward.post("/proposals/judge", told)

    assert answer.headers["Location"] == "/proposals"
    assert said(story.STAGED, "owner") == ["team:harbour-data"]
    assert "1 proposal accepted." in text_of(as_steward.get("/proposals"))
    change = Change.objects.latest("pk")
    as_steward.post(f"/changes/{change.public_id}/undo")
    assert said(story.STAGED, "owner") == []
    offer.refresh_from_db()
    assert offer.is_pending


def test_all_of_a_producer_are_accepted_at_once(harbour, as_steward):
    fold_proposals()
    rows = Proposal.objects.unrestricted("test")
    producer = rows.first().producer
    told = {"which": "all", "producer": producer, "act": "accept"}
    as_steward.post("/proposals/judge", told)

    assert not rows.pending().filter(producer=producer).exists()
    assert Tag.objects.filter(name="tier.gold").exists()


def test_proposals_are_judged_on_the_assets_tab(harbour, as_steward):
    page = as_steward.get(f"{STAGED}/governance")
    refs = {t.claim.value: t.claim.ref for t in page.context["proposals"]}
    answer = as_steward.post(
        f"{STAGED}/governance",
        {"act": "reject", "proposal": [refs["team:harbour-data"]]},
    )

    assert answer.status_code == 303
    page = as_steward.get(f"{STAGED}/governance")
    assert "team:harbour-data" not in [t.claim.value for t in page.context["proposals"]]
    assert said(story.STAGED, "owner") == []


def test_a_viewer_judges_nothing(harbour, as_viewer):
    fold_proposals()
    page = as_viewer.get(f"{STAGED}/governance")
    refs = [t.claim.ref for t in page.context["proposals"]]
    answer = as_viewer.post(f"{STAGED}/governance", {"act": "accept", "proposal": refs})

    assert answer.status_code == 403
    assert not Change.objects.exists()


# --- Lists and bulk ----------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("tag=PII", {story.STAGED}),
        ("owner=stella", {story.STAGED}),
        ("tier=1", {story.STAGED}),
        ("lifecycle=deprecated", {story.MART}),
    ],
)
def test_lists_are_filtered_by_what_people_say(asked, names, looked_after, as_viewer):
    page = as_viewer.get(f"/datasets?{asked}").context["page"]

    assert {dataset.name for dataset in page} == names


def test_what_an_asset_inherits_counts_in_lists(looked_after, as_viewer):
    page = as_viewer.get("/datasets?owner=group:Harbour office").context["page"]
    names = {dataset.name for dataset in page}

    assert story.CREW in names
    assert story.STAGED not in names  # it has an owner of its own
    lacking = as_viewer.get("/datasets?lacks=owner").context["page"]
    assert {d.namespace.name for d in lacking}.isdisjoint({story.WAREHOUSE})


def test_many_datasets_are_tagged_at_once_and_undone(looked_after, as_steward):
    rows = [
        make_dataset(declared.namespace(story.LAKE), f"part-{n}") for n in range(20)
    ]
    boxes = {"id": [key_of(row) for row in rows], "query": "q=part"}
    chosen = as_steward.post("/datasets/bulk", boxes)
    assert "Change 20 datasets" in text_of(chosen)
    fields = {**boxes, "act": "tag", "step": "fields"}
    assert "Tag" in text_of(as_steward.post("/datasets/bulk", fields))
    preview = {**fields, "value": "PII.email", "step": "preview"}
    assert as_steward.post("/datasets/bulk", preview).context["plan"].changed == 20
    assert not TagAssignment.objects.standing().filter(tag__name="PII.email").exists()
    done = as_steward.post("/datasets/bulk", {**preview, "step": "do"})

    assert done.headers["Location"] == "/datasets?q=part"
    assert TagAssignment.objects.standing().filter(tag__name="PII.email").count() == 20
    change = Change.objects.latest("pk")
    assert (change.via, change.summary) == ("bulk", "Tag: 20 set.")
    as_steward.post(f"/changes/{change.public_id}/undo")
    assert not TagAssignment.objects.standing().filter(tag__name="PII.email").exists()


def test_all_that_fit_the_filters_are_changed(looked_after, as_steward):
    told = {"which": "all", "query": "tag=PII", "act": "tier", "value": "5"}
    answer = as_steward.post("/datasets/bulk", told)

    assert [d.name for d in answer.context["chosen"]] == [story.STAGED]
    as_steward.post(
        "/datasets/bulk", {**told, "ids": answer.context["ids"], "step": "do"}
    )
    assert said(story.STAGED, "tier") == ["5"]


def test_a_bulk_action_passes_over_what_one_may_not_change(looked_after):
    grants = make_principal("gus", "viewer")
    grant_role(grants, "steward", namespace=story.LAKE, actor=None)
    client = client_of(grants)
    told = {"which": "all", "act": "tier", "value": "2", "step": "preview"}
    plan = client.post("/datasets/bulk", told).context["plan"]

    assert plan.problems
    assert plan.changed
    ids = ",".join(key_of(asset) for asset in plan.assets)
    client.post("/datasets/bulk", {**told, "ids": ids, "step": "do", "which": ""})
    assert said(story.CREW, "tier") == []
    assert said(story.TERMINALS, "tier") == ["2"]


@pytest.mark.parametrize(
    ("act", "value", "fault"),
    [("tag", "nope", "Define it first"), ("owner", "nobody", "no principal")],
)
def test_a_faulty_bulk_action_is_told(act, value, fault, looked_after, as_steward):
    told = {"which": "all", "act": act, "value": value, "step": "preview"}
    answer = as_steward.post("/datasets/bulk", told)

    assert answer.status_code == 422
    assert fault in answer.content.decode()


def test_jobs_are_changed_together_too(looked_after, as_steward):
    told = {"which": "all", "act": "lifecycle", "value": "archived", "step": "do"}
    answer = as_steward.post("/jobs/bulk", told)

    assert answer.status_code == 303
    assert Change.objects.latest("pk").summary.startswith("Lifecycle: ")


def test_proposals_are_accepted_in_bulk(harbour, as_steward):
    told = {"which": "all", "act": "accept", "step": "do"}
    as_steward.post("/datasets/bulk", told)

    assert said(story.STAGED, "owner") == ["team:harbour-data"]


def test_the_hub_counts_what_lacks_care(looked_after, as_steward):
    page = as_steward.get("/governance")
    cares = {care["word"]: care for care in page.context["cares"]}

    total = cares["dataset"]["total"]
    lacks = {lack: number for lack, _, number, _ in cares["dataset"]["lacks"]}
    assert lacks["tag"] == total - 1
    assert lacks["owner"] < total
    assert page.context["waiting"]
    assert Domain.objects.count() == 3
