"""What do the rules of the design make of a set of events? Plainly, and at leisure.

Nothing here is shared with the projection: each answer is worked out from all events,
in the words of `observed`.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from math import inf
from typing import Any

from tests.lineage.projection.happenings import DATA, JOBS, minute, run_name

TERMINAL = {"COMPLETE": "completed", "FAIL": "failed", "ABORT": "aborted"}
Moment = tuple[float, bytes]
How = tuple[str, str, bool]
Flow = tuple[str, str, How]
UNKNOWN: How = ("", "", False)


def spelled(thing: dict[str, str]) -> str:
    home = thing["namespace"]
    return thing["name"] if home in (DATA, JOBS) else f"{home}|{thing['name']}"


class Sent:
    """One event. `io` holds (reads or writes, dataset, its facets)."""

    def __init__(self, body: bytes) -> None:
        told = json.loads(body)
        at = minute(datetime.fromisoformat(told["eventTime"]))
        assert at is not None
        self.at = at
        self.moment: Moment = (at, sha256(body).digest())
        self.type = told.get("eventType")
        self.kind = told["schemaURL"].rpartition("/")[2]
        job = told.get("job", {})
        self.job = spelled(job) if job else None
        run = told.get("run", {})
        self.run = f"{self.job} {run_name(run['runId'])}" if run else None
        self.of_run: dict[str, Any] = run.get("facets", {})
        self.of_job: dict[str, Any] = job.get("facets", {})
        self.io: list[tuple[str, str, dict[str, Any]]] = [
            (way, spelled(one), one.get("facets", {}))
            for way, side in (("reads", "inputs"), ("writes", "outputs"))
            for one in told.get(side, ())
        ]
        if "dataset" in told:
            one = told["dataset"]
            self.io.append(("is", spelled(one), one.get("facets", {})))


def latest(facets: Iterable[tuple[Moment, dict[str, Any]]]) -> dict[str, Any] | None:
    """The facet of the latest (eventTime, digest); None for none, or a tombstone."""
    held = max(facets, key=lambda pair: pair[0], default=None)
    return None if held is None or held[1].get("_deleted") else held[1]


class Run:
    """One execution: the fold of its events."""

    def __init__(self, key: str, events: list[Sent]) -> None:
        self.key, self.events, self.job = key, events, events[0].job
        # A terminal state beats the others of whatever time; OTHER and none are none.
        ends = [e for e in events if e.type in TERMINAL]
        going = [e for e in events if e.type not in (*TERMINAL, "OTHER", None)]
        decider = max(ends or going, key=lambda e: e.moment, default=events[0])
        going_on = "running" if going else "unknown"
        self.state = TERMINAL[decider.type] if ends else going_on
        starts = [e.at for e in events if e.type == "START"]
        self.started = min(starts or [e.at for e in events])
        self.ended = decider.at if ends else None
        self.order = (decider.at, key)
        kind = self._held("jobType", "of_job") or {}
        self.streams = streams = kind.get("processingType") in ("STREAMING", "SERVICE")
        self.writes = self.state == "completed" or (streams and self.state != "unknown")
        link = self._held("parent", "of_run") or {}
        self.parent, self.root = self._ancestor(link), self._ancestor(link.get("root"))
        # A snapshot stands alone; else inputs and outputs accumulate.
        mode = kind.get("emissionPattern", {}).get("eventContentMode")
        telling = sorted((e for e in events if e.io), key=lambda e: e.moment)
        if mode == "COMPLETE_SNAPSHOT":
            telling = telling[-1:]
        self.telling = telling
        self.io = {(way, name) for e in telling for way, name, _ in e.io}
        # … and so does what it states of lineage.
        stating = [e for e in events if "lineage" in e.of_job]
        if mode == "COMPLETE_SNAPSHOT" and telling:
            stating = [e for e in stating if e.moment >= telling[0].moment]
        self.stated = max(stating, key=lambda e: e.moment, default=None)
        self.decided = decider.moment
        # A stream that runs counts from the first I/O on that it tells of.
        is_flowing = streams and self.state == "running" and bool(self.io)
        self.counts = self.state == "completed" or is_flowing

    def _held(self, key: str, where: str) -> dict[str, Any] | None:
        facets = [(e.moment, getattr(e, where)) for e in self.events]
        return latest((m, held[key]) for m, held in facets if key in held)

    def _ancestor(self, link: dict[str, Any] | None) -> str | None:
        if not link:
            return None
        named = f"{spelled(link['job'])} {run_name(link['run']['runId'])}"
        return None if named == self.key else named


class Reference:
    """All answers about a set of events.

    `merged` are the stewards' rules that make one name another, in their order;
    `alone` are the names that stand alone by rule.
    """

    def __init__(
        self,
        bodies: Iterable[bytes],
        merged: Sequence[tuple[str, str]] = (),
        alone: Collection[str] = (),
    ) -> None:
        self.sent = [Sent(body) for body in set(bodies)]
        self.merged, self.alone = merged, alone
        by_run = defaultdict(list)
        for one in self.sent:
            if one.run:
                by_run[one.run].append(one)
        self.all_runs = [Run(key, events) for key, events in by_run.items()]

    def runs(self) -> dict[str, tuple[str, float, float | None]]:
        return {r.key: (r.state, r.started, r.ended) for r in self.all_runs}

    def hierarchy(self) -> dict[str, tuple[str | None, str | None]]:
        return {r.key: (r.parent, r.root) for r in self.all_runs if r.parent or r.root}

    def edges(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for job in {e.job for e in self.sent if e.job}:
            status, effective = self._effective(job)
            runs = [r for r in self.all_runs if r.job == job and r.writes]
            telling = [e for r in runs for e in r.events] + self._declarations(job)
            counted = {io[:2] for e in telling for io in e.io}
            for way, name in {io[:2] for e in self.sent if e.job == job for io in e.io}:
                apart = "former" if (way, name) in counted else "attempted"
                is_effective = (way, name) in effective
                found[f"{job} {way} {name}"] = status if is_effective else apart
        return found

    def _declarations(self, job: str) -> list[Sent]:
        return [e for e in self.sent if e.kind == "JobEvent" and e.job == job and e.io]

    def _effective(self, job: str) -> tuple[str, set[tuple[str, str]]]:
        status, runs = self._effective_runs(job)
        if status == "declared":
            declared = max(self._declarations(job), key=lambda e: e.moment)
            return "effective", {io[:2] for io in declared.io}
        return status, set().union(*(r.io for r in runs))

    def _effective_runs(self, job: str) -> tuple[str, list[Run]]:
        """Those whose I/O is the job's, the latest first; or it is declared."""
        runs = [r for r in self.all_runs if r.job == job]
        counting = [r for r in runs if r.counts]
        last = max(counting, key=lambda r: r.order, default=None)
        declared = max(self._declarations(job), key=lambda e: e.moment, default=None)
        if declared and (last is None or declared.at > last.order[0]):
            return "declared", []
        if last is not None:
            family = [r for r in counting if r.parent and r.parent == last.parent]
            return "effective", [last, *(r for r in family if r is not last)]
        tries = [r for r in runs if r.state in ("failed", "aborted")]
        return "attempt", sorted(tries, key=lambda r: r.order)[-1:]

    def in_force(self) -> set[str]:
        """What `lineage` facets state, each edge as `job: source > target`."""
        found: set[str] = set()
        for job in {e.job for e in self.sent if e.job}:
            for target, edges in self._stated(job).items():
                found |= {f"{job}: {source} > {target}{to}" for source, to, _ in edges}
        for name, facet in self._described("lineage").items():
            found |= {f"-: {s} > {name}{to}" for s, to, _ in flows(facet, None)}
        return found

    def _described(self, key: str) -> dict[str, dict[str, Any]]:
        """Dataset → what the latest static event with this facet says in it."""
        said: dict[str, list[tuple[Moment, dict[str, Any]]]] = defaultdict(list)
        for e in self.sent:
            for way, name, facets in e.io:
                if way == "is" and key in facets:
                    said[name].append((e.moment, facets[key]))
        held = {name: latest(facets) for name, facets in said.items()}
        return {name: facet for name, facet in held.items() if facet is not None}

    def _stated(self, job: str) -> dict[str, set[Flow]]:
        """Target → what flows into it."""
        status, runs = self._effective_runs(job)
        of_runs: dict[str, set[Flow]] = defaultdict(set)
        are_gone = False
        for facet in (r.stated.of_job["lineage"] for r in runs if r.stated):
            are_gone |= facet.get("_deleted", False)
            for target, edges in targets(facet, job).items():
                of_runs[target] |= edges
        events = [e for e in self.sent if e.kind == "JobEvent" and e.job == job]
        events = [e for e in events if "lineage" in e.of_job]
        last = max(events, key=lambda e: e.moment, default=None)
        if last is None:
            return of_runs
        facet = last.of_job["lineage"]
        declared = targets(facet, job)
        if not runs or last.moment > runs[0].decided:
            return {} if facet.get("_deleted") else of_runs | declared
        if status == "attempt":
            return of_runs | declared
        return of_runs if are_gone else declared | of_runs

    def versions(self) -> dict[str, set[str]]:
        """By definition alone, whatever the order of the columns was."""
        found = defaultdict(set)
        written = {e.moment for r in self.all_runs if r.writes for e in r.events}
        for e in self.sent:
            for way, name, facets in e.io:
                if way == "reads":
                    found[name].add(f"read {definition(facets)}".strip())
                elif e.kind != "RunEvent" or e.moment in written:
                    found[name].add(f"written {definition(facets)}".strip())
        return dict(found)

    def names(self) -> dict[str, str]:
        """Dataset → canonical, of those that events name as their own."""
        return {name: self.canonical(name) for name in self.first_used}

    def canonical(self, name: str) -> str:
        """The name that was used first, then by its spelling."""
        first = self.first_used

        def order(one: str) -> tuple[float, str, str]:
            home, _, rest = one.rpartition("|")
            return first.get(one, inf), home or DATA, rest

        return min(self.same(name), key=order)

    @cached_property
    def first_used(self) -> dict[str, float]:
        used: dict[str, float] = {}
        for e in sorted(self.sent, key=lambda e: e.at):
            for _, name, _ in e.io:
                used.setdefault(name, e.at)
        return used

    def same(self, name: str) -> set[str]:
        """All names of a dataset."""
        return self._sets.get(name, {name})

    @cached_property
    def _sets(self) -> dict[str, set[str]]:
        ended: dict[str, Moment] = {}
        given: dict[tuple[str, str, bool], Moment] = {}
        for e in sorted(self.sent, key=lambda e: e.moment):
            for _, name, facets in e.io:
                links = facets.get("symlinks", {})
                if links.get("_deleted"):
                    ended[name] = e.moment
                for link in links.get("identifiers", ()):
                    key = (name, spelled(link), link["type"] == "LOCATION")
                    given[key] = e.moment
        links = [
            (name, alias, lies)
            for (name, alias, lies), last in given.items()
            if last > ended.get(name, (-1, b"")) and name != alias
        ]
        links += [(one, other, False) for one, other in self._ruled()]
        links = [link for link in links if not {*link[:2]} & {*self.alone}]
        sets: dict[str, set[str]] = {}
        for name, alias, lies in links:
            if not lies:
                unite(sets, name, alias)
        claims = defaultdict(set)  # of places, by tables, each under any of its names
        for name, alias, lies in links:
            if lies:
                claims[min(sets.get(alias, {alias}))].add(min(sets.get(name, {name})))
        for place, tables in claims.items():
            if len(tables) == 1:
                unite(sets, tables.pop(), place)
        return sets

    def _ruled(self) -> Iterable[tuple[str, str]]:
        """What each name that a rule begins with becomes by all of them."""
        for name in {one for one, _ in self.merged}:
            other = name
            for one, becomes in self.merged:
                other = becomes if other == one else other
            yield name, other


