"""Which names were one dataset then, and which of them was canonical?

As `lineage.projection.aliases` has it, by what had been said within a cut, and by the
stewards' rules of the recorded time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, LiteralString

from lineage.alias_rules import Rule, rename
from lineage.graph.then.evidence import ABOUT, COUNTS, FOREVER, Counting, load
from lineage.models import AliasRule
from lineage.projection import aliases
from lineage.projection.aliases import END, LOCATION, NAME, RULE, SYMLINKS, given
from lineage.projection.facts import Moment
from lineage.projection.work import Work

# By the index on canonical.
SIBLINGS = """
SELECT s.id, s.first_seen, n.name, s.name
FROM catalog_dataset d JOIN catalog_dataset s ON s.canonical_id = d.canonical_id
JOIN catalog_namespace n ON n.id = s.namespace_id
WHERE d.id = ANY(%(ids)b::bigint[])
"""
# By primary key, and by the index on alias.
ALIASES = """
SELECT a.dataset_id, a.alias_id, a.kind, f.event_time, f.digest, f.recorded_at,
       l.event_time, l.digest, l.recorded_at, f.id, l.id
FROM (
  SELECT * FROM lineage_datasetalias WHERE dataset_id = ANY(%(ids)b::bigint[])
  UNION
  SELECT * FROM lineage_datasetalias WHERE alias_id = ANY(%(ids)b::bigint[])
) a
LEFT JOIN lineage_event f ON f.id = a.first_event
LEFT JOIN lineage_event l ON l.id = a.last_event
WHERE a.kind <> 3
"""
FIRST_SEEN: LiteralString = f"""
WITH {ABOUT}
SELECT i.dataset_id, min(e.event_time)
FROM about a JOIN lineage_event e ON e.id = a.id
JOIN lineage_ioevidence i ON i.event_id = e.id AND i.dataset_id = a.dataset_id
WHERE {COUNTS} GROUP BY 1
"""
NAMING: LiteralString = f"""
WITH {ABOUT}
SELECT DISTINCT e.id
FROM about a JOIN lineage_event e ON e.id = a.id
JOIN lineage_ioevidence i ON i.event_id = e.id AND i.dataset_id = a.dataset_id
JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'symlinks'
WHERE {COUNTS}
"""
ALL_NAMES = """
SELECT d.id, n.name, d.name
FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
"""

type Key = tuple[int, int, int]  # dataset, alias, kind
type Named = tuple[datetime | None, str, str]  # first seen, namespace, name


class _Rules:
    """The stewards' rules of a recorded time, where they differ from those of now."""

    def __init__(self, counting: Counting) -> None:
        rows = AliasRule.objects.order_by("pk")
        now = [_rule(row) for row in rows if row.recorded_to is None]
        at = counting.recorded_at
        then = [
            _rule(row)
            for row in rows
            if row.recorded_from <= at
            and (row.recorded_to is None or row.recorded_to > at)
        ]
        is_past = counting.cut.recorded_at is not None
        self.rules = then if is_past else now
        self.differ = is_past and then != now
        self._counting = counting

    @cached_property
    def pairs(self) -> list[Key]:
        """What they make of all names. Asked only where they differ from now."""
        rows = self._counting.fetch(ALL_NAMES)
        ids = {(space, name): i for i, space, name in rows}
        renamed = {i: rename(*name, self.rules) for name, i in ids.items()}
        return [
            (i, ids[other], RULE)
            for i, other in renamed.items()
            if other in ids and ids[other] != i
        ]

    def alone(self, names: dict[int, Named]) -> set[int]:
        """Those of the names that a rule keeps apart."""
        split = {
            (rule.namespace, rule.name)
            for rule in self.rules
            if rule.kind == AliasRule.Kind.SPLIT
        }
        return {i for i, (_, space, name) in names.items() if (space, name) in split}


