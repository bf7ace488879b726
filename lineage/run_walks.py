"""Which run read which version that which run wrote, up and down the stream?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Dataset
from lineage import run_io
from lineage.graph.cut import NOW, Cut
from lineage.graph.runs import INPUT, OUTPUT, Reading, Writing, readers, writers
from lineage.graph.then.evidence import Counting
from lineage.models import Run, RunDataset
from lineage.projection.runs import RunFold
from lineage.reader import Reader
from lineage.run_io import Known, RunDatasetVersion, RunIO


@dataclass(frozen=True, slots=True)
class Input:
    """What a run read; `producer` is the run that had written it, if it may be told."""

    read: RunDatasetVersion
    producer: Run | None


@dataclass(frozen=True, slots=True)
class Output:
    """What a run wrote, and the runs that read it, as far as they may be told."""

    written: RunDatasetVersion
    readers: list[Run]


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a walk, with what it read (upstream) or wrote (downstream)."""

    run: Run
    hops: int
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)


@dataclass(slots=True)
class RunWalk:
    """The runs of a walk one way, the nearest first; the start is the first.

    `withheld` counts those of them of whose sources (or readers) the reader may not
    know all.
    """

    steps: list[Step] = field(default_factory=list)
    known: Known = field(default_factory=Known)
    withheld: int = 0
    is_truncated: bool = False


def upstream(
    run: Run, reader: Reader, *, max_hops: int, max_runs: int, cut: Cut = NOW
) -> RunWalk:
    """Walk from a run to those that wrote what it read; each once, breadth first.

    A fixed number of queries a hop. Raises LookupError if there was no such run then.
    """
    return _walk(_Upstream(reader, cut), run, max_hops, max_runs)


def downstream(
    run: Run, reader: Reader, *, max_hops: int, max_runs: int, cut: Cut = NOW
) -> RunWalk:
    """Walk from a run to those that read what it wrote. As `upstream`."""
    return _walk(_Downstream(reader, cut), run, max_hops, max_runs)


def _walk(way: "_Way", run: Run, max_hops: int, max_runs: int) -> RunWalk:
    walk = RunWalk(known=way.known)
    level = way.then.of([run])
    if not level:
        raise LookupError(run.run_id)
    met = {run.pk}
    for hops in range(max_hops + 1):
        steps, following, incomplete = way.step(level, hops)
        walk.steps += steps
        walk.withheld += len(incomplete) if way.reader.veil.tells else 0
        walk.is_truncated |= way.is_truncated
        fresh = [one for one in following if one.pk not in met]
        room = max_runs - len(walk.steps)
        if hops == max_hops or not fresh:
            break
        if len(fresh) > room:
            fresh, walk.is_truncated = fresh[:room], True
        if not fresh:
            break
        met |= {one.pk for one in fresh}
        level = fresh
    return walk


class _Then:
    """Runs as they were at a cut."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self._counting = None if cut.is_now else Counting(cut)
        self._folds: dict[int, RunFold] = {}

    def of(self, runs: Sequence[Run]) -> list[Run]:
        """Those that there were, with the state that they had."""
        if self._counting is None:
            return list(runs)
        unknown = {run.pk for run in runs} - self._folds.keys()
        self._folds |= self._counting.folded(unknown)[1]
        return [_as(run, self._folds[run.pk]) for run in runs if run.pk in self._folds]

    def told(
        self,
        run: Run,
        found: Iterable[RunDatasetVersion],
        side: int,
        known: Known,
    ) -> list[RunDatasetVersion]:
        """A run's inputs or outputs as they had been told; `found` are those of now.

        Of what is told no more, the definition that was in force.
        """
        if self._counting is None:
            return list(found)
        ids = self._touched(run, side, known)
        now = {one.identity: one for one in found}
        then = [
            now.get(known.identities[pk])
            or run_io.untold(
                run, known.identities[pk], known.versions[pk], is_input=side == INPUT
            )
            for pk in ids
        ]
        return sorted(then, key=lambda one: one.identity)

    def raw(self, runs: Iterable[Run]) -> set[int]:
        """The datasets, by any name, that runs had told of."""
        if self._counting is None:
            return set()
        return {pk for run in runs for pk, _ in self._folds[run.pk].datasets}

    def touches(self, run: Run, dataset: int, side: int, known: Known) -> bool:
        """Whether a run had told that it read, or wrote, what now it is known to."""
        return self._counting is None or dataset in self._touched(run, side, known)

    def _touched(self, run: Run, side: int, known: Known) -> set[int]:
        return {
            known.names[dataset]
            for dataset, direction in self._folds[run.pk].datasets
            if direction == side and dataset in known.names
        }


def _as(run: Run, fold: RunFold) -> Run:
    then = copy(run)
    then.state, then.started_at = fold.state, fold.started_at
    then.ended_at = fold.decided.at if fold.decided and fold.is_ended else None
    then.decided_at = fold.decided.at if fold.decided else None
    then.last_event_at, then.is_streaming = fold.last_event_at, fold.is_streaming
    then.job_version = fold.job_version
    return then


type _Stepped = tuple[list[Step], list[Run], set[int]]


class _Way:
    """One direction, for one reader, at one cut."""

    side: int

    def __init__(self, reader: Reader, cut: Cut) -> None:
        self.reader, self.cut = reader, cut
        self.then = _Then(cut)
        self.known = Known()
        self.is_truncated = False

    def step(self, level: Sequence[Run], hops: int) -> _Stepped:
        """The steps of some runs, who follows them, and who is not told as a whole."""
        raise NotImplementedError

    def touched(self, level: Sequence[Run]) -> list[tuple[Run, RunDatasetVersion, int]]:
        """What each run read, or wrote, with the canonical dataset's id."""
        datasets = self.reader.past_datasets
        io = run_io.of_runs(level, datasets, self.reader, self.known)
        if missing := self.then.raw(level) - self.known.names.keys():
            self.known.add(missing, datasets)
        ids = {identity: pk for pk, identity in self.known.identities.items()}
        return [
            (run, entry, ids[entry.identity])
            for run in level
            for entry in self.then.told(
                run, self.of_side(io[run.pk]), self.side, self.known
            )
        ]

    def of_side(self, io: RunIO) -> list[RunDatasetVersion]:
        return io.inputs if self.side == INPUT else io.outputs

    def permitted(self, runs: set[int]) -> dict[int, Run]:
        """Those of the runs that may be shown."""
        if not runs:
            return {}
        found = self.reader.runs.filter(
            pk__among=runs, job__in=self.reader.linked_jobs
        ).select_related("job__namespace")
        return {run.pk: run for run in self.then.of(list(found))}

    def with_hidden(self, level: Sequence[Run]) -> set[int]:
        """The runs (by id) that also touched what the reader may not know of."""
        real: Any = Dataset.objects.unrestricted("only whether there are any is told")
        hidden: Any = RunDataset.objects.filter(
            run__in=[run.pk for run in level],
            direction=self.side,
            dataset__canonical__in=real.canonical().exclude(
                pk__in=list(self.known.identities)
            ),
        )
        return set(hidden.values_list("run", flat=True))


