"""What does a page say about a dataset or job before any of its tabs?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from catalog import facet_columns, facets, lifecycle, versions
from catalog.curation.heads import Head
from catalog.facets import Field
from catalog.hidden_columns import HiddenColumns, hidden_columns
from catalog.models import Dataset, Facet, Job
from catalog.versions import Version
from policies.access import Someone
from policies.actions import Action


@dataclass(frozen=True)
class Owner:
    name: str
    type: str


@dataclass(frozen=True)
class Tag:
    """A harvested tag; `field` is the column that it is on, empty for the whole."""

    key: str
    value: str
    source: str
    field: str

    def __str__(self) -> str:
        # Producers without values send "true".
        return (
            f"{self.key}: {self.value}" if self.value not in ("", "true") else self.key
        )


@dataclass(frozen=True)
class About:
    """What events say of an asset, by facets in force."""

    facets: dict[str, Facet]

    def word(self, facet: str, member: str) -> str:
        return facets.text(self.facets.get(facet), member) or ""

    @property
    def description(self) -> str:
        return self.word("documentation", "description").strip()

    @cached_property
    def owners(self) -> list[Owner]:
        members = _members(self.facets.get("ownership"), "owners")
        return [
            Owner(member["name"], _word(member, "type"))
            for member in members
            if _word(member, "name")
        ]

    @cached_property
    def all_tags(self) -> list[Tag]:
        return [
            Tag(*(_word(member, name) for name in ("key", "value", "source", "field")))
            for member in _members(self.facets.get("tags"), "tags")
            if _word(member, "key")
        ]

    @property
    def tags(self) -> list[Tag]:
        return [tag for tag in self.all_tags if not tag.field]


@dataclass(frozen=True)
class AboutDataset(About):
    """A canonical dataset, without the columns that are hidden from the reader.

    `other_names` are those of its names the reader may see.
    """

    dataset: Dataset
    versions: list[Version]
    other_names: list[Dataset]
    hidden: HiddenColumns

    @cached_property
    def head(self) -> Head:
        """What people say of it, read when it is asked for."""
        return Head(self.dataset, self.hidden)

    def fields(self, *defined: Version | None) -> list[list[Field]]:
        """The columns of each of some versions, as the reader may know them."""
        ids = [one.facet_id if one else None for one in defined]
        bodies = facets.load(pk for pk in ids if pk is not None)
        return [
            self.hidden.shown(self.dataset.pk, facets.fields(bodies.get(pk or 0)))
            for pk in ids
        ]

    @property
    def current(self) -> Version | None:
        return versions.current(self.versions)

    @property
    def type(self) -> str:
        """`table`, `view`, `topic` … with the producer's own word after it."""
        kind = self.word("datasetType", "datasetType").replace("_", " ").lower()
        sub = self.word("datasetType", "subType").replace("_", " ").lower()
        return f"{kind} ({sub})" if kind and sub and sub != kind else kind or sub

    @property
    def source(self) -> str:
        name, uri = self.word("dataSource", "name"), self.word("dataSource", "uri")
        return uri or name

    @cached_property
    def is_dropped(self) -> bool:
        held = {self.dataset.pk: self.facets}
        return bool(lifecycle.dropped([self.dataset], held))

    @property
    def last_written(self) -> datetime | None:
        return lifecycle.last_written(self.dataset)

    @property
    def last_seen(self) -> datetime | None:
        times = [name.last_seen for name in self.dataset.names.all()]
        return max((time for time in times if time), default=None)

    @property
    def first_seen(self) -> datetime | None:
        times = [name.first_seen for name in self.dataset.names.all()]
        return min((time for time in times if time), default=None)

    @property
    def attributes(self) -> Iterator[tuple[str, str]]:
        """What else single members of standard facets say, named for people."""
        for label, facet, member in (
            ("Storage", "storage", "storageLayer"),
            ("File format", "storage", "fileFormat"),
            ("Catalog", "catalog", "name"),
            ("Catalog type", "catalog", "type"),
            ("Version, as its producer calls it", "version", "datasetVersion"),
        ):
            if value := self.word(facet, member):
                yield label, value
        levels = _members(self.facets.get("hierarchy"), "hierarchy")
        if path := " / ".join(filter(None, (_word(one, "name") for one in levels))):
            yield "Contained in", path


@dataclass(frozen=True)
class AboutJob(About):
    job: Job

    @cached_property
    def head(self) -> Head:
        """What people say of it, read when it is asked for."""
        return Head(self.job)

    @property
    def type(self) -> str:
        """What it is to its producer: `dbt model`, `airflow task` …"""
        words = (self.word("jobType", "integration"), self.word("jobType", "jobType"))
        return " ".join(filter(None, words)).replace("_", " ").lower()

    @property
    def processing(self) -> str:
        return self.word("jobType", "processingType").lower()


def about_dataset(principal: Someone, namespace: str, name: str) -> AboutDataset:
    """What a page says of the dataset that has this name, under its canonical one.

    Raises Http404 where there is none, or none that `principal` may know of.
    """
    known = Dataset.objects.permitted(principal, Action.ASSET_VIEW)
    named = known.filter(namespace__name=namespace, name=name)
    dataset = get_object_or_404(
        known.visible().filter(pk__in=named.values("canonical")).with_names()
    )
    hidden = hidden_columns(principal, [dataset.pk])
    by_key = facets.of_datasets([dataset])[dataset.pk]
    return AboutDataset(
        facets=facet_columns.shown(by_key, hidden.of.get(dataset.pk, ())),
        hidden=hidden,
        dataset=dataset,
        versions=versions.of_datasets([dataset])[dataset.pk],
        other_names=list(
            known.filter(canonical=dataset)
            .exclude(pk=dataset.pk)
            .select_related("namespace")
        ),
    )


def about_job(principal: Someone, namespace: str, name: str) -> AboutJob:
    """What a page says of a job. Raises Http404, as `about_dataset` does."""
    visible = Job.objects.visible().permitted(principal, Action.ASSET_VIEW)
    job = get_object_or_404(
        visible.select_related("namespace"), namespace__name=namespace, name=name
    )
    return AboutJob(facets=facets.of_jobs([job])[job.pk], job=job)


def _members(facet: Facet | None, name: str) -> list[dict[str, Any]]:
    found = facets.document(facet).get(name)
    if not isinstance(found, list):
        return []
    return [member for member in found if isinstance(member, dict)]


def _word(member: dict[str, Any], name: str) -> str:
    value = member.get(name)
    return value.strip() if isinstance(value, str) else ""
