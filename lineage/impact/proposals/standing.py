"""Which datasets stand under the names that a proposal uses, with which columns?"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_

from django.db.models import Q

from catalog import facets, versions
from catalog.facets import Field
from catalog.models import Dataset
from catalog.versions import Version
from lineage.graph.cut import Cut
from lineage.reader import Reader


class NamespaceUnclear(Exception):
    """Nobody can say which namespace a proposal is about; `choices` are likely ones."""

    def __init__(self, choices: list[str]) -> None:
        super().__init__(", ".join(choices))
        self.choices = choices


def likely_namespace(
    names: Collection[str], reader: Reader, beginnings: Collection[str] = ()
) -> str:
    """The one namespace that knows most of some names. Raises NamespaceUnclear.

    `beginnings` are how namespaces of its kind begin, if that is known.
    """
    rows = reader.names.filter(name__in=names, first_seen__isnull=False)
    if beginnings:
        rows = rows.filter(
            reduce(or_, (Q(namespace__name__startswith=one) for one in beginnings))
        )
    found = Counter(rows.values_list("namespace__name", flat=True))
    best = max(found.values(), default=0)
    likely = sorted(name for name, count in found.items() if count == best)
    if len(likely) != 1:
        raise NamespaceUnclear(likely)
    return likely[0]


def datasets(
    namespace: str, names: Collection[str], reader: Reader
) -> dict[str, Dataset]:
    """The datasets that have such names there, by the names as they were asked.

    Upper and lower case are one. A name that is not whole, without its database or
    schema, means the one dataset that ends so, if there is only one.
    """
    found = _exact(namespace, names, reader)
    missing = [name for name in names if name not in found]
    return found | (_ending(namespace, missing, reader) if missing else {})


def _exact(
    namespace: str, names: Collection[str], reader: Reader
) -> dict[str, Dataset]:
    rows = reader.names.filter(namespace__name=namespace, name__in=names)
    leaders = dict(rows.values_list("name", "canonical"))
    return _with_names(leaders, reader)


def _ending(
    namespace: str, names: Collection[str], reader: Reader
) -> dict[str, Dataset]:
    alike = (Q(name__iexact=n) | Q(name__iendswith=f".{n}") for n in names)
    rows = reader.names.filter(reduce(or_, alike), namespace__name=namespace)
    found = rows.values_list("name", "canonical")
    leaders: dict[str, int] = {}
    for name in names:
        low = name.lower()
        whole = {pk for other, pk in found if other.lower() == low}
        ends = {pk for other, pk in found if other.lower().endswith(f".{low}")}
        fitting = whole or ends
        if len(fitting) == 1:
            leaders[name] = fitting.pop()
    return _with_names(leaders, reader)


def _with_names(leaders: Mapping[str, int], reader: Reader) -> dict[str, Dataset]:
    if not leaders:
        return {}
    shown = reader.linked_datasets.with_names().in_bulk(set(leaders.values()))
    return {name: shown[pk] for name, pk in leaders.items() if pk in shown}


def columns(
    known: Iterable[Dataset], reader: Reader, cut: Cut
) -> dict[int, dict[str, Field]]:
    """The columns that each dataset has then, by its id and their names.

    Nested fields are no columns of their own. What the reader may not know is left out.
    """
    groups = {dataset.pk: dataset for dataset in known}
    if not groups:
        return {}
    defined = {
        pk: _then(found, cut)
        for pk, found in versions.of_datasets(groups.values()).items()
    }
    ids = {pk: one.facet_id for pk, one in defined.items() if one and one.facet_id}
    bodies = facets.load(ids.values())
    hidden = reader.hidden_columns(list(groups), lineage=True)
    found: defaultdict[int, dict[str, Field]] = defaultdict(dict)
    for pk, facet in ids.items():
        for one in hidden.shown(pk, facets.fields(bodies.get(facet))):
            if not one.is_nested:
                found[pk][one.path] = one
    return dict(found)


def _then(found: list[Version], cut: Cut) -> Version | None:
    if cut.as_of is None:
        return versions.current(found)
    return versions.in_force(found, cut.as_of)
