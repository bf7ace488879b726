"""The journal can be read: by whom, about what, how far back, and taken away."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lineage.services.hiding import hide_dataset
from policies import audit
from policies.actions import Action
from policies.audit import Act, Target, record
from policies.models import JournalEntry, Role
from policies.services import create_token, grant_role, share_asset
from tests.factories import bearer, make_dataset, make_job, make_namespace
from tests.factories import make_principal as person
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(db):
    return person("ingrid", "auditor", name="Ingrid Vos")


@pytest.fixture
def as_auditor(auditor):
    return client_of(auditor)


@pytest.fixture
def narrow(db):
    """Reads the whole journal, and the assets of one namespace alone."""
    make_namespace("open")
    Role.objects.create(name="journalist", actions=[Action.JOURNAL_VIEW])
    reader = person("nora", "viewer", namespace="open")
    grant_role(reader, "journalist", actor=None)
    return client_of(reader)


def act(kind=Act.ROLE_CHANGED, target=None, **more):
    more.setdefault("actor", None)
    return record(kind, target or Target("policies.role", ("7",)), **more)


def page_of(client, **query):
    answer = client.get("/journal", query)
    assert answer.status_code == 200
    return answer.content.decode()


def api(client, **query):
    answer = client.get("/api/v1/journal", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(answer):
    return [entry["id"] for entry in answer["entries"]]


def test_an_entry_says_who_did_what_to_whom_why_and_what_changed(as_auditor):
    ada, boss = person("ada", name="Ada de Wit"), person("boss", name="Bo Os")
    act(
        Act.GRANT_GIVEN,
        ada,
        actor=boss,
        on_behalf_of=ada,
        reason="she <asked> for it",
        changes={"role": ["viewer", "steward"], "principal": ada.public_id},
        request_id="req-77",
    )

    page = page_of(as_auditor, request="req-77")

    for words in ("Grant given", "Bo Os", "on behalf of Ada de Wit", "req-77"):
        assert words in page
    assert "she &lt;asked&gt; for it" in page
    assert "<del>viewer</del>" in page
    assert "<ins>steward</ins>" in page
    assert str(ada.public_id) not in page  # a name stands for it


def test_filters_leave_what_fits(as_auditor):
    ada = person("ada")
    by_ada = act(actor=ada, request_id="one")
    by_system = act(request_id="two", kind=Act.TOKEN_REVOKED)
    by_stranger = act(actor=AnonymousUser(), request_id="three")
    about_ada = act(Act.PASSWORD_CHANGED, ada, request_id="four")

    def found(**query):
        return {i for i in ids(api(as_auditor, **query)) if i in known}

    known = {str(i) for i in (by_ada, by_system, by_stranger, about_ada)}
    assert found() == known
    assert found(who="ADA") == {str(by_ada)}
    assert found(who=str(ada.public_id)) == {str(by_ada)}
    assert found(by="system") == {str(by_system), str(about_ada)}
    assert found(by="anonymous") == {str(by_stranger)}
    assert found(act="token.revoked") == {str(by_system)}
    assert found(act="role") == {str(by_ada), str(by_stranger)}
    assert found(request="three") == {str(by_stranger)}
    assert found(kind="principal", name="ada") == {str(about_ada)}
    assert str(about_ada) in found(kind="principal")
    today = timezone.now().date().isoformat()
    assert found(**{"from": today, "to": today}) == known
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    assert found(**{"from": tomorrow}) == set()


def test_an_entry_that_speaks_of_strangers_in_its_reason_is_no_stranger_s(as_auditor):
    entry = act(reason='"actor_kind":"anonymous"')

    assert str(entry) in ids(api(as_auditor, by="system"))
    assert str(entry) not in ids(api(as_auditor, by="anonymous"))


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"act": "role.eaten"}, "act"),
        ({"who": "nobody-of-that-name"}, "who"),
        ({"by": "me"}, "by"),
        ({"by": "system", "who": "ingrid"}, "by"),
        ({"kind": "teapot"}, "kind"),
        ({"name": "orders"}, "kind"),
        ({"kind": "dataset", "name": "orders"}, "namespace"),
        ({"kind": "principal", "name": "nobody"}, "name"),
        ({"from": "yesterday"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "to"),
        ({"after": "nowhere"}, "after"),
        ({"limit": "1001"}, "limit"),
    ],
)
def test_what_cannot_be_understood_is_said(as_auditor, query, parameter):
    refused = as_auditor.get("/api/v1/journal", query)

    assert refused.status_code == 400
    assert refused.json()["parameter"] == parameter
    if parameter not in ("after", "limit"):
        page = page_of(as_auditor, **query)
        assert f'id="fault-{parameter}"' in page or parameter == "act"
        assert "This cannot be asked" in page
        assert as_auditor.get("/journal.csv", query).status_code == 400


def test_pages_go_on_where_the_last_one_ended_also_among_equals_in_time(as_auditor):
    # One statement gives its entries one time each; a transaction many at once.
    made = {str(act(request_id="many")) for _ in range(7)}
    seen, after = [], {}
    while True:
        answer = api(as_auditor, request="many", limit=2, **after)
        seen += ids(answer)
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}

    assert len(seen) == 7
    assert set(seen) == made
    times = [e["recordedAt"] for e in api(as_auditor, request="many")["entries"]]
    assert times == sorted(times, reverse=True)


def test_older_pages_are_reached_without_counting(as_auditor):
    for _ in range(60):
        act()
    first = page_of(as_auditor, act="role")
    assert first.count("journal-when") == 50
    after = first.split("after=")[1].split('"')[0].split("&")[0]
    assert after

    with CaptureQueriesContext(connection) as asked:
        second = as_auditor.get(f"/journal?act=role&after={after}").content.decode()

    assert second.count("journal-when") == 10
    assert not [q for q in asked if "OFFSET" in q["sql"] or "COUNT(" in q["sql"]]


def test_the_filters_are_answered_by_index(as_auditor):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for where in (
            "request_id = 'x'",
            "target_kind = 'catalog.dataset'",
            """actor IS NULL AND position(
               '"actor_kind":"anonymous"'::bytea IN body) > 0""",
        ):
            cursor.execute(
                f"EXPLAIN SELECT id FROM policies_journalentry WHERE {where}"
                " ORDER BY recorded_at DESC, id DESC LIMIT 51"
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Index" in plan
            assert "Seq Scan" not in plan


def test_an_asset_that_the_reader_may_not_see_is_named_nowhere(narrow):
    secret, shown = make_dataset("vault", "payroll"), make_dataset("open", "orders")
    hide_dataset(secret, actor=None)
    with_reason = {"reason": "payroll is late", "changes": {"about": ["payroll", None]}}
    act(Act.DATASET_HIDDEN, secret, **with_reason)
    act(Act.DATASET_HIDDEN, shown, changes={"successor": Target.of(secret)})
    act(Act.DATASET_HIDDEN, Target("catalog.dataset", ("vault", "payroll_never_was")))
    act(
        Act.ALIAS_RULE_MADE,
        Target("lineage.aliasrule", ("1",)),
        reason="payroll again",
        changes={
            "kind": "merge",
            "namespace": "open",
            "name": "orders",
            "other_namespace": "vault",
            "other_name": "payroll",
        },
    )

    answers = [
        page_of(narrow),
        json.dumps(api(narrow)),
        narrow.get("/journal.csv").getvalue().decode(),
        narrow.get("/journal.ndjson").getvalue().decode(),
    ]

    for told in answers:
        assert "orders" in told
        assert "payroll" not in told
        assert "vault" not in told
    assert "a dataset that you may not see" in answers[0]
    asked = {"kind": "dataset", "namespace": "vault", "name": "payroll"}
    unknown = {"kind": "dataset", "namespace": "vault", "name": "nothing"}
    nothing = {"entries": [], "next": None}
    assert api(narrow, **asked) == api(narrow, **unknown) == nothing


def test_who_sees_all_assets_sees_all_keys(as_auditor):
    secret = make_dataset("vault", "payroll")
    act(Act.DATASET_HIDDEN, secret, reason="late")

    page = page_of(as_auditor, kind="dataset", namespace="vault", name="payroll")

    assert "payroll" in page
    assert "late" in page


def test_an_export_has_all_that_the_filters_leave_and_is_journaled(as_auditor, auditor):
    made = [str(act(request_id="taken")) for _ in range(3)]
    act(Act.SHARE_GIVEN, Target("policies.role", ("=1+1",)), reason="+SUM(A1)")

    answer = as_auditor.get("/journal.csv?request=taken")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    everything = as_auditor.get("/journal.csv").getvalue().decode()
    lines = as_auditor.get("/journal.ndjson?request=taken").getvalue().splitlines()

    assert sorted(row["id"] for row in rows) == sorted(made)
    assert answer["Content-Disposition"] == 'attachment; filename="journal.csv"'
    assert ",'+SUM(A1)," in everything
    assert {json.loads(line)["id"] for line in lines} == set(made)
    exports = JournalEntry.objects.filter(act=Act.JOURNAL_EXPORTED)
    assert {e.actor for e in exports} == {auditor.public_id}
    told = [e.changes for e in exports.order_by("recorded_at")]
    assert told[0] == {"format": "csv", "request": "taken"}
    assert told[2]["format"] == "ndjson"


def test_an_export_of_many_entries_comes_in_parts(as_auditor, monkeypatch):
    for _ in range(5):
        act(request_id="lot")
    monkeypatch.setattr("policies.journal.BATCH", 2)

    answer = as_auditor.get("/journal.ndjson?request=lot")

    assert answer.streaming
    assert len(answer.getvalue().splitlines()) == 5


def test_the_bar_leads_to_the_journal_those_who_may_read_it(as_auditor, as_viewer):
    assert 'href="/journal"' in as_auditor.get("/").content.decode()
    assert 'href="/journal"' not in as_viewer.get("/").content.decode()


def test_the_bar_leads_nobody_where_he_is_turned_away(db):
    # The right is about the whole server: a role in one namespace does not give it.
    local = client_of(person("local", "admin", namespace="open"))

    assert 'href="/journal"' not in local.get("/").content.decode()
    assert local.get("/journal").status_code == 403


class TestTrail:
    @pytest.fixture
    def orders(self, db):
        return make_dataset("open", "orders")

    def told(self, client, path="/datasets/open/orders/trail"):
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_it_has_the_acts_on_that_asset_alone(self, as_auditor, orders):
        act(Act.DATASET_HIDDEN, orders, reason="too old")
        act(Act.DATASET_HIDDEN, make_dataset("open", "other"), reason="a mistake")

        trail = self.told(as_auditor)

        assert "too old" in trail
        assert "a mistake" not in trail

    def test_acts_on_another_name_of_it_belong_to_it(self, as_auditor, orders):
        alias = make_dataset("s3://lake", "orders")
        type(alias).objects.unrestricted("test").filter(pk=alias.pk).update(
            canonical=orders
        )
        act(Act.TAG_ASSIGNED, alias, reason="under its other name")

        assert "under its other name" in self.told(as_auditor)

    def test_an_entry_leads_to_the_change_it_is_part_of(self, as_auditor, orders):
        change = "0d4ec4bf-1f1c-4b1e-8f6a-3c2f9d3f1a11"
        act(Act.TAG_ASSIGNED, orders, changes={"change": change})
        act(Act.TAG_ASSIGNED, orders, changes={"change": "of no id"})

        trail = self.told(as_auditor)

        assert f'href="/changes/{change}"' in trail
        assert trail.count('href="/changes/') == 1

    def test_a_job_has_one(self, as_auditor):
        job = make_job(make_namespace("flows"), "nightly")
        act(Act.JOB_HIDDEN, job, reason="retired")

        assert "retired" in self.told(as_auditor, "/jobs/flows/nightly/trail")

    def test_an_editor_sees_what_people_declared_and_no_more(self, orders):
        editor = client_of(person("ed", "steward", namespace="open"))
        act(Act.TAG_ASSIGNED, orders, reason="it is about people")
        share_asset(
            orders, person("vera"), Action.ASSET_VIEW, actor=None, reason="a favour"
        )
        act(Act.LINEAGE_EXPORTED, orders, changes={"table": "edges"})

        trail = self.told(editor)

        assert "it is about people" in trail
        assert "a favour" not in trail
        assert "Lineage exported" not in trail
        assert "since you may edit it" in trail

    def test_a_share_stands_in_it_for_those_who_read_the_journal(
        self, as_auditor, orders
    ):
        vera = person("vera", name="Vera Lund")
        share_asset(orders, vera, Action.ASSET_VIEW, actor=None, reason="a favour")

        trail = self.told(as_auditor)

        assert "a favour" in trail
        assert "Vera Lund" in trail

    def test_a_reader_of_the_asset_is_turned_away_and_shown_no_tab(
        self, as_viewer, orders
    ):
        assert as_viewer.get("/datasets/open/orders/trail").status_code == 403
        page = as_viewer.get("/datasets/open/orders").content.decode()
        assert "/trail" not in page

    def test_an_editor_elsewhere_is_turned_away(self, orders):
        reader = person("rex", "viewer")
        grant_role(reader, "steward", namespace="elsewhere", actor=None)

        assert client_of(reader).get("/datasets/open/orders/trail").status_code == 403

    def test_what_is_not_there_for_the_reader_has_none(self, orders):
        stranger = client_of(person("sam", "steward", namespace="elsewhere"))

        assert stranger.get("/datasets/open/orders/trail").status_code == 404


def test_a_token_reads_the_journal_as_its_owner_may(client, auditor):
    raw = create_token(auditor, "audit", actor=None).raw

    answer = client.get("/api/v1/journal?limit=1", headers=bearer(raw))

    assert answer.status_code == 200
    assert len(answer.json()["entries"]) == 1


def test_every_act_can_be_chosen(as_auditor):
    page = page_of(as_auditor)

    assert [a for a in Act if f">{a}</option>" not in page] == []


def test_reading_costs_the_same_whatever_there_is_to_tell(as_auditor):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            as_auditor.get("/journal")
        return len(asked)

    shown = make_dataset("open", "orders")
    act(Act.DATASET_HIDDEN, shown, actor=person("ada"))
    as_auditor.get("/journal")
    few = queries()
    for number in range(30):
        who = person(f"p{number}")
        act(Act.DATASET_HIDDEN, make_dataset("open", f"d{number}"), actor=who)
    as_auditor.get("/journal")  # reads the rights anew, since there are new people
    assert queries() == few


def test_audit_writes_an_asset_in_changes_by_its_name():
    with_asset = act(changes={"from": Target("catalog.dataset", ("a", "b"))})

    entry = JournalEntry.objects.get(id=with_asset)
    assert entry.changes == {"from": {"kind": "catalog.dataset", "key": ["a", "b"]}}
    assert audit.Target.of(make_dataset("a", "b")).key == ("a", "b")


def test_of_what_an_entry_says_beside_a_hidden_asset_nothing_is_told(narrow):
    known, hidden = make_dataset("open", "orders"), make_dataset("vault", "salaries")
    act(
        Act.MANUAL_LINEAGE_DECLARED,
        known,
        reason="the payroll is copied by hand",
        changes={"to": Target.of(hidden), "from_column": "id", "to_column": "bonus"},
    )

    [entry] = api(narrow, act="manual_lineage.declared")["entries"]

    assert entry["target"]["key"] == ["open", "orders"]
    assert entry["changes"] == {"to": {"kind": "catalog.dataset", "withheld": True}}
    assert entry["reason"] is None
    shown = page_of(narrow, act="manual_lineage.declared")
    assert "a dataset that you may not see" in shown
    assert not any(word in shown for word in ("bonus", "payroll", "salaries", "vault"))


def test_asked_by_name_an_act_that_is_about_something_hidden_too_is_no_part(narrow):
    known, hidden = make_dataset("open", "orders"), make_dataset("vault", "salaries")
    for number in range(6):
        act(Act.DATASET_HIDDEN, known, reason=f"reason {number}")
        to = {"to": Target.of(hidden)}
        act(Act.MANUAL_LINEAGE_DECLARED, known, changes=to)
    asked = {"kind": "dataset", "namespace": "open", "name": "orders"}

    first = api(narrow, **asked, limit=4)
    second = api(narrow, **asked, limit=4, after=first["next"])

    told = [one["reason"] for one in (*first["entries"], *second["entries"])]
    assert told == [f"reason {number}" for number in reversed(range(6))]
    assert second["next"] is None
    assert "that you may not see" not in page_of(narrow, **asked)
