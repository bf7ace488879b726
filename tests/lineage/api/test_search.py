"""Searching over HTTP: as Marquez's clients do, and with all that there is to tell."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Dataset
from tests.catalog import search_world as world
from tests.catalog.search_table import CUSTOMERS, EXTRACT, ORDERS, REVENUE

SEARCH, FIND = "/api/v1/search", "/api/v1/find"


@pytest.fixture(scope="module")
def steward(django_db_setup, django_db_blocker):
    """Who said what is said in the world of these tests."""
    with django_db_blocker.unblock(), world.kept_world() as steward:
        yield steward


@pytest.fixture
def api(steward, reading_as):
    return reading_as("viewer")


def names(answer):
    return [hit["name"] for hit in answer.get("results", answer.get("hits"))]


# Marquez's


def test_a_result_has_marquezs_members(api):
    [found] = api.get(SEARCH, q="shop.public.orders", limit=1)["results"]

    assert found == {
        "type": "DATASET",
        "name": ORDERS,
        "updatedAt": found["updatedAt"],
        "namespace": world.PG,
        "nodeId": f"dataset:{world.PG}:{ORDERS}",
    }
    assert found["updatedAt"].endswith("Z")


@pytest.mark.parametrize("q", [None, "", "   "])
def test_search_without_a_text_is_refused(api, q):
    problem = api.get(SEARCH, 400, **({} if q is None else {"q": q}))

    assert problem["parameter"] == "q"


@pytest.mark.parametrize("kind", ["DATASET", "JOB", "job"])
def test_search_is_for_one_type_if_asked(api, kind):
    found = api.get(SEARCH, q="orders", filter=kind)["results"]

    assert {hit["type"] for hit in found} == {kind.upper()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"filter": "TABLE"},
        {"sort": "BEST"},
        {"limit": "many"},
        {"limit": "-1"},
        {"before": "yesterday"},
        {"after": "2026-13-01"},
        {"after": "20260504"},
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(api, wrong):
    problem = api.get(SEARCH, 400, q="orders", **wrong)

    assert problem["parameter"] == next(iter(wrong))


def test_results_are_sorted_by_name(api):
    found = names(api.get(SEARCH, q="shop", sort="NAME", limit=100))

    assert len(found) > 5
    assert found == sorted(found, key=str.casefold) or found[0] <= found[-1]


def test_results_are_sorted_by_the_latest_news(api):
    rows = Dataset.objects.unrestricted("test")
    now = timezone.now()
    rows.filter(name=CUSTOMERS).update(updated_at=now + timedelta(days=1))
    found = api.get(SEARCH, q="shop", sort="update_at", limit=100)["results"]
    times = [hit["updatedAt"] for hit in found]

    assert found[0]["name"] == CUSTOMERS
    assert times == sorted(times, reverse=True)


def test_the_total_is_of_all_and_not_of_the_page(api):
    page = api.get(SEARCH, q="shop", limit=2)
    whole = api.get(SEARCH, q="shop", limit=1000)

    assert len(page["results"]) == 2
    assert page["totalCount"] == whole["totalCount"] == len(whole["results"])


def test_the_limit_is_ten_unless_told(api):
    assert len(api.get(SEARCH, q="shop")["results"]) == 10


def test_results_are_of_one_namespace_if_asked(api):
    found = api.get(SEARCH, q="fct_revenue_daily", namespace=world.SNOW)
    other = api.get(SEARCH, q="fct_revenue_daily", namespace=world.KAFKA)

    assert names(found) == [REVENUE]
    assert other == {"totalCount": 0, "results": []}


def test_days_bound_what_was_updated(api):
    today = timezone.now().date()
    tomorrow = today + timedelta(days=1)

    assert api.get(SEARCH, q="orders", after=today, before=tomorrow)["totalCount"]
    assert not api.get(SEARCH, q="orders", before=today)["totalCount"]
    assert not api.get(SEARCH, q="orders", after=tomorrow)["totalCount"]


def test_marquez_is_told_of_datasets_and_jobs_alone(api):
    assert api.get(SEARCH, q="customer 360")["results"] == [] or all(
        hit["type"] in ("DATASET", "JOB")
        for hit in api.get(SEARCH, q="customer 360")["results"]
    )


# OpenSearch's


def test_datasets_are_told_with_columns_and_what_fits(api):
    found = api.get("/api/v2beta/search/datasets", q="customer_email")
    [hit], [marks] = found["hits"], found["highlights"]

    assert (hit["namespace"], hit["name"]) == (world.PG, CUSTOMERS)
    assert {"name": "customer_email"} in hit["facets"]["schema"]["fields"]
    assert marks["column"] == ["<em>customer_email</em>"]


def test_jobs_are_told_with_their_last_run(api):
    found = api.get("/api/v2beta/search/jobs", q="extract_orders")

    assert len(found["hits"]) == len(found["highlights"])
    hit = found["hits"][0]
    assert (hit["name"], hit["eventType"], hit["run_id"]) == (
        EXTRACT,
        "COMPLETE",
        world.RUN,
    )


def test_open_search_without_a_text_is_refused(api):
    api.get("/api/v2beta/search/jobs", 400)
    api.get("/api/v2beta/search/datasets", 400, q=" ")


# Ours


def test_a_hit_tells_what_it_is_and_why(api):
    hit = api.get(FIND, q="golden")["hits"][0]

    assert (hit["kind"], hit["namespace"], hit["name"]) == ("dataset", world.PG, ORDERS)
    assert (hit["tier"], hit["environment"]) == ("1", "production")
    [why] = [why for why in hit["why"] if why["what"] == "description"]
    [[start, end]] = why["ranges"]
    assert why["text"][start:end] == "golden"
    assert "Stella Maris" in hit["owners"]


def test_nothing_that_is_told_is_html(api):
    text = str(api.get(FIND, q="orders"))

    assert "<" not in text


def test_facets_are_values_with_counts(api):
    facets = api.get(FIND, q="shop", limit=1)["facets"]
    kinds = {each["value"]: each["count"] for each in facets["kind"]}

    assert kinds["dataset"] > 10
    [production] = [f for f in facets["environment"] if f["value"] == "production"]
    assert 10 < production["count"] <= kinds["dataset"] + kinds.get("namespace", 0)
    assert api.get(FIND, q="shop", facets="false")["facets"] == {}


def test_filters_narrow_down(api):
    assert names(api.get(FIND, q="shop", tag="PII", kind="dataset")) == [CUSTOMERS]
    assert names(api.get(FIND, q="", owner="Stella Maris")) == [ORDERS]
    assert names(api.get(FIND, lifecycle="archived")) == ["shop.archive.orders"]
    assert names(api.get(FIND, domain="Finance", kind="dataset")) == ["raw/payments"]
    assert names(api.get(FIND, product="Customer 360", kind="dataset")) == [CUSTOMERS]
    assert names(api.get(FIND, term="Net revenue", kind="dataset")) == [REVENUE]


def test_kinds_can_be_several(api):
    found = api.get(FIND, q="orders", kind=["job", "dataset"])["hits"]

    assert {hit["kind"] for hit in found} == {"job", "dataset"}


def test_a_kind_that_there_is_not_is_refused(api):
    assert "dataset" in api.get(FIND, 400, q="orders", kind="table")["detail"]


def test_find_asks_for_a_text_or_a_filter(api):
    assert api.get(FIND, 400)["parameter"] == "q"


def test_runs_come_first_and_are_counted(api):
    found = api.get(FIND, q=world.RUN)

    assert [hit["kind"] for hit in found["hits"]] == ["run"]
    assert found["total"] == 1
    assert found["facets"]["kind"] == [{"value": "run", "count": 1}]
    assert found["hits"][0]["runId"] == world.RUN


def test_runs_are_found_by_who_may_see_runs_of_the_job(api, reading_as):
    elsewhere = reading_as("viewer", namespace=world.PG)

    assert elsewhere.get(FIND, q=world.RUN)["total"] == 0
    assert elsewhere.get(FIND, q=world.RUN_NAME)["total"] == 0


def test_pages_are_cut_by_offset(api):
    whole = names(api.get(FIND, q="shop", limit=100))

    assert names(api.get(FIND, q="shop", limit=3, offset=2)) == whole[2:5]
    api.get(FIND, 400, q="shop", offset=10_001)
    api.get(FIND, 400, q="shop", limit=101)


def test_what_a_mistyped_word_was_taken_for_is_told(api):
    found = api.get(FIND, q="custoemrs")

    assert "customer" in found["takenFor"]["custoemr"]


@pytest.mark.parametrize(
    "q",
    [
        "\0",
        "a" * 5000,
        "'; DROP TABLE x; --",
        "\\",
        '"',
        "<->",
        "\U0001d546" * 300,
        "\ud800",
    ],
)
def test_any_text_is_answered(api, q):
    response = api.client.get(FIND, {"q": q.encode("utf-8", "surrogatepass")})

    assert response.status_code in (200, 400)


def test_the_number_of_queries_does_not_grow(api, django_assert_max_num_queries):
    api.get(FIND, q="shop")
    with django_assert_max_num_queries(16):
        api.get(FIND, q="shop", limit=100)
    with django_assert_max_num_queries(16):
        api.get(SEARCH, q="shop", limit=100)
