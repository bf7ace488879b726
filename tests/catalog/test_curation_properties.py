"""Whatever is said and undone in whatever order: the past stays, and undo is undo."""

from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.curation.csv_import import Row
from catalog.curation.entries import read_facts
from catalog.curation.faults import Refused, Superseded
from catalog.curation.kinds import KINDS
from catalog.curation.reading import curated
from catalog.curation.subjects import THE_SYSTEM, Subject
from catalog.models import STATEMENTS, Change, Column, Dataset, Tag, Term
from catalog.services import AlreadyUndone, changing, define_entry, undo_change
from catalog.services.import_formats import LINE
from catalog.services.import_formats import STATEMENTS as FORMAT
from catalog.services.importing import take_in_rows, try_rows
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db
CSV = Change.Via.CSV
NAMES = ("orders", "lines")
TOLD = {
    "tag": ["PII", "PII.email", "rare"],
    "tier": ["1", "2", "7"],
    "description": ["Orders.", "All orders."],
    "term": ["Order", "Basket"],
    "owner": ["name:Jo", "name:Flo"],
    "lifecycle": ["active", "draft"],
    "retention": ["7 years", "P90D"],
}
SOME = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def line(draw):
    aspect = draw(st.sampled_from(sorted(TOLD)))
    action = draw(st.sampled_from(["set", "set", "remove"]))
    value = draw(st.sampled_from(TOLD[aspect]))
    if action == "remove" and draw(st.booleans()):
        value = ""
    is_column = aspect in ("tag", "description", "term") and draw(st.booleans())
    return {
        "kind": "dataset",
        "namespace": "shop",
        "name": draw(
            st.sampled_from([*NAMES, "none"] if draw(st.booleans()) else NAMES)
        ),
        "column": "email" if is_column else "",
        "aspect": aspect,
        "value": value,
        "detail": "",
        "action": action,
    }


batch = st.lists(line(), min_size=1, max_size=4)
step = st.one_of(batch, batch, st.integers(0, 30))


@pytest.fixture
def world(db):
    for name in NAMES:
        Column.objects.create(dataset=make_dataset("shop", name), name="email")
    with changing(actor=None, via=CSV) as making:
        for model, name in (
            (Tag, "PII.email"), (Tag, "rare"), (Term, "Order"), (Term, "Basket"),
        ):  # fmt: skip
            define_entry(making, model, read_facts(model, {"name": name}))


@contextmanager
def nothing_said_yet():
    """An example of its own, of which nothing stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows_of(lines):
    return [Row(n, {name: each[name] for name in LINE}) for n, each in enumerate(lines)]


def snapshot(recorded_at=None):
    """All that is said of all datasets, comparable."""
    assets = list(Dataset.objects.unrestricted("test").order_by("pk"))
    said = curated(assets, recorded_at=recorded_at)
    return {
        (asset.name, column, kind): sorted(KINDS[kind].value(row) for row in rows)
        for asset in assets
        for column, by_kind in [
            ("", said[asset.pk].own),
            *said[asset.pk].columns.items(),
        ]
        for kind, rows in by_kind.items()
        if rows
    }


def do(lines, **how):
    return take_in_rows(
        FORMAT, rows_of(lines), asker=THE_SYSTEM, actor=None, via=CSV, **how
    )


@SOME
@given(before=batch, lines=batch, is_partial=st.booleans())
def test_a_trial_tells_what_the_deed_does(world, before, lines, is_partial):
    with nothing_said_yet():
        do(before, is_partial=True)
        was = snapshot()
        tried = try_rows(FORMAT, rows_of(lines), asker=THE_SYSTEM, via=CSV)
        assert snapshot() == was
        done = do(lines, is_partial=is_partial)

        assert tried.results == done.results
        is_done = is_partial or not done.refused
        assert (done.change is not None) is (is_done and bool(tried.changing))
        if not is_done:
            assert snapshot() == was
        again = do(lines, is_partial=True)
        # Said once more, it ends as it was: only what overrides itself has to be gone
        # through.
        if is_done and not tried.counts["overridden"]:
            assert again.change is None


@SOME
@given(before=batch, lines=batch)
def test_undo_goes_back_to_where_it_was(world, before, lines):
    with nothing_said_yet():
        do(before, is_partial=True)
        was = snapshot()
        change = do(lines, is_partial=True).change
        after = snapshot()
        if change is None:
            assert was == after
            return

        undo = undo_change(change, actor=None, via=CSV)
        assert snapshot() == was
        undo_change(undo, actor=None, via=CSV)
        assert snapshot() == after


@SOME
@given(steps=st.lists(step, min_size=2, max_size=7))
def test_the_past_is_told_as_it_was_and_ranges_never_overlap(world, steps):
    with nothing_said_yet():
        then = []
        for each in steps:
            if isinstance(each, list):
                change = do(each, is_partial=True).change
            else:
                change = undo_some(each)
            if change is not None:
                then.append((change.recorded_at, snapshot()))

        for at, was in then:
            assert snapshot(at) == was
        for model in STATEMENTS:
            assert_ranges_apart(model)


def undo_some(number):
    """Undo one of the changes, if it can be; a refused undo changes nothing."""
    changes = list(Change.objects.order_by("pk"))[1:]
    if not changes:
        return None
    was = snapshot()
    try:
        return undo_change(changes[number % len(changes)], actor=None, via=CSV)
    except (AlreadyUndone, Superseded, Refused):
        assert snapshot() == was
        return None


def assert_ranges_apart(model):
    kept = {}
    kinds = [kind for kind in KINDS.values() if kind.model is model]
    for row in model.objects.order_by("recorded_from", "pk"):
        kind = next(
            (k for k in kinds if all(getattr(row, n) == v for n, v in k.fixed.items())),
            None,
        )
        if kind is not None and row.recorded_from != row.recorded_to:
            place = (kind.name, Subject.of(row).key, kind.identity_of(row))
            kept.setdefault(place, []).append(row)
    for rows in kept.values():
        for first, second in pairwise(rows):
            assert first.recorded_to is not None
            assert first.recorded_to <= second.recorded_from
