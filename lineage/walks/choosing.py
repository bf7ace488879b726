"""Which of the places that a walk met are shown, if only some are asked for?

A walk goes on through what is not shown: a filter says what is told, and not how far it
goes. What is left out between two shown places is told as one edge, with the number of
places that it leads through.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.curation.filtering import Curation
from catalog.models import Dataset, Job
from lineage.graph.veil import Node
from lineage.reader import Reader
from lineage.walks.naming import Known
from policies.actions import Action
from policies.compiler.scopes import Glob

# So many edges are followed through what is left out.
MAX_STEPS = 200_000

type Edge = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a place has to be to be shown: each that is set has to fit.

    `namespaces` are names or globs, of which one fits; `kinds` are "dataset" and "job";
    `job_types` are words of the jobType facet, and say nothing of datasets.
    """

    namespaces: tuple[str, ...] = ()
    domain: str = ""
    tag: str = ""
    kinds: frozenset[str] = frozenset()
    job_types: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(
            self.namespaces or self.domain or self.tag or self.kinds or self.job_types
        )

    def fits(self, known: Known) -> bool:
        """As far as it can be told from what is known of an asset."""
        kind = "job" if known.node.is_job else "dataset"
        if self.kinds and kind not in self.kinds:
            return False
        if self.namespaces and not any(
            Glob.parse(one).matches(known.namespace) for one in self.namespaces
        ):
            return False
        is_asked = bool(self.job_types) and known.node.is_job
        return not (is_asked and self.job_types.isdisjoint(known.job_type.words))


def fitting(
    shown: Mapping[Node, Known], asked: Filter, reader: Reader
) -> dict[Node, Known]:
    """Those of the known assets that fit; two queries at the most."""
    if not asked:
        return dict(shown)
    found = {node: known for node, known in shown.items() if asked.fits(known)}
    said = Curation(domain=asked.domain, tag=asked.tag)
    if not said:
        return found
    kept: set[Node] = set()
    for is_job, model in ((True, Job), (False, Dataset)):
        # What people say now is said of what a dataset is now.
        ids = {node: one.canonical or node.id for node, one in found.items()
               if node.is_job is is_job}  # fmt: skip
        if ids:
            rows: Any = model.objects.permitted(reader.principal, Action.ASSET_VIEW)
            some = rows.filter(pk__among=list({*ids.values()}))
            told = set(said.narrow(some, reader.principal).values_list("pk", flat=True))
            kept |= {node for node, pk in ids.items() if pk in told}
    return {node: known for node, known in found.items() if node in kept}


def through(
    edges: Collection[Edge], left_out: Collection[Any]
) -> tuple[dict[Edge, int], bool]:
    """The edges between shown places that lead through what is left out.

    Each with the least number of places that it leads through. The second says whether
    these are all; there may be too many.
    """
    hidden = set(left_out)
    following: dict[Any, list[Any]] = defaultdict(list)
    for source, target in sorted(edges):
        if source in hidden or target in hidden:
            following[source].append(target)
    found: dict[Edge, int] = {}
    steps = 0
    for start in [place for place in following if place not in hidden]:
        seen: set[Any] = set()
        layer, count = {o for o in following[start] if o in hidden}, 1
        while layer:
            seen |= layer
            coming = [after for place in sorted(layer) for after in following[place]]
            steps += len(coming)
            if steps > MAX_STEPS:
                return found, False
            for after in coming:
                if after not in hidden:
                    found.setdefault((start, after), count)
            layer, count = {o for o in coming if o in hidden} - seen, count + 1
    return found, True
