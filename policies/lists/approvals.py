"""Which held changes may somebody know of, and which are theirs to answer?"""

from policies import access
from policies.actions import Action
from policies.granting import may_hand_on
from policies.models import HeldChange, Principal
from policies.models.approvals import HeldChangeQuerySet
from policies.second_person import may_approve

# So many waiting changes are judged one by one for who shares without administering.
MOST_JUDGED = 500


def sees_every_change(reader: Principal) -> bool:
    """Whether somebody knows of all held changes: auditors and administrators."""
    return any(
        access.may(reader, action)
        for action in (Action.ACCESS_VIEW, Action.ACCESS_GRANT)
    )


def known_changes(reader: Principal) -> HeldChangeQuerySet:
    """The held changes that somebody may know of: own ones, and what they answer."""
    rows = HeldChange.objects.all()
    if sees_every_change(reader):
        return rows
    mine = rows.filter(maker=reader) | rows.filter(decided_by=reader)
    if not may_hand_on(reader):
        return mine
    return mine | rows.filter(pk__in=[each.pk for each in to_approve(reader)])


def to_approve(reader: Principal) -> list[HeldChange]:
    """The waiting changes whose second person somebody can be, the oldest first."""
    if not may_hand_on(reader):
        return []
    waiting = HeldChange.objects.waiting().exclude(maker=reader)
    rows = waiting.select_related("maker", "gainer", "gaining_group", "rule")
    return [
        each
        for each in rows.order_by("made_at", "pk")[:MOST_JUDGED]
        if may_approve(reader, each)
    ]
