"""What the page of lineage can be asked, and what it says to that."""

import html
import re

import pytest
from django.utils.http import urlencode

from lineage.models import Event
from tests.factories import make_principal
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    dataset,
    facet,
    run_event,
    run_id,
    send,
)
from tests.pages.conftest import client_of
from tests.pages.test_lineage_graph import derived, node, opened

DAY = "2026-03-01"
BEFORE = f"{DAY}T12:10"


def of(name):
    return f"dataset:{TABLES}:{name}"


def job(name):
    return f"job:{JOBS}:{name}"


def inside(number, parent="nightly"):
    """A run of another job contains it."""
    return {
        "parent": facet(
            run={"runId": run_id(number)}, job={"namespace": JOBS, "name": parent}
        )
    }


def tell():
    """raw > load > orders > sum > daily > export, which fails; load turns to raw2."""
    said = derived("raw", id="key", amount="sum")
    again = derived("raw2", id="key", amount="sum")
    waits = {
        "jobDependencies": facet(
            upstream=[{"job": {"namespace": JOBS, "name": "load"}}], downstream=[]
        )
    }
    send(
        run_event(
            inputs=[dataset("raw", "key", "sum")],
            outputs=[dataset("orders", "id", "amount", facets=said)],
            run_facets=inside(90),
        ),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="sum",
            inputs=[dataset("orders", "id", "amount")],
            outputs=[
                dataset("daily", "total", facets=derived("orders", total="amount"))
            ],
            run_facets={**inside(90), **waits},
        ),
        run_event(
            "FAIL", 6, run=run_id(3), job="export", inputs=[dataset("daily", "total")],
            run_facets={"extractionError": facet(totalTasks=3, failedTasks=2)},
        ),
        run_event(
            "COMPLETE", 20, run=run_id(4),
            inputs=[dataset("raw2", "key", "sum")],
            outputs=[dataset("orders", "id", "amount", facets=again)],
            run_facets=inside(91),
        ),
    )  # fmt: skip


@pytest.fixture
def shop(db):
    tell()


def page_of(client, name="orders", **asked):
    query = urlencode({"nodeId": of(name), **asked}, doseq=True)
    return client.get(f"/lineage?{query}").content.decode()


def nodes_of(page):
    found = re.findall(r'<tr data-node="\d+" data-kind="\w+" data-id="([^"]+)"', page)
    return {html.unescape(one) for one in found}


def edges_of(page):
    ids = {
        number: html.unescape(name)
        for number, name in re.findall(r'data-node="(\d+)" .*?data-id="([^"]+)"', page)
    }
    ends = re.findall(r'<tr data-from="(\d+)" data-to="(\d+)"([^>]*)>', page)
    return {(ids[one], ids[other], *columns(more)) for one, other, more in ends}


def columns(attributes):
    return [
        (re.findall(rf'data-{end}-column="([^"]*)"', attributes) or [""])[0]
        for end in ("from", "to")
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"direction": "upstream"},
        {"direction": "downstream", "maxHops": "2"},
        {"asOf": f"{BEFORE}:00Z"},
        {"status": ["effective", "former"], "maxHops": "6"},
        {"assertedBy": "explicit"},
        {"kind": "dataset"},
        {"recordedAt": "2020-01-01T00:00:00Z"},
    ],
)
def test_the_page_tells_what_the_api_tells(shop, as_viewer, asked):
    page = page_of(as_viewer, **asked)
    told = as_viewer.get(
        "/api/v1/lineage/walk",
        {
            "nodeId": of("orders"),
            "maxHops": "4",
            **{k: ",".join(v) if isinstance(v, list) else v for k, v in asked.items()},
        },
    ).json()

    assert nodes_of(page) == {one["nodeId"] for one in told["nodes"]}
    assert edges_of(page) == {
        (one["source"], one["target"], "", "") for one in told["edges"]
    }


def test_columns_are_rows_of_their_datasets(shop, as_viewer):
    page = page_of(as_viewer, level="column")

    assert nodes_of(page) == {of("raw2"), of("orders"), of("daily")}
    assert edges_of(page) == {
        (of("raw2"), of("orders"), "key", "id"),
        (of("raw2"), of("orders"), "sum", "amount"),
        (of("orders"), of("daily"), "amount", "total"),
    }
    assert "5 columns, 3 datasets" in page


def test_a_day_alone_counts_as_a_whole(shop, as_viewer):
    assert of("raw2") in nodes_of(page_of(as_viewer, asOf=DAY))
    assert nodes_of(page_of(as_viewer, asOf="2026-02-28")) == {of("orders")}
    then = page_of(as_viewer, asOf=BEFORE)
    assert of("raw") in nodes_of(then)
    assert "Back to now" in then


