"""What do producers say of an asset that people could take up, and what came of it?"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from django.db.models import Q
from django.db.models.functions import Lower

from catalog import facets
from catalog.about import About
from catalog.curation.kinds import digest
from catalog.curation.reading import Curated, curated
from catalog.curation.subjects import Subject
from catalog.harvesting import tag_path
from catalog.hidden_columns import NONE, HiddenColumns, about_shown_columns
from catalog.models import Dataset, Facet, Job, OwnerKind, Proposal, ProposalVerdict
from catalog.models.proposals import ProposalQuerySet
from policies.access import Someone
from policies.models import Group, Principal

Aspect = ProposalVerdict.Aspect
SHOWN = ("owner", "tag", "description", "verdict")
EXCERPT = 300
KEYS = ("ownership", "tags", "documentation", "schema")
CONTENT_MAX = 300  # characters of an owner's name or a tag
COLUMN_MAX = 500
# `https://github.com/OpenLineage/OpenLineage/tree/1.40.0/integration/dbt`
VERSION_IN_URI = re.compile(r"/(?:tree|blob)/[^/]+|(?<=[/@])v?\d+(\.\d+)+[^/]*/?$")
# How producers say whether an owner is one or many: `team:harbour-data`, `user:jane`.
PREFIX = re.compile(
    r"(?i)(?P<how>group|team|user|person|service|urn:li:\w+):(?P<rest>.+)"
)
GROUPS, PEOPLE = ("group", "team"), ("user", "person", "service")


class State(StrEnum):
    """What became of a proposal."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SAID = "said"  # people say it without having been asked


