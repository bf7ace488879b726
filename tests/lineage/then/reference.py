"""What do the rules make of walks? Plainly, and at leisure: dicts, and a queue.

As of a time there are the events of until then, and nothing else: so that a walk then
is a walk over a `Reference` of those. Nothing here is shared with the engine.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from tests.lineage.projection.reference import (
    UNKNOWN,
    Flow,
    How,
    Moment,
    Reference,
    Run,
    flows,
    latest,
    spelled,
    ways,
)

Node = tuple[str, str]  # "job" or "dataset", and its name
# A job is in parts: one for each target that its `lineage` facet names, one for the
# rest, whose target is "". Data that flows into a part flows out of that part alone.
Part = tuple[str, str, str]
Column = tuple[str, str]  # canonical dataset, column; "" is the dataset as a whole
Kinds = dict[tuple[Any, Any], set[str]]


def is_any(how: How) -> bool:
    return True


def is_direct(how: How) -> bool:
    """Unknown is taken for direct."""
    return how[0] != "INDIRECT"


def is_unmasked(how: How) -> bool:
    return not how[2]


class Walks(Reference):
    """The lineage of a set of events, and of what people declare: `manual`.

    Those are (source, target), each `d`, `d.column` or `job j`. `also` names the
    statuses of edges that are walked along beside those in force.
    """

    def __init__(
        self,
        bodies: Iterable[bytes],
        merged: Sequence[tuple[str, str]] = (),
        alone: Collection[str] = (),
        manual: Iterable[tuple[str, str]] = (),
        also: Collection[str] = (),
    ) -> None:
        super().__init__(bodies, merged, alone)
        self.links: Kinds = defaultdict(set)  # (part, part) → who asserts it
        self.also = also
        self.columns: dict[tuple[Column, Column], set[How]] = defaultdict(set)
        for job in sorted({e.job for e in self.sent if e.job}):
            self._take_job(job)
        self._take_descriptions()
        for source, target in manual:
            self._declare(source, target)

    def upstream(self, start: Node) -> dict[Node, int]:
        """How many hops it is to each node that data comes through."""
        return self._walk(start, [(far, near) for near, far in self.links])

    def downstream(self, start: Node) -> dict[Node, int]:
        return self._walk(start, list(self.links))

    def edges_from(self, start: Node, *, is_downstream: bool) -> Kinds:
        """Each link that a walk goes along, as data flows, and who asserts it."""
        links = [link if is_downstream else link[::-1] for link in self.links]
        at = hops(self._parts(start), links)
        found: Kinds = defaultdict(set)
        for (near, far), kinds in self.links.items():
            if (near if is_downstream else far) in at:
                found[near[:2], far[:2]] |= kinds
        return found

    def column_edges_from(
        self, start: Column, keep: Callable[[How], bool], *, is_downstream: bool
    ) -> dict[tuple[Column, Column], set[How]]:
        """How each column comes from another, of the links that a walk goes along."""
        links = self.kept(keep)
        at = hops([start], [e if is_downstream else e[::-1] for e in links])
        return {
            (near, far): set(filter(keep, self.columns[near, far]))
            for near, far in links
            if (near if is_downstream else far) in at
        }

    def kept(self, keep: Callable[[How], bool]) -> list[tuple[Column, Column]]:
        """Links from column to column. A dataset as a whole is kept apart."""
        told = [link for link, how in self.columns.items() if any(map(keep, how))]
        return [link for link in told if link[0][1] and link[1][1]]

    def wholes(self) -> set[tuple[Column, str]]:
        """Columns, each with a dataset that depends on it as a whole."""
        return {(a, b[0]) for a, b in self.columns if a[1] and not b[1]}

    def _walk(self, start: Node, links: list[tuple[Part, Part]]) -> dict[Node, int]:
        found: dict[Node, int] = {}
        for part, far in hops(self._parts(start), links).items():
            found[part[:2]] = min(far, found.get(part[:2], far))
        found.pop(start, None)
        return found

    def _parts(self, node: Node) -> set[Part]:
        return {part for link in self.links for part in link if part[:2] == node}

    def _take_job(self, job: str) -> None:
        stated: dict[str, set[Flow]] = defaultdict(set)
        for target, edges in self._stated(job).items():
            is_job = target.startswith("job ")
            stated[target if is_job else self.canonical(target)] |= edges
        for way, name, kind in self._told_io(job):
            if way == "writes":
                through = part_of(job, self.canonical(name), stated)
                self._link((through, self._dataset(name)), kind)
            elif f"job {job}" not in stated:  # else it is stated what flows into it
                self._link((self._dataset(name), base(job)), kind)
        for target, edges in stated.items():
            self._take_stated(job, target, edges)
        self._take_derived(job, stated)

    def _told_io(self, job: str) -> list[tuple[str, str, str]]:
        """What a job reads and writes: way, dataset, and `io` if that is in force."""
        found = [(way, name, "io") for way, name in self._effective(job)[1]]
        for link, status in self.edges().items() if self.also else ():
            who, way, name = link.split(" ")
            if who == job and status in self.also:
                found.append((way, name, status))
        return found

    def _take_stated(self, job: str | None, target: str, edges: set[Flow]) -> None:
        """What a `lineage` facet says of one target; `job` is whose facet it is."""
        is_job = target.startswith("job ")
        into = base(target.removeprefix("job ")) if is_job else self._dataset(target)
        for source, to, how in edges:
            name, _, column = source.partition(".")
            if name.startswith("job "):
                self._link((base(name.removeprefix("job ")), into), "explicit")
            elif name != "nothing" and (job is None or is_job):
                self._link((self._dataset(name), into), "explicit")
            elif name != "nothing":
                through = ("job", job or "", target)
                self._link((self._dataset(name), through), "explicit")
                self._link((through, into), "explicit")
            if column and not is_job:
                self._derive((name, column), (target, to[1:]), how)

    def _take_derived(self, job: str, explained: Collection[str]) -> None:
        """Lines of columnLineage, but of targets that a `lineage` facet explains."""
        for name, facet in self.derived(job):
            if self.canonical(name) not in explained:
                self._take_columns(name, facet)

    def derived(self, job: str) -> list[tuple[str, dict[str, Any]]]:
        """The columnLineage that counts of a job's outputs, each by its raw name."""
        status, runs = self._effective_runs(job)
        if status != "declared":
            return [one for run in runs for one in self._shown(run).items()]
        last = max(self._declarations(job), key=lambda e: e.moment)
        told = [(n, f.get("columnLineage")) for way, n, f in last.io if way == "writes"]
        return [(name, facet) for name, facet in told if facet and not is_gone(facet)]

    def _shown(self, run: Run) -> dict[str, dict[str, Any]]:
        """The columnLineage of each output, as the run showed it last."""
        said: dict[str, list[tuple[Moment, dict[str, Any]]]] = defaultdict(list)
        for e in run.telling:
            for way, name, facets in e.io:
                if way == "writes" and "columnLineage" in facets:
                    said[name].append((e.moment, facets["columnLineage"]))
        held = {name: latest(facets) for name, facets in said.items()}
        return {name: facet for name, facet in held.items() if facet is not None}

    def _take_columns(self, target: str, facet: dict[str, Any]) -> None:
        lines = [("", source) for source in facet.get("dataset", ())]
        for column, told in facet.get("fields", {}).items():
            lines += [(column, source) for source in told.get("inputFields", ())]
        for column, source in lines:
            start = (spelled(source), source["field"])
            for how in ways(source):
                self._derive(start, (target, column), how)

    def _take_descriptions(self) -> None:
        stated = self._described("lineage")
        for name, facet in stated.items():
            self._take_stated(None, name, flows(facet, None))
        explained = {self.canonical(name) for name in stated}
        for name, facet in self._described("columnLineage").items():
            if self.canonical(name) not in explained:
                self._take_columns(name, facet)

    def _declare(self, source: str, target: str) -> None:
        ends = []
        for text in (source, target):
            name = text.partition(".")[0]
            is_job = name.startswith("job ")
            ends.append(base(name[4:]) if is_job else self._dataset(name))
        self._link((ends[0], ends[1]), "manual")
        if "." in source:
            one, other = source.split("."), target.split(".")
            self._derive((one[0], one[1]), (other[0], other[1]), UNKNOWN)

    def _derive(self, source: Column, target: Column, how: How) -> None:
        one, other = (
            (self.canonical(name), column) for name, column in (source, target)
        )
        self.columns[one, other].add(how)

    def _dataset(self, name: str) -> Part:
        return ("dataset", self.canonical(name), "")

    def _link(self, link: tuple[Part, Part], kind: str) -> None:
        if link[0] != link[1]:  # that a thing comes from itself alone says nothing
            self.links[link].add(kind)


def is_gone(facet: dict[str, Any]) -> bool:
    return bool(facet.get("_deleted"))


def base(job: str) -> Part:
    return ("job", job, "")


def part_of(job: str, target: str, stated: Collection[str]) -> Part:
    """The part of a job that makes one of its outputs."""
    return ("job", job, target if target in stated else "")


def hops[N](begin: Iterable[N], links: Iterable[tuple[N, N]]) -> dict[N, int]:
    """How far it is to each, all of the beginning being at 0."""
    after = defaultdict(list)
    for near, far in links:
        after[near].append(far)
    at = dict.fromkeys(begin, 0)
    frontier = list(at)
    for near in frontier:  # grows on the way
        for far in after[near]:
            if far not in at:
                at[far] = at[near] + 1
                frontier.append(far)
    return at