@pytest.mark.parametrize("name", ["asOf", "recordedAt", "against", "againstRecorded"])
@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "99999-01-01", "\0", "-1"])
def test_a_time_that_is_none_is_a_fault_of_its_field(shop, as_viewer, name, text):
    page = page_of(as_viewer, **{name: text})

    assert f'id="fault-{name}"' in page
    assert "This cannot be asked" in page
    assert "<lineage-graph" not in page
    query = urlencode({"nodeId": of("orders"), name: text})
    assert as_viewer.get(f"/lineage/edges.csv?{query}").status_code == 400


def test_an_opened_node_shows_one_hop_more_and_the_rest_stays(shop, as_viewer):
    near = page_of(as_viewer, maxHops="1")
    assert nodes_of(near) == {of("orders"), job("load"), job("sum")}
    [further] = re.findall(r'data-opens href="\?([^"]+sum[^"]*)"', near)

    page = as_viewer.get(f"/lineage?{html.unescape(further)}").content.decode()

    assert nodes_of(page) == nodes_of(near) | {of("daily")}
    assert (job("sum"), of("daily"), "", "") in edges_of(page)
    # The next one can be opened now, and what is opened stays so.
    assert re.search(
        r'data-opens href="\?[^"]*open=job[^"]*open=dataset[^"]*daily', page
    )
    # Both ways by themselves: what is upstream of sum has nothing to do with it.
    assert of("raw2") not in nodes_of(page)


def test_each_edge_says_on_whose_word_it_stands(shop, as_viewer, as_admin):
    page = page_of(as_admin, maxHops="1")
    first = Event.objects.get(event_time="2026-03-01T12:00Z")
    last = Event.objects.get(event_time="2026-03-01T12:20Z")
    row = re.search(
        rf'<tr data-from="\d+" data-to="\d+" data-status="1">(?:(?!</tr>).)*?'
        rf"{bytes(first.digest).hex()}.*?</tr>", page, re.S,
    )  # fmt: skip
    assert row is not None
    assert f"/events/{bytes(last.digest).hex()}" in row[0]
    assert f"/runs/{run_id(4)}" in row[0]
    assert "https://<wbr>" not in row[0].split("Inputs and outputs")[0]
    # Who may not read events is told when, and not by which.
    assert "/events/" not in page_of(as_viewer, maxHops="1")


def test_what_is_not_whole_is_said_in_words(shop, as_viewer):
    near = page_of(as_viewer, maxHops="2")
    assert "Ends after 2 hops" in near
    far = page_of(as_viewer, maxHops="6")
    for words in (
        "Jobs whose last run failed",
        "Without a producer",
        "Not heard of for",
    ):
        assert words in far
    assert "All that is known is shown" in far
    calm = page_of(as_viewer, maxHops="6", direction="downstream", oldDays="365")
    assert "Without a producer" not in calm


def test_two_times_are_compared(shop, as_admin):
    page = page_of(as_admin, against=BEFORE)

    assert of("raw") in nodes_of(page)  # it went, and is drawn all the same
    marks = dict(re.findall(r'data-id="([^"]+)"[^>]*data-change="(\w+)"', page))
    assert marks == {of("raw"): "removed", of("raw2"): "added"}
    edges = re.findall(
        r'<tr data-from="\d+" data-to="\d+"[^>]*data-change="(\w+)"', page
    )
    assert sorted(edges) == ["added", "removed"]
    shown = Event.objects.get(event_time="2026-03-01T12:20Z")
    changes = page[page.index('id="changes"') : page.index('id="completeness"')]
    assert changes.count(f"/events/{bytes(shown.digest).hex()}") == 4
    assert "Nothing differs" in page_of(as_admin, against=DAY)
    assert 'id="fault-against"' in page_of(as_admin, against=DAY, level="root")


def test_the_link_with_both_times_tells_the_same_later(shop, as_viewer):
    page = page_of(as_viewer)
    [link] = re.findall(r'href="\?([^"]+)" title="Both times are fixed', page)
    send(
        run_event(
            "COMPLETE", 8, run=run_id(5), job="audit",
            inputs=[dataset("orders", "id")], outputs=[dataset("audited", "id")],
        )
    )  # fmt: skip

    later = as_viewer.get(f"/lineage?{html.unescape(link)}").content.decode()

    assert nodes_of(later) == nodes_of(page)
    assert of("audited") in nodes_of(page_of(as_viewer))