class NamesThen:
    """The names of datasets at one cut; each is asked once."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self._canonical: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    @cached_property
    def _rules(self) -> _Rules:
        return _Rules(self.counting)

    def canonical(self, names: Iterable[int]) -> dict[int, int]:
        """The canonical one of each name."""
        wanted = set(names)
        unknown = wanted - self._canonical.keys()
        if unknown:
            self._resolve(unknown)
        return {i: self._canonical[i] for i in wanted}

    def members(self, names: Iterable[int]) -> dict[int, list[int]]:
        """All names of each dataset that one of these names, by its canonical one."""
        return {one: self._members[one] for one in self.canonical(names).values()}

    def _resolve(self, unknown: Collection[int]) -> None:
        names, rows = self._component(unknown)
        if len(names) == len(unknown) and not rows:
            for i in names:
                self._canonical[i], self._members[i] = i, [i]
            return
        alone = self._rules.alone(names)
        in_force = [key for key in self._in_force(rows) if not {*key[:2]} & alone]
        sets = aliases.united(in_force)
        groups: dict[int, list[int]] = defaultdict(list)
        for i in names:
            groups[sets.find(i)].append(i)
        several = {i: names[i] for g in groups.values() if len(g) > 1 for i in g}
        seen = self._first_seen(several)
        for group in groups.values():
            if len(group) == 1:
                self._canonical[group[0]], self._members[group[0]] = group[0], group
                continue
            order = {i: (seen[i], *names[i][1:], i) for i in group}
            first = min(group, key=order.__getitem__)
            self._members[first] = sorted(group)
            self._canonical |= dict.fromkeys(group, first)

    def _component(
        self, start: Collection[int]
    ) -> tuple[dict[int, Named], dict[Key, tuple[Any, ...]]]:
        """All names that anything ever said connects with these, and what that is."""
        names: dict[int, Named] = {}
        rows: dict[Key, tuple[Any, ...]] = {}
        ruled = self._rules.pairs if self._rules.differ else []
        frontier, asked = set(start), set(start)
        while frontier:
            ids = sorted(frontier)
            found = self.counting.fetch(SIBLINGS, ids=ids)
            met = {row[0] for row in found}
            names |= {row[0]: (row[1], row[2], row[3]) for row in found}
            for dataset, alias, kind, *spans in self.counting.fetch(ALIASES, ids=ids):
                if kind == RULE and self._rules.differ:
                    continue
                rows[dataset, alias, kind] = tuple(spans)
                met |= {dataset, alias}
            for key in (*ruled, *self._believed):
                if frontier & {*key[:2]}:
                    rows.setdefault(key, ())
                    met |= {*key[:2]}
            frontier = met - asked
            asked |= frontier
        return names, rows

    def _in_force(self, rows: dict[Key, tuple[Any, ...]]) -> list[Key]:
        """What was said last, and not taken back, at the cut."""
        ended = {dataset for dataset, _, kind in rows if kind == END}
        clear: list[Key] = []
        unclear: set[int] = set()
        for key, spans in rows.items():
            dataset, _, kind = key
            if kind == RULE:
                clear.append(key)
            elif not spans:
                unclear.add(dataset)
            elif dataset in ended or not self._counts(spans[0], spans[2], spans[6]):
                if spans[0] <= self.counting.as_of:
                    unclear.add(dataset)
            elif kind in (NAME, LOCATION):
                clear.append(key)
        unclear |= {dataset for dataset, _, _ in self._believed}
        clear = [key for key in clear if key[0] not in unclear or key[2] == RULE]
        return clear + self._said(unclear)

    def _counts(self, at: datetime, recorded_at: datetime, event: int) -> bool:
        return (
            at <= self.counting.as_of
            and recorded_at <= self.counting.recorded_at
            and event not in self.counting.parameters["doubted"]
        )

    @cached_property
    def _believed(self) -> set[Key]:
        """What events say which are retracted now, and were believed then."""
        if not self.counting.believed:
            return set()
        work = self.counting.work()
        load(work, self.counting.believed)
        return set(_given(work))

    def _said(self, datasets: Collection[int]) -> list[Key]:
        """The same by the evidence itself."""
        if not datasets:
            return []
        events = self.counting.fetch(NAMING, ids=sorted(datasets))
        work = self.counting.work()
        load(work, [event for (event,) in events])
        last = {k: moment for k, moment in _given(work).items() if k[0] in datasets}
        ends = {key[0]: moment for key, moment in last.items() if key[2] == END}
        return [
            key
            for key, moment in last.items()
            if key[2] != END and (key[0] not in ends or moment > ends[key[0]])
        ]

    def _first_seen(self, names: dict[int, Named]) -> dict[int, datetime]:
        """When each name was first used as a dataset's own, by what counts."""
        if not names:
            return {}
        if self.counting.cut.recorded_at is None:
            first = {i: named[0] or FOREVER for i, named in names.items()}
            return {
                i: at if at <= self.counting.as_of else FOREVER
                for i, at in first.items()
            }
        found = dict(self.counting.fetch(FIRST_SEEN, ids=sorted(names)))
        return {i: found.get(i, FOREVER) for i in names}


def _given(work: Work) -> dict[Key, Moment]:
    """What the evidence says of names, and when it says so last."""
    last: dict[Key, Moment] = {}
    for evidence in work.evidence:
        for dataset, _, facets in evidence.io:
            for facet in facets:
                fact = work.facts[facet]
                if (fact.scope, fact.key) != SYMLINKS:
                    continue
                for alias, kind in given(work, evidence, dataset, fact):
                    key = (dataset, alias, kind)
                    last[key] = max(last.get(key, evidence.moment), evidence.moment)
    return last


def _rule(row: AliasRule) -> Rule:
    return Rule(row.kind, row.namespace, row.name, row.other_namespace, row.other_name)
