"""What can a producer do to what is another's? Over HTTP, with tokens: nothing.

The attacker sends for `shop` and `pg://ours`; `bank` and `pg://theirs` have another
producer. What an event says about something of theirs is refused, or has no effect.
"""

import json
from hashlib import sha256
from urllib.parse import quote
from uuid import uuid4

import pytest

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Ownership, Proposal, TagAssignment
from catalog.services import Saying, fold_proposals, say
from lineage.digesting import FOLDS, fold_rows
from lineage.models import Event, Run
from lineage.rebuilding import rebuild
from lineage.services.renames import follow_renames
from lineage.writing import raw_cursor
from policies.models import Grant, Principal
from policies.services import create_token, grant_role, revoke_grant
from tests.factories import make_principal
from tests.lineage.conftest import Door, run_event
from tests.lineage.projection.catalogs import digest_now

OURS, THEIRS = "pg://ours", "pg://theirs"
THEIR_RUN = "0190a1b2-0000-7000-8000-00000000bace"
JOB = {"namespace": "shop", "name": "load"}
PRODUCER = "https://example.org/producer"


def facet(kind, **members):
    url = f"https://openlineage.io/spec/facets/1-0-0/{kind}.json"
    return {"_producer": PRODUCER, "_schemaURL": f"{url}#/$defs/{kind}", **members}


def ref(namespace, name="t", **facets):
    return {"namespace": namespace, "name": name, "facets": facets}


def fields(*names):
    told = [{"name": name, "type": "text"} for name in names]
    return facet("SchemaDatasetFacet", fields=told)


def sent(at="2026-05-05T00:00:00Z", **changes):
    """A run of the attacker's own job, later than all that they have to say there."""
    run = {"runId": str(uuid4()), "facets": changes.pop("run_facets", {})}
    job = {**JOB, "facets": changes.pop("job_facets", {})}
    told = {"eventType": "COMPLETE", "eventTime": at, "run": run, "job": job}
    return run_event(**told, **changes)


def theirs():
    """What their own producer says of their job, its run, and their datasets."""
    return run_event(
        eventType="COMPLETE",
        run={"runId": THEIR_RUN},
        job={"namespace": "bank", "name": "pay"},
        inputs=[ref(THEIRS, "in", schema=fields("iban"))],
        outputs=[ref(THEIRS, schema=fields("id", "amount"))],
    )


@pytest.fixture
def sender_of(door_of):
    def sender(name, *namespaces):
        account = make_principal(name)
        for namespace in namespaces:
            grant_role(account, "producer", namespace=namespace, actor=None)
        return door_of(create_token(account, "loader", actor=None).raw)

    return sender


@pytest.fixture
def owner(sender_of):
    door = sender_of("owner", "bank", THEIRS)
    assert door.send(theirs()).status == 201
    return door


@pytest.fixture
def attacker(owner, sender_of):
    return sender_of("attacker", "shop", OURS)


def their_rows():
    """All that the folds hold of anything of theirs, by fold."""
    found = {}
    for fold in FOLDS:
        rows = fold_rows(raw_cursor(), fold)
        found[fold] = {row for row in rows if '"bank"' in row or f'"{THEIRS}"' in row}
    return found


def altered(before):
    """What is there of theirs that was not, or no more; that we read it, left out."""
    after = their_rows()
    moved = {fold: before[fold] ^ after[fold] for fold in FOLDS}
    for fold in ("edge", "run_dataset", "job_version"):
        moved[fold] = {row for row in moved[fold] if '"shop"' not in row}
    return {fold: rows for fold, rows in moved.items() if rows}


def parent_of(namespace, name, run_id=THEIR_RUN, **root):
    job = {"namespace": namespace, "name": name}
    return facet("ParentRunFacet", run={"runId": run_id}, job=job, **root)


def link(*names):
    identifiers = [
        {"namespace": namespace, "name": name, "type": "TABLE"}
        for namespace, name in names
    ]
    return facet("SymlinksDatasetFacet", identifiers=identifiers)


def changed(state, **previous):
    told = {"lifecycleStateChange": state, **previous}
    return facet("LifecycleStateChangeDatasetFacet", **told)


