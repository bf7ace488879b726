"""The tables that say who may, and who did."""

from policies.models.approvals import ApprovalRule, HeldChange
from policies.models.attempts import FailedAttempt
from policies.models.governed import Governed, GovernedQuerySet, ReadUnfiltered
from policies.models.grants import BreakGlass, Grant, PolicyEpoch, Reach, Role
from policies.models.groups import Group, Membership, Nesting
from policies.models.journal import JournalEntry
from policies.models.principals import Principal
from policies.models.requests import AccessRequest
from policies.models.reviews import ReviewCampaign, ReviewItem, ReviewReminder
from policies.models.sessions import Session, Tries
from policies.models.shares import ObjectShare
from policies.models.tokens import Token

__all__ = [
    "AccessRequest",
    "ApprovalRule",
    "BreakGlass",
    "FailedAttempt",
    "Governed",
    "GovernedQuerySet",
    "Grant",
    "Group",
    "HeldChange",
    "JournalEntry",
    "Membership",
    "Nesting",
    "ObjectShare",
    "PolicyEpoch",
    "Principal",
    "Reach",
    "ReadUnfiltered",
    "ReviewCampaign",
    "ReviewItem",
    "ReviewReminder",
    "Role",
    "Session",
    "Token",
    "Tries",
]
