"""What people say of assets and with which words; each change stands in the journal."""

from catalog.services.changing import Changing, Saying, changing, say
from catalog.services.entries import define_entry, ensure_tag, retire_entry
from catalog.services.proposals import (
    Judged,
    accept_proposals,
    fold_proposals,
    harvest_anew,
    reject_proposals,
)
from catalog.services.undoing import AlreadyUndone, undo_change

__all__ = [
    "AlreadyUndone",
    "Changing",
    "Judged",
    "Saying",
    "accept_proposals",
    "changing",
    "define_entry",
    "ensure_tag",
    "fold_proposals",
    "harvest_anew",
    "reject_proposals",
    "retire_entry",
    "say",
    "undo_change",
]
