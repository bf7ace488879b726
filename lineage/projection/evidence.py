"""What does an event assert, in ids instead of names?"""

from dataclasses import dataclass, field
from datetime import datetime

from lineage.projection.facts import Moment

# Event.Kind
RUN, JOB, DATASET = 1, 2, 3
# IOEvidence.Direction
INPUT, OUTPUT, STATIC = 1, 2, 3

IO = tuple[int, int, list[int]]  # dataset, direction, facets


@dataclass(slots=True)
class Evidence:
    """One event as the folds see it: fresh from the door, or read from its rows."""

    event: int
    moment: Moment
    kind: int
    type: int  # Event.Type
    job: int | None
    run: int | None
    dataset: int | None
    run_facets: list[int]
    job_facets: list[int]
    recorded_at: datetime
    io: list[IO] = field(default_factory=list)
    # What was outside every sender's scope; see lineage.authorization.
    inert: frozenset[str] = frozenset()
    external_run_id: str = ""
