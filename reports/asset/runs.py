"""How did an asset's runs go in a period, and what did their checks find?"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import batched
from typing import Any

from django.db.models import Count, F, Q

from catalog import facet_columns, facets
from catalog.models import Dataset, Facet, Job
from catalog.versions import Identity
from lineage import run_io
from lineage.checks import checks_of, read_facet
from lineage.events import are_all_readable
from lineage.facets.run import ErrorMessage
from lineage.models import Event, Run, RunDataset
from lineage.models.runs import RunQuerySet
from lineage.projection.evidence import INPUT
from lineage.runs import duration_ms
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value, facts

CHUNK = 200
STATES = {
    Run.State.COMPLETED: "completed",
    Run.State.FAILED: "failed",
    Run.State.ABORTED: "aborted",
    Run.State.RUNNING: "running",
    Run.State.UNKNOWN: "of unknown state",
}
UNENDED = (Run.State.RUNNING, Run.State.UNKNOWN)
RUNS = (
    Column("started_at", "Started", 3),
    Column("ended_at", "Ended", 3),
    Column("seconds", "Seconds", 1),
    Column("state", "State", 2),
    Column("job_namespace", "Namespace of the job", 3, is_name=True),
    Column("job", "Job", 4, is_name=True),
    Column("did", "Did", 1),
    Column("run_id", "Run", 4, is_name=True),
    Column("error", "Error", 5),
)
CHECKS = (
    Column("started_at", "Run started", 3),
    Column("run_id", "Run", 4, is_name=True),
    Column("dataset", "Dataset", 4, is_name=True),
    Column("column", "Column", 2, is_name=True),
    Column("check", "Check", 3, is_name=True),
    Column("outcome", "Outcome", 1),
    Column("severity", "Severity", 1),
    Column("expected", "Expected", 2),
    Column("actual", "Actual", 2),
)
WITHHELD = "Withheld: it takes run.view on the asset."


def sections(asset: Dataset | Job, asking: Asking) -> Iterator[Section]:
    """The runs of the period, summed up and one by one; and their checks."""
    titles = {"runs-by-state": "Runs of the period", "runs": "The runs one by one"}
    if not asking.may(Action.RUN_VIEW, asset):
        yield Section("runs", titles["runs-by-state"], RUNS, withheld=WITHHELD)
        yield Section("checks", "Quality checks", CHECKS, withheld=WITHHELD)
        return
    runs = of_period(asset, asking)
    _note_rights(runs, asking)
    by_state = dict(
        runs.order_by().values_list("state").annotate(Count("pk")).order_by("state")
    )
    _count_events(asset, runs, asking)
    asking.counts.runs_without_end = sum(by_state.get(s, 0) for s in UNENDED)
    yield facts(
        "runs-by-state",
        titles["runs-by-state"],
        [
            ("Runs", sum(by_state.values())),
            *((word.capitalize(), by_state.get(s)) for s, word in STATES.items()),
        ],
        note="Those that started in the period, as far as had been recorded.",
    )
    yield Section(
        "runs", titles["runs"], RUNS, _rows(asset, runs), empty="None started."
    )
    found: Counter[str] = Counter()
    yield Section(
        "checks",
        "Quality checks",
        CHECKS,
        _checks(asset, runs, asking, found),
        note="What runs of the period tested, failures first within each run.",
        empty="No run of the period told of any.",
    )
    yield facts(
        "checks-by-outcome",
        "Quality checks by outcome",
        # Counted while the section before was written.
        ((word or "not said", count) for word, count in sorted(found.items())),
        empty="No check.",
    )


def of_period(asset: Dataset | Job, asking: Asking) -> RunQuerySet:
    """The runs that the requester may see; a stub counts when it is first named."""
    began = Q(started_at__gte=asking.since, started_at__lt=asking.until)
    named = Q(started_at=None, stub_at__gte=asking.since, stub_at__lt=asking.until)
    runs = (
        asking.reader.runs.permitted(asking.principal, Action.ASSET_VIEW)
        .filter(began | named, created_at__lte=asking.recorded_at)
        .select_related("job__namespace")
        .order_by(F("started_at").desc(nulls_last=True), "-run_id", "job")
    )
    if isinstance(asset, Job):
        return runs.filter(job=asset)
    touching = RunDataset.objects.filter(dataset__in=_names(asset))
    return runs.filter(pk__in=touching.values("run"))


def _names(dataset: Dataset) -> list[int]:
    return [name.pk for name in dataset.names.all()]


def _note_rights(runs: RunQuerySet, asking: Asking) -> None:
    jobs = list(runs.order_by().values_list("job", flat=True).distinct())
    asking.tells_by_id(Action.RUN_VIEW, "job", jobs)
    asking.tells_by_id(Action.ASSET_VIEW, "job", jobs)


def _count_events(asset: Dataset | Job, runs: RunQuerySet, asking: Asking) -> None:
    """What the manifest says of the events behind: of these runs, and static ones."""
    known = Event.objects.filter(recorded_at__lte=asking.recorded_at)
    received = known.filter(run__in=runs.order_by().values("pk")).count()
    static: dict[str, Any] = (
        {"job": asset, "kind": Event.Kind.JOB}
        if isinstance(asset, Job)
        else {"dataset__in": _names(asset), "kind": Event.Kind.DATASET}
    )
    period = {"event_time__gte": asking.since, "event_time__lt": asking.until}
    asking.counts.events_received = received + known.filter(**static, **period).count()
    # Of an event that does not apply nobody can tell whom it is about.
    if are_all_readable(asking.principal, Action.EVENT_VIEW):
        asking.counts.events_not_applied = known.not_applied().count()


def _chunks(runs: RunQuerySet) -> Iterator[tuple[Run, ...]]:
    yield from batched(runs.iterator(chunk_size=CHUNK), CHUNK)


def _rows(asset: Dataset | Job, runs: RunQuerySet) -> Iterator[tuple[Value, ...]]:
    for chunk in _chunks(runs):
        failed = [run for run in chunk if run.state == Run.State.FAILED]
        errors = facets.in_force(
            {run.pk: [(run.facets or (), run.facet_events or ())] for run in failed},
            ["errorMessage"],
        )
        did = _did(asset, chunk)
        for run in chunk:
            took = duration_ms(run)
            yield (
                run.started_at,
                run.ended_at,
                None if took is None else took / 1000,
                STATES[Run.State(run.state)],
                run.job.namespace.name,
                run.job.name,
                did.get(run.pk, "ran"),
                str(run.run_id),
                _error(errors.get(run.pk, [])),
            )


def _did(asset: Dataset | Job, chunk: tuple[Run, ...]) -> dict[int, str]:
    """Whether each run wrote or read the dataset, or both."""
    if isinstance(asset, Job):
        return {}
    rows = RunDataset.objects.filter(
        run__among=[run.pk for run in chunk], dataset__in=_names(asset)
    )
    found: dict[int, set[str]] = {}
    for run, direction in rows.values_list("run_id", "direction"):
        found.setdefault(run, set()).add("read" if direction == INPUT else "wrote")
    return {run: ", ".join(sorted(words, reverse=True)) for run, words in found.items()}


def _error(shown: list[Facet]) -> str:
    for facet in shown:
        value = read_facet(facet)
        if isinstance(value, ErrorMessage):
            return value.message
    return ""


def _checks(
    asset: Dataset | Job, runs: RunQuerySet, asking: Asking, found: Counter[str]
) -> Iterator[tuple[Value, ...]]:
    if isinstance(asset, Job):
        datasets = asking.reader.past_datasets
    else:
        own = Dataset.objects.permitted(asking.principal, Action.ASSET_VIEW)
        datasets = own.filter(pk=asset.pk)
    known = run_io.Known()
    for chunk in _chunks(runs):
        told = run_io.of_runs(chunk, datasets, asking.reader, known)
        own_facets = facets.in_force(
            {run.pk: [(run.facets or (), run.facet_events or ())] for run in chunk},
            ["test"],
        )
        columns = run_io.hidden_in(chunk, asking.reader)
        for run in chunk:
            io = told[run.pk]
            sources: list[tuple[Identity | None, list[Facet]]] = [
                (entry.identity, entry.facets) for entry in (*io.inputs, *io.outputs)
            ]
            if isinstance(asset, Job):
                left_out = columns.get(run.pk, frozenset())
                by_place = dict(enumerate(own_facets.get(run.pk, [])))
                kept = facet_columns.shown(by_place, left_out)
                sources.append((None, list(kept.values())))
            yield from _checks_of(run.started_at, run, sources, found)
    hidden = asking.reader.hidden_columns(known.identities)
    for dataset in known.identities:
        asking.tells_columns(dataset, hidden)
    if isinstance(asset, Job):
        for action in (Action.ASSET_VIEW, Action.LINEAGE_VIEW):
            asking.tells_by_id(action, "dataset", known.identities)


def _checks_of(
    started_at: datetime | None,
    run: Run,
    sources: list[tuple[Identity | None, list[Facet]]],
    found: Counter[str],
) -> Iterator[tuple[Value, ...]]:
    for identity, shown in sources:
        for check in checks_of(shown):
            found[check.outcome] += 1
            yield (
                started_at,
                str(run.run_id),
                identity.name if identity else "",
                check.column,
                check.name,
                check.outcome,
                check.severity,
                check.expected,
                check.actual,
            )
