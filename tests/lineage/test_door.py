"""What the door answers to events that are good, and to requests that are not."""

import gzip
import json
import socket
import time
import zlib
from multiprocessing.pool import ThreadPool
from urllib.parse import urlsplit

import psycopg
import zstandard

from catalog.models import Dataset
from lineage.models import Event
from tests import factories
from tests.conftest import running_web_server, url_of_test_database
from tests.lineage.conftest import Door, run_event

PATHS = ["/api/v1/lineage", "/api/v1/lineage/"]
BATCH_PATHS = ["/api/v1/lineage/batch", "/api/v1/lineage/batch/"]


def stored():
    return Event.objects.count()


def assert_problem(answer, status, code, **members):
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.told["status"] == status
    assert answer.told["code"] == code
    assert answer.told["type"] == f"/docs/api#{code}"
    assert answer.told["request_id"] == answer.headers["x-request-id"]
    assert {name: answer.told.get(name) for name in members} == members


def test_an_event_is_answered_201_and_nothing_more(door):
    for index, path in enumerate(PATHS, 1):
        answer = door.send(run_event(eventTime=f"2026-05-04T03:02:0{index}Z"), path)
        assert (answer.status, answer.body) == (201, b"")
        assert "content-type" not in answer.headers
        assert stored() == index


def test_a_repeat_is_answered_201_and_stored_once(door):
    for _ in range(3):
        assert door.send(run_event()).status == 201
    assert stored() == 1


ENCODERS = {
    None: bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def test_a_body_counts_however_it_is_sent(door):
    """Chunked or with its length, compressed or not, in one member or several."""
    count = 0
    for encoding, encode in ENCODERS.items():
        for is_chunked in (False, True):
            count += 1
            body = json.dumps(run_event(run={"runId": f"run {count}"})).encode()
            answer = door.send(
                encode(body), is_chunked=is_chunked, content_encoding=encoding
            )
            assert answer.status == 201, (encoding, is_chunked, answer.body)
            assert stored() == count


def test_members_and_frames_are_read_to_the_last(door):
    body = json.dumps(run_event()).encode()
    half = len(body) // 2
    compress = zstandard.ZstdCompressor().compress
    for encoding, sent in {
        "gzip": gzip.compress(body[:half]) + gzip.compress(body[half:]) + b"\0\0\0",
        "zstd": compress(body[:half]) + compress(body[half:]),
    }.items():
        assert door.send(sent, content_encoding=encoding).status == 201
    assert stored() == 1


def test_the_stored_bytes_are_the_inflated_ones(door):
    body = b' {"producer":"x","eventTime" : "2026-05-04T03:02:01Z", '
    body += b'"run":{"runId":"a"},"job":{"namespace":"n","name":"m"}}\n'
    assert door.send(gzip.compress(body), content_encoding="gzip").status == 201
    assert Event.objects.get().size_bytes == len(body)


def test_a_wrong_compression_is_400(door):
    for encoding, body in [
        ("gzip", b"{}"),
        ("gzip", b""),
        ("gzip", gzip.compress(b"{}" * 500)[:-9]),
        ("gzip", gzip.compress(b"{}") + b"trailing"),
        ("gzip", zlib.compress(b"{}")),
        ("zstd", b"{}"),
        ("zstd", b""),
        ("zstd", zstandard.ZstdCompressor().compress(b"{}") + b"trailing"),
    ]:
        answer = door.send(body, content_encoding=encoding)
        assert_problem(answer, 400, "encoding_invalid")


def test_an_unknown_compression_is_415_and_names_the_known_ones(door):
    for encoding in ("br", "deflate", "gzip, gzip", "compress"):
        answer = door.send(run_event(), content_encoding=encoding)
        assert_problem(answer, 415, "encoding_unsupported")
        assert answer.headers["accept-encoding"] == "gzip, zstd"


def test_json_is_let_in_and_nothing_else(door):
    for content_type, status in [
        (None, 201),
        ("application/json", 201),
        ("Application/JSON; charset=UTF-8", 201),
        ('application/json; charset="utf-8"', 201),
        ("application/vnd.openlineage+json", 201),
        ("application/json; charset=utf-7", 415),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ]:
        answer = door.send(run_event(), content_type=content_type)
        assert answer.status == status, content_type


def test_what_is_too_large_is_413(door):
    limit = 10 * 2**20
    answer = door.send(b" " * (limit + 1))
    assert_problem(answer, 413, "body_too_large")
    answer = door.send(b" " * (limit + 1), is_chunked=True)
    assert_problem(answer, 413, "body_too_large")
    # Repeats itself too rarely for the ratio to tell.
    noise = "".join(chr(97 + (i * 7919) % 26) for i in range(997))
    body = json.dumps([noise[i % 997 :] for i in range(24_000)]).encode()
    assert len(body) > limit
    answer = door.send(gzip.compress(body, 1), content_encoding="gzip")
    assert answer.status == 413


def _resident_kilobytes(pid):
    """The memory of a process and its children, at the most it ever had."""
    total = 0
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        for child in [pid, *map(int, children.read().split())]:
            with open(f"/proc/{child}/status") as status:
                lines = dict(line.split(":", 1) for line in status)
            total += int(lines["VmHWM"].split()[0])
    return total


def test_a_bomb_is_413_and_takes_no_memory(door, web_server):
    """A quarter of a gigabyte of blanks, in a megabyte and less."""
    packers = {
        "gzip": zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16),
        "zstd": zstandard.ZstdCompressor().compressobj(),
    }
    blanks = b" " * 2**20
    bombs = {
        encoding: b"".join(packer.compress(blanks) for _ in range(256)) + packer.flush()
        for encoding, packer in packers.items()
    }
    door.send(run_event())
    before = _resident_kilobytes(web_server.process.pid)
    for encoding, bomb in bombs.items():
        for is_chunked in (False, True):
            answer = door.send(bomb, content_encoding=encoding, is_chunked=is_chunked)
            assert_problem(answer, 413, answer.told["code"])
            assert answer.told["code"] in ("inflates_too_much", "body_too_large")
    assert _resident_kilobytes(web_server.process.pid) - before < 40_000
    assert stored() == 1


