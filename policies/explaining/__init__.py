"""Why may somebody do something, or why not; who else may, and what else may they?

explain(principal, action, asset)      one decision, with all that bears on it
who_may(action, asset)                 everybody who may, in a fixed number of queries
what_may(principal, action, asker=…)   how much, by kind, namespace and domain
"""

from policies.explaining.deciding import explain
from policies.explaining.people import Whom, who_may
from policies.explaining.telling import (
    By,
    Explanation,
    Ground,
    Means,
    Near,
    Part,
    Place,
    Proposal,
    Step,
    Why,
)
from policies.explaining.things import Within, what_may

__all__ = [
    "By",
    "Explanation",
    "Ground",
    "Means",
    "Near",
    "Part",
    "Place",
    "Proposal",
    "Step",
    "Whom",
    "Why",
    "Within",
    "explain",
    "what_may",
    "who_may",
]
