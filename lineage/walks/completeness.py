"""What of an answer is not whole, not sure, or not fresh?"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lineage.graph.question import Level, Question
from lineage.graph.veil import Column, Node
from lineage.reader import Reader
from lineage.walks.last_runs import LastRun
from lineage.walks.naming import Known, node_of
from lineage.walks.streams import stream
from lineage.walks.walking import Around, Broken, Edge
from lineage.walks.words import Word

OLD_DAYS = 30
# Of each list so many are told, and of all how many there are.
MAX_LISTED = 1_000
MAX_LINKS = 100_000
LISTS = ("unresolved", "without_producer", "failed", "unread", "old")


@dataclass(slots=True)
class Completeness:
    """What a reader has to know before an answer is relied on.

    `left_out` counts what is deleted or was filtered away, `old` are edges that no
    event asserted for long, with when one did last.
    """

    broken: list[Broken] = field(default_factory=list)
    withheld: int = 0
    left_out: int = 0
    unresolved: list[Node] = field(default_factory=list)
    without_producer: list[Node] = field(default_factory=list)
    failed: list[tuple[Node, LastRun]] = field(default_factory=list)
    unread: list[tuple[Node, LastRun]] = field(default_factory=list)
    old: list[tuple[Edge, datetime]] = field(default_factory=list)
    _more: Counter[str] = field(default_factory=Counter)

    @property
    def is_complete(self) -> bool:
        """Whether it is all there is to know, as far as the reader can tell."""
        return not (self.broken or self.withheld or self.unread)

    def count(self, name: str) -> int:
        """How many there are of one of its lists, told or not."""
        return len(getattr(self, name)) + self._more[name]

    def trim(self) -> None:
        """Keep no more of each list than is told."""
        for name in LISTS:
            rows: list[Any] = getattr(self, name)
            self._more[name] += len(rows[MAX_LISTED:])
            del rows[MAX_LISTED:]

    def add_assets(self, shown: Iterable[Known], last: Mapping[int, LastRun]) -> None:
        """Take in what is known of assets, and how their jobs' last runs went."""
        for known in shown:
            if known.is_unresolved:
                self.unresolved.append(known.node)
            run = last.get(known.node.id) if known.node.is_job else None
            if run is not None and run.has_failed:
                self.failed.append((known.node, run))
            if run is not None and run.extraction is not None:
                self.unread.append((known.node, run))

    def add_edges(
        self, words: Mapping[Edge, Collection[Word]], question: Question, old_days: int
    ) -> None:
        """Take in which edges are old."""
        limit = (question.cut.as_of or timezone.now()) - timedelta(days=old_days)
        for edge, said in words.items():
            last = max((word.last.at for word in said if word.last), default=None)
            if last is not None and last < limit:
                self.old.append((edge, last))


def without_producer(
    datasets: Collection[Node], question: Question, reader: Reader
) -> set[Node]:
    """Those of datasets into which nothing flows, as far as the reader may know."""
    if not datasets:
        return set()
    veil = reader.veil
    plain = Question(level=Level.DATASET, cut=question.cut)
    graph = stream(plain, veil, is_downstream=False)
    links = graph.links(sorted(datasets), MAX_LINKS)
    counts_hidden = veil.passes or veil.tells
    hidden: set[Any] = set()
    if not counts_hidden:
        hidden = veil.hidden_nodes({link.node for link in links})
    made = {link.before for link in links if link.node not in hidden}
    return set(datasets) - made


def not_made_here(
    places: Iterable[Any], edges: Iterable[Edge], around: Iterable[Around]
) -> set[Node]:
    """The datasets into which nothing flows of what a walk met."""
    made = {node_of(target) for _, target in edges if isinstance(target, Node | Column)}
    made |= {
        node_of(place) for ends in around for place, is_origin in ends if not is_origin
    }
    nodes = {node_of(place) for place in places}
    return {node for node in nodes if not node.is_job} - made