def test_jobs_are_told_by_their_parent_and_opened(shop, as_viewer):
    page = page_of(as_viewer, level="parent")

    assert job("nightly") in nodes_of(page)
    assert job("load") not in nodes_of(page)
    [link] = re.findall(r'data-opens href="\?([^"]+)"', page)
    inner = as_viewer.get(f"/lineage?{html.unescape(link)}").content.decode()
    assert {job("load"), job("sum")} <= nodes_of(inner)


def test_jobs_that_wait_for_others_stand_apart(shop, as_viewer):
    page = page_of(as_viewer, controlFlow="1")

    table = page[page.index("Which jobs wait for which</caption>") :]
    assert re.search(r"load.*?sum", table[: table.index("</table>")], re.S)
    assert (job("load"), job("sum"), "", "") not in edges_of(page)


def test_paths_are_told_or_what_is_amiss(shop, as_viewer):
    def asked(**query):
        return as_viewer.get("/lineage/paths", query).content.decode()

    page = asked(**{"from": of("raw2"), "to": of("daily")})
    steps = re.search(r'<ol class="way">(.*?)</ol>', page, re.S)[1]
    assert re.findall(r"/(raw2|load|orders|sum|daily)\"", steps) == [
        "raw2", "load", "orders", "sum", "daily",
    ]  # fmt: skip
    assert "4 hops" in page
    assert "No data comes this way" in asked(**{"from": of("daily"), "to": of("raw2")})
    assert 'id="fault-to"' in asked(**{"from": of("raw2"), "to": of("nothing")})
    column = f"datasetField:{TABLES}:orders:id"
    assert "From column to column" in asked(**{"from": column, "to": of("daily")})
    picks = asked(**{"from": of("raw2")})
    assert "To which one?" in picks
    assert f"to={job('export').replace(':', '%3A')}" in picks
    assert 'id="fault-asOf"' in asked(**{"from": of("raw2"), "asOf": "soon"})
    hidden = client_of(make_principal("otto", "viewer", namespace=JOBS))
    told = hidden.get("/lineage/paths", {"from": job("load"), "to": of("orders")})
    assert told.status_code == 200
    assert "There is nothing of this name that you may see" in told.content.decode()


def test_ultimate_sources_and_consumers_are_listed(shop, as_viewer):
    def asked(**query):
        page = as_viewer.get("/lineage/ends", {"nodeId": of("orders"), **query})
        rows = re.search(r"<tbody>(.*?)</tbody>", page.content.decode(), re.S)[1]
        return re.findall(r'<th scope="row">\s*<a[^>]*href="[^"]*/(\w+)"', rows)

    assert asked(direction="upstream") == ["raw2"]
    assert asked(direction="upstream", asOf=BEFORE) == ["raw"]
    assert asked(direction="downstream") == ["export"]
    bad = as_viewer.get("/lineage/ends", {"nodeId": of("orders"), "asOf": "soon"})
    assert 'id="fault-asOf"' in bad.content.decode()


# In a browser


def test_a_node_is_opened_in_its_place_and_an_edge_says_why(
    open_browser, admin, transactional_db
):
    tell()
    page = opened(open_browser(admin), f"/lineage?nodeId={of('orders')}&maxHops=1")
    assert page.locator(".node").count() == 3
    place = node(page, "sum").bounding_box()

    node(page, "sum").locator("> .graph-button").focus()
    page.keyboard.press("o")
    node(page, "daily").wait_for()

    assert page.locator(".node").count() == 4
    now = node(page, "sum").bounding_box()
    assert abs(now["x"] - place["x"]) < 2
    assert abs(now["y"] - place["y"]) < 2
    label = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(label).startswith("Job sum,")
    assert "open=job" in page.url
    assert "sum is open: " in page.locator("#graph-status").text_content()
    page.get_by_role("button", name=re.compile("why.* to daily", re.I)).click()
    details = page.locator("[data-details]")
    assert "Inputs and outputs" in details.inner_text()
    assert details.locator("a[href^='/events/']").count() >= 1
    page.go_back()
    node(page, "daily").wait_for(state="detached")


def test_columns_and_changes_are_drawn(open_browser, admin, transactional_db):
    tell()
    page = open_browser(admin)
    opened(page, f"/lineage?nodeId={of('orders')}&level=column")
    assert page.locator(".column").count() == 5
    assert page.locator(".column-link").count() == 3
    assert page.locator(".edge:visible").count() == 0

    page.get_by_label("Show", exact=True).select_option("dataset")
    page.wait_for_url("**level=dataset**")
    opened(page, f"/lineage?nodeId={of('orders')}&against={BEFORE}")

    assert page.locator(".node.is-added").count() == 1
    assert page.locator(".node.is-removed").count() == 1
    assert page.locator(".edge.is-added").count() == 1
    assert page.locator(".edge.is-removed").count() == 1
