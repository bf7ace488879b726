"""Facets without the columns that somebody is denied: a name alone hides nothing."""

import json

from catalog.facet_columns import without, without_others
from catalog.models import Facet

HIDDEN = frozenset({"email"})


def source(name, field="email"):
    return {"namespace": "data", "name": name, "field": field}


def lineage(**fields):
    return {"fields": {name: {"inputFields": some} for name, some in fields.items()}}


def test_a_column_that_is_called_as_a_hidden_one_of_another_dataset_stays():
    told = lineage(id=[source("crm"), source("shop")], email=[source("shop")])

    kept = without_others(told, "columnLineage", {("data", "crm"): HIDDEN})

    assert kept == lineage(id=[source("shop")], email=[source("shop")])


def test_a_source_that_is_called_as_a_hidden_column_of_the_target_stays():
    told = lineage(id=[source("shop")], email=[source("shop")])
    facet = Facet(key="columnLineage", body=json.dumps(told))

    kept = without(facet, HIDDEN)

    assert json.loads(kept.body) == lineage(id=[source("shop")])