def targets(facet: dict[str, Any], job: str) -> dict[str, set[Flow]]:
    """What a job's `lineage` facet says of each target that it names."""
    found: dict[str, set[Flow]] = defaultdict(set)
    for entry in facet.get("entries", ()):
        found[node(entry, job)] |= flows(entry, job)
    return found


def flows(entry: dict[str, Any], job: str | None) -> set[Flow]:
    """Each source with the column that it flows into, as `.column` or nothing."""
    lines = [("", source) for source in entry.get("inputs", ())]
    for column, told in entry.get("fields", {}).items():
        lines += [(f".{column}", source) for source in told.get("inputs", ())]
    return {
        (f"{node(source, job)}{column}", to, how)
        for to, source in lines
        for column in [f".{source['field']}" if source.get("field") else ""]
        for how in ways(source)
    } or {("nothing", "", UNKNOWN)}


def ways(source: dict[str, Any]) -> list[How]:
    """How it flows: type, subtype, masking."""
    return [
        (how["type"], how.get("subtype", ""), how.get("masking", False))
        for how in source.get("transformations", ())
    ] or [UNKNOWN]


def node(told: dict[str, Any], job: str | None) -> str:
    """A dataset or a job; a JOB without a name is the event's own, if it has any."""
    if told["type"] != "JOB":
        return spelled(told)
    own = spelled(told) if "name" in told else job
    return f"job {own}" if own else "nothing"


def unite(sets: dict[str, set[str]], one: str, other: str) -> None:
    both = sets.get(one, {one}) | sets.get(other, {other})
    sets.update(dict.fromkeys(both, both))


def definition(facets: dict[str, Any]) -> str:
    fields = facets.get("schema", {}).get("fields", ())
    return ",".join(sorted(field["name"] for field in fields))
