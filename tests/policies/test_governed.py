"""Governed rows are not read without a decision: every door of evaluation."""

import pickle

import pytest
from asgiref.sync import async_to_sync
from django.core import checks, serializers
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.test.utils import isolate_apps

from catalog.models import Dataset, Job, Namespace
from policies.actions import Action
from policies.models import Governed, GovernedQuerySet, ReadUnfiltered
from tests.factories import make_dataset, make_job, make_namespace, make_principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders():
    return make_dataset("prod", "orders")


@pytest.fixture
def viewer():
    return make_principal("viewer", "viewer", namespace="prod")


def datasets():
    return Dataset.objects.filter(name="orders")


def released():
    return Dataset.objects.unrestricted("test").order_by()


def async_list(rows):
    async def gather():
        return [row async for row in rows]

    return async_to_sync(gather)()


DOORS = {
    "list": list,
    "for": lambda rows: [row for row in rows],  # noqa: C416
    "bool": bool,
    "len": len,
    "index": lambda rows: rows[0],
    "slice": lambda rows: list(rows[:5]),
    "step": lambda rows: rows[:5:2],
    "in": lambda rows: Dataset(pk=1) in rows,
    "contains": lambda rows: rows.contains(Dataset(pk=1)),
    "iterator": lambda rows: list(rows.iterator()),
    "async for": async_list,
    "acount": lambda rows: async_to_sync(rows.acount)(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "get": lambda rows: rows.get(),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "earliest": lambda rows: rows.earliest("name"),
    "latest": lambda rows: rows.latest("name"),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "values": lambda rows: list(rows.values("name")),
    "values_list": lambda rows: list(rows.values_list("name")),
    "dates": lambda rows: list(rows.datetimes("created_at", "day")),
    "explain": lambda rows: rows.explain(),
    "update": lambda rows: rows.update(name="x"),
    "delete": lambda rows: rows.delete(),
    "raw delete": lambda rows: rows._raw_delete("default"),
    "bulk_update": lambda rows: rows.bulk_update([Dataset(pk=1, name="x")], ["name"]),
    "get_or_create": lambda rows: rows.get_or_create(name="x"),
    "update_or_create": lambda rows: rows.update_or_create(name="x"),
    "raw": lambda rows: list(rows.raw("SELECT * FROM catalog_dataset")),
    "pickle": pickle.dumps,
    "union": lambda rows: list(rows.order_by().union(rows.order_by()).order_by()),
    "union of the released": lambda rows: list(
        released().union(rows.order_by()).order_by()
    ),
    "intersection": lambda rows: list(
        rows.order_by().intersection(rows.order_by()).order_by()
    ),
    "difference": lambda rows: list(released().difference(rows.order_by()).order_by()),
    "or": lambda rows: list(released() | rows),
    "or, the other way": lambda rows: list(rows | released()),
    "or, sliced": lambda rows: list(
        released().filter(name="x") | rows.order_by("pk")[:5]
    ),
    "xor": lambda rows: list(released() ^ rows),
    "in subquery": lambda rows: list(
        Namespace.objects.unrestricted("test").filter(datasets__in=rows)
    ),
    "in subquery of values": lambda rows: list(
        Namespace.objects.unrestricted("test").filter(
            pk__in=rows.values("namespace_id")
        )
    ),
    "exists subquery": lambda rows: list(
        Namespace.objects.unrestricted("test").filter(
            Exists(rows.filter(namespace=OuterRef("pk")))
        )
    ),
    "scalar subquery": lambda rows: list(
        Namespace.objects.unrestricted("test").annotate(
            one=Subquery(rows.values("name")[:1])
        )
    ),
    "select_for_update": lambda rows: list(rows.select_for_update()),
    "serializers": lambda rows: serializers.serialize("json", rows),
    "prefetch": lambda rows: list(
        Namespace.objects.unrestricted("test").prefetch_related(
            Prefetch("datasets", rows)
        )
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_to_unfiltered_rows(door, orders):
    with pytest.raises(ReadUnfiltered):
        DOORS[door](datasets())


WRITES = {"update", "delete", "raw delete", "bulk_update"}
MAKES = {"get_or_create", "update_or_create"}


@pytest.mark.parametrize("door", sorted(DOORS.keys() - WRITES - MAKES))
def test_the_same_doors_open_after_a_decision(door, orders):
    DOORS[door](datasets().unrestricted("a test of the doors"))


def test_rows_change_and_go_after_a_decision(orders):
    rows = Dataset.objects.unrestricted("test")

    assert rows.filter(pk=orders.pk).update(name="orders2") == 1
    orders.name = "orders3"
    assert rows.bulk_update([orders], ["name"]) == 1
    assert rows.get().name == "orders3"
    namespace = make_namespace("empty")
    assert (
        Namespace.objects.unrestricted("test").filter(pk=namespace.pk).delete()[0] == 1
    )


def test_the_decision_may_come_first_or_last(orders, viewer):
    other = make_dataset("test", "orders")

    last = Dataset.objects.filter(name="orders").permitted(viewer, Action.ASSET_VIEW)
    first = Dataset.objects.permitted(viewer, Action.ASSET_VIEW).filter(name="orders")

    assert list(last) == list(first) == [orders]
    assert other in Dataset.objects.unrestricted("test")


def test_released_rows_can_be_united_and_narrowed(orders, viewer):
    seen = Dataset.objects.permitted(viewer, Action.ASSET_VIEW)
    none_of_them = Dataset.objects.permitted(viewer, Action.ASSET_EDIT)

    assert list(seen | none_of_them) == [orders]
    assert list(seen & seen.filter(name="orders")) == [orders]
    assert seen.order_by().union(none_of_them).count() == 1


def test_no_rows_need_no_decision():
    assert list(Dataset.objects.none()) == []
    assert Dataset.objects.none().count() == 0


def test_rows_are_made_without_a_decision():
    assert make_namespace("new").pk


def test_unrestricted_wants_a_reason():
    with pytest.raises(ValueError, match="why"):
        Dataset.objects.unrestricted(" ")


def test_a_debugger_shows_no_rows(orders):
    assert repr(datasets()) == "<DatasetQuerySet of Dataset, unfiltered>"
    assert "orders" in repr(datasets().unrestricted("test"))


def test_related_managers_are_governed_too(orders, viewer):
    namespace = orders.namespace
    with pytest.raises(ReadUnfiltered):
        list(namespace.datasets.all())
    with pytest.raises(ReadUnfiltered):
        namespace.datasets.count()

    assert list(namespace.datasets.permitted(viewer, Action.ASSET_VIEW)) == [orders]


def test_prefetching_needs_a_released_queryset(orders, viewer):
    namespaces = Namespace.objects.permitted(viewer, Action.ASSET_VIEW)
    with pytest.raises(ReadUnfiltered):
        list(namespaces.prefetch_related("datasets"))

    seen = Dataset.objects.permitted(viewer, Action.ASSET_VIEW)
    [namespace] = namespaces.prefetch_related(Prefetch("datasets", seen))

    assert list(namespace.datasets.all()) == [orders]


def test_a_row_leads_to_the_row_it_belongs_to(orders):
    # Django's forward descriptors go by the base manager: who holds a row may know the
    # row it hangs on.
    fresh = Dataset.objects.unrestricted("test").get(pk=orders.pk)

    assert fresh.namespace.name == "prod"
    fresh.refresh_from_db()


def test_joins_of_other_models_stay_possible(orders):
    assert (
        Namespace.objects.unrestricted("test").filter(datasets__name="orders").exists()
    )


def test_django_checks_uniqueness_and_foreign_keys_by_itself(orders):
    twin = Dataset(
        namespace=orders.namespace,
        name="orders",
        canonical=orders,
        created_at=orders.created_at,
        updated_at=orders.updated_at,
    )
    with pytest.raises(ValidationError, match="already exists"):
        twin.full_clean(exclude=["facets", "facet_events"])

    twin.name = "others"
    twin.full_clean(
        exclude=[
            "facets",
            "facet_events",
            "first_seen",
            "last_seen",
            "last_written",
            "hidden_at",
            "data_source",
            "tags_facet",
        ]
    )


def test_cascades_reach_governed_rows():
    namespace = make_namespace("prod")
    make_job(namespace, "load")

    with pytest.raises(models.ProtectedError):
        namespace.delete()


def test_saving_and_deleting_one_row_works(orders):
    job = make_job(orders.namespace, "load")
    job.name = "load again"
    job.save()
    job.delete()

    assert not Job.objects.unrestricted("test").exists()


@isolate_apps("catalog")
def test_a_governed_model_without_policy_or_guarded_manager_is_an_error():
    class Lost(Governed):
        class Meta:
            app_label = "catalog"

    class Astray(Governed):
        owner = models.TextField()

        objects = GovernedQuerySet.as_manager()

        class Meta:
            app_label = "catalog"

        class Policy:
            namespace = "owner"

    assert [fault.id for fault in Lost.check()] == ["policies.E001", "policies.E002"]
    assert [fault.id for fault in Astray.check()] == ["policies.E002"]
    assert all(fault.level == checks.ERROR for fault in Lost.check())


def test_a_condition_of_its_own_is_no_decision(orders):
    with pytest.raises(ReadUnfiltered):
        list(Dataset.objects.filter(Q(pk=orders.pk)))