class _Upstream(_Way):
    side = INPUT

    def step(self, level: Sequence[Run], hops: int) -> _Stepped:
        touched = self.touched(level)
        written = writers([_reading(run, pk) for run, _, pk in touched], self.cut)
        wrote = {one for one in written if one is not None}
        allowed = self.permitted(wrote)
        withheld = _real(wrote - allowed.keys())
        incomplete = self.with_hidden(level)
        inputs: dict[int, list[Input]] = defaultdict(list)
        following: dict[int, Run] = {}
        for (run, read, _), one in zip(touched, written, strict=True):
            producer = allowed.get(one or 0)
            if one in withheld:
                incomplete.add(run.pk)
            inputs[run.pk].append(Input(read, producer))
            if producer is not None:
                following.setdefault(producer.pk, producer)
        steps = [Step(run, hops, inputs=inputs[run.pk]) for run in level]
        return steps, list(following.values()), incomplete


class _Downstream(_Way):
    side = OUTPUT

    def step(self, level: Sequence[Run], hops: int) -> _Stepped:
        touched = self.touched(level)
        read_by = self.readers_of([(run, pk) for run, _, pk in touched])
        allowed = self.permitted(set().union(*read_by))
        withheld = _real(set().union(*read_by) - allowed.keys())
        incomplete = self.with_hidden(level)
        outputs: dict[int, list[Output]] = defaultdict(list)
        following: dict[int, Run] = {}
        for (run, written, _), found in zip(touched, read_by, strict=True):
            shown = sorted((allowed[pk] for pk in found & allowed.keys()), key=_order)
            if found & withheld:
                incomplete.add(run.pk)
            outputs[run.pk].append(Output(written, shown))
            following |= {one.pk: one for one in shown if one.pk not in following}
        steps = [Step(run, hops, outputs=outputs[run.pk]) for run in level]
        return steps, list(following.values()), incomplete

    def readers_of(self, written: Sequence[tuple[Run, int]]) -> list[set[int]]:
        """Of each (run, dataset) that it wrote, the runs that read it: their ids."""
        writings = [_writing(run, pk) for run, pk in written]
        found, is_cut = readers([one for one in writings if one], self.cut)
        self.is_truncated |= is_cut
        candidates = iter(found)
        may_have = [next(candidates) if one else set() for one in writings]
        light = Run.objects.unrestricted("to be judged when it is known who read")
        rows = light.filter(pk__among=set().union(*may_have))
        runs = {run.pk: run for run in self.then.of(list(rows))}
        asked = [
            (number, pk, dataset)
            for number, ((_, dataset), some) in enumerate(
                zip(written, may_have, strict=True)
            )
            for pk in sorted(some & runs.keys())
            if self.then.touches(runs[pk], dataset, INPUT, self.known)
        ]
        wrote = writers([_reading(runs[pk], ds) for _, pk, ds in asked], self.cut)
        read_by: list[set[int]] = [set() for _ in written]
        for (number, pk, _), writer in zip(asked, wrote, strict=True):
            if writer == written[number][0].pk:
                read_by[number].add(pk)
        return read_by


def _order(run: Run) -> tuple[Any, ...]:
    started = run.started_at or run.created_at
    return started, run.job.namespace.name, run.job.name, run.run_id


def _reading(run: Run, dataset: int) -> Reading:
    last_at = run.ended_at or run.last_event_at
    return Reading(run.pk, dataset, run.started_at, last_at)


def _writing(run: Run, dataset: int) -> Writing | None:
    """When a run wrote; only what completed did, and what streams or streamed."""
    if run.is_streaming and run.state != Run.State.UNKNOWN and run.started_at:
        return Writing(run.pk, dataset, run.started_at, run.ended_at)
    if run.state == Run.State.COMPLETED and run.decided_at:
        return Writing(run.pk, dataset, run.decided_at, run.decided_at)
    return None


def _real(runs: Collection[int]) -> set[int]:
    """Those that are there, for whoever may see them: a DELETE hides from everybody."""
    if not runs:
        return set()
    real = Run.objects.unrestricted("only whether there are any is told").visible()
    return set(real.filter(pk__among=runs).values_list("pk", flat=True))
