"""Names of any characters in paths, as a real client encodes them."""

import json
import urllib.request

import pytest

from lineage.api.addresses import Reading, readings
from tests.conftest import WebServer
from tests.factories import bearer, make_token
from tests.lineage.api.conftest import Api
from tests.lineage.api.conftest import Reading as ReadingAs
from tests.lineage.api.history import (
    address,
    dataset,
    of_dataset,
    of_job,
    run_event,
    run_id,
    send,
)

HOST = "postgres://host:5432"
NAMES = [
    "plain",
    "a/b",
    "/lake/orders",
    "raw/",
    "a//b",
    "a%2Fb",
    "100%",
    "#1",
    "what?",
    "a b+c",
    "a;b=c,d",
    "naïve/表.名/🙂",
    "line\nbreak",
    "..",
    "a/../b",
    '"quoted"."table"',
    "schema.table:partition",
    "versions",
    "runs/versions",
    "lake/datasets/orders",
    "lake/jobs/orders",
    "a/versions",
]
NAMESPACES = [
    "postgres://host:5432",
    "s3://bucket/datasets/raw",
    "file",
    "arn:aws:glue:eu-west-1:1",
    "a%2Fb",
    "airflow/prod",
    "naïve 表",
]


def fill(namespace: str) -> None:
    """Make a job and a dataset of every name."""
    send(
        *(
            run_event(
                job=name,
                namespace=namespace,
                run=run_id(number),
                outputs=[dataset(name, "id", namespace=namespace)],
            )
            for number, name in enumerate(NAMES)
        )
    )


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_name_is_found_in_every_namespace(viewer: Api, namespace: str) -> None:
    fill(namespace)

    assert viewer.get(address("namespaces", namespace))["name"] == namespace
    for number, name in enumerate(NAMES):
        path = (of_dataset, of_job)[number % 2]
        told = viewer.get(path(name, namespace=namespace))
        assert told["id"] == {"namespace": namespace, "name": name}
    for collection in ("datasets", "jobs"):
        told = viewer.get(address("namespaces", namespace, collection))
        assert {one["name"] for one in told[collection]} == set(NAMES)


def test_what_belongs_to_a_name_is_found_under_every_name(viewer: Api) -> None:
    namespace = "s3://bucket/datasets/raw"
    fill(namespace)

    for number, name in enumerate(NAMES):
        path = (of_dataset, of_job)[number % 2]
        [version] = viewer.get(path(name, "versions", namespace=namespace))["versions"]
        one = path(name, "versions", version["version"], namespace=namespace)
        assert viewer.get(one) == version
        runs = viewer.get(of_job(name, "runs", namespace=namespace))
        assert runs["totalCount"] == 1


def test_what_two_readings_could_mean_is_decided_by_what_there_is(viewer: Api) -> None:
    send(run_event(outputs=[dataset("a/datasets/b", namespace="n")]))
    one = viewer.get("/api/v1/namespaces/n/datasets/a/datasets/b")
    send(run_event(run=run_id(2), outputs=[dataset("b", namespace="m/datasets/a")]))
    other = viewer.get("/api/v1/namespaces/m/datasets/a/datasets/b")

    assert one["id"] == {"namespace": "n", "name": "a/datasets/b"}
    assert other["id"] == {"namespace": "m/datasets/a", "name": "b"}


def test_a_reading_that_may_not_be_seen_stands_in_nobodys_way(
    reading_as: ReadingAs,
) -> None:
    send(
        run_event(
            outputs=[
                dataset("a/datasets/b", namespace="n"),
                dataset("b", namespace="n/datasets/a"),
            ]
        )
    )
    reader = reading_as("viewer", namespace="n/datasets/a")

    told = reader.get("/api/v1/namespaces/n/datasets/a/datasets/b")

    assert told["id"] == {"namespace": "n/datasets/a", "name": "b"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/",
        "/api/v1/namespaces//datasets",
        "/api/v1/namespaces/n/datasets/",
        "/api/v1/namespaces/n/datasets//versions",
        "/api/v1/namespaces/n%00/datasets/a",
        "/api/v1/namespaces/n/datasets/%00",
        "/api/v1/namespaces/n" + "/datasets/a" * 500,
        "/api/v1/namespaces/n/datasets/%FF%FE",
        "/api/v1/nothing",
    ],
)
def test_a_path_that_means_nothing_is_not_found(viewer: Api, path: str) -> None:
    send(run_event(outputs=[dataset("a", namespace="n")]))

    assert viewer.get(path, status=404)["status"] == 404


def test_a_path_of_many_slashes_costs_few_queries(
    viewer: Api, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        viewer.get("/api/v1/namespaces/n" + "/datasets/a" * 500, status=404)


def test_the_shortest_name_comes_first() -> None:
    version = "0195a0c8-0000-7000-8000-000000000001"

    assert list(readings(f"n/datasets/a/versions/{version}")) == [
        Reading("dataset-version-detail", "n", "a", version),
        Reading("dataset-detail", "n", f"a/versions/{version}"),
        Reading("namespace-detail", f"n/datasets/a/versions/{version}"),
    ]
    assert next(readings("n/jobs/a/runs")) == Reading("job-run-list", "n", "a")
    assert next(readings("n/jobs")) == Reading("namespace-job-list", "n")


def test_a_real_server_finds_every_name(web_server: WebServer) -> None:
    """What granian makes of a path, which is not what Django's test client makes."""
    raw = make_token("reader", "viewer")
    fill(HOST)

    for name in NAMES:
        path = web_server.url + of_dataset(name, namespace=HOST)
        request = urllib.request.Request(path, headers=bearer(raw))
        with urllib.request.urlopen(request, timeout=30) as response:
            told = json.load(response)
        assert told["id"] == {"namespace": HOST, "name": name}
