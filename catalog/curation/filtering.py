"""Which assets are there of a domain, a tag, an owner, a tier or a lifecycle?"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from catalog.curation.reading import around
from catalog.hidden_columns import about_shown_columns
from catalog.models import (
    Attribute,
    Dataset,
    Description,
    Domain,
    Lifecycle,
    OnAsset,
    Ownership,
    Placement,
    Tag,
    TagAssignment,
)
from policies.access import Someone

LACKS = ("owner", "description", "tag", "domain")
TEXT_MAX = 300


@dataclass(frozen=True, slots=True)
class Curation:
    """What a list of datasets or jobs is narrowed to, of what people say of them.

    What an asset has from its namespace counts, where it says nothing itself.
    """

    domain: str = ""
    tag: str = ""
    owner: str = ""
    tier: str = ""
    lifecycle: str = ""
    lacks: str = ""

    @classmethod
    def asked(cls, query: QueryDict) -> Self:
        """As the address of a list says it."""
        return cls(
            **{name: query.get(name, "").strip()[:TEXT_MAX] for name in cls.__slots__}
        )

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    @property
    def typed(self) -> list[tuple[str, str, str]]:
        """The filters that are typed: name, label, what was asked."""
        return [
            ("domain", "Domain", self.domain),
            ("tag", "Tag", self.tag),
            ("owner", "Owner", self.owner),
        ]

    @property
    def states(self) -> list[str]:
        return list(Lifecycle.values)

    @property
    def missable(self) -> tuple[str, ...]:
        return LACKS

    def narrow[Q_: Any](self, assets: Q_, principal: Someone) -> Q_:
        """The assets that fit, as far as `principal` may know."""
        found: Any = assets
        level = "dataset" if found.model is Dataset else "job"
        if self.domain:
            found = found.filter(
                _is(level, Placement, _below("domain", self.domain, Domain))
            )
        if self.owner:
            found = found.filter(_is_owned(level, _owned_by(self.owner)))
        if self.tag:
            tagged = _tagged(level, principal).filter(_below("tag", self.tag, Tag))
            found = found.filter(Exists(tagged))
        if self.tier:
            found = found.filter(_is(level, Attribute, Q(value=self.tier), name="tier"))
        if self.lifecycle:
            states = _said(level, Attribute).filter(
                name="lifecycle", value=self.lifecycle
            )
            found = found.filter(Exists(states))
        lacks: dict[str, Any] = {
            "owner": unowned,
            "description": undescribed,
            "tag": partial(untagged, principal=principal),
            "domain": unplaced,
        }
        if self.lacks in lacks:
            found = lacks[self.lacks](found)
        narrowed: Q_ = found
        return narrowed


def unowned[Q_: Any](assets: Q_) -> Q_:
    """Those for which nobody answers, nor for their namespace or domain."""
    narrowed: Q_ = assets.exclude(_is_owned(_level(assets), Q()))
    return narrowed


def unplaced[Q_: Any](assets: Q_) -> Q_:
    """Those that belong to no domain, nor does their namespace."""
    narrowed: Q_ = assets.exclude(_is(_level(assets), Placement, Q()))
    return narrowed


def undescribed[Q_: Any](assets: Q_) -> Q_:
    """Those of which nobody has written what they are."""
    written = _said(_level(assets), Description).filter(column="")
    narrowed: Q_ = assets.exclude(Exists(written))
    return narrowed


def untagged[Q_: Any](assets: Q_, principal: Someone) -> Q_:
    """Those without a tag on them or on a column that `principal` may know of."""
    narrowed: Q_ = assets.exclude(Exists(_tagged(_level(assets), principal)))
    return narrowed


def _level(assets: Any) -> str:
    return "dataset" if assets.model is Dataset else "job"


def _said(level: str, model: type[OnAsset]) -> Any:
    """The standing statements about the asset of the query around."""
    holder = "dataset__canonical" if level == "dataset" else "job"
    return model._default_manager.filter(recorded_to=None, **{holder: OuterRef("pk")})


def _tagged(level: str, principal: Someone) -> Any:
    """`_said` of tags, on columns that are hidden left out."""
    said = _said(level, TagAssignment)
    return said.filter(about_shown_columns(principal)) if level == "dataset" else said


def _is(level: str, model: type[OnAsset], fits: Q, **fixed: str) -> Q:
    """Said of the asset, or of its namespace while nothing is said of the asset."""
    own = _said(level, model).filter(**fixed)
    of_space = model._default_manager.filter(
        recorded_to=None, namespace=OuterRef("namespace"), **fixed
    )
    return Q(Exists(own.filter(fits))) | (
        Q(Exists(of_space.filter(fits))) & ~Q(Exists(own))
    )


def _is_owned(level: str, fits: Q) -> Q:
    """As `_is`, and else as their domain, or the nearest around it, is owned."""
    unsaid = ~Q(Exists(_said(level, Ownership))) & ~Q(
        Exists(
            Ownership.objects.filter(recorded_to=None, namespace=OuterRef("namespace"))
        )
    )
    domains = _owned_domains(fits)
    if not domains:
        return _is(level, Ownership, fits)
    placed = _is(level, Placement, Q(domain__in=domains))
    return _is(level, Ownership, fits) | (unsaid & placed)


def _owned_domains(fits: Q) -> list[int]:
    """The domains whose owners fit: their own, or those of the nearest around."""
    owners = Ownership.objects.filter(recorded_to=None, domain__isnull=False)
    owned = dict(owners.values_list("domain__name", "domain"))
    if not owned:
        return []
    fitting = set(owners.filter(fits).values_list("domain__name", flat=True))
    found = []
    for pk, name in Domain.objects.values_list("pk", "name"):
        nearest = next((each for each in around(name) if each in owned), None)
        if nearest in fitting:
            found.append(pk)
    return found


def _below(key: str, name: str, model: type[Domain | Tag]) -> Q:
    below = f"{name}{model.SEPARATOR}"
    return Q(**{f"{key}__name__iexact": name}) | Q(
        **{f"{key}__name__istartswith": below}
    )


def _owned_by(text: str) -> Q:
    """As owners are written: a principal, `group:NAME`, `name:NAME`."""
    how, _, rest = text.partition(":")
    if how == "group" and rest:
        return Q(group__name__iexact=rest.strip())
    if how == "name" and rest:
        return Q(name__iexact=rest.strip())
    return (
        Q(principal__username__iexact=text)
        | Q(group__name__iexact=text)
        | Q(name__iexact=text)
    )
