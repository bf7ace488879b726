"""How do kept tags follow what changed, at a cost that follows the change?

First the columns that a change may bear on are looked at by themselves. Where one is
not as it is kept, what stood on it is taken back, hop by hop, and what is left is let
spread again. A tag stands on the one a hop nearer to where it is put, so that tags in a
cycle do not hold each other up (delete and rederive, as Datalog has it).
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q

from catalog.models import ColumnTag, Dataset, HarvestedOnDataset, Tag, TagAssignment
from lineage.classification import keeping, lines, rules, seeds
from lineage.classification.lines import Line
from lineage.classification.rules import Rules
from lineage.classification.spreading import (
    Arrival,
    Law,
    Marks,
    Spreading,
    States,
    put,
)
from lineage.graph import columns
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column


@dataclass
class Noted:
    """What is to be looked at: datasets (raw), and tags, with the columns beyond."""

    datasets: set[int] = field(default_factory=set)
    with_targets: set[int] = field(default_factory=set)
    tags: set[int] = field(default_factory=set)


def from_nothing(cut: Cut = NOW) -> States:
    """All states, as seeds, lines and rules have it."""
    law = Law(rules.read(cut.recorded_at), seeds.rejected(cut))
    spreading = Spreading(law, lambda some: lines.out_of(some, cut))
    spreading.spread(put(seeds.seeds(None, law.rules, cut)))
    return spreading.states


def rebuild() -> int:
    """Keep what follows from nothing but seeds, lines and rules; how much changed."""
    return keeping.save(keeping.load_all(), from_nothing())


def follow(noted: Noted) -> int:
    """Bring what is kept up to what changed; how many rows did."""
    law = Law(rules.read(), seeds.rejected())
    return _Following(law).follow(_dirty(noted, law.rules))


type State = tuple[Column, int]  # a column and a tag


@dataclass
class _Following:
    """One pass over columns that may have changed."""

    law: Law
    kept: States = field(default_factory=dict)  # as it was; {} where nothing was
    gone: set[State] = field(default_factory=set)
    states: States = field(default_factory=dict)  # as it becomes
    _out_of: dict[Column, list[Line]] = field(default_factory=dict)

    def follow(self, dirty: set[Column]) -> int:
        alone = Spreading(self.law, lambda some: ())
        alone.spread(self.arriving(dirty))
        fresh = alone.states
        changed = {one for one in dirty if fresh.get(one, {}) != self.kept[one]}
        if not changed:
            return 0
        self.take_back(changed, fresh)
        around = changed | {column for column, _ in self.gone}
        self.begin(around)
        spreading = Spreading(self.law, self.out_of, self.states, self.begin)
        spreading.spread(self.arriving(around))
        return keeping.save({one: self.kept[one] for one in self.states}, self.states)

    def arriving(self, some: set[Column]) -> list[Arrival]:
        """All that is put on columns, and arrives there from what is not gone."""
        own = seeds.seeds({one.dataset for one in some}, self.law.rules)
        above = lines.into(some)
        sources = {line.source for line in above}
        self.know(some | sources)
        arrived = list(put({one: own[one] for one in some if one in own}))
        around = {source: self.left(source) for source in sources}
        return arrived + list(self.law.arrivals(above, around))

    def take_back(self, changed: set[Column], fresh: States) -> None:
        """Find what stood on states that are no more, or have become worse."""
        last: States = defaultdict(dict)
        for column in changed:
            now = fresh.get(column, {})
            for tag, mark in self.kept[column].items():
                if tag not in now or now[tag] > mark:
                    last[column][tag] = mark
        while last:
            self.gone |= {(one, tag) for one, marks in last.items() for tag in marks}
            last = self.standing_on(last)

    def standing_on(self, last: States) -> States:
        """What is kept that may have come from these, and is not gone yet."""
        found: States = defaultdict(dict)
        below = self.out_of(last.keys())
        self.know({line.target for line in below})
        for target, tag, mark in self.law.arrivals(below, last):
            if self.kept[target].get(tag) == mark and (target, tag) not in self.gone:
                found[target][tag] = mark
        return found

    def begin(self, some: set[Column]) -> None:
        """Let columns begin with what is left of them."""
        self.know(some)
        self.states |= {c: self.left(c) for c in some if c not in self.states}

    def left(self, column: Column) -> Marks:
        kept = self.kept[column]
        return {tag: m for tag, m in kept.items() if (column, tag) not in self.gone}

    def know(self, some: set[Column]) -> None:
        """Load what is kept of columns."""
        missing = some - self.kept.keys()
        self.kept |= {one: {} for one in missing} | keeping.load(missing)

    def out_of(self, some: Collection[Column]) -> list[Line]:
        """The lines that lead on from columns; each is asked once."""
        missing = [one for one in some if one not in self._out_of]
        self._out_of |= {one: [] for one in missing}
        for line in lines.out_of(missing):
            self._out_of[line.source].append(line)
        return [line for one in some for line in self._out_of[one]]


def _dirty(noted: Noted, law: Rules) -> set[Column]:
    """The columns that a change may bear on: those that it names, and their next."""
    names = Dataset.objects.unrestricted(seeds.WHY)
    rows = names.filter(pk__among=list(noted.datasets | noted.with_targets))
    canonical = dict(rows.values_list("pk", "canonical"))
    # What was canonical before may have something kept.
    datasets = {*noted.datasets, *noted.with_targets, *canonical.values()}
    dirty = _columns_of(datasets, law) if datasets else set()
    if noted.with_targets:
        moved = {canonical.get(pk, pk) for pk in noted.with_targets}
        known = columns.columns_of(moved)
        dirty |= _with_targets({one for one in known if one.dataset in moved})
    for tag in noted.tags:
        dirty |= _with_targets(_having(tag, law))
    return dirty


def _columns_of(datasets: set[int], law: Rules) -> set[Column]:
    """The columns of datasets that have, had, or may get tags; and the wholes."""
    put_on = seeds.seeds(datasets, law).keys()
    wholes = {Column(dataset, "") for dataset in datasets}
    return {*put_on, *wholes, *lines.made(datasets), *keeping.kept_of(datasets)}


def _having(tag: int, law: Rules) -> set[Column]:
    """The columns that have a tag or one below it, by whoever's word."""
    name = Tag.objects.values_list("name", flat=True).get(pk=tag)
    below = sorted(law.below(tag, name))
    kept = ColumnTag.objects.filter(tag__among=below).values_list("dataset", "column")
    said = TagAssignment.objects.standing().filter(
        tag__among=below, dataset__isnull=False
    )
    called = Q(name=name) | Q(name__startswith=f"{name}{Tag.SEPARATOR}")
    harvested = HarvestedOnDataset.objects.filter(called, is_propagated=False)
    end = ("dataset__canonical", "column")
    rows = [*kept, *said.values_list(*end), *harvested.values_list(*end)]
    return {Column(*row) for row in rows}


def _with_targets(some: set[Column]) -> set[Column]:
    """Columns, and those that come from them."""
    return some | {line.target for line in lines.out_of(some)}
