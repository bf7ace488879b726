"""What is hidden on a way is one step, a wall or nothing: as the setting says."""

import pytest
from django.test import Client

from tests.lineage.test_impact import admin, flows, half, river  # noqa: F401

pytestmark = pytest.mark.django_db
IMPACT = "/api/v1/impact?nodeId=dataset:data:staged"


def told(principal, path, status=200):
    client = Client()
    client.force_login(principal)
    answer = client.get(path)
    assert answer.status_code == status
    return answer.json()


def hops(answer):
    return {hit["name"]: hit["hops"] for hit in answer["hits"]}


def lengthen():
    """Have the vault hand on what it hides once more before it publishes it."""
    flows("vault/publish", reads=["vault/sealed"], writes=["open"])
    flows("vault/carry", reads=["vault/secret"], writes=["vault/sealed"])


@pytest.mark.parametrize("depth", range(1, 6))
def test_no_depth_tells_how_long_a_hidden_stretch_is(river, half, depth):  # noqa: F811
    before = told(half, f"{IMPACT}&depth={depth}")
    lengthen()

    assert told(half, f"{IMPACT}&depth={depth}") == before
    assert hops(before).get("open") == (2 if depth > 1 else None)
    assert before["truncated"] is (depth == 1)


def test_walks_that_stop_say_where(river, half, settings):  # noqa: F811
    settings.HEADWATER_WALKS_HIDDEN = "STOP"

    answer = told(half, IMPACT)

    assert hops(answer) == {"mix": 1, "mart": 2}
    assert (answer["withheld"], answer["complete"]) == (1, False)
    assert answer["truncated"] is False


def test_silent_walks_end_as_if_there_were_nothing(river, half, settings):  # noqa: F811
    settings.HEADWATER_WALKS_HIDDEN = "SILENT"

    answer = told(half, IMPACT)

    assert hops(answer) == {"mix": 1, "mart": 2}
    assert (answer["withheld"], answer["complete"]) == (0, True)


@pytest.mark.parametrize("walks", ["STOP", "SILENT"])
def test_who_sees_everything_is_told_everything(river, admin, settings, walks):  # noqa: F811
    settings.HEADWATER_WALKS_HIDDEN = walks

    assert hops(told(admin, IMPACT))["open"] == 4


@pytest.mark.parametrize(("walks", "count"), [("PASS", 1), ("STOP", 1), ("SILENT", 0)])
def test_the_picture_has_placeholders_as_the_setting_says(
    river,  # noqa: F811
    half,  # noqa: F811
    settings,
    walks,
    count,
):
    settings.HEADWATER_WALKS_HIDDEN = walks
    client = Client()
    client.force_login(half)

    page = client.get("/datasets/data/staged/lineage?depth=3").content.decode()

    assert page.count('data-kind="withheld"') == count
    assert ('data-id="dataset:data:open"' in page) is (walks == "PASS")
    assert "vault" not in page


def test_a_walk_from_a_dataset_begins_at_a_job_that_the_reader_knows(
    river,  # noqa: F811
    half,  # noqa: F811
):
    flows("tidy", reads=["open"], writes=["clean"])

    answer = told(half, "/api/v1/lineage?nodeId=dataset:data:open&depth=0")

    # vault/publish wrote it last, and tidy is next to it.
    assert {node["id"] for node in answer["graph"]} == {
        "job:jobs:tidy", "dataset:data:open", "dataset:data:clean",
    }  # fmt: skip


def test_a_column_that_hidden_assets_alone_name_is_unknown(
    river,  # noqa: F811
    half,  # noqa: F811
    admin,  # noqa: F811
):
    flows("vault/peek", reads=["staged"], writes=["vault/seen"],
          email=[("staged", "ghost", "IDENTITY", False)])  # fmt: skip
    path = "/api/v1/column-lineage?nodeId=datasetField:data:staged:ghost"

    told(half, path, status=404)
    told(admin, path)


@pytest.mark.parametrize("walks", ["STOP", "SILENT"])
def test_where_walks_stop_what_a_job_hides_does_not_say_how_much_it_tells(
    river,  # noqa: F811
    half,  # noqa: F811
    admin,  # noqa: F811
    settings,
    walks,
):
    settings.HEADWATER_WALKS_HIDDEN = walks
    path = "/api/v1/impact?nodeId=datasetField:data:staged:email"
    before = told(half, path)["silentJobs"]
    # Of one all that it makes is hidden, of the other all that it tells of columns.
    flows("hoard", reads=["staged"], writes=["vault/hoarded"])
    flows("leak", reads=["staged"], writes=["leaked"])
    flows("leak", reads=["staged"], writes=["vault/kept"],
          email=[("staged", "email", "IDENTITY", False)])  # fmt: skip

    assert told(half, path)["silentJobs"] == [*before, "job:jobs:leak"]
    assert "job:jobs:hoard" in told(admin, path)["silentJobs"]


@pytest.mark.parametrize(("walks", "status"), [("PASS", 200), ("STOP", 404)])
def test_a_column_that_comes_from_something_hidden_alone_is_known_where_walks_pass(
    river,  # noqa: F811
    half,  # noqa: F811
    settings,
    walks,
    status,
):
    settings.HEADWATER_WALKS_HIDDEN = walks
    flows("mend", reads=["vault/secret"], writes=["open"],
          ghost=[("vault/secret", "email", "IDENTITY", False)])  # fmt: skip
    path = "/api/v1/column-lineage?nodeId=datasetField:data:open:ghost"

    told(half, path, status=status)


def test_a_page_names_no_numbers_of_rows(river, admin):  # noqa: F811
    client = Client()
    client.force_login(admin)

    page = client.get("/datasets").content.decode()

    boxes = [part.split('"')[0] for part in page.split('name="id" value="')[1:]]
    assert boxes
    assert not any(box.isdecimal() for box in boxes)