THEIR_TABLE = {"namespace": THEIRS, "name": "t"}
RENAMED = changed("RENAME", previousIdentifier=THEIR_TABLE)
INTO_THEIRS = {
    "type": "DATASET", **THEIR_TABLE,
    "inputs": [{"type": "DATASET", "namespace": OURS, "name": "t"}],
}  # fmt: skip
EMPTIED = {"type": "DATASET", **THEIR_TABLE, "inputs": []}
ROOT = {"run": {"runId": THEIR_RUN}, "job": {"namespace": "bank", "name": "pay"}}


def static(kind, **changes):
    told = sent(**changes)
    del told["run"], told["eventType"]
    told["schemaURL"] = told["schemaURL"].replace("RunEvent", kind)
    return told


def about(dataset):
    """A DatasetEvent."""
    told = static("DatasetEvent", dataset=dataset)
    del told["job"]
    return told


REFUSED = {
    "a foreign job": (
        sent() | {"job": {"namespace": "bank", "name": "pay"}},
        "/job/namespace",
    ),
    "a new job in a foreign namespace": (
        sent() | {"job": {"namespace": "bank", "name": "new"}},
        "/job/namespace",
    ),
    "the end of a foreign run": (
        sent()
        | {
            "eventType": "FAIL",
            "run": {"runId": THEIR_RUN},
            "job": {"namespace": "bank", "name": "pay"},
        },
        "/job/namespace",
    ),
    "a foreign output": (
        sent(outputs=[ref(OURS), ref(THEIRS)]),
        "/outputs/1/namespace",
    ),
    "a dropped foreign output": (
        sent(outputs=[ref(THEIRS, lifecycleStateChange=changed("DROP"))]),
        "/outputs/0/namespace",
    ),
    "a foreign job declared": (
        static("JobEvent") | {"job": {"namespace": "bank", "name": "pay"}},
        "/job/namespace",
    ),
    "a foreign output declared": (
        static("JobEvent", outputs=[ref(THEIRS)]),
        "/outputs/0/namespace",
    ),
    "a foreign dataset described": (
        about(ref(THEIRS, schema=fields("x"))),
        "/dataset/namespace",
    ),
    "a foreign dataset renamed": (
        about(
            ref(
                THEIRS, "u", lifecycleStateChange=changed(
                    "RENAME", previousIdentifier={"namespace": OURS, "name": "t"}
                ),
            )
        ),
        "/dataset/namespace",
    ),
}  # fmt: skip
INERT = {
    "their name as another one of an output": sent(
        outputs=[ref(OURS, symlinks=link((THEIRS, "t")))]
    ),
    "their name as another one of an input": sent(
        inputs=[ref(OURS, symlinks=link((THEIRS, "t")))]
    ),
    "their name as another one, under a key of one's own": sent(
        outputs=[ref(OURS, shop_names=link((THEIRS, "t")))]
    ),
    "their name as another one of a dataset": about(
        ref(OURS, symlinks=link((THEIRS, "t")))
    ),
    "our name as another one of theirs": sent(
        inputs=[ref(THEIRS, symlinks=link((OURS, "t")))]
    ),
    "a name that nobody has told yet, in their namespace": sent(
        outputs=[ref(OURS, symlinks=link((THEIRS, "new")))]
    ),
    "their name as the one before": sent(
        outputs=[ref(OURS, "u", lifecycleStateChange=RENAMED)]
    ),
    "their name as the one before, of a dataset": about(
        ref(OURS, "u", lifecycleStateChange=RENAMED)
    ),
    "their run as the parent": sent(run_facets={"parent": parent_of("bank", "pay")}),
    "a run of theirs that never was": sent(
        run_facets={"parent": parent_of("bank", "pay", str(uuid4()))}
    ),
    "a job of theirs that never was": sent(
        run_facets={"parent": parent_of("bank", "new", str(uuid4()))}
    ),
    "their run as the root": sent(
        run_facets={"parent": parent_of("shop", "dag", str(uuid4()), root=ROOT)}
    ),
    "what flows into theirs": sent(
        job_facets={"lineage": facet("LineageJobFacet", entries=[INTO_THEIRS])}
    ),
    "what flows into theirs, as declared": static(
        "JobEvent",
        job_facets={"lineage": facet("LineageJobFacet", entries=[INTO_THEIRS])},
    ),
    "that nothing flows into theirs": sent(
        job_facets={"lineage": facet("LineageJobFacet", entries=[EMPTIED])}
    ),
    "what flows into their job": sent(
        job_facets={
            "lineage": facet(
                "LineageJobFacet",
                entries=[{"type": "JOB", "namespace": "bank", "name": "pay"}],
            )
        }
    ),
    "that their job waits for ours": sent(
        run_facets={
            "jobDependencies": facet(
                "JobDependenciesRunFacet",
                downstream=[{"job": {"namespace": "bank", "name": "pay"}}],
            )
        }
    ),
}
# Said of an input: reading it is one's own business, describing it is not.
DESCRIBED = {
    "schema": fields("id", "amount", "planted"),
    "ownership": facet(
        "OwnershipDatasetFacet", owners=[{"name": "attacker", "type": "OWNER"}]
    ),
    "tags": facet("TagsDatasetFacet", tags=[{"key": "public", "value": "true"}]),
    "documentation": facet("DocumentationDatasetFacet", description="Planted."),
    "lifecycleStateChange": changed("DROP"),
    "columnLineage": facet(
        "ColumnLineageDatasetFacet",
        fields={
            "amount": {"inputFields": [{"namespace": OURS, "name": "t", "field": "id"}]}
        },
    ),
    "lineage": facet(
        "LineageDatasetFacet",
        inputs=[{"type": "DATASET", "namespace": OURS, "name": "t"}],
    ),
    "dataSource": facet("DatasourceDatasetFacet", name="planted", uri="pg://planted"),
    "version": facet("DatasetVersionDatasetFacet", datasetVersion="9"),
}


