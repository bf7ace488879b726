"""Which columns does a dataset have, and what is said of each?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from catalog import versions
from catalog.about import AboutDataset
from catalog.curation.reading import Curated
from catalog.facets import Field
from catalog.versions import Version
from lineage.classification import rules, telling
from lineage.graph.cut import Cut
from lineage.graph.veil import Column as Lineal
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value

COLUMNS = (
    Column("column", "Column", 4, is_name=True),
    Column("type", "Type", 2, is_name=True),
    Column("tags", "Tags (people)", 2),
    Column("tags_of_producers", "Tags (producers)", 2),
    Column("tags_of_lineage", "Tags (came along)", 2),
    Column("terms", "Terms", 2),
    Column("properties", "Properties", 2),
    Column("description", "Description (people)", 4),
    Column("description_of_producers", "Description (producers)", 4),
)


def of_dataset(about: AboutDataset, said: Curated, asking: Asking) -> Section:
    """The columns of the definition in force at the end of the period."""
    version = versions.in_force(about.versions, asking.until)
    return Section(
        "columns",
        "Columns",
        COLUMNS,
        _rows(about, said, version, asking),
        note=f"Of version {version.number}, in force at the end of the period."
        if version
        else "",
        empty="No definition was known by the end of the period.",
    )


def _rows(
    about: AboutDataset, said: Curated, version: Version | None, asking: Asking
) -> Iterator[tuple[Value, ...]]:
    if version is None or version.facet_id is None:
        return
    harvested: defaultdict[str, list[str]] = defaultdict(list)
    for tag in about.all_tags:
        harvested[tag.field].append(str(tag))
    [fields] = about.fields(version)
    came = _came_along(about, fields, asking)
    for field in fields:
        properties = said.of_column(field.path, "property")
        yield (
            field.path,
            field.type,
            _joined(map(str, said.of_column(field.path, "tag"))),
            _joined(harvested[field.path]),
            _joined(came.get(field.path, ())),
            _joined(map(str, said.of_column(field.path, "term"))),
            _joined(f"{row.property.name}: {row}" for row in properties),
            _joined(map(str, said.of_column(field.path, "description"))),
            field.description,
        )


def _came_along(
    about: AboutDataset, fields: Iterable[Field], asking: Asking
) -> dict[str, list[str]]:
    """The tags that came along lineage by then, as far as the requester sees it."""
    if not asking.may(Action.LINEAGE_VIEW, about.dataset):
        return {}
    wanted = {Lineal(about.dataset.pk, field.path) for field in fields}
    cut = Cut(asking.until, asking.recorded_at)
    states = telling.states_of(wanted, asking.reader.veil, cut)
    names = rules.read(asking.recorded_at).names
    return {
        column.field: [
            names[tag]
            for tag, mark in marks.items()
            if mark.hops and not mark.is_suggested
        ]
        for column, marks in states.items()
    }


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
