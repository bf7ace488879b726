"""How many are hit, how hard, whose are they, and in which domains?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lineage.impact.answers import Impact
from lineage.impact.severities import Severity

type Counts = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Summary:
    """Hits by severity, owner, domain and tag, the most frequent first."""

    hits: int
    severities: dict[Severity, int]
    owners: Counts
    domains: Counts
    tags: Counts
    unowned: int

    @property
    def told_severities(self) -> list[tuple[Severity, int]]:
        """Those that there are, the worst first."""
        return [(one, self.severities[one]) for one in Severity if self.severities[one]]


def summary(impact: Impact) -> Summary:
    """Count the hits of an impact."""
    hits = impact.hits
    by_severity = Counter(hit.severity for hit in hits)
    return Summary(
        len(hits),
        {severity: by_severity[severity] for severity in Severity},
        counted(o for hit in hits for o in {owner.name for owner in hit.owners}),
        counted(hit.domain for hit in hits if hit.domain),
        counted(tag for hit in hits for tag in hit.tags),
        sum(not hit.owners for hit in hits),
    )


def counted(names: Iterable[str]) -> Counts:
    """Names and how often each stands, most frequent first."""
    return sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
