"""Which names are one dataset, and which of them is canonical?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lineage.alias_rules import Rule, rename
from lineage.models import AliasRule, DatasetAlias
from lineage.projection.datasets import Datasets
from lineage.projection.edges import Span
from lineage.projection.evidence import Evidence
from lineage.projection.facts import SCOPES, FacetFact
from lineage.projection.registry import Name, Registry
from lineage.projection.rows import Session, fetch, transpose
from lineage.projection.runs import is_inert
from lineage.projection.work import Work

NAME, LOCATION = int(DatasetAlias.Kind.NAME), int(DatasetAlias.Kind.LOCATION)
RENAME, RULE = int(DatasetAlias.Kind.RENAME), int(DatasetAlias.Kind.RULE)
END = int(DatasetAlias.Kind.END)
SYMLINKS = (SCOPES["dataset"], "symlinks")
LIFECYCLE = (SCOPES["dataset"], "lifecycleStateChange")

# By primary key.
LOAD_ALIASES = """
SELECT a.dataset_id, a.alias_id, a.kind, a.first_event, a.last_event
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[]) AS w(dataset_id, alias_id, kind)
JOIN lineage_datasetalias a USING (dataset_id, alias_id, kind)
"""
ADD_ALIASES = """
INSERT INTO lineage_datasetalias (dataset_id, alias_id, kind, first_event, last_event,
                                  first_at, last_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[],
                     %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
ADD_RULED = """
INSERT INTO lineage_datasetalias (dataset_id, alias_id, kind)
SELECT dataset_id, alias_id, 4 FROM unnest(%s::bigint[], %s::bigint[])
  AS w(dataset_id, alias_id) ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
# By primary key.
SAVE_ALIASES = """
UPDATE lineage_datasetalias AS a SET first_event = w.first_event,
  last_event = w.last_event, first_at = w.first_at, last_at = w.last_at
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[], %s::bigint[],
            %s::timestamptz[], %s::timestamptz[])
  AS w(dataset_id, alias_id, kind, first_event, last_event, first_at, last_at)
WHERE (a.dataset_id, a.alias_id, a.kind) = (w.dataset_id, w.alias_id, w.kind)
"""
# By primary key, and by the index on alias.
ALIASES_OF = """
SELECT dataset_id, alias_id, kind, last_event FROM lineage_datasetalias
WHERE dataset_id = ANY(%s) AND kind <> 3
UNION
SELECT dataset_id, alias_id, kind, last_event FROM lineage_datasetalias
WHERE alias_id = ANY(%s) AND kind <> 3
"""
# By the index on canonical.
SIBLINGS = """
SELECT s.id, s.canonical_id FROM catalog_dataset d
JOIN catalog_dataset s ON s.canonical_id = d.canonical_id WHERE d.id = ANY(%s)
"""
# By primary keys.
MEMBERS = """
SELECT d.id, d.canonical_id, d.first_seen, n.name, d.name
FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
WHERE d.id = ANY(%s)
"""
# By primary key.
SAVE_CANONICAL = """
UPDATE catalog_dataset AS d SET canonical_id = w.canonical_id
FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, canonical_id) WHERE d.id = w.id
"""
RULES = """
SELECT kind, namespace, name, other_namespace, other_name
FROM lineage_aliasrule WHERE recorded_to IS NULL ORDER BY id
"""
NEVER = datetime.max.replace(tzinfo=UTC)

Key = tuple[int, int, int]  # dataset, alias, kind


def named_datasets(fact: FacetFact) -> Iterable[Name]:
    """The other names that a dataset's facet gives it."""
    key = (fact.scope, fact.key)
    if key == SYMLINKS and fact.value is not None:
        for one in fact.value.identifiers:
            yield one.namespace, one.name
    elif key == LIFECYCLE and fact.value is not None and fact.value.previous_name:
        yield fact.value.previous_namespace, fact.value.previous_name


