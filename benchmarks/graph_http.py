"""How long do the routes of lineage take, to the first byte and to the last?"""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import benchmarks.with_django  # noqa: F401 - before what needs it

# isort: split
from benchmarks.graph_asking import FAR, Start
from benchmarks.load import percentile_ms
from benchmarks.processor import command_line, contents
from benchmarks.report import Table
from benchmarks.server import Headwater
from catalog.models import Dataset
from config.embedded.processes import processes_with
from config.supervisor import MARK
from lineage import nodeids
from lineage.graph.question import MAX_NODES

NDJSON: Final = "application/x-ndjson"
CHUNK: Final = 65_536
WHY: Final = "a benchmark asks for no one"
COLUMNS: Final = (
    *("", "answer", "KB", "p50 ms", "p95 ms", "first byte p95 ms"),
    "more memory MB",
)


@dataclass
class Answered:
    """What one kind of request came to, each time."""

    seconds: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def cells(self) -> tuple[object, ...]:
        times, first = sorted(self.seconds), sorted(self.first)
        return (
            round(statistics.median(self.answers)),
            statistics.median(self.sizes) / 1000,
            percentile_ms(times, 0.5),
            percentile_ms(times, 0.95),
            percentile_ms(first, 0.95),
            max(self.memory),
        )


class Asker:
    """Asks one installation over one connection, one request after another."""

    def __init__(self, server: Headwater) -> None:
        self.server = server
        self.token = server.token("viewer")
        self.connection = http.client.HTTPConnection(
            urlsplit(server.url).netloc, timeout=600
        )
        self.table = Table("", COLUMNS)
        self.answered: dict[str, Answered] = {}

    def ask(
        self,
        name: str,
        starts: Sequence[Start],
        request: Callable[[Start], tuple[str, str, bytes | None, str]],
        count: Callable[[bytes], int],
        repeats: int,
    ) -> None:
        """Ask from each start in turn; the first time of several only warms up."""
        if not starts:
            return
        answered = Answered()
        for start in starts:
            asked = request(start)
            if repeats > 1:
                self.send(asked, count, Answered())
            for _ in range(repeats):
                self.send(asked, count, answered)
        self.answered[name] = answered
        self.table.add(name, *answered.cells())
        print(*self.table.rows[-1], sep="  ", file=sys.stderr)

    def send(
        self,
        asked: tuple[str, str, bytes | None, str],
        count: Callable[[bytes], int],
        answered: Answered,
    ) -> None:
        method, path, body, accept = asked
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept}
        if body is not None:
            headers["Content-Type"] = "application/json"
        before = memory_mb(self.server)
        begins = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        parts = [response.read1(CHUNK)]
        answered.first.append(time.perf_counter() - begins)
        most = before
        while part := response.read1(CHUNK):
            parts.append(part)
            if len(parts) % 50 == 0:
                most = max(most, memory_mb(self.server))
        answered.seconds.append(time.perf_counter() - begins)
        answer = b"".join(parts)
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer[:500].decode()}")
        most = max(most, memory_mb(self.server))
        answered.memory.append(most - before)
        answered.sizes.append(len(answer))
        answered.answers.append(count(answer))


def memory_mb(server: Headwater) -> float:
    """What the web servers of an installation have in memory, all together."""
    found = 0
    for process in processes_with(MARK, str(server.home)):
        if b"granian" in command_line(process):
            for line in contents(process, "status").splitlines():
                if line.startswith(b"VmRSS:"):
                    found += int(line.split()[1])
    return found / 1024


def node_id(start: Start) -> str:
    """The dataset, or the column of it, as routes call it."""
    row = (
        Dataset.objects.unrestricted(WHY)
        .select_related("namespace")
        .get(pk=start.dataset)
    )
    if start.column:
        return nodeids.of_field(row.namespace.name, row.name, start.column)
    return nodeids.of_dataset(row.namespace.name, row.name)


def walk(
    start: Start, *, hits: int, is_file: bool = False
) -> tuple[str, str, None, str]:
    """A request for what is downstream of a dataset, as one answer or as a stream."""
    path = f"/api/v1/lineage/walk?nodeId={quote(node_id(start), safe='')}"
    path += f"&direction=downstream&maxHops={FAR}"
    if is_file:
        return "GET", path, None, NDJSON
    return (
        "GET",
        f"{path}&maxNodes={min(2 * hits, MAX_NODES)}",
        None,
        "application/json",
    )


def impact(start: Start) -> tuple[str, str, bytes, str]:
    """A request for what breaks if a column is dropped."""
    change = {"kind": "drop-column", "nodeId": node_id(start)}
    body = json.dumps({"change": change}).encode()
    return "POST", "/api/v1/impact", body, "application/json"


def nodes_of(answer: bytes) -> int:
    """How many nodes a walk told, the start not counted."""
    told: dict[str, Any] = json.loads(answer)
    return len(told["nodes"]) - 1


def lines_of_nodes(answer: bytes) -> int:
    return answer.count(b'{"type":"node"') - 1


def hits_of(answer: bytes) -> int:
    told: dict[str, Any] = json.loads(answer)
    return len(told["hits"])
