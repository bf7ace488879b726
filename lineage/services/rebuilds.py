"""How is the catalog made anew, and who said so?"""

from django.db import transaction

from lineage.rebuilding import Progress, RebuildRunning, rebuild
from policies import audit
from policies.access import Someone

__all__ = ["RebuildRunning", "rebuild_catalog"]


def rebuild_catalog(*, progress: Progress, actor: Someone | None) -> int:
    """Make evidence and folds anew; returns how many events are in the catalog now.

    Raises RebuildRunning.
    """
    applied = rebuild(progress)
    with transaction.atomic():
        target = audit.Target("lineage.projection", ())
        audit.record(
            audit.Act.CATALOG_REBUILT, target, actor=actor, changes={"events": applied}
        )
    return applied
