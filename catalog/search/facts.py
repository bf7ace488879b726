"""What is known of a thing that helps to find it, and is shown with it when found?"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from catalog import facet_columns, facets
from catalog.about import About
from catalog.curation.kinds import digest
from catalog.curation.reading import Curated, around, curated
from catalog.harvesting import tag_path
from catalog.hidden_columns import NONE, HiddenColumns
from catalog.models import (
    Column,
    ColumnTag,
    Dataset,
    Facet,
    Findable,
    Job,
    Mark,
    Namespace,
    Ownership,
    ProposalVerdict,
    Tag,
)

SHOWN = ("domain", "owner", "tag", "description", "term", "product", "verdict")
SHORT = ("tier", "lifecycle", "environment")
TEXT_MAX = 4_000
COLUMNS_MAX = 4_000

Field = Mark.Field
Kind = Findable.Kind


@dataclass
class Facts:
    """One thing as it is found and shown; `name` is its canonical one.

    `said` are texts by what they are: `tag`, `owner`, `term`, `product`, `domain`,
    `synonym`. Those of columns are among them, and the columns' own descriptions among
    `notes`.
    """

    name: str
    namespace: str = ""
    descriptions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    short: dict[str, str] = field(default_factory=dict)  # tier, lifecycle, environment

    def say(self, what: str, texts: Iterable[str]) -> None:
        """Add texts of a kind, each once."""
        known = self.said.setdefault(what, [])
        known += [text for text in dict.fromkeys(texts) if text and text not in known]

    def marks(self, kind: Kind) -> Iterator[tuple[Field, str]]:
        """The values by which it is filtered and counted."""
        yield Field.KIND, kind.label
        # In the vocabulary that is the mark of what everybody may find.
        yield Field.NAMESPACE, self.namespace
        for name in self.said.get("domain", ()):
            yield from ((Field.DOMAIN, each) for each in around(name))
        for name in self.said.get("tag", ()):
            yield from ((Field.TAG, each) for each in _above(name))
        for field_, what in (
            (Field.OWNER, "owner"),
            (Field.TERM, "term"),
            (Field.PRODUCT, "product"),
        ):
            yield from ((field_, each) for each in self.said.get(what, ()))
        for field_ in (Field.TIER, Field.LIFECYCLE, Field.ENVIRONMENT):
            if value := self.short.get(field_.label):
                yield field_, value

    def as_json(self) -> dict[str, Any]:
        """What is kept to be shown, without what is empty."""
        kept = asdict(self)
        kept["descriptions"] = [text[:TEXT_MAX] for text in self.descriptions]
        kept["notes"] = [text[:TEXT_MAX] for text in self.notes[:100]]
        return {name: value for name, value in kept.items() if value}


def of_datasets(
    datasets: list[Dataset], hidden: HiddenColumns = NONE
) -> dict[int, Facts]:
    """The facts of canonical datasets, which come from `with_names()`.

    Nothing is told of `hidden` columns.
    """
    described = facets.of_datasets(datasets)
    said = curated(datasets, (*SHOWN, *SHORT))
    hidden.leave(said)
    found = {}
    bare = []
    for dataset in datasets:
        own = hidden.of.get(dataset.pk, frozenset())
        about = facet_columns.shown(described[dataset.pk], own)
        facts = Facts(dataset.name, dataset.namespace.name)
        schema = facets.fields(about.get("schema"))
        facts.columns = [column.path for column in schema][:COLUMNS_MAX]
        facts.notes = [c.description for c in schema if c.description]
        _tell(facts, about, said[dataset.pk])
        found[dataset.pk] = facts
        if not schema:
            bare.append(dataset)
    for row in _came_along(datasets):
        if not hidden.hides(row.dataset_id, row.column):
            found[row.dataset_id].say("tag", [row.tag.name])
    # Of some, columns are known by column lineage alone.
    owner = {name.pk: one.pk for one in bare for name in one.names.all()}
    if owner:
        rows = Column.objects.filter(dataset__among=owner).order_by("name")
        for pk, name in rows.values_list("dataset_id", "name"):
            columns = found[owner[pk]].columns
            if name in columns or hidden.hides(owner[pk], name):
                continue
            if len(columns) < COLUMNS_MAX:
                columns.append(name)
    return found


def _came_along(datasets: list[Dataset]) -> Iterable[ColumnTag]:
    """The tags that columns of datasets have since they are made of tagged ones."""
    ids = [dataset.pk for dataset in datasets]
    rows = ColumnTag.objects.counted().filter(dataset__among=ids)
    return rows.select_related("tag").order_by("tag__name", "column")


def of_jobs(jobs: list[Job]) -> dict[int, Facts]:
    described = facets.of_jobs(jobs)
    said = curated(jobs, (*SHOWN, *SHORT))
    found = {}
    for job in jobs:
        found[job.pk] = Facts(job.name, job.namespace.name)
        _tell(found[job.pk], described[job.pk], said[job.pk])
    return found


def of_namespaces(namespaces: list[Namespace]) -> dict[int, Facts]:
    said = curated(namespaces, (*SHOWN, *SHORT))
    found = {}
    for space in namespaces:
        found[space.pk] = Facts(space.name, space.name)
        _tell(found[space.pk], {}, said[space.pk])
    return found


def of_entries(kind: Kind, entries: list[Any]) -> dict[int, Facts]:
    """The facts of current words of the vocabulary, all of one kind."""
    found = {}
    for entry in entries:
        found[entry.pk] = facts = Facts(entry.name)
        texts = (entry.description, getattr(entry, "purpose", ""))
        facts.descriptions = [text for text in texts if text]
        facts.say("synonym", getattr(entry, "synonyms", ()))
        if domain := getattr(entry, "domain", None):
            facts.say("domain", [domain.name])
    level = {Kind.DOMAIN: "domain", Kind.TERM: "term", Kind.PRODUCT: "product"}
    if found and kind in level:
        rows = Ownership.objects.standing().filter(**{f"{level[kind]}__in": found})
        for row in rows.select_related("principal", "group"):
            facts = found[getattr(row, f"{level[kind]}_id")]
            facts.say("owner", [str(row)])
    return found


def _tell(facts: Facts, about: dict[str, Facet], said: Curated) -> None:
    """Add what people say of an asset, and what events say and nobody rejected."""
    harvested = About(about)
    verdicts = [*said.all("verdict")]
    for columns in said.columns.values():
        verdicts += columns.get("verdict", [])
    rejected = {
        (row.aspect, row.column, row.content) for row in verdicts if not row.is_accepted
    }
    aspect = ProposalVerdict.Aspect

    def stands(of: str, column: str, content: str) -> bool:
        return (of, column, content) not in rejected

    texts = [row.text for row in said.all("description")]
    text = harvested.description
    if text and stands(aspect.DESCRIPTION, "", digest(text)):
        texts.append(text)
    facts.descriptions = list(dict.fromkeys(texts))
    for what in ("owner", "tag", "term", "product", "domain"):
        facts.say(what, (_word(what, row) for row in said.all(what)))
    owners = [o.name for o in harvested.owners if stands(aspect.OWNER, "", o.name)]
    facts.say("owner", owners)
    tags = [
        str(tag)
        for tag in harvested.all_tags
        if stands(aspect.TAG, tag.field, tag_path(tag))
    ]
    facts.say("tag", tags)
    for columns in said.columns.values():
        for what in ("tag", "term"):
            facts.say(what, (_word(what, row) for row in columns.get(what, ())))
        facts.notes += [row.text for row in columns.get("description", ())]
    for what in SHORT:
        if row := said.one(what):
            facts.short[what] = row.value


def _word(what: str, row: Any) -> str:
    named = row if what == "owner" else getattr(row, what)
    return str(named)


def _above(tag: str) -> list[str]:
    """A tag and those that it is a kind of."""
    parts = tag.split(Tag.SEPARATOR)
    if not all(parts) or " " in tag:
        return [tag]
    return [Tag.SEPARATOR.join(parts[:end]) for end in range(1, len(parts) + 1)]
