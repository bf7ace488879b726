"""What a reader is denied of columns is told by nothing about quality."""

import pytest

from catalog.models import Change
from lineage import nodeids
from lineage.models import Incident
from lineage.quality import evidence, schemas
from lineage.quality.expecting import read
from lineage.services.expectations import set_expectation
from lineage.tasks import judge_expectations
from tests.factories import make_principal
from tests.test_hidden_columns import MAIL, SSN, Surfaces, deny, row, world

pytestmark = pytest.mark.django_db
NODE = nodeids.of_dataset("data", "orders")

__all__ = ["world"]  # the fixture


@pytest.fixture
def watched(world):
    """Somebody expects what is about hidden columns, and it is not so."""
    orders = row("orders")
    touches = evidence.touches(evidence.names_of([orders.pk]), evidence.all_jobs())
    for words in (
        {"kind": "assertion", "assertion": f"unique_orders_{MAIL}"},
        {"kind": "assertion", "name": "any", "assertion": "not_null", "column": SSN},
        {"kind": "columns"},
        {"kind": "fresh", "hours": "1"},
    ):
        wanted = read(words, schemas.shown(touches[orders.pk]))
        set_expectation(orders, wanted, actor=None, via=Change.Via.PAGE)
    judge_expectations()
    return world


def surfaces():
    incidents = [one.public_id for one in Incident.objects.all()]
    assert incidents
    return [
        "/datasets/data/orders/quality",
        "/quality?state=all",
        f"/api/v1/quality/dataset?nodeId={NODE}",
        f"/api/v1/quality/dataset?nodeId={NODE}&asOf=2100-01-01",
        "/api/v1/quality/expectations",
        "/api/v1/quality/incidents?state=all",
        "/datasets/data/orders/trail",
        "/changes",
        *(f"/quality/incidents/{one}" for one in incidents),
        *(f"/api/v1/quality/incidents/{one}" for one in incidents),
    ]


def test_nothing_about_quality_names_a_hidden_column(watched):
    someone = deny(make_principal("someone", "admin"))
    found = Surfaces(someone, watched)

    assert found.naming(surfaces()) == {}
    assert "written within 1 hour" in found.get("/datasets/data/orders/quality")


def test_without_a_deny_it_is_named(watched):
    found = Surfaces(make_principal("other", "admin"), watched).naming(surfaces())

    assert {"/datasets/data/orders/quality", "/quality?state=all"} <= found.keys()