def test_a_wide_event_is_kept_whole(door):
    fields = [{"name": f"c{index}", "type": "int"} for index in range(10_000)]
    schema = {"_producer": "https://x", "_schemaURL": "https://x", "fields": fields}
    inputs = [{"namespace": "pg://db", "name": f"t{index}"} for index in range(1000)]
    outputs = [{"namespace": "pg://db", "name": "wide", "facets": {"schema": schema}}]
    event = run_event(eventType="COMPLETE", inputs=inputs, outputs=outputs)
    assert door.send(event).status == 201
    assert not Event.objects.not_applied().exists()
    assert Dataset.objects.unrestricted("test").count() == 1001


def test_a_member_of_a_name_that_no_database_keeps_stops_nothing(door):
    r"""Facets whose names hold NUL, or a lone surrogate that is read as one."""
    standard = {"_schemaURL": "https://x/SchemaDatasetFacet.json", "fields": []}
    for key in ("a\0b", "\ud800"):
        for value in (5, [], {}, standard):
            dataset = {"namespace": "pg://db", "name": "t", "facets": {key: value}}
            event = run_event(inputs=[dataset], run={"runId": f"{key!r} {value}"})
            assert door.send(event).status == 201
    assert stored() == 8
    assert not Event.objects.not_applied().exists()


def test_a_batch_tells_what_became_of_each_event(door):
    for path in BATCH_PATHS + PATHS:
        good, other = run_event(), run_event(eventTime="2026-05-04T04:00:00Z")
        nameless = run_event(job={"namespace": "shop"})
        answer = door.send([good, nameless, other, 5], path)
        assert answer.status == 207
        told = answer.told
        assert told["status"] == "partial_success"
        assert told["summary"] == {
            "received": 4,
            "successful": 2,
            "failed": 2,
            "retriable": 0,
            "non_retriable": 2,
        }
        assert [one["index"] for one in told["failed_events"]] == [1, 3]
        first, second = told["failed_events"]
        assert (first["pointer"], first["retriable"]) == ("/job/name", False)
        assert "name" in first["reason"]
        assert second["code"] == "event_not_object"
    assert stored() == 2


def test_a_batch_without_faults_is_200(door):
    for body in (
        [run_event()],
        {"events": [run_event()]},
        {"source": "x", "events": [run_event()]},
        [],
    ):
        answer = door.send(body, "/api/v1/lineage/batch")
        assert answer.status == 200
        assert answer.told["status"] == "success"
        assert answer.told["failed_events"] == []
    assert stored() == 1