def current_rules(cursor: Session) -> list[Rule]:
    return [Rule(*row) for row in fetch(cursor, RULES)]


def apply_rules(registry: Registry) -> None:
    """Write down which other names the stewards' rules give to new names.

    What a rule names may be new itself, and named by another rule.
    """
    if not registry.new_datasets:
        return
    rules = current_rules(registry.cursor)
    start = 0
    while rules and start < len(registry.new_datasets):
        unruled, start = registry.new_datasets[start:], len(registry.new_datasets)
        renamed = {name: rename(*name, rules) for name in unruled}
        registry.resolve_datasets(renamed.values())
        rows = sorted(
            (registry.dataset(name), registry.dataset(other))
            for name, other in renamed.items()
            if other != name
        )
        registry.cursor.write(ADD_RULED, *transpose(rows, 2))


def fold_aliases(work: Work, datasets: Datasets) -> None:
    """Merge the names that the evidence gives, and choose the canonical ones anew."""
    spans: dict[Key, Span] = {}
    for evidence in work.evidence:
        for dataset, _, facets in evidence.io:
            for facet in facets:
                for alias, kind in given(work, evidence, dataset, work.facts[facet]):
                    _stretch(spans, (dataset, alias, kind), evidence)
    moved = _save(work, spans) if spans else set()
    moved |= {d.id for d in datasets.values() if d.first_seen != d.was_first_seen}
    if moved:
        choose_canonical(work, moved)


def given(
    work: Work, evidence: Evidence, dataset: int, fact: FacetFact
) -> Iterable[tuple[int, int]]:
    """The (alias, kind) that one facet of a dataset gives it."""
    key = (fact.scope, fact.key)
    if key == SYMLINKS and fact.is_deleted:
        yield dataset, END
    elif key == SYMLINKS and fact.value is not None:
        for one in fact.value.identifiers:
            if not is_inert(evidence, "dataset", one.namespace, one.name):
                alias = work.registry.dataset((one.namespace, one.name))
                if alias != dataset:
                    yield alias, LOCATION if one.type.upper() == "LOCATION" else NAME
    elif key == LIFECYCLE:
        for name in named_datasets(fact):
            if not is_inert(evidence, "dataset", *name):
                yield work.registry.dataset(name), RENAME


def _stretch(spans: dict[Key, Span], key: Key, evidence: Evidence) -> None:
    moment, event = evidence.moment, evidence.event
    span = spans.get(key)
    if span is None:
        spans[key] = Span(moment, event, moment, event)
    else:
        span.stretch(moment, event)


def _save(work: Work, spans: dict[Key, Span]) -> set[int]:
    """Write the assertions; returns the datasets that they bring together or part."""
    keys = sorted(spans)
    known = fetch(work.cursor, LOAD_ALIASES, *transpose(keys, 3))
    work.need_moments(event for row in known for event in row[3:5])
    old, moved = [], {i for dataset, alias, _ in keys for i in (dataset, alias)}
    for dataset, alias, kind, first, last in known:
        span = spans.pop((dataset, alias, kind))
        changed = span.stretch(work.moments[first], first)
        changed |= span.stretch(work.moments[last], last)
        old.append((dataset, alias, kind, *_columns(span)))
    if old:
        work.cursor.write(SAVE_ALIASES, *transpose(old, 7))
    if spans:
        new = [(*key, *_columns(spans[key])) for key in sorted(spans)]
        work.cursor.write(ADD_ALIASES, *transpose(new, 7))
    # A repeat of what is known, without any tombstone about, moves nobody.
    tombs = {dataset for dataset, _, kind in keys if kind == END}
    if not spans and not tombs and not _has_tombstones(work, moved):
        return set()
    return moved


def _has_tombstones(work: Work, datasets: set[int]) -> bool:
    rows = fetch(
        work.cursor,
        "SELECT 1 FROM lineage_datasetalias WHERE dataset_id = ANY(%s) AND kind = 5",
        sorted(datasets),
    )
    return bool(rows)


