"""What do the rules of the design make of a set of events? Plainly, and at leisure.

Nothing here is shared with the projection: each answer is worked out from all events,
in the words of `observed`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from tests.lineage.projection.happenings import DATA, JOBS, minute, run_name

TERMINAL = {"COMPLETE": "completed", "FAIL": "failed", "ABORT": "aborted"}
Moment = tuple[float, bytes]


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
        streams = kind.get("processingType") in ("STREAMING", "SERVICE")
        self.writes = self.state == "completed" or (streams and self.state != "unknown")
        link = self._held("parent", "of_run") or {}
        self.parent, self.root = self._ancestor(link), self._ancestor(link.get("root"))
        # A snapshot stands alone; else inputs and outputs accumulate.
        mode = kind.get("emissionPattern", {}).get("eventContentMode")
        telling = sorted((e for e in events if e.io), key=lambda e: e.moment)
        if mode == "COMPLETE_SNAPSHOT":
            telling = telling[-1:]
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
    """All answers about a set of events."""

    def __init__(self, bodies: Iterable[bytes]) -> None:
        self.sent = [Sent(body) for body in set(bodies)]
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
                found |= {f"{job}: {source} > {target}{to}" for source, to in edges}
        static: dict[str, Sent] = {}
        for e in sorted(self.sent, key=lambda e: e.moment):
            static |= {n: e for way, n, f in e.io if way == "is" and "lineage" in f}
        for name, e in static.items():
            facet = e.io[0][2]["lineage"]
            if not facet.get("_deleted"):
                found |= {f"-: {s} > {name}{to}" for s, to in flows(facet, None)}
        return found

    def _stated(self, job: str) -> dict[str, set[tuple[str, str]]]:
        """Target → what flows into it."""
        status, runs = self._effective_runs(job)
        of_runs: dict[str, set[tuple[str, str]]] = defaultdict(set)
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
        """Dataset → canonical: the name that was used first, then by its spelling."""
        first: dict[str, tuple[float, str, str]] = {}
        ended: dict[str, Moment] = {}
        given: dict[tuple[str, str, bool], Moment] = {}
        for e in sorted(self.sent, key=lambda e: e.moment):
            for _, name, facets in e.io:
                home, _, rest = name.rpartition("|")
                first.setdefault(name, (e.at, home or DATA, rest))
                links = facets.get("symlinks", {})
                if links.get("_deleted"):
                    ended[name] = e.moment
                for link in links.get("identifiers", ()):
                    key = (name, spelled(link), link["type"] == "LOCATION")
                    given[key] = e.moment
        sets: dict[str, set[str]] = {}
        links = [
            (name, alias, lies)
            for (name, alias, lies), last in given.items()
            if last > ended.get(name, (-1, b"")) and name != alias
        ]
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
        return {
            name: min(sets.get(name, {name}) & first.keys(), key=lambda n: first[n])
            for name in first
        }


def targets(facet: dict[str, Any], job: str) -> dict[str, set[tuple[str, str]]]:
    """What a job's `lineage` facet says of each target that it names."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in facet.get("entries", ()):
        found[node(entry, job)] |= flows(entry, job)
    return found


def flows(entry: dict[str, Any], job: str | None) -> set[tuple[str, str]]:
    """Each source with the column that it flows into, as `.column` or nothing."""
    lines = [("", source) for source in entry.get("inputs", ())]
    for column, told in entry.get("fields", {}).items():
        lines += [(f".{column}", source) for source in told.get("inputs", ())]
    found = set()
    for to, source in lines:
        column = f".{source['field']}" if source.get("field") else ""
        found.add((f"{node(source, job)}{column}", to))
    return found or {("nothing", "")}


def node(told: dict[str, Any], job: str | None) -> str:
    """A dataset or a job; a JOB without a name is the event's own."""
    if told["type"] == "JOB":
        return f"job {spelled(told) if 'name' in told else job}"
    return spelled(told)


def unite(sets: dict[str, set[str]], one: str, other: str) -> None:
    both = sets.get(one, {one}) | sets.get(other, {other})
    sets.update(dict.fromkeys(both, both))


def definition(facets: dict[str, Any]) -> str:
    fields = facets.get("schema", {}).get("fields", ())
    return ",".join(sorted(field["name"] for field in fields))