@dataclass(frozen=True, slots=True)
class Claim:
    """An owner, a tag or a description of an asset or a column, as a producer says it.

    `content` is what a verdict is about, `value` what people would say: the owner's
    name, the path of the tag, the text. `detail` is an owner's type.
    """

    column: str
    aspect: str
    content: str
    value: str
    detail: str
    producer: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.column, self.aspect, self.content)

    @property
    def ref(self) -> str:
        """What a form names it by, among those of one asset."""
        return hashlib.sha256("\n".join(self.key).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Told:
    """A claim about an asset, and what became of it."""

    asset: Dataset | Job
    claim: Claim
    state: State

    @property
    def subject(self) -> Subject:
        kind = "dataset" if isinstance(self.asset, Dataset) else "job"
        return Subject(kind, self.asset, self.claim.column)

    @property
    def key(self) -> tuple[str, int, tuple[str, str, str]]:
        return (self.subject.kind, self.asset.pk, self.claim.key)


def proposals_of(
    asset: Dataset | Job,
    said: Curated | None = None,
    hidden: HiddenColumns = NONE,
) -> list[Told]:
    """All that producers say of an asset now, judged or not; read from its facets.

    `said` is what people say of it, if that was read already. What is about `hidden`
    columns is left out.
    """
    known = {asset.pk: said} if said is not None else None
    return proposals_of_many([asset], known, hidden)[asset.pk]


def proposals_of_many(
    assets: Iterable[Dataset | Job],
    known: Mapping[int, Curated] | None = None,
    hidden: HiddenColumns = NONE,
) -> dict[int, list[Told]]:
    """`proposals_of` for assets of one kind, by primary key, in a few queries."""
    shown = list(assets)
    said = known if known is not None else curated(shown, SHOWN)
    held = _facets_of(shown)
    return {
        asset.pk: [
            Told(asset, claim, _state(claim, said[asset.pk]))
            for claim in claims_of(held[asset.pk])
            if not (isinstance(asset, Dataset) and hidden.hides(asset.pk, claim.column))
        ]
        for asset in shown
    }


def pending(
    principal: Someone,
    *,
    aspect: str = "",
    producer: str = "",
    namespace: str = "",
    kind: str = "",
) -> ProposalQuerySet:
    """What `principal` may accept or reject, as it was last folded."""
    found = Proposal.objects.pending().judged_by(principal)
    found = found.filter(about_shown_columns(principal))
    if aspect:
        found = found.filter(aspect=aspect)
    if producer:
        found = found.filter(producer=producer)
    if namespace:
        found = found.filter(namespace__name=namespace)
    if kind in ("dataset", "job"):
        found = found.filter(**{f"{kind}__isnull": False})
    return found


def told_by(rows: Iterable[Proposal]) -> list[Told]:
    """What these proposals are about as it is now, in their order.

    What producers do not say any more is left out.
    """
    wanted = list(rows)
    now: dict[tuple[str, int, tuple[str, str, str]], Told] = {}
    for model, key in ((Dataset, "dataset_id"), (Job, "job_id")):
        ids = {getattr(row, key) for row in wanted} - {None}
        # Whoever may judge a proposal may see the asset: the rows were found by that.
        known: Any = model.objects.unrestricted("assets of proposals found by rights")
        assets = known.visible().filter(pk__among=list(ids)).select_related("namespace")
        for found in proposals_of_many(assets).values() if ids else ():
            now |= {told.key: told for told in found}
    keys = (
        (
            "dataset" if row.dataset_id else "job",
            row.dataset_id or row.job_id or 0,
            (row.column, str(row.aspect), row.content),
        )
        for row in wanted
    )
    return [now[key] for key in keys if key in now]


def claims_of(held: Mapping[str, Facet]) -> list[Claim]:
    """What facets in force say that could be taken up, each once."""
    found = {claim.key: claim for claim in _claims(held) if _fits(claim)}
    return list(found.values())


def owner_kind(detail: str) -> str:
    """Which kind of owner producers mean by a word of their own."""
    word = detail.lower()
    if "steward" in word:
        return OwnerKind.STEWARD
    if "business" in word or "product" in word:
        return OwnerKind.BUSINESS
    return OwnerKind.TECHNICAL


def bare_name(owner: str) -> str:
    """An owner's name without what producers put before it, folded."""
    found = PREFIX.fullmatch(owner)
    return (found["rest"] if found else owner).strip().lower()


@dataclass(frozen=True)
class Owners:
    """Who is meant by the names that producers give to owners."""

    principals: dict[str, Principal]
    groups: dict[str, Group]

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Look them up, in two queries or none."""
        words = list({bare_name(name) for name in names})
        if not words:
            return cls({}, {})
        people = Principal.objects.active().alias(
            low_name=Lower("username"), low_email=Lower("email")
        )
        rows = list(people.filter(Q(low_name__in=words) | Q(low_email__in=words)))
        # An address may be shared: then nobody is meant by it.
        emails = Counter(row.email.lower() for row in rows)
        principals = {e: r for r in rows if emails[e := r.email.lower()] == 1}
        principals |= {row.username.lower(): row for row in rows}
        named = Group.objects.in_use().alias(low=Lower("name"))
        groups = named.filter(low__in=words)
        return cls(principals, {group.name.lower(): group for group in groups})

    def fields(self, claim: Claim) -> dict[str, Any]:
        """Those of an Ownership: a principal, a group, or else the plain name."""
        facts: dict[str, Any] = {
            "kind": str(owner_kind(claim.detail)),
            "principal": None,
            "group": None,
            "name": "",
        }
        prefix = PREFIX.fullmatch(claim.value)
        how = prefix["how"].lower() if prefix else ""
        word = bare_name(claim.value)
        if how not in GROUPS and word in self.principals:
            return facts | {"principal": self.principals[word]}
        if how not in PEOPLE and word in self.groups:
            return facts | {"group": self.groups[word]}
        return facts | {"name": claim.value}


def _claims(held: Mapping[str, Facet]) -> Iterator[Claim]:
    about = About(dict(held))
    by = {key: _producer(facet) for key, facet in held.items()}
    for owner in about.owners:
        yield Claim(
            "", Aspect.OWNER, owner.name, owner.name, owner.type, by["ownership"]
        )
    for tag in about.all_tags:
        path = tag_path(tag)
        yield Claim(tag.field, Aspect.TAG, path, path, "", by["tags"])
    if text := about.description:
        yield _description("", text, by["documentation"])
    for column in facets.fields(held.get("schema")):
        if text := (column.description or "").strip():
            yield _description(column.path, text, by["schema"])


def _description(column: str, text: str, producer: str) -> Claim:
    return Claim(column, Aspect.DESCRIPTION, digest(text), text, "", producer)


def _fits(claim: Claim) -> bool:
    """Whether it can be kept and judged: an index holds no longer names."""
    return len(claim.content) <= CONTENT_MAX and len(claim.column) <= COLUMN_MAX


def _producer(facet: Facet) -> str:
    uri = facets.text(facet, "_producer") or ""
    return VERSION_IN_URI.sub("", uri)[:CONTENT_MAX]


def _facets_of(assets: list[Any]) -> dict[int, dict[str, Facet]]:
    """The facets in force of assets of one kind."""
    if not assets:
        return {}
    if isinstance(assets[0], Job):
        return facets.of_jobs(assets)
    names = Dataset.objects.unrestricted("names of datasets found by rights")
    folds: dict[int, list[facets.Fold]] = {asset.pk: [] for asset in assets}
    for name in names.filter(canonical__among=list(folds)):
        folds[name.canonical_id].append((name.facets, name.facet_events))
    return facets.by_key(folds, KEYS)


def _state(claim: Claim, said: Curated) -> State:
    """What became of a claim; `said` is what people say of the asset."""
    own = said.columns.get(claim.column, {}) if claim.column else said.own
    for verdict in own.get("verdict", []):
        if (verdict.aspect, verdict.content) == (claim.aspect, claim.content):
            return State.ACCEPTED if verdict.is_accepted else State.REJECTED
    rows = own.get(str(claim.aspect), [])
    if claim.aspect == Aspect.OWNER:
        word = bare_name(claim.value)
        return State.SAID if any(_names(row, claim, word) for row in rows) else _NEW
    if claim.aspect == Aspect.TAG:
        return State.SAID if any(r.tag.name == claim.content for r in rows) else _NEW
    return State.SAID if rows else _NEW


_NEW = State.PENDING


def _names(row: Any, claim: Claim, word: str) -> bool:
    """Whether an Ownership is of the owner whom a claim names."""
    if row.principal:
        return word in (row.principal.username.lower(), row.principal.email.lower())
    return row.name == claim.content or bool(
        row.group and row.group.name.lower() == word
    )
