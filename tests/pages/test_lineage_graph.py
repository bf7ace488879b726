"""The graph of lineage: its picture, its tables, its files."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from lineage.views import graph_parts
from policies.models import JournalEntry
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
from tests.pages.test_every_page import faults_of, told

ORDERS = f"dataset:{TABLES}:orders"
PAGE = f"/lineage?nodeId={ORDERS}&maxHops=4"


def derived(table, **columns):
    """Each column comes from one of `table`."""
    return {
        "columnLineage": facet(
            fields={
                own: {
                    "inputFields": [
                        {
                            "namespace": TABLES,
                            "name": table,
                            "field": other,
                            "transformations": [
                                {"type": "DIRECT", "subtype": "IDENTITY"}
                            ],
                        }
                    ]
                }
                for own, other in columns.items()
            }
        )
    }


def tell():
    """raw → load → orders → sum → daily → export, which fails; orders → mail."""
    said = derived("raw", id="key", amount="sum")
    send(
        run_event(
            inputs=[dataset("raw", "key", "sum")],
            outputs=[dataset("orders", "id", "amount", facets=said)],
        ),
        run_event(
            "COMPLETE", 5, run=run_id(2), job="sum",
            inputs=[dataset("orders", "id", "amount")],
            outputs=[
                dataset("daily", "total", facets=derived("orders", total="amount"))
            ],
        ),
        run_event(
            "FAIL", 6, run=run_id(3), job="export", inputs=[dataset("daily", "total")]
        ),
        run_event(
            "RUNNING", 7, run=run_id(4), job="mail", inputs=[dataset("orders", "id")],
            job_facets={"jobType": facet(processingType="STREAMING", integration="X")},
        ),
    )  # fmt: skip


@pytest.fixture
def shop(db):
    tell()


def rows(client: Client, kind: str, address: str = PAGE) -> list[dict[str, str]]:
    """What a CSV of the graph says."""
    response = client.get(address.replace("/lineage", f"/lineage/{kind}.csv"))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


# Without a browser


def test_the_tables_have_the_nodes_and_edges(shop, as_viewer):
    page = as_viewer.get(PAGE).content.decode()

    nodes = re.findall(r'<tr data-node="\d+" data-kind="(\w+)" data-id="([^"]+)"', page)
    assert {name for _, name in nodes} == {
        *(f"dataset:{TABLES}:{name}" for name in ("raw", "orders", "daily")),
        *(f"job:{JOBS}:{name}" for name in ("load", "sum", "mail", "export")),
    }
    assert len(re.findall("<tr data-from=", page)) == 6
    assert "3 datasets, 4 jobs" in page


def test_the_state_of_a_node_stands_in_its_row(shop, as_viewer):
    states = {row["name"]: row["state"] for row in rows(as_viewer, "nodes")}

    assert states["export"] == "Failed Never completed"
    assert states["mail"] == "Running Streaming"
    assert states["load"] == states["orders"] == ""


def test_hops_go_from_the_dataset_to_the_jobs_around_it(shop, as_viewer):
    near = rows(as_viewer, "nodes", f"/lineage?nodeId={ORDERS}&maxHops=1")

    assert {row["name"] for row in near if row["kind"] == "job"} == {
        "load", "sum", "mail",
    }  # fmt: skip


@pytest.mark.parametrize("hops", ["0", "-1", "5", "many", "99999"])
def test_an_unknown_number_of_hops_is_the_usual_one(shop, as_viewer, hops):
    page = as_viewer.get(f"/lineage?nodeId={ORDERS}&maxHops={hops}").content.decode()

    assert '<option value="4" selected>' in page


def test_the_tabs_of_a_dataset_and_a_job_show_the_graph(shop, as_viewer):
    of_dataset = as_viewer.get("/datasets/postgres:~2F~2Fwarehouse:5432/orders/lineage")
    of_job = as_viewer.get(f"/jobs/{JOBS}/load/lineage")

    for page in (of_dataset, of_job):
        assert page.status_code == 200
        assert "<lineage-graph" in page.content.decode()
        assert 'aria-current="page"' in page.content.decode()


def test_without_a_node_the_page_says_where_to_find_one(as_viewer):
    page = as_viewer.get("/lineage")

    assert page.status_code == 200
    assert "Lineage starts at a dataset or job" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "nodeId=",
        "nodeId=table:a:b",
        f"nodeId=job:{JOBS}:none",
        f"nodeId={ORDERS}%23{run_id(1)}",
    ],
)
def test_an_unknown_node_is_not_found(shop, as_viewer, query):
    assert as_viewer.get(f"/lineage?{query}").status_code == 404
    assert as_viewer.get(f"/lineage/nodes.csv?{query}").status_code == 404
    assert as_viewer.get(f"/lineage/columns?{query}").status_code == 404


def test_what_is_withheld_is_a_number_and_no_name(shop):
    reader = client_of(make_principal("otto", "viewer", namespace=JOBS))

    page = reader.get(f"/lineage?nodeId=job:{JOBS}:load&maxHops=6").content.decode()

    assert "0 datasets, 4 jobs, 3 withheld" in page
    assert "Withheld from you" in page
    for name in ("orders", "daily", TABLES):
        assert name not in page


def test_a_graph_that_is_too_large_says_so_and_the_way_out(
    shop, as_viewer, monkeypatch
):
    monkeypatch.setattr(graph_parts, "MAX_DRAWN", 4)

    page = as_viewer.get(PAGE).content.decode()

    assert "This is a part of the graph." in page
    assert "Choose fewer hops" in page
    assert len(re.findall("<tr data-node=", page)) == 5
    assert len(rows(as_viewer, "nodes")) == 7


def test_the_files_hold_what_the_tables_show(shop, as_viewer):
    edges = rows(as_viewer, "edges")

    assert {(row["from_name"], row["to_name"]) for row in edges} == {
        ("raw", "load"), ("load", "orders"), ("orders", "sum"), ("sum", "daily"),
        ("daily", "export"), ("orders", "mail"),
    }  # fmt: skip
    standing = {row["to_name"]: row["standing"] for row in edges}
    assert standing["export"] == "attempt"
    assert standing["sum"] == "effective"
    assert all(row["first_asserted"] for row in edges)


def test_a_name_that_is_a_formula_is_no_formula_in_a_file(db, as_viewer):
    send(run_event(job="=cmd()", outputs=[dataset("+1")]))

    [job] = [
        row
        for row in rows(as_viewer, "nodes", f"/lineage?nodeId=job:{JOBS}:%3Dcmd()")
        if row["kind"] == "job"
    ]

    assert job["name"] == "'=cmd()"


def test_a_file_is_journaled(shop, as_viewer, viewer):
    rows(as_viewer, "edges")

    entry = JournalEntry.objects.get(act="lineage.exported")
    assert entry.actor == viewer.public_id
    body = json.loads(bytes(entry.body))
    assert body["target"]["key"] == [TABLES, "orders"]
    assert body["changes"] == {
        "depth": 4, "direction": "both", "level": "dataset", "is_partial": False,
        "table": "edges",
    }  # fmt: skip


def test_columns_come_with_what_they_are_next_to(shop, as_viewer):
    answer = as_viewer.get("/lineage/columns", {"nodeId": ORDERS}).json()

    assert [column["name"] for column in answer["columns"]] == ["id", "amount"]
    links = {(one["from"]["column"], one["to"]["column"]) for one in answer["links"]}
    assert links == {("key", "id"), ("sum", "amount"), ("amount", "total")}
    assert answer["links"][0]["how"] == ["direct identity"]


def test_a_job_has_no_columns(shop, as_viewer):
    response = as_viewer.get("/lineage/columns", {"nodeId": f"job:{JOBS}:load"})

    assert response.status_code == 404


# In a browser


def node(page, name):
    return page.locator(f'.node:has(> [aria-label*=" {name},"])')


def focus(page, name):
    node(page, name).locator("> .graph-button").focus()


def opened(page, address=PAGE):
    page.goto(address)
    page.wait_for_selector(".node")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_graph_is_sound(theme, width, open_browser, admin, transactional_db):
    tell()
    page = open_browser(
        admin,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,  # for axe alone
    )
    opened(page)
    focus(page, "orders")
    page.keyboard.press("c")
    page.wait_for_selector(".column")

    assert told(faults_of(page)) == "[]"


def test_the_picture_shows_what_the_tables_say(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer))

    assert page.locator(".node-dataset").count() == 3
    assert page.locator(".node-job").count() == 4
    assert page.locator(".edge").count() == 6
    assert page.locator(".edge-attempt").count() == 1
    assert node(page, "export").locator(".mark-bad").text_content() == "Failed"
    assert not page.locator("#graph-tables table").first.is_visible()


def test_data_flows_from_left_to_right(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer))

    places = [
        node(page, name).bounding_box()["x"]
        for name in ("raw", "load", "orders", "sum", "daily", "export")
    ]
    assert places == sorted(places)
    assert len(set(places)) == 6


def test_choosing_a_node_marks_its_streams(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer))

    node(page, "sum").click()

    labels = page.locator(".node.is-near > .graph-button").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label').split(',')[0])"
    )
    assert set(labels) == {
        "Dataset raw", "Job load", "Dataset orders", "Job sum", "Dataset daily",
        "Job export",
    }  # fmt: skip
    details = page.locator("[data-details]")
    assert "3 upstream in this graph" in details.inner_text()
    assert "2 downstream in this graph" in details.inner_text()
    details.get_by_role("link", name="Start from here").click()
    page.wait_for_url(f"**/lineage?nodeId=job*{JOBS}*sum*")


def test_the_keyboard_walks_along_the_edges(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer))
    focused = "document.activeElement.getAttribute('aria-label').split(',')[0]"

    focus(page, "orders")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "Job load"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "Dataset raw"
    page.keyboard.press("Enter")
    assert "raw" in page.locator("[data-details] h2").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".is-chosen").count() == 0


def test_the_tab_key_goes_to_the_chosen_node_and_on(
    open_browser, viewer, transactional_db
):
    tell()
    page = opened(open_browser(viewer))
    page.locator(".is-chosen").wait_for()

    page.get_by_role("link", name="Link to this very answer").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel").startswith(
        "Dataset orders,"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Closer"


def test_columns_open_and_mark_where_they_come_from(
    open_browser, viewer, transactional_db
):
    tell()
    page = opened(open_browser(viewer))
    for name in ("raw", "orders", "daily"):
        focus(page, name)
        page.keyboard.press("c")
        node(page, name).locator(".column").first.wait_for()

    assert page.locator(".column-link").count() == 3
    node(page, "daily").locator(".column").first.hover()

    lit = page.locator(".column.is-lit text:first-of-type").all_text_contents()
    assert sorted(lit) == ["amount", "sum", "total"]
    node(page, "orders").locator(".column").nth(1).click()
    told_of_it = page.locator("[data-details]").inner_text()
    assert "Comes from" in told_of_it
    assert "direct identity" in told_of_it


def test_columns_are_lit_while_they_are_pointed_at(
    open_browser, viewer, transactional_db
):
    tell()
    page = opened(open_browser(viewer))
    focus(page, "orders")
    page.keyboard.press("c")
    node(page, "orders").locator(".column").first.hover()
    assert page.locator(".column.is-lit").count() == 1

    page.locator(".graph-legend").hover()

    assert page.locator(".column.is-lit").count() == 0


def test_a_graph_too_large_for_its_room_begins_at_its_end_and_readable(
    open_browser, viewer, transactional_db
):
    tell()
    page = open_browser(viewer, viewport={"width": 390, "height": 900})
    opened(page, f"/lineage?nodeId=dataset:{TABLES}:raw&maxHops=6")
    room = page.locator(".graph-svg").bounding_box()

    start = node(page, "raw").locator(".node-box").bounding_box()
    assert start["x"] - room["x"] < 32
    assert start["x"] + start["width"] < room["x"] + room["width"]
    assert start["height"] > 40


def test_the_view_moves_and_zooms(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer))
    place = "document.querySelector('.graph-svg > g').getAttribute('transform')"

    first = page.evaluate(place)
    page.get_by_role("button", name="Closer").click()
    closer = page.evaluate(place)
    assert closer != first
    box = page.locator(".graph-svg").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 90, steps=4)
    page.mouse.up()
    assert page.evaluate(place) != closer
    page.get_by_role("button", name="All").click()
    page.keyboard.press("Tab")


def test_more_hops_are_a_choice_away(open_browser, viewer, transactional_db):
    tell()
    page = opened(open_browser(viewer), f"/lineage?nodeId={ORDERS}&maxHops=1")
    assert node(page, "export").count() == 0

    page.get_by_label("Hops").select_option("6")

    node(page, "export").wait_for()
    assert "maxHops=6" in page.url


def test_without_scripts_the_tables_show(open_browser, viewer, transactional_db):
    tell()
    page = open_browser(viewer, java_script_enabled=False)
    page.goto(PAGE)

    assert page.get_by_role("table", name="Nodes of the graph").is_visible()
    assert not page.locator("lineage-graph").is_visible()
    page.get_by_label("Hops").select_option("1")
    page.get_by_role("button", name="Show").click()
    assert "maxHops=1" in page.url


def test_a_graph_that_cannot_be_arranged_leaves_the_tables(
    browser, web_server, viewer, transactional_db
):
    tell()
    context = browser.new_context(base_url=web_server.url)
    session = client_of(viewer).cookies
    context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": web_server.url}
            for name, cookie in session.items()
        ]
    )
    context.route("**/elk-api*.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(PAGE)

    page.get_by_text("The graph cannot be drawn here").wait_for()
    assert page.get_by_role("table", name="Nodes of the graph").is_visible()
    context.close()
