"""Which reviews of access may somebody know of, and how far is one?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from policies import access
from policies.actions import Action
from policies.models import Principal, ReviewCampaign, ReviewItem
from policies.models.reviews import ReviewCampaignQuerySet, ReviewItemQuerySet
from policies.services.reviews import last_reminders
from policies.services.revoking import gone_since
from policies.telling.places import asset_names

type Asset = tuple[str, int]  # its kind and id

RELATED = ("holder", "group", "grant", "given_by", "reviewer", "decided_by", "campaign")


@dataclass(frozen=True, slots=True)
class ToldItem:
    """An item as its reader may know it: an asset that they may not see has no name.

    `is_gone` is whether its ground is no more, `gone_at` since when, if that is known.
    """

    item: ReviewItem
    where: str
    is_gone: bool
    gone_at: datetime | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How far one reviewer is."""

    reviewer: Principal | None
    items: int
    decided: int
    reminded_at: datetime | None


def sees_every_review(reader: Principal) -> bool:
    """Whether somebody knows of all reviews: auditors and administrators."""
    return any(
        access.may(reader, action)
        for action in (Action.ACCESS_VIEW, Action.ACCESS_GRANT)
    )


def known_reviews(reader: Principal) -> ReviewCampaignQuerySet:
    """The reviews that somebody may know of: all, or those that they take part in."""
    rows = ReviewCampaign.objects.all()
    if sees_every_review(reader):
        return rows
    mine = ReviewItem.objects.filter(reviewer=reader)
    return rows.filter(pk__in=mine.values("campaign"))


def known_items(reader: Principal, campaign: ReviewCampaign) -> ReviewItemQuerySet:
    """The items that somebody may know of: all, or those that they review."""
    rows = ReviewItem.objects.filter(campaign=campaign)
    if not sees_every_review(reader):
        rows = rows.filter(reviewer=reader)
    return rows.select_related(*RELATED).order_by("pk")


def item_counts(
    reader: Principal, campaigns: Sequence[ReviewCampaign]
) -> dict[int, dict[str, int]]:
    """By review: how many items somebody may know of, are decided, are revoked."""
    rows = ReviewItem.objects.filter(campaign__in=campaigns)
    if not sees_every_review(reader):
        rows = rows.filter(reviewer=reader)
    revoked = Q(decision=ReviewItem.Decision.REVOKE)
    counted = (
        rows.order_by()
        .values("campaign")
        .annotate(
            items=Count("pk"),
            decided=Count("pk", filter=~Q(decision="")),
            revoked=Count("pk", filter=revoked),
        )
    )
    none = {"items": 0, "decided": 0, "revoked": 0}
    names = ("items", "decided", "revoked")
    found = {
        pk: dict(zip(names, told, strict=True))
        for pk, *told in counted.values_list("campaign", *names)
    }
    return {each.pk: found.get(each.pk, none) for each in campaigns}


def waiting_count(reader: Principal) -> int:
    """How many items of open reviews wait for somebody."""
    return ReviewItem.objects.undecided().filter(reviewer=reader).count()


def tell_items(items: Sequence[ReviewItem], reader: Principal) -> list[ToldItem]:
    """Items with what has changed since; one query for each kind of ground or asset."""
    gone = gone_since(items)
    assets = {item.pk: asset for item in items if (asset := _asset_of(item))}
    shown = _shown(set(assets.values()), reader)
    return [
        ToldItem(
            item,
            _where(item.where, assets.get(item.pk), shown),
            item.pk in gone,
            gone.get(item.pk),
            item.reviewer_id == reader.pk,
        )
        for item in items
    ]


def tell_where(
    campaigns: Sequence[ReviewCampaign], reader: Principal
) -> dict[int, str]:
    """What each review is about, by id, as somebody may know it."""
    assets = {
        each.pk: (each.asset_kind, each.scope_id)
        for each in campaigns
        if each.asset_kind and each.scope_id is not None
    }
    shown = _shown(set(assets.values()), reader)
    return {e.pk: _where(e.where, assets.get(e.pk), shown) for e in campaigns}


def _asset_of(item: ReviewItem) -> Asset | None:
    if item.asset_kind and item.asset_id is not None:
        return item.asset_kind, item.asset_id
    grant = item.grant
    if grant is not None and grant.asset_kind and grant.scope_id is not None:
        return grant.asset_kind, grant.scope_id
    return None


def _shown(assets: set[Asset], reader: Principal) -> set[Asset]:
    """Which of these somebody may see; one query for each kind."""
    found: set[Asset] = set()
    for kind in {kind for kind, _ in assets}:
        ids = {pk for one, pk in assets if one == kind}
        found |= {(kind, pk) for pk in asset_names(kind, ids, reader)}
    return found


def _where(frozen: str, asset: Asset | None, shown: set[Asset]) -> str:
    if asset is None or asset in shown:
        return frozen
    return f"one {asset[0]} that you may not see"


def progress(campaign: ReviewCampaign) -> list[Share]:
    """How far each reviewer is, those with most to do first."""
    rows = campaign.items.values("reviewer").annotate(
        items=Count("pk"), decided=Count("pk", filter=~Q(decision=""))
    )
    told = list(rows.order_by(F("decided") - F("items"), "reviewer"))
    people = Principal.objects.in_bulk([e["reviewer"] for e in told if e["reviewer"]])
    reminded = last_reminders(campaign)
    return [
        Share(
            people.get(each["reviewer"]),
            each["items"],
            each["decided"],
            reminded.get(each["reviewer"]),
        )
        for each in told
    ]
