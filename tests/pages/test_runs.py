"""The page of a run: what it read and wrote, what went wrong, what it is part of."""

import re

import pytest
from django.utils import timezone

from lineage.models import Run
from tests.factories import make_principal
from tests.lineage.api.history import JOBS, run_event, send
from tests.pages import story
from tests.pages.addresses import DAG, FAILING_JOB, last_run
from tests.pages.conftest import client_of, take_in
from tests.pages.test_assets import text_of

pytestmark = pytest.mark.django_db


def test_a_failed_run_tells_its_error_and_where_it_was(harbour, as_viewer):
    text = text_of(as_viewer.get(last_run(story.FAILING_JOB)))

    assert "no answer from the crewing office" in text
    assert "manifest.py&quot;, line 31" in text
    assert "4 min 12 s" in text
    assert "pill-bad" in text


def test_times_are_told_with_their_zone(harbour, as_viewer):
    text = text_of(as_viewer.get(last_run(story.MART_JOB)))

    assert re.search(
        r"<dt>Started</dt><dd><time [^>]+>[-0-9]+ [:0-9]+ UTC</time>", text
    )


def test_a_run_that_ended_before_it_began_is_told_with_its_sign(db, as_viewer):
    send(run_event("START", 9), run_event("COMPLETE", 2))

    text = text_of(as_viewer.get(f"/jobs/{JOBS}/load/runs"))

    assert "\N{MINUS SIGN}7 min 0 s" in text
    assert 'width="-' not in text


def test_a_run_shows_versions_statistics_and_checks(harbour, as_viewer):
    staging = text_of(as_viewer.get(last_run(story.STAGING_JOB)))
    mart = text_of(as_viewer.get(last_run(story.MART_JOB)))

    assert "41,331 rows" in staging  # read
    assert "41,319 rows" in staging  # written
    assert "version 2" in staging
    assert "accepted_range" in mart
    assert "0 to 240" in mart
    assert "Warns" in mart  # a failure of severity warn


def test_a_run_stands_between_its_parent_and_its_children(harbour, as_viewer):
    inner = text_of(as_viewer.get(last_run(f"{story.DAG}.dbt_build")))
    above, _, below = inner.partition("<h2>Contains")

    assert last_run(story.DAG) in above[above.index("Part of") :]
    assert last_run(story.STAGING_JOB) in below


def test_a_timeline_leads_to_the_events_for_those_who_may_see_them(
    harbour, as_viewer, as_admin
):
    address = last_run(story.MART_JOB)

    assert text_of(as_admin.get(address)).count('href="/events/') == 2
    assert 'href="/events/' not in text_of(as_viewer.get(address))


def test_facets_read_as_words_and_keep_their_json(harbour, as_viewer):
    text = text_of(as_viewer.get(last_run(story.FAILING_JOB)))

    assert "<b>Job dependencies</b>" in text
    assert "<dt>Programming language</dt>" in text
    assert "&quot;programmingLanguage&quot;: &quot;PYTHON&quot;" in text


def test_what_a_facet_names_beyond_the_readers_rights_is_left_out(harbour):
    local = client_of(make_principal("lou", "viewer", namespace=story.MODELS))

    text = text_of(local.get(last_run(story.MART_JOB)))

    assert story.DAG not in text
    assert story.STAGED not in text


def test_a_run_that_only_its_children_name_says_so(db, as_viewer):
    parent = ("unheard_of", story.run_id("unheard"))
    take_in(
        [
            story.event(
                timezone.now(), "START", story.FLOWS, "child", story.run_id("child"),
                parent=parent,
            )
        ]
    )  # fmt: skip

    text = text_of(as_viewer.get(last_run("unheard_of")))

    assert "No event of this run itself has arrived" in text
    assert "child" in text[text.index("Contains") :]


def test_a_run_id_alone_leads_to_the_run(harbour, as_viewer):
    run = Run.objects.unrestricted("test").filter(job__name=story.DAG).first()

    response = as_viewer.get(f"/runs/{run.run_id}")

    assert response["Location"] == f"{DAG}/runs/{run.run_id}"


def test_one_run_id_of_two_jobs_is_two_runs_that_know_of_each_other(db, as_viewer):
    at, run = timezone.now(), story.run_id("shared")
    take_in(
        [
            story.event(at, "COMPLETE", story.FLOWS, "one", run),
            story.event(at, "COMPLETE", story.FLOWS, "two", run),
        ]
    )

    text = text_of(as_viewer.get(f"/jobs/{story.FLOWS}/one/runs/{run}"))

    assert f"/jobs/{story.FLOWS}/two/runs/{run}" in text


def test_the_runs_of_a_job_are_listed_latest_first(harbour, as_viewer):
    page = as_viewer.get(f"{FAILING_JOB}/runs").context["page"]
    starts = [run.started_at for run in page.rows]

    assert len(starts) == 4
    assert starts == sorted(starts, reverse=True)
    assert page.paginator.count == 4


@pytest.mark.parametrize("number", ["0", "-1", "x", "99", "1e3", "9" * 40])
def test_any_page_number_is_answered(number, harbour, as_viewer):
    page = as_viewer.get(f"{FAILING_JOB}/runs", {"page": number}).context["page"]

    assert len(page.rows) == 4
