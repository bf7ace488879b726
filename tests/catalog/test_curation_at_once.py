"""Several people curate the same at the same time, on connections of their own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import tasks
from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, Written
from catalog.curation.proposals import proposals_of
from catalog.curation.subjects import Subject
from catalog.models import (
    STATEMENTS,
    Change,
    Dataset,
    Proposal,
    Tag,
    TagAssignment,
    Unfound,
    Unharvested,
)
from catalog.services import (
    Saying,
    accept_proposals,
    changing,
    fold_proposals,
    retire_entry,
    say,
    undo_change,
)
from catalog.tasks import fold_what_producers_propose, index_what_changed
from tests.catalog.test_curation import define
from tests.catalog.test_curation_properties import assert_ranges_apart
from tests.factories import make_dataset
from tests.pages import story
from tests.pages.conftest import take_in

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Change.Via.PAGE
WORKERS, ACTS = 4, 12
TOLD = {
    "tag": ["PII.email", "rare"],
    "tier": ["1", "2"],
    "description": ["Orders.", "All orders."],
    "owner": ["name:Jo", "name:Flo"],
    "lifecycle": ["active", "draft"],
}


def at_once(*works):
    """Do all of it at the same time; what each came to."""
    ready = threading.Barrier(len(works))

    def run(work):
        try:
            ready.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(60) for each in [pool.submit(run, w) for w in works]]


def saying(subject, kind, value):
    fields = KINDS[kind].fields_of(subject, Written(value, ""))
    return Saying(KINDS[kind], subject, fields)


@pytest.fixture
def words():
    define(Tag, name="PII.email")
    define(Tag, name="rare")


def test_at_once_nothing_is_lost_said_twice_or_stuck(words):
    subjects = [Subject("dataset", make_dataset("shop", n)) for n in ("a", "b")]

    def curate(seed):
        chance, made = Random(seed), []
        for _ in range(ACTS):
            sayings = []
            for _ in range(chance.randint(1, 3)):
                kind = chance.choice(sorted(TOLD))
                subject = chance.choice(subjects)
                sayings.append(saying(subject, kind, chance.choice(TOLD[kind])))
            try:
                if made and chance.random() < 0.4:
                    change = undo_change(chance.choice(made), actor=None, via=PAGE)
                else:
                    change = say(sayings, actor=None, via=PAGE)
            except Refused:
                continue
            if change is not None:
                made.append(change)
        return made

    made = at_once(*[lambda seed=seed: curate(seed) for seed in range(WORKERS)])

    kept = list(Change.objects.order_by("pk"))
    assert {c.pk for part in made for c in part} <= {c.pk for c in kept}
    # Numbers are taken under the lock, so they are in the order of commits.
    moments = [change.recorded_at for change in kept]
    assert moments == sorted(set(moments))
    for model in STATEMENTS:
        assert_ranges_apart(model)
        for row in model.objects.select_related("opened_in", "closed_in"):
            assert row.recorded_from == row.opened_in.recorded_at
            assert row.closed_in is None or row.recorded_to == row.closed_in.recorded_at


def test_one_change_is_undone_once(words):
    subject = Subject("dataset", make_dataset("shop", "orders"))
    change = say([saying(subject, "tier", "1")], actor=None, via=PAGE)

    def undo():
        try:
            return undo_change(change, actor=None, via=PAGE)
        except Refused:
            return None

    assert sum(done is not None for done in at_once(undo, undo, undo)) == 1
    assert Change.objects.filter(undoes=change).count() == 1


def test_a_word_that_goes_out_of_use_meanwhile_is_not_said(words):
    subject = Subject("dataset", make_dataset("shop", "orders"))
    said = saying(subject, "tag", "rare")  # what a form found when it was sent
    with changing(actor=None, via=PAGE) as making:
        retire_entry(making, Tag.objects.get(name="rare"))

    with pytest.raises(Refused, match="rare"):
        say([said], actor=None, via=PAGE)
    assert not TagAssignment.objects.exists()


def test_a_proposal_that_is_judged_while_it_is_folded_is_not_offered():
    take_in(story.little(timezone.now()))
    staged = Dataset.objects.unrestricted("test").get(name=story.STAGED)
    [owner] = [t for t in proposals_of(staged) if t.claim.aspect == "owner"]
    kept = Proposal(
        dataset=staged,
        namespace=staged.namespace,
        aspect="owner",
        content=owner.claim.content,
        excerpt="",
        producer="",
    )
    is_held, goes_on = threading.Event(), threading.Event()

    def hold():
        """Let the fold wait with what it has read, and leave it alone then."""
        with transaction.atomic():
            kept.save()
            is_held.set()
            goes_on.wait(30)
            transaction.set_rollback(True)

    def fold():
        is_held.wait(30)
        while fold_proposals():
            pass

    def judge():
        is_held.wait(30)
        wait_until_somebody_waits()
        try:
            with ThreadPoolExecutor(1) as pool:
                judging = pool.submit(accept)
                time.sleep(1)  # long enough where it need not wait for the fold
                goes_on.set()
                judging.result(30)
        finally:
            goes_on.set()

    def accept():
        try:
            return accept_proposals([owner], actor=None, via=PAGE)
        finally:
            connection.close()

    at_once(hold, fold, judge)
    while fold_proposals():
        pass

    rows = Proposal.objects.unrestricted("test").filter(dataset=staged, column="")
    assert [r.is_pending for r in rows.filter(aspect="owner")] == [False]


def wait_until_somebody_waits():
    """Return once a transaction waits for another one to end."""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND locktype = 'transactionid'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize(
    ("task", "notes"),
    [(index_what_changed, Unfound), (fold_what_producers_propose, Unharvested)],
)
def test_turns_of_the_clock_do_not_pile_up(task, notes, monkeypatch):
    take_in(story.little(timezone.now()))
    waiting = notes.objects.count()
    at_work, goes_on = threading.Event(), threading.Event()
    within = {"index_what_changed": "catch_up"}.get(task.__name__, "fold_proposals")
    done = getattr(tasks, within)

    def slowly(*args, **options):
        at_work.set()
        goes_on.wait(30)
        return done(*args, **options)

    def come_meanwhile():
        at_work.wait(30)
        try:
            return task(), notes.objects.count()
        finally:
            goes_on.set()

    monkeypatch.setattr(tasks, within, slowly)
    first, second = at_once(task, come_meanwhile)

    assert second == (0, waiting)
    assert first >= waiting
    assert not notes.objects.exists()
    assert task() == 0
