"""Which runs were in the news lately, and which of them failed?"""

from dataclasses import dataclass

from django.db.models import F

from lineage import runs
from lineage.models import Event, Run
from lineage.models.runs import RunQuerySet

# How far back news are read, so that the cost does not grow with history.
NEWS_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed run; `is_recovered` tells that a later run of its job completed."""

    run: Run
    is_recovered: bool


def in_the_news(shown: RunQuerySet, limit: int) -> list[Run]:
    """The runs among `shown` that the last events are about, latest start first."""
    latest = shown.select_related("job__namespace").order_by(
        F("started_at").desc(nulls_last=True), "-run_id"
    )
    found = list(latest.filter(pk__in=_newest())[:limit])
    if len(found) == limit:
        return found
    # What this reader sees is rare among the news: then it is little in all, too.
    return list(latest[:limit])


def failed(shown: RunQuerySet, limit: int) -> list[Failure]:
    """The failed ones among those of `shown` in the news, latest end first."""
    found = list(
        shown.filter(pk__in=_newest(), state=Run.State.FAILED)
        .select_related("job__namespace")
        .order_by(F("ended_at").desc(nulls_last=True), "-run_id")[:limit]
    )
    last = runs.latest({run.job_id for run in found}, shown, limit=1)
    return [Failure(run, _completed(last.get(run.job_id, []), run)) for run in found]


def _completed(last: list[Run], failure: Run) -> bool:
    return any(
        run.state == Run.State.COMPLETED and run.pk != failure.pk for run in last
    )


def _newest() -> set[int]:
    # Backwards along the primary key, which follows the order of commits.
    news = Event.objects.order_by("-pk").values_list("run_id", flat=True)
    return {run for run in news[:NEWS_EVENTS] if run is not None}
