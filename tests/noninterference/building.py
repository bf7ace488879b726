"""A world in the database, made through the doors that the product has.

Clocks stand at times of the world's own, and ids that are drawn by chance are drawn
from a seed: what differs between two worlds differs because of what is in them.
"""

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    DataProduct,
    Dataset,
    Domain,
    Job,
    Namespace,
    PropertyDefinition,
    Tag,
    Term,
)
from catalog.search.indexing import catch_up
from catalog.services import Saying, changing, define_entry, say
from catalog.services.proposals import fold_proposals
from lineage.ingest import ingest
from lineage.manual import Drawn, End
from lineage.services.manual import declare_edges
from policies.actions import Action
from policies.compiler.conditions import parse
from policies.models import Grant, Principal
from policies.services import grant_role, share_asset
from policies.services.grants import GrantScope
from policies.services.groups import add_member, create_group, nest_group
from reports.services import produce_report, request_report
from tests.factories import make_principal
from tests.noninterference.naming import WHY, name_what_is_drawn
from tests.noninterference.sending import SECRET, body_of, moment, run_id
from tests.noninterference.worlds import Thing

DAY = 24 * 60
MODELS = {"dataset": Dataset, "job": Job}
SALES = "Sales"
SHOWN = (Action.ASSET_VIEW, Action.LINEAGE_VIEW, Action.RUN_VIEW)
# Functions of a schema that is searched before pg_catalog stand for the server's own.
CLOCK = """
CREATE SCHEMA IF NOT EXISTS test_clock;
CREATE OR REPLACE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz
  LANGUAGE sql STABLE AS $$ SELECT current_setting('test.now')::timestamptz $$;
CREATE OR REPLACE FUNCTION test_clock.statement_timestamp() RETURNS timestamptz
  LANGUAGE sql STABLE AS $$ SELECT current_setting('test.now')::timestamptz $$;
CREATE OR REPLACE FUNCTION test_clock.now() RETURNS timestamptz
  LANGUAGE sql STABLE AS $$ SELECT current_setting('test.now')::timestamptz $$;
"""


class Clock:
    """What time it is, for the product and for its database."""

    def __init__(self, monkeypatch):
        self.minutes = 0.0
        self.drawn = Random()
        monkeypatch.setattr(timezone, "now", self.now)
        monkeypatch.setattr(uuid, "os", self)
        with connection.cursor() as cursor:
            cursor.execute(CLOCK)
            cursor.execute("SELECT set_config('search_path', %s, false)", [SEARCHED])
        self.set(0)

    def now(self):
        return moment(self.minutes)

    def urandom(self, count):
        """What ids are drawn from (the one use that uuid makes of os when it draws)."""
        return self.drawn.randbytes(count)

    def set(self, minutes):
        self.minutes = minutes
        self.drawn.seed(f"{minutes}")
        with connection.cursor() as cursor:
            now = self.now().isoformat()
            cursor.execute("SELECT set_config('test.now', %s, false)", [now])


SEARCHED = '"$user", test_clock, pg_catalog, public'


@dataclass
class Built:
    """A world that is in the database, and how what is drawn by chance is called."""

    viewer: Principal
    rows: dict[Thing, Any]
    has_secrets: bool = False  # or would have, had they been sent
    called: dict[str, str] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    dataset_versions: list[tuple[Thing, str]] = field(default_factory=list)
    job_versions: list[tuple[Thing, str]] = field(default_factory=list)

    def name_drawn(self, text):
        """The text with ids as the world calls them."""
        for drawn, called in self.called.items():
            text = text.replace(drawn, called)
        return text


@contextmanager
def standing(world, clock, *, with_report=False):
    """The world, while it stands."""
    savepoint = connection.savepoint()
    try:
        yield _build(world, clock, with_report)
    finally:
        connection.savepoint_rollback(savepoint)


