"""The forms of words show each fact as people write it."""

import pytest

from catalog.curation.entries import read_facts
from catalog.models import Change, DataProduct, Domain, PropertyDefinition, Term
from catalog.services import changing, define_entry
from tests.administration.world import some
from tests.factories import make_principal
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db

TOLD = {
    Term: {
        "name": "Order",
        "synonyms": "purchase; sale",
        "related": "Customer",
        "domain": "Sales/Web",
    },
    DataProduct: {
        "name": "Order book",
        "domain": "Sales/Web",
        "freshness_seconds": "24 hours",
    },
    PropertyDefinition: {
        "name": "rating",
        "type": "choice",
        "choices": "good; bad",
        "applies_to": "dataset; column",
    },
}


def define(model, **told):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        return define_entry(making, model, read_facts(model, told))


@pytest.mark.parametrize("model", TOLD)
def test_a_form_that_is_saved_as_it_stands_changes_nothing(model):
    define(Domain, name="Sales/Web")
    define(Term, name="Customer")
    row = define(model, **TOLD[model])
    client = client_of(make_principal("ada", "admin"))
    address = f"/admin/catalog/{model._meta.model_name}/{row.pk}/change/"
    form = client.get(address).context["adminform"].form
    shown = {name: form[name].value() for name in TOLD[model]}
    before = Change.objects.count()

    answer = client.post(
        address, {n: form[n].value() or "" for n in (*model.FACTS, "reason")}
    )

    assert shown == TOLD[model]
    assert answer.status_code == 302
    assert Change.objects.count() == before
    assert some(model, pk=row.pk).is_retired is False