def _columns(span: Span) -> tuple[object, ...]:
    return span.first_event, span.last_event, span.first.at, span.last.at


@dataclass(slots=True)
class Sets:
    """Disjoint sets of dataset ids."""

    parent: dict[int, int] = field(default_factory=dict)

    def find(self, i: int) -> int:
        while self.parent.setdefault(i, i) != i:
            self.parent[i] = i = self.parent[self.parent[i]]
        return i

    def unite(self, a: int, b: int) -> None:
        self.parent[self.find(a)] = self.find(b)


def choose_canonical(work: Work, moved: set[int]) -> None:
    """Choose the canonical name of every dataset connected to one in `moved`."""
    members, rows, is_merged = _component(work, moved)
    if not rows and not is_merged:
        return  # each of them stands alone, and did
    splits = [
        (rule.namespace, rule.name)
        for rule in current_rules(work.cursor)
        if rule.kind == AliasRule.Kind.SPLIT
    ]
    work.registry.resolve_datasets(splits)
    alone = {work.registry.dataset(name) for name in splits}
    sets = _merge_names(work, rows, alone)
    named = fetch(work.cursor, MEMBERS, sorted(members))
    groups = defaultdict(list)
    for i, canonical, first_seen, namespace, name in named:
        groups[sets.find(i)].append(
            (first_seen or NEVER, namespace, name, i, canonical)
        )
    changed = [
        (i, min(group)[3])
        for group in groups.values()
        for *_, i, canonical in group
        if canonical != min(group)[3]
    ]
    if changed:
        work.cursor.write(SAVE_CANONICAL, *transpose(sorted(changed), 2))


Row = tuple[int, int, int, int | None]  # dataset, alias, kind, last event


def _component(work: Work, moved: set[int]) -> tuple[set[int], list[Row], bool]:
    """Everything that aliases, or a choice made before, connect to `moved`.

    And whether any of it goes by the name of another.
    """
    is_merged = False
    members: set[int] = set()
    rows: dict[tuple[int, int, int], Row] = {}
    frontier = set(moved)
    while frontier:
        members |= frontier
        ids = sorted(frontier)
        siblings = fetch(work.cursor, SIBLINGS, ids)
        is_merged |= any(i != canonical for i, canonical in siblings)
        found: set[int] = {i for i, _ in siblings}
        for dataset, alias, kind, last in fetch(work.cursor, ALIASES_OF, ids, ids):
            rows[dataset, alias, kind] = (dataset, alias, kind, last)
            found |= {dataset, alias}
        frontier = found - members
    return members, list(rows.values()), is_merged


def _merge_names(work: Work, rows: list[Row], alone: set[int]) -> Sets:
    work.need_moments(row[3] for row in rows)
    ends = {
        dataset: work.moments[last]
        for dataset, _, kind, last in rows
        if kind == END and last is not None
    }
    in_force = [
        (dataset, alias, kind)
        for dataset, alias, kind, last in rows
        if kind != END
        and not {dataset, alias} & alone
        and (last is None or dataset not in ends or work.moments[last] > ends[dataset])
    ]
    return united(in_force)


def united(in_force: Iterable[Key]) -> Sets:
    """The names that are one by what is said of them."""
    in_force = list(in_force)
    sets = Sets()
    for dataset, alias, kind in in_force:
        if kind in (NAME, RULE):
            sets.unite(dataset, alias)
    # A location has names, too: by whichever of them it is shared, it is shared.
    claims: dict[int, set[int]] = defaultdict(set)
    for dataset, alias, kind in in_force:
        if kind == LOCATION:
            claims[sets.find(alias)].add(sets.find(dataset))
    for location, claimers in claims.items():
        if len(claimers) == 1:
            sets.unite(claimers.pop(), location)
    return sets