def test_a_batch_of_nothing_but_faults_is_an_error(door):
    answer = door.send([{}, {}], "/api/v1/lineage/batch")
    assert (answer.status, answer.told["status"]) == (207, "error")


def test_a_batch_may_be_larger_than_the_queue(door):
    events = [run_event(run={"runId": f"run {index}"}) for index in range(2500)]
    answer = door.send(events, "/api/v1/lineage/batch")
    assert answer.told["summary"]["successful"] == 2500
    assert stored() == 2500


def test_what_is_no_batch_is_refused(door):
    for body, status, code in [
        (b'"text"', 422, "batch_not_array"),
        (b"{}", 422, "batch_not_array"),
        (b'{"events": {}}', 422, "batch_not_array"),
        (b"[1,", 400, "json_invalid"),
        (b"", 400, "json_invalid"),
        (b"[" * 100_000, 400, "json_invalid"),
        (b"[" + b"1," * 10_000 + b"1]", 413, "batch_too_long"),
        (b"[" + b"1," * 1_000_000 + b"1]", 413, "batch_too_long"),
    ]:
        answer = door.send(body, "/api/v1/lineage/batch")
        assert_problem(answer, status, code)


def test_a_batch_that_broke_off_is_refused_whole_however_deep_it_is(door):
    good = json.dumps(run_event()).encode()
    deep = b"[" * 100_000 + b"]" * 100_000
    batch = b"[" + good + b"," + deep + b"," + good
    for end in (b"", b',{"eventTime":', b"}", b"]," + good):
        answer = door.send(batch + end)
        assert_problem(answer, 400, "json_invalid", pointer="")
    assert stored() == 0
    answer = door.send(batch + b"]")
    assert (answer.status, answer.told["summary"]["successful"]) == (207, 2)


def test_the_fault_of_a_batch_is_pointed_at(door):
    for body, pointer in [
        (b"5", ""),
        (b"{}", "/events"),
        (b'{"events": null}', "/events"),
        (b'{"events": 5}', "/events"),
        (b'{"events": {}}', "/events"),
        (b" " + json.dumps(run_event()).encode(), "/events"),
    ]:
        answer = door.send(body, "/api/v1/lineage/batch")
        assert_problem(answer, 422, "batch_not_array", pointer=pointer)


def test_the_same_event_alone_and_in_a_batch_is_one(door):
    event = b'{"eventTime":"2026-05-04T03:02:01Z","run":{"runId":"a"},'
    event += b'"job":{"namespace":"n","name":"m"}}'
    assert door.send(event).status == 201
    assert door.send(b" [ " + event + b" ] ").status == 200
    assert stored() == 1