def _count_anew():
    """Have all rows numbered from the same start, whatever was made before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 100000)"
            " FROM pg_sequences WHERE schemaname = 'public'"
            # Readings of rights are kept by an epoch that is never the same again.
            " AND sequencename <> 'policies_epoch_seq'"
        )


def _build(world, clock, with_report):
    _count_anew()
    clock.set(-DAY)
    _define_words()
    viewer = make_principal("vera", email="vera@example.org")
    make_principal("olaf")
    events = sorted(world.events, key=lambda sent: sent.at)
    for sent in events:
        clock.set(sent.at)
        [outcome] = ingest([body_of(sent)])
        assert outcome.status == 201, outcome
    rows = {}
    for thing in world.things:
        model = MODELS[thing.kind]
        named = model.objects.unrestricted(WHY).select_related("namespace")
        found = named.filter(namespace__name=thing.namespace, name=thing.name).first()
        if found is not None and found.first_seen is not None:
            rows[thing] = found
    built = Built(viewer, rows, any(thing.tells_tags for thing in rows))
    clock.set(DAY)
    _hide(world, built)
    clock.set(DAY + 10)
    shown = [t for t in rows if not t.is_hidden]
    _say_of(built, [*_words_of(shown, 1), *_words_of_columns(shown, is_hidden=False)])
    _declare(world, built, is_hidden=False)
    clock.set(DAY + 20)
    _say_of(built, _words_of([t for t in rows if t.is_hidden], 2 + world.flavour))
    _say_of(built, _words_of_columns(shown, is_hidden=True, flavour=world.flavour))
    _declare(world, built, is_hidden=True)
    clock.set(DAY + 30)
    _say_of(built, _words_of(shown, 4))
    fold_proposals()
    while catch_up():
        pass
    clock.set(DAY + 40)
    if with_report:
        _report(built)
    name_what_is_drawn(world, built)
    clock.set(2 * DAY)
    return built


def _define_words():
    words = {
        Domain: [{"name": SALES}, {"name": f"{SALES}/Shop"}, {"name": "Other"}],
        Tag: [{"name": SECRET}, {"name": "pii"}, {"name": "gold"}],
        Term: [{"name": "Customer", "description": "Who buys."}],
        DataProduct: [{"name": "Orders"}],
        PropertyDefinition: [
            {"name": "Desk", "type": "text", "applies_to": "dataset"},
        ],
    }
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        for model, some in words.items():
            for facts in some:
                define_entry(making, model, read_facts(model, facts))


def _hide(world, built):
    """Give the viewer the sight of what is not hidden, and of nothing else."""
    viewer, rows = built.viewer, built.rows
    shown = {thing: row for thing, row in rows.items() if not thing.is_hidden}
    hidden = {thing: row for thing, row in rows.items() if thing.is_hidden}
    match world.viewer:
        case "glob":
            grant_role(viewer, "viewer", namespace="open.*", actor=None)
        case "steward":
            grant_role(viewer, "steward", namespace="open.*", actor=None)
        case "tag" | "condition" | "group" | "columns":
            _mark_secret(hidden.values())
            for thing, row in shown.items():
                for column in {*thing.secrets} - {*thing.told_secrets}:
                    _say("tag", row, SECRET, column=column)
            _allow_but_secret(world.viewer, viewer)
        case "domain":
            for number, row in enumerate(shown.values()):
                _say("domain", row, (SALES, f"{SALES}/Shop")[number % 2])
            domain = Domain.objects.get(name=SALES)
            grant_role(viewer, "viewer", scope=GrantScope(domain=domain), actor=None)
        case "shares":
            for row in shown.values():
                for action in SHOWN:
                    share_asset(row, viewer, action, actor=None)
        case "owner":
            for row in shown.values():
                _say("owner", row, viewer.username, "business")


def _mark_secret(rows):
    for row in rows:
        _say("tag", row, SECRET)
    dark = Namespace.objects.unrestricted(WHY).filter(name__startswith="dark.")
    for row in dark:
        _say("tag", row, SECRET, kind="namespace")


def _allow_but_secret(how, viewer):
    secret = Tag.objects.get(name=SECRET)
    if how == "condition":
        named = {"not": {"tag_in": [SECRET]}}
        condition = parse(named, lambda name, at: secret.pk)
        grant_role(viewer, "viewer", condition=condition, actor=None)
        return
    holder = viewer
    if how == "group":
        holder = create_group("readers", actor=None)
        inner = create_group("desk", actor=None)
        nest_group(inner, holder, actor=None)
        add_member(inner, viewer, actor=None)
    role = "steward" if how == "columns" else "viewer"
    grant_role(holder, role, actor=None)
    deny = Grant.Effect.DENY
    scope = GrantScope(tag=secret)
    grant_role(holder, role, scope=scope, effect=deny, actor=None)


def _say(aspect, row, value, detail="", *, kind=None, column=""):
    kind = kind or ("job" if isinstance(row, Job) else "dataset")
    subject = Subject(kind, row, column)
    fields = KINDS[aspect].fields_of(subject, Written(value, detail))
    say([Saying(KINDS[aspect], subject, fields)], actor=None, via=Change.Via.SYSTEM)


def _words_of(things, flavour):
    """What people say of things: (thing, aspect, value, detail, column if of one)."""
    for thing in sorted(things):
        number = sum(map(ord, thing.name)) + flavour
        yield thing, "description", f"Number {number} of {thing.kind}s.", ""
        if number % 2:
            yield thing, "tag", ("pii", "gold")[number // 2 % 2], ""
        if number % 3 == 0:
            yield thing, "owner", "olaf", ("business", "technical")[number % 2]
        if number % 3 == 1:
            yield thing, "tier", str(1 + number % 5), ""
        if number % 4 == 0:
            yield thing, "lifecycle", ("draft", "active")[number // 4 % 2], ""
        if number % 4 == 1 and thing.kind == "dataset":
            yield thing, "property", f"desk {number}", "Desk"
        if number % 5 == 0:
            yield thing, "term", "Customer", ""
        if number % 5 == 1 and thing.kind == "dataset":
            yield thing, "product", "Orders", ""


def _words_of_columns(things, *, is_hidden, flavour=0):
    """What people say of the columns of datasets some of whose columns are hidden."""
    for thing in sorted(t for t in things if t.tells_tags):
        for column in thing.columns:
            if thing.hides(column) is is_hidden:
                number = sum(map(ord, column)) + flavour
                yield thing, "description", f"Column {number}.", "", column
                if number % 2:
                    yield thing, "tag", ("pii", "gold")[number // 2 % 2], "", column
                if number % 3 == 0:
                    yield thing, "term", "Customer", "", column


def _say_of(built, words):
    sayings, is_told = [], False
    for thing, aspect, value, detail, *column in words:
        subject = Subject(thing.kind, built.rows[thing], *column)
        fields = KINDS[aspect].fields_of(subject, Written(value, detail))
        sayings.append(Saying(KINDS[aspect], subject, fields))
        is_told |= not thing.hides(subject.column)
    if sayings:
        change = say(sayings, actor=None, via=Change.Via.SYSTEM, reason="a test")
        if is_told and change is not None:
            built.changes.append(str(change.public_id))


def _declare(world, built, *, is_hidden):
    drawn = [
        Drawn(
            End(built.rows[edge.source], edge.columns[0]),
            End(built.rows[edge.target], edge.columns[1]),
            "as we know",
        )
        for edge in world.edges
        if edge.is_hidden is is_hidden
        and {edge.source, edge.target} <= built.rows.keys()
    ]
    if drawn:
        declare_edges(drawn, actor=None, via=Change.Via.SYSTEM)


def _report(built):
    thing = next(t for t in sorted(built.rows) if not t.is_hidden)
    first = moment(-DAY)
    report = request_report(
        built.rows[thing],
        since=first,
        until=first + timedelta(days=3),
        actor=built.viewer,
    )
    assert produce_report(report.pk) == "done"
    built.reports.append(str(report.public_id))


def runs_of(world):
    """The runs of visible jobs: (job, runId)."""
    told = {
        (sent.use.job, run_id(sent.use.job, sent.run))
        for sent in world.events
        if sent.use and not sent.use.job.is_hidden
    }
    return sorted(told)
