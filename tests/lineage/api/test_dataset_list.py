"""GET /api/v1/namespaces/{namespace}/datasets"""

from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    TABLES,
    address,
    dataset,
    facet,
    of_dataset,
    run_event,
    run_id,
    send,
)

LIST = address("namespaces", TABLES, "datasets")


def test_datasets_are_listed_by_name_as_each_is_told_alone(viewer: Api) -> None:
    said = {"documentation": facet(description="Every order once.")}
    send(
        run_event(
            inputs=[dataset("returns", "id")],
            outputs=[dataset("orders", "id", facets=said)],
        )
    )

    told = viewer.get(LIST)

    assert told == {
        "datasets": [
            viewer.get(of_dataset("orders")),
            viewer.get(of_dataset("returns")),
        ],
        "totalCount": 2,
    }


def test_a_part_of_the_list_is_counted_as_a_whole(viewer: Api) -> None:
    send(run_event(outputs=[dataset(f"t{number}") for number in range(5)]))

    told = viewer.get(LIST, limit=2, offset=3)

    assert [one["name"] for one in told["datasets"]] == ["t3", "t4"]
    assert told["totalCount"] == 5


def test_every_dataset_of_a_page_has_its_facets(viewer: Api) -> None:
    said = {"documentation": facet(description="said")}
    send(run_event(outputs=[dataset(f"t{n}", facets=said) for n in range(12)]))

    descriptions = [one["description"] for one in viewer.get(LIST)["datasets"]]

    assert descriptions == ["said"] * 12


def test_an_alias_is_not_listed_beside_its_canonical_name(viewer: Api) -> None:
    identifiers = [{"namespace": TABLES, "name": "shop.orders", "type": "TABLE"}]
    send(
        run_event(
            outputs=[
                dataset("orders", facets={"symlinks": facet(identifiers=identifiers)})
            ]
        ),
        run_event(run=run_id(2), minutes=5, outputs=[dataset("shop.orders")]),
    )

    told = viewer.get(LIST)

    assert [one["name"] for one in told["datasets"]] == ["orders"]
    assert told["totalCount"] == 1


def test_a_namespace_of_jobs_has_no_datasets(viewer: Api) -> None:
    send(run_event())

    told = viewer.get(address("namespaces", "scheduler", "datasets"))

    assert told == {"datasets": [], "totalCount": 0}


def test_the_datasets_of_an_unknown_namespace_are_not_found(viewer: Api) -> None:
    viewer.get(address("namespaces", "nothing", "datasets"), status=404)


def test_datasets_of_other_namespaces_are_neither_shown_nor_counted(
    reading_as: Reading,
) -> None:
    send(run_event(outputs=[dataset("orders"), dataset("orders", namespace="other")]))
    reader = reading_as("viewer", namespace="other")

    reader.get(LIST, status=404)
    assert reader.get(address("namespaces", "other", "datasets"))["totalCount"] == 1