def test_without_a_token_it_is_401(door_of):
    answer = door_of(None).send(run_event())
    assert_problem(answer, 401, "token_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    stranger, _ = factories.make_token("other", "producer").rsplit("_", 1)
    answer = door_of(f"{stranger}_000000").send(run_event())
    assert_problem(answer, 401, "token_refused")
    assert "invalid_token" in answer.headers["www-authenticate"]
    assert stored() == 0


def test_a_token_in_the_address_is_refused(door, door_of):
    nobody = door_of(None)
    for parameter in ("token", "access_token", "api_key", "x"):
        path = f"/api/v1/lineage?{parameter}={door.token}"
        answer = nobody.send(run_event(), path)
        assert_problem(answer, 400, "credentials_in_query")
    assert stored() == 0


def test_a_strangers_body_is_not_even_read(door_of):
    """The answer comes although the body that was promised does not."""
    address = urlsplit(door_of(None).url)
    with socket.create_connection((address.hostname, address.port), 10) as raw:
        raw.sendall(
            b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        assert raw.recv(1000).startswith(b"HTTP/1.1 401")


def test_outside_of_the_tokens_scope_it_is_403_and_names_the_namespace(door_of):
    door = door_of(factories.make_token("shop", "producer", namespace="shop*"))
    assert door.send(run_event()).status == 201
    outputs = [{"namespace": "pg://other", "name": "t"}]
    answer = door.send(run_event(job={"namespace": "bank", "name": "load"}))
    assert_problem(answer, 403, "namespace_forbidden", pointer="/job/namespace")
    assert "bank" in answer.told["detail"]
    answer = door.send(run_event(outputs=outputs))
    assert_problem(answer, 403, "namespace_forbidden", pointer="/outputs/0/namespace")
    assert "pg://other" in answer.told["detail"]
    answer = door.send(run_event(eventType="COMPLETE", inputs=outputs))
    assert answer.status == 201
    assert stored() == 2


def test_a_viewer_may_send_nothing(door_of):
    answer = door_of(factories.make_token("reader", "viewer")).send(run_event())
    assert_problem(answer, 403, "namespace_forbidden")


def test_a_batch_is_only_posted(door):
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in BATCH_PATHS:
            answer = door.send(b"", path, method=method)
            assert_problem(answer, 405, "method_not_allowed")
            assert answer.headers["allow"] == "POST"


def test_a_wrong_method_is_told_all_the_right_ones(door):
    for path in PATHS:
        answer = door.send(b"", path, method="PUT")
        assert_problem(answer, 405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == {
            *("GET", "HEAD", "OPTIONS", "POST")
        }


def test_nothing_under_the_door_redirects(door):
    for path in PATHS + BATCH_PATHS:
        assert door.send([run_event()], path).status == 200
        assert door.send([run_event()], path + "/more").status == 404


def test_without_the_database_it_is_503_within_three_seconds(door, web_server):
    """A lock on what the committer writes is as good as a database that hangs."""
    assert door.send(run_event()).status == 201
    with psycopg.connect(url_of_test_database()) as hog:
        hog.execute("LOCK TABLE lineage_event IN ACCESS EXCLUSIVE MODE")
        answer = door.send(run_event(eventTime="2026-05-04T05:00:00Z"))
        assert_problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    assert door.send(run_event(eventTime="2026-05-04T05:00:00Z")).status == 201
    assert stored() == 2


def test_a_known_token_is_told_of_a_hanging_database_in_time_too(door):
    """What would be asked about the token hangs as well; nobody waits for it."""
    assert door.send(run_event()).status == 201
    time.sleep(1.1)  # what the process knows of rights is old by now
    with psycopg.connect(url_of_test_database()) as hog:
        hog.execute("LOCK TABLE policies_policyepoch, policies_token")
        begun = time.monotonic()
        answer = door.send(run_event(eventTime="2026-05-04T05:00:00Z"))
        assert_problem(answer, 503, "unavailable")
        assert time.monotonic() - begun < 3
    assert door.send(run_event(eventTime="2026-05-04T05:00:00Z")).status == 201


def test_a_batch_is_told_of_a_hanging_database_in_time_too(door):
    events = [run_event(run={"runId": f"run {index}"}) for index in range(300)]
    with psycopg.connect(url_of_test_database()) as hog:
        hog.execute("LOCK TABLE lineage_event IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        answer = door.send(events)
        assert time.monotonic() - begun < 3
        assert_problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    assert door.send(events).told["summary"]["successful"] == 300
    assert stored() == 300


def test_a_hanging_database_makes_no_queue_of_senders(transactional_db, tmp_path):
    """Twelve senders at a server of four threads: they do not wait in turn."""
    raw = factories.make_token("loader", "producer")
    with running_web_server(tmp_path / "log", HEADWATER_WEB_THREADS="4") as server:
        door = Door(server.url, raw)
        assert door.send(run_event()).status == 201

        def timed(index):
            begun = time.monotonic()
            answer = door.send(run_event(run={"runId": f"run {index}"}))
            return answer.status, time.monotonic() - begun

        with psycopg.connect(url_of_test_database()) as hog, ThreadPool(12) as pool:
            hog.execute("LOCK TABLE lineage_event IN ACCESS EXCLUSIVE MODE")
            told = pool.map(timed, range(12), chunksize=1)
        assert {status for status, _ in told} == {503}
        assert max(seconds for _, seconds in told) < 4
        assert door.send(run_event(run={"runId": "later"})).status == 201


def test_slow_senders_leave_threads_for_others(transactional_db, tmp_path):
    """Twenty bodies that never end, at a server of sixteen threads."""
    raw = factories.make_token("slow", "producer")
    head = (
        "POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {raw}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    log = tmp_path / "log"
    with running_web_server(log, HEADWATER_WEB_THREADS="16") as server:
        door = Door(server.url, raw)
        address = urlsplit(server.url)
        senders = [
            socket.create_connection((address.hostname, address.port), 10)
            for _ in range(20)
        ]
        for sender in senders:
            sender.sendall(head.encode())
        begun = time.monotonic()
        assert door.get("/livez").status == 200
        assert time.monotonic() - begun < 5
        for sender in senders:
            sender.close()
        assert door.send(run_event()).status == 201