def warnings_of(event):
    """The codes of what its sender is warned of, each with its message."""
    digest = sha256(json.dumps(event).encode()).digest()
    rows = Event.objects.get(digest=digest).warnings
    return dict(rows.values_list("code", "message"))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_about_something_of_theirs_is_refused(attacker, name):
    event, pointer = REFUSED[name]
    before, count = their_rows(), Event.objects.count()

    answer = attacker.send(event)

    assert answer.status == 403
    assert answer.told["code"] == "namespace_forbidden"
    assert answer.told["pointer"] == pointer
    assert "ask an administrator for the producer role" in answer.told["detail"]
    assert altered(before) == {}
    assert Event.objects.count() == count


def test_a_batch_is_judged_event_by_event(attacker):
    before = their_rows()
    good, other = sent(outputs=[ref(OURS)]), sent(outputs=[ref(OURS, "u")])
    refused = [event for event, _ in REFUSED.values()]
    batch = [good, *refused, other]

    answer = attacker.send(batch, "/api/v1/lineage/batch")

    assert answer.status == 207
    failed = answer.told["failed_events"]
    assert [one["index"] for one in failed] == list(range(1, len(refused) + 1))
    assert {one["code"] for one in failed} == {"namespace_forbidden"}
    assert [one["pointer"] for one in failed] == [at for _, at in REFUSED.values()]
    assert not any(one["retriable"] for one in failed)
    assert answer.told["summary"]["successful"] == 2
    assert altered(before) == {}


def state_theirs():
    """What people say of their table; tags and owners give and take rights."""
    rows = Dataset.objects.unrestricted("test").select_related("namespace")
    subject = Subject("dataset", rows.get(namespace__name=THEIRS, name="t"))
    kind = KINDS["owner"]
    told = kind.fields_of(subject, Written("owner", "business"))
    say([Saying(kind, subject, told)], actor=None, via=Change.Via.SYSTEM)


def said():
    """All that people say, and all that producers propose."""
    while fold_proposals():
        pass
    follow_renames()
    proposed = Proposal.objects.unrestricted("test")
    found = {}
    for rows in (Ownership.objects.all(), TagAssignment.objects.all(), proposed):
        found[rows.model] = list(rows.order_by("pk").values_list("pk", "dataset"))
    return found


def test_what_is_said_beside_it_of_theirs_has_no_effect(attacker):
    state_theirs()
    # That it reads theirs shows, once: from then to then. It is no one's to forbid.
    for at in ("2026-05-04T00:00:00Z", "2026-05-06T00:00:00Z"):
        assert attacker.send(sent(at, inputs=[ref(THEIRS)])).status == 201
    before, people = their_rows(), said()
    wrong = {}
    events = {
        **INERT,
        **{
            f"the {key} of theirs": sent(inputs=[ref(THEIRS, **{key: body})])
            for key, body in DESCRIBED.items()
        },
    }
    for name, event in events.items():
        answer = attacker.send(event)
        warned = warnings_of(event).get("assertion_inert", "")
        found = (answer.status, "may not alter" in warned, altered(before), said())
        if found != (201, True, {}, people):
            wrong[name], before = found, their_rows()

    assert wrong == {}
    judged_once(before, people)


