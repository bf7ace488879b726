"""Whose assets an event may alter is for its sender's scope to say."""

import json

import pytest

from lineage.authorization import Verdict, authorize
from lineage.openlineage import Refused, parse
from policies.compiler.scopes import EVERYWHERE, NOWHERE, Glob, NamespaceScope
from tests.events.malformed import good_event

OURS, THEIRS = "pg://ours", "pg://theirs"
SCOPE = NamespaceScope.any_of([Glob.parse("shop"), Glob.parse("pg://ours*")])


def facet(**members):
    return {"_producer": "https://x", "_schemaURL": "https://x/y.json", **members}


def ref(namespace, name="t", **facets):
    sent = {"namespace": namespace, "name": name}
    return sent | ({"facets": facets} if facets else {})


def verdict_on(scope=SCOPE, kind="run", **changes):
    event = good_event(kind) | {"inputs": [], "outputs": []} | changes
    if kind == "dataset":
        del event["inputs"], event["outputs"]
    return authorize(parse(json.dumps(event).encode()), scope)


@pytest.mark.parametrize(
    ("changes", "pointer", "namespace"),
    [
        ({"job": ref("bank", "j")}, "/job/namespace", "bank"),
        ({"outputs": [ref(OURS), ref(THEIRS)]}, "/outputs/1/namespace", THEIRS),
        (
            {"kind": "job", "outputs": [ref(THEIRS)]},
            "/outputs/0/namespace",
            THEIRS,
        ),
        ({"kind": "dataset", "dataset": ref(THEIRS)}, "/dataset/namespace", THEIRS),
    ],
)
def test_what_an_event_is_about_must_be_inside(changes, pointer, namespace):
    with pytest.raises(Refused) as refused:
        verdict_on(**changes)
    assert refused.value.status == 403
    assert refused.value.code == "namespace_forbidden"
    assert refused.value.pointer == pointer
    assert repr(namespace) in refused.value.detail


def test_inputs_may_be_anywhere():
    assert verdict_on(inputs=[ref(THEIRS)], outputs=[ref(OURS)]) == Verdict()


def test_describing_an_input_elsewhere_is_inert():
    schema = facet(fields=[{"name": "a"}])
    verdict = verdict_on(
        inputs=[ref(OURS, "o", schema=schema), ref(THEIRS, schema=schema)]
    )
    assert verdict.inert == (f"dataset {THEIRS} t",)
    [warning] = verdict.warnings
    assert (warning.code, warning.pointer) == ("assertion_inert", "/inputs/1")
    assert THEIRS in warning.message


def _parent(namespace, root):
    run = {"runId": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}
    return facet(
        run=run,
        job={"namespace": namespace, "name": "dag"},
        root={"run": run, "job": {"namespace": root, "name": "top"}},
    )


@pytest.mark.parametrize(
    ("parent", "root", "inert"),
    [
        ("shop", "shop", ()),
        ("bank", "shop", ("job bank dag",)),
        ("shop", "bank", ("job bank top",)),
        ("bank", "bank", ("job bank dag", "job bank top")),
    ],
)
def test_parents_and_roots_elsewhere_are_inert(parent, root, inert):
    for key in ("parent", "parentRun"):
        run = {"runId": "x", "facets": {key: _parent(parent, root)}}
        assert verdict_on(run=run).inert == inert


@pytest.mark.parametrize("place", ["inputs", "outputs"])
def test_other_names_elsewhere_are_inert(place):
    symlinks = facet(identifiers=[ref(THEIRS, "alias"), ref(OURS, "mine")])
    change = facet(
        lifecycleStateChange="RENAME", previousIdentifier=ref(THEIRS, "before")
    )
    dataset = ref(OURS, symlinks=symlinks, lifecycleStateChange=change)
    verdict = verdict_on(**{place: [dataset]})
    assert verdict.inert == (f"dataset {THEIRS} alias", f"dataset {THEIRS} before")
    assert {warning.pointer for warning in verdict.warnings} == {
        f"/{place}/0/facets/symlinks",
        f"/{place}/0/facets/lifecycleStateChange",
    }


def test_other_names_of_a_static_dataset_are_inert_too():
    symlinks = facet(identifiers=[ref(THEIRS, "alias")])
    verdict = verdict_on(kind="dataset", dataset=ref(OURS, symlinks=symlinks))
    assert verdict.inert == (f"dataset {THEIRS} alias",)


def test_targets_of_explicit_lineage_elsewhere_are_inert_and_sources_are_not():
    entries = [
        {"type": "DATASET", **ref(THEIRS, "out"), "inputs": [{"type": "JOB"}]},
        {"type": "JOB", **ref("bank", "pay"), "inputs": []},
        {"type": "JOB", "inputs": [{"type": "DATASET", **ref(THEIRS, "in")}]},
        {"type": "DATASET", **ref(OURS, "out")},
    ]
    job = {
        "namespace": "shop",
        "name": "j",
        "facets": {"lineage": facet(entries=entries)},
    }
    assert verdict_on(job=job).inert == (f"dataset {THEIRS} out", "job bank pay")


def test_who_waits_elsewhere_is_inert_and_whom_one_waits_for_is_not():
    one, other = ({"job": ref("bank", name)} for name in ("first", "last"))
    waits = facet(upstream=[one], downstream=[other, {"job": ref("shop", "own")}])
    run = {"runId": "x", "facets": {"jobDependencies": waits}}
    verdict = verdict_on(run=run)
    assert verdict.inert == ("job bank last",)
    [warning] = verdict.warnings
    assert warning.pointer == "/run/facets/jobDependencies/downstream"


def test_what_is_inert_is_said_once_and_in_order():
    symlinks = facet(identifiers=[ref(THEIRS, "b"), ref(THEIRS, "a"), ref(THEIRS, "b")])
    verdict = verdict_on(outputs=[ref(OURS, symlinks=symlinks)] * 2)
    assert verdict.inert == (f"dataset {THEIRS} a", f"dataset {THEIRS} b")
    assert len(verdict.warnings) == 2


def test_everywhere_is_everywhere_and_nowhere_is_not():
    everything = facet(identifiers=[ref(THEIRS)])
    outputs = [ref(THEIRS, symlinks=everything)]
    assert verdict_on(EVERYWHERE, outputs=outputs) == Verdict()
    with pytest.raises(Refused):
        verdict_on(NOWHERE)


def test_a_faulty_facet_asserts_nothing():
    for broken in (facet(identifiers=5), facet(identifiers=[{"name": "x"}])):
        assert verdict_on(outputs=[ref(OURS, symlinks=broken)]) == Verdict()
