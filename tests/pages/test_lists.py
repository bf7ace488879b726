"""The lists of datasets and jobs, the jump box, and the way through their pages."""

import pytest
from django.utils import timezone

from tests.factories import make_principal
from tests.pages import story
from tests.pages.conftest import client_of, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def much(harbour):
    take_in(story.much(timezone.now()))


def names_in(response):
    assert response.status_code == 200
    rows = response.context["rows"]
    return [(row.get("dataset") or row["job"]).name for row in rows]


def test_datasets_are_filtered_by_name_namespace_and_origin(harbour, as_viewer):
    staged = as_viewer.get("/datasets?q=STG_")
    lake = as_viewer.get("/datasets", {"namespace": story.LAKE})
    source = as_viewer.get("/datasets?state=source")

    assert names_in(staged) == [story.STAGED]
    assert names_in(lake) == [story.TERMINALS]
    assert story.CALLS in names_in(source)
    assert story.STAGED not in names_in(source)


def test_jobs_are_filtered_by_the_state_of_their_last_run(harbour, as_viewer):
    assert names_in(as_viewer.get("/jobs?state=failed")) == [
        story.DAG,
        story.FAILING_JOB,
    ]
    assert names_in(as_viewer.get("/jobs?state=running")) == [
        "harbour_live.vessel_positions"
    ]


def test_a_list_goes_on_on_its_next_page(much, as_viewer):
    first = as_viewer.get("/jobs?q=allocate")
    second = as_viewer.get("/jobs?q=allocate&page=2")
    beyond = as_viewer.get("/jobs?q=allocate&page=99")

    assert len(names_in(first)) == 50
    assert not set(names_in(first)) & set(names_in(second))
    assert len(names_in(beyond)) == 30
    assert "101\N{EN DASH}130 of 130 jobs" in beyond.content.decode()
    assert "?q=allocate&amp;page=2" in first.content.decode()


def test_htmx_gets_the_rows_alone_and_a_cache_keeps_both_apart(harbour, as_viewer):
    part = as_viewer.get("/datasets", headers={"HX-Request": "true"})
    restored = as_viewer.get(
        "/datasets",
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )

    assert "<html" not in part.content.decode()
    assert story.STAGED in part.content.decode().replace("<wbr>", "")
    assert "<html" in restored.content.decode()
    assert "HX-Request" in part["Vary"]


def test_a_list_that_filters_leave_empty_offers_the_way_back(harbour, as_viewer):
    text = as_viewer.get("/datasets?q=nowhere").content.decode()

    assert "No dataset fits these filters" in text
    assert 'href="/datasets"' in text


def test_an_empty_catalog_says_what_to_do_next(as_admin, as_viewer):
    told = as_admin.get("/").content.decode()

    assert "export OPENLINEAGE_URL=http://testserver" in told
    assert "OPENLINEAGE_API_KEY" in told
    assert "ask for access" in as_viewer.get("/").content.decode()


def test_a_list_has_only_what_its_reader_may_see(harbour):
    local = client_of(make_principal("lou", "viewer", namespace=story.LAKE))
    page = local.get("/datasets")

    assert names_in(page) == [story.TERMINALS]
    assert story.WAREHOUSE not in page.content.decode().replace("<wbr>", "")
    assert page.context["namespaces"] == [story.LAKE]


def test_the_jump_box_goes_straight_to_a_single_match(harbour, as_viewer):
    response = as_viewer.get("/find?q=raw.port_calls")

    assert response.status_code == 302
    assert response["Location"].endswith("/warehouse.raw.port_calls")


def test_the_jump_box_puts_whole_names_before_parts(harbour, as_viewer):
    headers = {"HX-Request": "true"}
    page = as_viewer.get("/find", {"q": story.DAG}, headers=headers)

    assert page.context["hits"][0].hit.name == story.DAG


def test_the_jump_box_finds_nothing_beyond_the_readers_rights(harbour):
    local = client_of(make_principal("lou", "viewer", namespace=story.LAKE))

    found = local.get("/find?q=port_calls").content.decode()
    assert "Nothing that you may see" in found


def test_a_percent_sign_is_no_wildcard(harbour, as_viewer):
    assert names_in(as_viewer.get("/datasets?q=%25")) == []


def test_home_counts_and_names_what_failed(harbour, as_admin):
    page = as_admin.get("/")
    text = page.content.decode()

    assert page.context["dataset_count"] == 7
    assert [f.run.job.name for f in page.context["failures"]][:2] == [
        story.DAG,
        story.FAILING_JOB,
    ]
    assert not page.context["failures"][0].is_recovered
    assert "Still failing" in text


def test_a_failure_is_recovered_once_a_later_run_completed(harbour, as_admin):
    run = story.run_id("crew", "again")
    at = timezone.now()
    take_in([story.event(at, "COMPLETE", story.FLOWS, story.FAILING_JOB, run)])

    failures = as_admin.get("/").context["failures"]

    assert {f.is_recovered for f in failures if f.run.job.name == story.DAG} == {False}
    assert {
        f.is_recovered for f in failures if f.run.job.name == story.FAILING_JOB
    } == {True}
