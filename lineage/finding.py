"""What does search find of runs: by their ids, and of what they ran on?"""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from catalog import facets
from catalog.search.marking import Marked
from catalog.search.results import Hit, register
from lineage.identities import run_uuid
from lineage.models import Run
from lineage.runs import LightRun, state_name
from policies.access import Someone
from policies.actions import Action

KIND = "run"
# Fewer signs are a word rather than the beginning of an id.
BEGINNING = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]+)*-?", re.IGNORECASE | re.ASCII)
HEX_DIGITS = 32


def find_runs(principal: Someone, text: str, limit: int) -> list[Hit]:
    """The runs of this id, or of one that begins so, the latest first.

    An id that was no UUID is found as it was sent. By the unique index on run ids.
    """
    text = text.strip().strip('"')
    if not text or "\0" in text:
        return []
    shown = Run.objects.visible().permitted(principal, Action.RUN_VIEW)
    # A run tells its job's name, which takes the right to see that.
    shown = shown.permitted(principal, Action.ASSET_VIEW)
    same = Q(run_id=run_uuid(text))
    digits = text.replace("-", "").lower()
    if BEGINNING.fullmatch(text) and len(digits) <= HEX_DIGITS:
        least, most = digits.ljust(HEX_DIGITS, "0"), digits.ljust(HEX_DIGITS, "f")
        same |= Q(run_id__range=(UUID(least), UUID(most)))
    found = shown.filter(same)
    rows = found.select_related("job__namespace").order_by("-started_at", "-pk")
    return [_hit(run, text) for run in rows[:limit]]


def _hit(run: Run, text: str) -> Hit:
    name = run.job.name
    sent = run.external_id or str(run.run_id)
    fits = sent.lower().startswith(text.lower())
    return Hit(
        kind=KIND,
        namespace=run.job.namespace.name,
        name=name,
        rank="exact" if len(text) == len(sent) else "beginning",
        shown_name=Marked(sent, ((0, len(text)),) if fits else ()),
        updated_at=run.updated_at,
        id=str(run.run_id),
        state=state_name(run),
    )


def announce() -> None:
    """Let the catalog's search find runs."""
    register(KIND, find_runs)


def processing_engines(
    found: Iterable[LightRun],
) -> dict[int, dict[str, Any]]:
    """The engine that each run (by id) says it ran on, if it says so."""
    folds = {run.pk: [(run.facets or (), run.facet_events or ())] for run in found}
    told = facets.by_key(folds, ["processing_engine"])
    return {
        pk: facets.document(by_key["processing_engine"])
        for pk, by_key in told.items()
        if "processing_engine" in by_key
    }
