"""Where is a word of the vocabulary used, as far as somebody may see?"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from catalog.curation.effects import related
from catalog.curation.subjects import Subject
from catalog.hidden_columns import about_shown_columns
from catalog.models import (
    STATEMENTS,
    DataProduct,
    Dataset,
    Domain,
    Entry,
    Job,
    OnAsset,
    Placement,
    ProductOutput,
    PropertyDefinition,
    PropertyValue,
    Revision,
    Tag,
    TagAssignment,
    Term,
    TermLink,
    TreeEntry,
)
from catalog.spans import shown_to
from policies.access import Someone
from policies.actions import Action

# The statements whose value is an entry of a kind, and by which key.
USED_IN: dict[type[Any], tuple[type[Any], str]] = {
    Domain: (Placement, "domain"),
    Tag: (TagAssignment, "tag"),
    Term: (TermLink, "term"),
    DataProduct: (ProductOutput, "product"),
    PropertyDefinition: (PropertyValue, "property"),
}
LEVELS = ("namespace", "dataset", "column", "job")
USES = 200  # that the page of an entry names


@dataclass(frozen=True, slots=True)
class Use:
    """One thing of which something is said with an entry."""

    subject: Subject
    row: Any

    @property
    def level(self) -> str:
        return self.subject.level


def permitted_uses(model: type[Any], principal: Someone) -> QuerySet[Any, Any]:
    """The standing statements with entries of `model` about what may be seen."""
    statements, _ = USED_IN[model]
    return about_permitted(statements, principal)


def about_permitted(
    statements: type[OnAsset], principal: Someone
) -> QuerySet[Any, Any]:
    """The standing statements of a table about assets that may be seen."""
    datasets = Dataset.objects.visible().permitted(principal, Action.ASSET_VIEW)
    jobs = Job.objects.visible().permitted(principal, Action.ASSET_VIEW)
    spaces = shown_to(principal)
    rows: QuerySet[Any, Any] = statements._default_manager.filter(
        Q(dataset__canonical__in=datasets.values("pk"))
        | Q(job__in=jobs.values("pk"))
        | Q(namespace__in=spaces.values("pk")),
        about_shown_columns(principal),
        recorded_to=None,
    )
    return rows


def counts(
    model: type[Any], principal: Someone, entries: Iterable[Entry] | None = None
) -> dict[int, Counter[str]]:
    """How often each entry is used, by level, in one query."""
    _, key = USED_IN[model]
    rows = permitted_uses(model, principal)
    if entries is not None:
        rows = rows.filter(**{f"{key}__among": [entry.pk for entry in entries]})
    found: dict[int, Counter[str]] = defaultdict(Counter)
    grouped = rows.values(
        key,
        is_space=Q(namespace__isnull=False),
        is_job=Q(job__isnull=False),
        is_whole=Q(column=""),
    ).annotate(number=Count("pk"))
    for row in grouped.order_by():
        if row["is_space"]:
            level = "namespace"
        elif row["is_job"]:
            level = "job"
        else:
            level = "dataset" if row["is_whole"] else "column"
        found[row[key]][level] += row["number"]
    return found


def uses(entry: Any, principal: Someone, most: int = USES) -> tuple[list[Use], int]:
    """What an entry, or one below it, is said of, and how many that are in all."""
    statements, key = USED_IN[type(entry)]
    rows = permitted_uses(type(entry), principal).filter(_within(entry, key))
    shown = rows.select_related(*related(statements)).order_by(
        "namespace__name", "dataset__name", "job__name", "column"
    )
    found = [Use(Subject.of(row), row) for row in shown[:most]]
    return found, rows.count() if len(found) == most else len(found)


def said_with(entry: Entry, principal: Someone) -> Counter[str]:
    """How many standing statements retiring an entry takes back, by kind.

    As far as they are about words, or about assets that may be seen.
    """
    found: Counter[str] = Counter()
    about_words = Q(dataset=None, job=None, namespace=None)
    for model in STATEMENTS:
        named = Q()
        for field in model._meta.fields:
            if field.related_model is type(entry):
                named |= Q(**{field.name: entry})
        if named:
            words = model._default_manager.filter(about_words, recorded_to=None)
            number = words.filter(named).count()
            number += about_permitted(model, principal).filter(named).count()
            if number:
                found[str(model._meta.verbose_name)] = number
    return found


def revisions(entry: Entry) -> list[tuple[Revision, list[str]]]:
    """How an entry was defined over time, latest first, each with what it changed."""
    rows = Revision.objects.filter(kind=entry._meta.model_name, entry_id=entry.pk)
    ordered = list(rows.select_related("opened_in__actor").order_by("pk"))
    told = []
    before: dict[str, Any] = {}
    for row in ordered:
        changed = [
            fact.replace("_", " ")
            for fact, value in row.body.items()
            if value != before.get(fact) and (before or value not in ("", None, []))
        ]
        told.append((row, changed))
        before = row.body
    return told[::-1]


def in_tree_order(entries: Iterable[Any]) -> list[Any]:
    """Entries of a tree, each after the one that it is within."""

    def key(entry: TreeEntry) -> list[str]:
        return [part.lower() for part in entry.name.split(entry.SEPARATOR)]

    return sorted(entries, key=key)


@dataclass(frozen=True, slots=True)
class Output:
    """A dataset of a product, and whether it is as fresh as was promised."""

    dataset: Dataset
    row: ProductOutput
    last_written: datetime | None
    is_late: bool | None  # None where nothing is promised


def outputs(
    products: list[DataProduct], principal: Someone, now: datetime
) -> dict[int, list[Output]]:
    """The outputs of products that may be seen, in two queries."""
    known = Dataset.objects.visible().permitted(principal, Action.ASSET_VIEW)
    rows = list(
        ProductOutput.objects.filter(
            recorded_to=None,
            product__among=[product.pk for product in products],
            dataset__canonical__in=known.values("pk"),
        ).select_related("dataset", "opened_in__actor")
    )
    ids = {row.dataset.canonical_id for row in rows if row.dataset}
    datasets = {
        dataset.pk: dataset
        for dataset in known.filter(pk__among=list(ids)).with_names()
    }
    promised = {product.pk: product.freshness_seconds for product in products}
    found: dict[int, list[Output]] = {product.pk: [] for product in products}
    seen = set()
    for row in rows:
        dataset = datasets[row.dataset.canonical_id] if row.dataset else None
        if dataset is None or (row.product_id, dataset.pk) in seen:
            continue
        seen.add((row.product_id, dataset.pk))
        times = [name.last_written for name in dataset.names.all()]
        last = max((time for time in times if time), default=None)
        seconds = promised[row.product_id]
        late = None
        if seconds is not None:
            late = last is None or now - last > timedelta(seconds=seconds)
        found[row.product_id].append(Output(dataset, row, last, late))
    for each in found.values():
        each.sort(key=lambda output: str(output.dataset))
    return found


def _within(entry: Any, key: str) -> Q:
    if isinstance(entry, TreeEntry):
        below = f"{entry.name}{entry.SEPARATOR}"
        return Q(**{key: entry}) | Q(**{f"{key}__name__startswith": below})
    return Q(**{key: entry})
