"""What does an answer about lineage not tell, and why, asset by asset?"""

from dataclasses import dataclass, field
from datetime import datetime

from lineage.walks.answers import Answer
from lineage.walks.completeness import Completeness
from lineage.walks.last_runs import LastRun
from lineage.walks.naming import Known, node_of
from lineage.walks.walking import Why


@dataclass(frozen=True, slots=True)
class Break:
    """The walk ended here, though data goes on; without an asset, somewhere."""

    why: Why
    is_downstream: bool
    asset: Known | None


@dataclass(frozen=True, slots=True)
class RunOf:
    job: Known
    run: LastRun


@dataclass(frozen=True, slots=True)
class OldEdge:
    source: Known
    target: Known
    last_at: datetime


@dataclass(slots=True)
class Lacks:
    """What a reader has to know before an answer is relied on, asset by asset."""

    breaks: list[Break] = field(default_factory=list)
    withheld: int = 0
    left_out: int = 0
    unresolved: list[Known] = field(default_factory=list)
    without_producer: list[Known] = field(default_factory=list)
    failed: list[RunOf] = field(default_factory=list)
    unread: list[RunOf] = field(default_factory=list)
    old: list[OldEdge] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all that is known is shown."""
        return not (self.breaks or self.withheld or self.left_out)

    @property
    def is_sure(self) -> bool:
        """Whether there is nothing to say of what is shown."""
        return not (
            self.unresolved
            or self.without_producer
            or self.failed
            or self.unread
            or self.old
        )

    def broken(self, why: Why) -> list[Break]:
        """The assets at which the walk ended for a reason, each way once."""
        return [one for one in self.breaks if one.why is why and one.asset]

    @property
    def of_hops(self) -> list[Break]:
        return self.broken(Why.HOPS)

    @property
    def of_nodes(self) -> list[Break]:
        return self.broken(Why.NODES)

    @property
    def of_links(self) -> list[Break]:
        return self.broken(Why.LINKS)

    @property
    def of_hidden(self) -> list[Break]:
        return self.broken(Why.HIDDEN)

    @property
    def reasons(self) -> set[str]:
        return {str(one.why) for one in self.breaks}

    @property
    def is_too_much(self) -> bool:
        """Whether the walk ended for want of room."""
        return any(one.why in (Why.NODES, Why.LINKS) for one in self.breaks)


def lacks_of(answer: Answer) -> Lacks:
    """What an answer says of its own completeness."""
    found = answer.completeness
    known = {one.node: one for one in answer.assets.values()}
    assets = {
        (one.why, one.is_downstream, known.get(node_of(one.place)))
        if one.place is not None
        else (one.why, one.is_downstream, None)
        for one in found.broken
    }
    breaks = [Break(*one) for one in assets]
    breaks.sort(key=lambda one: (one.why, one.is_downstream, _order(one.asset)))
    return Lacks(
        breaks,
        found.withheld,
        found.left_out,
        [known[node] for node in found.unresolved],
        [known[node] for node in found.without_producer],
        [RunOf(known[node], run) for node, run in found.failed],
        [RunOf(known[node], run) for node, run in found.unread],
        _old(found, answer),
    )


def _order(asset: Known | None) -> str:
    return asset.node_id if asset else ""


def _old(found: Completeness, answer: Answer) -> list[OldEdge]:
    """Edges of assets that no event asserted for long, each pair once, oldest first."""
    known = {one.node: one for one in answer.assets.values()}
    pairs: dict[tuple[Known, Known], datetime] = {}
    for (source, target), at in found.old:
        ends = known[node_of(source)], known[node_of(target)]
        pairs[ends] = max(at, pairs.get(ends, at))
    rows = [OldEdge(*ends, at) for ends, at in pairs.items()]
    rows.sort(key=lambda one: (one.last_at, one.source.node_id, one.target.node_id))
    return rows
