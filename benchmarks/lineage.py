"""How long does a lineage graph take, by the size of the catalog around it?

`python -m benchmarks.lineage` asks `GET /api/v1/lineage` at depth 2 and 20 in one
layered graph that grows: six jobs a layer, each reading two tables of the layer before,
so that twenty hops reach at most 500 nodes wherever they begin.
"""

import http.client
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from benchmarks.load import percentile_ms
from benchmarks.options import Options, read_options
from benchmarks.report import Table, keep, machine
from benchmarks.server import Headwater, headwater
from benchmarks.workload import ADAPTER, WAREHOUSE

NAMESPACE: Final = "layered-bench"
WIDTH: Final = 6
DEPTHS: Final = (2, 20)
STARTS: Final = 200
MAX_NODES: Final = 500
COLUMNS: Final = ("", "nodes", "KB", "p50 ms", "p95 ms")


def event(job: int) -> bytes:
    """A completed run of one job of the graph."""
    layer, lane = divmod(job, WIDTH)
    sources = [] if layer == 0 else [lane, (lane + 1) % WIDTH]
    return json.dumps(
        {
            "eventType": "COMPLETE",
            "eventTime": "2026-01-01T00:00:00Z",
            "producer": ADAPTER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
            "run": {"runId": f"019b76da-a800-7000-9000-{job:012x}"},
            "job": {"namespace": NAMESPACE, "name": f"job_{job:06}"},
            "inputs": [
                {"namespace": WAREHOUSE, "name": table(job - lane - WIDTH + source)}
                for source in sources
            ],
            "outputs": [{"namespace": WAREHOUSE, "name": table(job)}],
        }
    ).encode()


def table(job: int) -> str:
    """The table that the job writes."""
    return f"layered.table_{job:06}"


@dataclass
class Answers:
    """What the walks of one depth answered."""

    seconds: list[float]
    nodes: list[int]
    sizes: list[int]


def measure(options: Options) -> Table:
    """Walk from the same number of random jobs at each size of the catalog."""
    shown = Table("Lineage: GET /api/v1/lineage of random jobs", COLUMNS)
    with headwater(options.place) as server:
        token = server.token("viewer")
        grown = 0
        for jobs in options.job_counts:
            grow(server, grown, jobs)
            grown = jobs
            for depth in DEPTHS:
                answers = walk(server, token, jobs, depth)
                ascending = sorted(answers.seconds)
                shown.add(
                    f"{jobs:,} jobs, depth {depth}",
                    max(answers.nodes),
                    sum(answers.sizes) / len(answers.sizes) / 1000,
                    percentile_ms(ascending, 0.50),
                    percentile_ms(ascending, 0.95),
                )
    return shown


def grow(server: Headwater, before: int, jobs: int) -> None:
    """Import a run of each job that is new."""
    with tempfile.TemporaryDirectory(dir=server.home.parent) as folder:
        with (Path(folder) / "runs.ndjson").open("wb") as file:
            file.writelines(event(job) + b"\n" for job in range(before, jobs))
        server.manage("ingest", folder)
    server.execute("VACUUM ANALYZE")


def walk(server: Headwater, token: str, jobs: int, depth: int) -> Answers:
    """Ask for the graphs around random jobs, one after another on one connection."""
    starts = random.Random(jobs).choices(range(jobs), k=STARTS)  # noqa: S311
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    answers = Answers([], [], [])
    for job in [*starts[:20], *starts]:  # the first ones only warm up
        node = quote(f"job:{NAMESPACE}:job_{job:06}", safe="")
        begins = time.perf_counter()
        connection.request(
            "GET",
            f"/api/v1/lineage?nodeId={node}&depth={depth}",
            headers={"Authorization": f"Bearer {token}"},
        )
        response = connection.getresponse()
        body = response.read()
        answers.seconds.append(time.perf_counter() - begins)
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:500].decode()}")
        answers.nodes.append(len(json.loads(body)["graph"]))
        answers.sizes.append(len(body))
    del answers.seconds[:20]
    if max(answers.nodes) > MAX_NODES or min(answers.nodes) < 2:
        raise RuntimeError(f"{max(answers.nodes)} nodes are not what was meant")
    return answers


def main(options: Options) -> None:
    """Measure, print, and keep the numbers."""
    measured = measure(options)
    print(measured.text())
    if options.keeps:
        keep("lineage", [measured], machine())


if __name__ == "__main__":
    main(read_options(__doc__, sys.argv[1:]))
