"""The pages of datasets and jobs: what stands on them, and what does not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.paths import escape
from tests.factories import make_principal
from tests.pages import story
from tests.pages.addresses import (
    CREW,
    DAG,
    FAILING_JOB,
    MART,
    STAGED,
    STAGING_JOB,
    TERMINALS,
)
from tests.pages.conftest import client_of, take_in

pytestmark = pytest.mark.django_db


def text_of(response):
    """The answer as a reader has it: names without the places to break them."""
    assert response.status_code == 200
    return response.content.decode().replace("<wbr>", "")


def test_a_dataset_page_says_what_producers_say_of_it(harbour, as_viewer):
    text = text_of(as_viewer.get(STAGED))

    assert "One row for each call of a ship" in text
    assert "team:harbour-data" in text
    assert "tier: gold" in text
    assert "Table (view)" in text


def test_columns_have_types_descriptions_tags_and_sources(harbour, as_viewer):
    text = text_of(as_viewer.get(STAGED))

    assert "numeric(12,2)" in text
    assert "IMO number" in text
    assert 'class="tag" title="From dbt">pii' in text
    assert "direct transformation, masked" in text
    assert story.CALLS in text


def test_a_column_that_lies_beyond_the_readers_rights_is_not_named(harbour):
    local = make_principal("lou", "viewer", namespace=story.LAKE)
    take_in(
        [
            story.event(
                timezone.now(),
                "COMPLETE",
                story.MODELS,
                "export",
                story.run_id("export"),
                outputs=[
                    story.dataset(
                        story.LAKE,
                        "export/calls",
                        {
                            "schema": story.schema(("call_id", "text")),
                            "columnLineage": story.derives(
                                call_id=[
                                    (
                                        story.CALLS,
                                        "call_id",
                                        "DIRECT",
                                        "IDENTITY",
                                        False,
                                    )
                                ]
                            ),
                        },
                    )
                ],
            )
        ]
    )
    address = f"/datasets/{escape(story.LAKE)}/{escape('export/calls')}"

    text = text_of(client_of(local).get(address))

    assert "call_id" in text
    assert story.CALLS not in text


def test_a_version_shows_what_was_added_removed_and_retyped(harbour, as_viewer):
    at = timezone.now()
    narrow = story.schema(*story.COLUMNS[:3], ("arrived_at", "date"))
    take_in(
        [
            story.event(
                at, "COMPLETE", story.MODELS, story.STAGING_JOB, story.run_id("new"),
                outputs=[
                    story.dataset(story.WAREHOUSE, story.STAGED, {"schema": narrow})
                ],
            )
        ]
    )  # fmt: skip

    text = text_of(as_viewer.get(f"{STAGED}/versions"))
    newest = text[text.index("Version 3") : text.index("Version 2")]

    assert newest.count("change-removed") == 2
    assert newest.index("removed</span>") < newest.index("departed_at")
    assert "timestamp with time zone" in newest
    assert "retyped" in newest


def test_producers_and_consumers_say_whether_they_still_count(harbour, as_admin):
    text = text_of(as_admin.get(f"{STAGED}/jobs"))

    assert text.index(story.STAGING_JOB) < text.index(story.MART_JOB)
    assert "Effective" in text
    assert "Attempt" in text  # of the job that never completed
    assert 'href="/events/' in text


def test_who_may_not_see_events_gets_no_link_to_them(harbour, as_viewer):
    assert 'href="/events/' not in text_of(as_viewer.get(f"{STAGED}/jobs"))


def test_the_runs_of_a_dataset_can_be_those_that_wrote_it(harbour, as_viewer):
    every = text_of(as_viewer.get(f"{STAGED}/runs"))
    wrote = text_of(as_viewer.get(f"{STAGED}/runs?did=wrote"))

    assert every.count('scope="row"') == 12
    assert wrote.count('scope="row"') == 4
    assert story.MART_JOB not in wrote


def test_an_alias_leads_to_the_dataset_that_it_names(harbour, as_viewer):
    other = {"namespace": "s3://old-lake", "name": "terminals", "type": "TABLE"}
    links = story.facet("SymlinksDatasetFacet", identifiers=[other])
    take_in(
        [
            story.event(
                timezone.now(), "COMPLETE", story.FLOWS, "mirror", story.run_id("m"),
                outputs=[
                    story.dataset(story.LAKE, story.TERMINALS, {"symlinks": links})
                ],
            )
        ]
    )  # fmt: skip

    text = text_of(as_viewer.get(f"/datasets/{escape('s3://old-lake')}/terminals"))

    assert f"<title>{story.TERMINALS}" in text
    assert "Also known as" in text


def test_a_dataset_without_schema_says_how_one_comes(harbour, as_viewer):
    assert "No columns known" in text_of(as_viewer.get(CREW))


def test_a_dropped_dataset_says_so_until_it_is_written_again(harbour, as_viewer):
    drop = story.facet("LifecycleStateChangeDatasetFacet", lifecycleStateChange="DROP")
    outputs = [
        story.dataset(story.LAKE, story.TERMINALS, {"lifecycleStateChange": drop}),
        story.dataset(story.LAKE, story.TERMINALS, {}),
    ]
    shown = []
    for hours, output in enumerate(outputs):
        run = story.run_id(f"drop {hours}")
        at = timezone.now() + timedelta(hours=hours)
        take_in([story.event(at, "COMPLETE", story.FLOWS, "j", run, outputs=[output])])
        shown.append("Dropped" in text_of(as_viewer.get(TERMINALS)))

    assert shown == [True, False]


def test_a_job_page_shows_code_to_those_who_may_see_it(harbour, as_viewer, as_admin):
    shown = text_of(as_admin.get(STAGING_JOB))
    hidden = text_of(as_viewer.get(STAGING_JOB))

    assert "gross_tonnage" in shown
    assert "gross_tonnage" not in hidden
    assert "code that your rights do not show" in hidden


def test_a_job_page_shows_the_diff_of_its_sql(harbour, as_viewer, as_admin):
    shown = text_of(as_admin.get(f"{STAGING_JOB}/versions"))

    assert '<span class="diff-line diff-added">+     gross_tonnage</span>' in shown
    assert "gross_tonnage" not in text_of(as_viewer.get(f"{STAGING_JOB}/versions"))


def test_hierarchy_and_control_flow_stand_apart(harbour, as_viewer):
    text = text_of(as_viewer.get(FAILING_JOB))
    hierarchy = text[text.index("<h2>Hierarchy") : text.index("<h2>Control flow")]
    control = text[text.index("<h2>Control flow") :]

    assert f"{story.DAG}.dbt_build" not in hierarchy
    assert story.DAG in hierarchy
    assert f"{story.DAG}.dbt_build" in control


def test_a_job_contains_what_its_runs_contain(harbour, as_viewer):
    text = text_of(as_viewer.get(DAG))

    assert text.index("Contains") < text.index(story.FAILING_JOB)


def test_a_job_beyond_the_readers_rights_is_named_nowhere(harbour):
    local = client_of(make_principal("lou", "viewer", namespace=story.MODELS))

    text = text_of(local.get(STAGING_JOB))

    assert story.DAG not in text.replace("dbt_build", "")
    assert story.CALLS not in text
    assert local.get(FAILING_JOB).status_code == 404


def test_a_name_that_does_not_exist_is_a_page_that_says_so(harbour, as_viewer):
    response = as_viewer.get(f"{MART}x")

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()