def judged_once(before, people):
    """A rebuild finds the same, whatever the grants are by then."""
    digest = digest_now()
    rebuild()
    assert digest_now() == digest
    attacker = Principal.objects.get(username="attacker")
    for namespace in ("bank", THEIRS):
        grant_role(attacker, "producer", namespace=namespace, actor=None)
    for grant in Grant.objects.filter(principal__username="owner"):
        revoke_grant(grant, actor=None)
    rebuild()

    assert digest_now() == digest
    assert altered(before) == {}
    assert said() == people


def test_a_run_of_the_same_id_is_another_run(attacker, owner):
    before = their_rows()
    ours = sent() | {"run": {"runId": THEIR_RUN}, "eventType": "FAIL"}

    assert attacker.send(ours).status == 201

    assert altered(before) == {}
    runs = Run.objects.unrestricted("test").filter(run_id=THEIR_RUN)
    assert set(runs.values_list("job__name", "state")) == {
        ("pay", Run.State.COMPLETED),
        ("load", Run.State.FAILED),
    }


def test_marquezs_routes_refuse_the_same(attacker, owner):
    before = their_rows()
    namespace = quote(THEIRS, safe="")
    table = {"type": "DB_TABLE", "physicalName": "t", "sourceName": "planted"}
    job = {"type": "BATCH", "inputs": [], "outputs": []}
    statuses = {
        path: attacker.send(body, f"/api/v1/{path}", method=method).status
        for method, path, body in (
            ("PUT", f"namespaces/{namespace}", {"ownerName": "attacker"}),
            ("PUT", f"namespaces/{namespace}/datasets/t", table),
            ("PUT", "namespaces/bank/jobs/pay", job),
            ("POST", "namespaces/bank/jobs/pay/runs", {}),
            ("POST", f"jobs/runs/{THEIR_RUN}/fail", {}),
        )
    }

    assert set(statuses.values()) <= {403, 404}, statuses
    assert altered(before) == {}


def test_a_deny_takes_a_namespace_out_of_a_wider_grant(owner, sender_of):
    door = sender_of("loader", "pg://*", "shop")
    told = sent(outputs=[ref(THEIRS, "u")])
    assert door.send(told).status == 201
    loader = Principal.objects.get(username="loader")
    grant_role(
        loader, "producer", namespace=THEIRS, effect=Grant.Effect.DENY, actor=None
    )
    for at in ("2026-05-04T00:00:00Z", "2026-05-06T00:00:00Z"):
        assert door.send(sent(at, inputs=[ref(THEIRS)])).status == 201
    before = their_rows()

    again = door.send(sent(outputs=[ref(THEIRS, "u")]))
    described = sent(inputs=[ref(THEIRS, schema=fields("planted"))])

    assert (again.status, again.told["code"]) == (403, "namespace_forbidden")
    assert door.send(described).status == 201
    assert altered(before) == {}
    assert door.send(sent(outputs=[ref("pg://free")])).status == 201


def test_a_token_narrows_what_its_owner_may_send(owner, sender_of):
    sender_of("loader", "pg://*", "shop")
    loader = Principal.objects.get(username="loader")
    token = create_token(loader, "one", role="producer", namespace="shop", actor=None)
    door = Door(owner.url, token.raw)
    before = their_rows()

    assert door.send(sent()).status == 201
    assert door.send(sent(outputs=[ref(OURS)])).status == 403
    inert = sent(inputs=[ref(OURS, schema=fields("planted"))])
    assert door.send(inert).status == 201
    assert "assertion_inert" in warnings_of(inert)
    assert altered(before) == {}


def test_the_same_text_from_who_may_makes_it_count_and_never_less(attacker, sender_of):
    event = sent(inputs=[ref(THEIRS, schema=fields("id", "told"))])
    assert attacker.send(event).status == 201
    narrow = digest_now()
    wide = sender_of("wide", "shop", THEIRS)

    assert wide.send(event).status == 201
    widened = digest_now()
    assert attacker.send(event).status == 201

    assert widened != narrow
    assert digest_now() == widened
    assert "assertion_inert" not in warnings_of(event)
    rebuild()
    assert digest_now() == widened
