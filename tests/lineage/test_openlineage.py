"""What events say, and which are refused."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lineage.openlineage import (
    Facet,
    Refused,
    is_array,
    parse,
    run_uuid,
    split_batch,
)
from tests.corpus import CORPUS, corpus_files, events_of, expected
from tests.events.malformed import CASES, SCHEMA, good_event, spoilt
from tests.lineage.secrets import SECRET

FACET = {"_producer": "https://x", "_schemaURL": "https://x/y.json"}


def parsed(event):
    return parse(json.dumps(event).encode())


def codes(event):
    return {(warning.code, warning.pointer) for warning in event.warnings}


def test_a_run_event_is_read_whole():
    event = parsed(good_event())
    assert event.kind == "run"
    assert event.event_time == datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert event.event_type == "COMPLETE"
    assert (event.job_namespace, event.job_name) == ("shop", "load")
    assert event.run_id == UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
    assert event.external_run_id is None
    assert [(one.namespace, one.name) for one in event.inputs] == [
        ("pg://db", "shop.public.orders")
    ] * 2
    assert len(event.outputs) == 1
    assert event.dataset is None
    assert (event.has_inputs, event.has_outputs) == (True, True)
    assert event.warnings == ()


def test_a_job_event_has_no_run():
    event = parsed(good_event("job"))
    assert (event.kind, event.run_id, event.event_type) == ("job", None, "")
    assert len(event.inputs) == 2


def test_a_dataset_event_has_nothing_else():
    event = parsed(good_event("dataset"))
    assert (event.kind, event.job_name, event.inputs) == ("dataset", None, ())
    assert event.dataset is not None
    assert event.dataset.name == "shop.public.orders"


@pytest.mark.parametrize("kind", ["run", "job", "dataset"])
@pytest.mark.parametrize("url", [None, "", "https://example.org/other.json", 5])
def test_without_a_usable_schema_the_members_tell_the_kind(kind, url):
    event = good_event(kind) | {"schemaURL": url}
    assert parsed(event).kind == kind


@pytest.mark.parametrize(
    "url",
    [
        "https://openlineage.io/spec/1-0-5/OpenLineage.json#/definitions/JobEvent",
        "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "https://example.org/JobEvent.json",
        "JobEvent",
    ],
)
def test_the_last_part_of_the_schema_tells_the_kind(url):
    event = parsed(good_event() | {"schemaURL": url})
    assert event.kind == "job"
    assert codes(event) == {("member_ignored", "/run")}


@pytest.mark.parametrize("value", [5, "x", [], [1], True, {"namespace": 7}])
@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("run", "dataset"),
        ("job", "run"),
        ("job", "dataset"),
        ("dataset", "job"),
        ("dataset", "inputs"),
    ],
)
def test_what_has_no_place_in_the_kind_may_be_anything(kind, member, value):
    event = parsed(good_event(kind) | {member: value})
    assert event.kind == kind
    assert ("member_ignored", f"/{member}") in codes(event)


def test_what_has_no_place_in_the_kind_is_ignored_with_a_warning():
    whole = good_event() | good_event("dataset")
    event = parsed(whole)
    assert (event.kind, event.inputs) == ("dataset", ())
    assert {at for code, at in codes(event)} == {"/run", "/job", "/inputs", "/outputs"}
    event = parsed(whole | {"schemaURL": f"{SCHEMA}/RunEvent"})
    assert (event.kind, event.dataset) == ("run", None)


def test_absent_and_null_io_is_told_from_empty_io():
    event = good_event()
    assert parsed(event | {"inputs": [], "outputs": []}).has_inputs
    assert not parsed(event | {"inputs": None}).has_inputs
    del event["outputs"]
    assert not parsed(event).has_outputs


@pytest.mark.parametrize(
    ("sent", "read", "is_warned"),
    [
        ("START", "START", False),
        ("OTHER", "OTHER", False),
        (None, "", False),
        ("complete", "COMPLETE", True),
        ("FAILED", "RUNNING", True),
        ("", "RUNNING", True),
        (5, "RUNNING", True),
        ({"a": 1}, "RUNNING", True),
    ],
)
def test_an_unknown_event_type_counts_as_running(sent, read, is_warned):
    event = parsed(good_event() | {"eventType": sent})
    assert event.event_type == read
    assert (("event_type_unknown", "/eventType") in codes(event)) == is_warned


def test_a_run_id_that_is_no_uuid_gets_javas():
    event = parsed(good_event() | {"run": {"runId": "manual__2026-05-04"}})
    # UUID.nameUUIDFromBytes("manual__2026-05-04".getBytes(UTF_8))
    assert event.run_id == run_uuid("manual__2026-05-04")
    assert event.run_id is not None
    assert event.run_id.version == 3
    assert event.external_run_id == "manual__2026-05-04"
    assert codes(event) == {("run_id_no_uuid", "/run/runId")}


def test_the_hash_of_a_run_id_is_that_of_java():
    # As in RFC 9562, B.1, but that Java hashes no namespace: it is put in front here.
    dns = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    assert run_uuid("abc") == UUID("90015098-3cd2-3fb0-9696-3f7d28e17f72")
    assert uuid3(dns, "x").version == run_uuid("abc").version == 3


@pytest.mark.parametrize(
    "text",
    [
        "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b",
        "{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}",
        "urn:uuid:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
    ],
)
def test_other_spellings_of_uuids_are_ids_of_their_own(text):
    event = parsed(good_event() | {"run": {"runId": text}})
    assert event.external_run_id == text


def test_a_uuid_counts_the_same_in_either_case():
    text = "0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B"
    event = parsed(good_event() | {"run": {"runId": text}})
    assert (event.run_id, event.external_run_id) == (UUID(text), None)


def test_facets_are_kept_to_the_byte():
    body = b'{ "x" : 1.50, "x":"\\u00e9", "y":[ ] }'
    event = parse(
        spoilt("/run", b'{"runId":"a","facets":{"odd": ' + body + b' , "null": null}}')
    )
    assert event.run_facets == (Facet("odd", body),)


def test_input_and_output_facets_are_kept_apart_from_those_of_the_dataset():
    event = good_event()
    event["inputs"][0] |= {
        "facets": {"schema": FACET},
        "inputFacets": {"subset": FACET},
        "outputFacets": {"outputStatistics": FACET},
    }
    read = parsed(event).inputs[0]
    assert [facet.key for facet in read.facets] == ["schema"]
    assert [facet.key for facet in read.io_facets] == ["subset"]


def _run_facets(text):
    return parse(spoilt("/run", b'{"runId":"a","facets":' + text + b"}"))


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (b'{"parent":{"a":1},"parentRun":{"a":2}}', 2),
        (b'{"parentRun":{"a":1},"parent":{"a":2}}', 2),
        (b'{"parent":{"a":1},"parent":{"a":2}}', 2),
        (b'{"parent":{"a":1},"parentRun":{"a":2},"parent":{"a":3}}', 3),
        (b'{"parentRun":{"a":1},"parent":{"a":2},"parentRun":{"a":3}}', 3),
        (b'{"parent":{"a":1},"parentRun":null}', 1),
    ],
)
def test_parent_run_is_parent_and_the_last_one_stands(text, last):
    event = _run_facets(text)
    assert [facet.key for facet in event.run_facets] == ["parent"]
    assert json.loads(event.run_facets[0].body) == {"a": last}


def test_a_former_key_is_read_as_todays():
    event = _run_facets(b'{"processingEngine":{"version":"3"}}')
    assert [facet.key for facet in event.run_facets] == ["processing_engine"]
    assert ("facet_renamed", "/run/facets/processingEngine") in codes(event)


def test_an_unknown_key_goes_by_the_type_in_its_schema():
    url = "https://openlineage.io/spec/facets/1-0-1/NominalTimeRunFacet.json"
    for suffix in ("", "#/$defs/NominalTimeRunFacet"):
        odd = json.dumps({"_schemaURL": url + suffix}).encode()
        event = _run_facets(b'{"my_time":' + odd + b"}")
        assert [facet.key for facet in event.run_facets] == ["nominalTime"]
    # Never in the place of one that has the right key.
    event = _run_facets(b'{"nominalTime":{"a":1},"my_time":' + odd + b"}")
    assert [facet.key for facet in event.run_facets] == ["nominalTime", "my_time"]


def test_a_facet_that_is_none_is_left_out_with_a_warning():
    event = _run_facets(b'{"a":5,"b":"x","c":[],"d":true,"e":null,"f":{}}')
    assert [facet.key for facet in event.run_facets] == ["f"]
    assert {at for code, at in codes(event) if code == "wrong_type"} == {
        f"/run/facets/{key}" for key in "abcd"
    }


@pytest.mark.parametrize("facets", [b"5", b'"x"', b"[]", b"true"])
def test_facets_that_are_none_refuse_no_event(facets):
    event = _run_facets(facets)
    assert event.run_facets == ()
    assert ("wrong_type", "/run/facets") in codes(event)


def test_a_facets_key_that_no_index_takes_is_left_out():
    long = b"k" * 256
    event = _run_facets(b'{"a\\u0000b":{},"' + long + b'":{},"ok":{}}')
    assert [facet.key for facet in event.run_facets] == ["ok"]


def test_what_is_asked_for_and_missing_is_warned_about():
    event = good_event()
    del event["producer"], event["schemaURL"]
    read = parsed(event)
    assert (read.producer, read.schema_url) == ("", "")
    assert codes(read) == {
        ("member_missing", "/producer"),
        ("member_missing", "/schemaURL"),
    }


def test_a_wrong_type_where_nothing_hangs_on_it_is_a_warning():
    read = parsed(good_event() | {"producer": 5, "schemaURL": ["x"]})
    assert read.kind == "run"
    assert codes(read) == {("wrong_type", "/producer"), ("wrong_type", "/schemaURL")}


def test_unknown_members_are_no_matter():
    read = parsed(good_event() | {"x": 10**400, "y": 1.5e308, "z": {"z": [None]}})
    assert read.warnings == ()


def test_the_last_of_two_members_of_a_name_counts():
    body = b'{"job":5,' + json.dumps(good_event()).encode()[1:]
    assert parse(body).job_name == "load"


def test_a_byte_order_mark_is_let_pass_with_a_warning():
    event = parse(b"\xef\xbb\xbf" + json.dumps(good_event()).encode())
    assert codes(event) == {("byte_order_mark", "")}


def test_a_lone_surrogate_outside_of_names_is_a_warning():
    event = _run_facets(rb'{"a":{"b":"\ud800","c":"\\ud800 \ud83d\ude00"}}')
    assert codes(event) >= {("lone_surrogate", "")}
    assert event.run_facets[0].body == rb'{"b":"\u0000","c":"\\ud800 \ud83d\ude00"}'


def test_secrets_in_names_are_gone_before_anyone_sees_them():
    event = good_event()
    event["producer"] = f"https://u:{SECRET}@x"
    event["job"] = {
        "namespace": f"spark://u:{SECRET}@h:1",
        "name": f"password={SECRET}",
    }
    event["run"]["runId"] = f"token={SECRET}"
    event["inputs"] = [{"namespace": f"pg://u:{SECRET}@h", "name": f"pwd={SECRET};x"}]
    assert SECRET not in repr(parsed(event))


def test_a_name_of_1024_characters_is_let_in_and_fits_an_index():
    name = "é" * 1024
    event = parsed(good_event() | {"job": {"namespace": "shop", "name": name}})
    assert event.job_name == name
    with pytest.raises(Refused) as refused:
        parsed(good_event() | {"job": {"namespace": name, "name": name}})
    assert (refused.value.code, refused.value.pointer) == (
        "identity_too_long",
        "/job/name",
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_malformed_are_refused(case):
    if case.headers or case.pointer is None:
        return  # these are for the door
    with pytest.raises(Refused) as refused:
        parse(case.body)
    told = (refused.value.status, refused.value.code, refused.value.pointer)
    assert told == (case.status, case.code, case.pointer)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(
        ["2026-05-04T03:02:01Z", "RunEvent", "\ud800", "a\0", "x" * 1100]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("eventTime", "eventType", "producer", "schemaURL", "run", "job"),
                    *("dataset", "inputs", "outputs", "runId", "namespace", "name"),
                    *("facets", "inputFacets", "outputFacets", "parent", "parentRun"),
                    *("_schemaURL", "schema", "\0", "\udfff"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


def assert_read_or_refused(body):
    event = refused = None
    try:
        event = parse(body)
    except Refused as error:
        refused = error
    if refused is not None:
        assert refused.status in (400, 422)
        assert refused.pointer is not None
        assert refused.detail
    if event is not None:
        repr(event).encode()  # nothing in it that cannot be stored
        assert "\0" not in (event.job_name or "")


@given(json_values)
def test_any_json_is_read_or_refused(value):
    assert_read_or_refused(json.dumps(value).encode())


@given(
    st.sampled_from(["run", "job", "dataset"]),
    st.dictionaries(
        st.sampled_from(
            ["eventTime", "run", "job", "dataset", "inputs", "outputs", "producer"]
        ),
        json_values,
        max_size=3,
    ),
)
def test_any_change_to_an_event_is_read_or_refused(kind, changes):
    assert_read_or_refused(json.dumps(good_event(kind) | changes).encode())


@given(st.binary(max_size=60))
@example(b"\xef\xbb\xbf")
@example(b'{"a":"\\ud800')
def test_any_bytes_are_read_or_refused(body):
    assert_read_or_refused(body)
    with suppress(Refused):
        split_batch(body)
    is_array(body)


@given(st.integers(0, 700), st.integers(0, 255))
def test_any_flipped_byte_is_read_or_refused(at, byte):
    body = bytearray(json.dumps(good_event()).encode())
    body[at % len(body)] = byte
    assert_read_or_refused(bytes(body))


@pytest.mark.parametrize("file", corpus_files())
def test_of_the_corpus_only_what_is_unusable_is_refused(file):
    refused = 0
    for body in events_of(CORPUS / file):
        try:
            parse(body)
        except Refused:
            refused += 1
    assert refused == expected()[file]["unusable_events"]
