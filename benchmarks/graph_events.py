"""Which events tell of a graph's history: a START and an end of each run, in order?

The n-th event of a world is always the same bytes. Days are runs; within a day a layer
begins when the one above has ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from benchmarks.graph_shape import COLUMNS, DAG, Shape
from benchmarks.workload import ADAPTER, FACETS

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
LATE: Final = timedelta(seconds=2)  # so much later each event is recorded
DAY: Final = 86_400_000_000  # in microseconds, as all these
LAYER: Final = 1_500_000_000
SPREAD: Final = 600_000_000  # over which the runs of a layer begin, or end
DURATION: Final = 700_000_000
PRODUCER: Final = f"{ADAPTER}/airflow"
SCHEMA_URL: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
SPACES: Final = 40  # of datasets, and as many of jobs
DAG_SPACE: Final = "airflow-scheduler"
SCHEMAS: Final = 50


def dataset_space(number: int) -> str:
    """A namespace of datasets; one in ten is a vault."""
    return f"postgres://{'vault' if number % 10 == 0 else 'dwh'}-{number}:5432"


def job_space(number: int) -> str:
    """A namespace of jobs; one in ten is of the payroll."""
    return f"{'payroll' if number % 10 == 0 else 'airflow'}-{number}"


def space_of(number: int) -> int:
    """Which of the namespaces a job or dataset is in, as if by chance."""
    return (number * 2_654_435_761 % 2**32 >> 16) % SPACES


def dataset_name(dataset: int) -> tuple[str, str]:
    return dataset_space(space_of(dataset)), f"mart.table_{dataset:07}"


def job_name(job: int) -> tuple[str, str]:
    return job_space(space_of(job)), f"load_{job:07}"


def dag_name(dag: int) -> tuple[str, str]:
    return DAG_SPACE, f"dag_{dag:06}"


def spell(at: int) -> str:
    """A time, in microseconds since the beginning, as events and COPY spell it."""
    time = BEGINNING + timedelta(microseconds=at)
    return f"{time.isoformat(timespec='microseconds')[:-6]}Z"


def compact(facet: dict[str, object]) -> str:
    """A facet's body as it is stored."""
    return orjson.dumps(facet, option=orjson.OPT_SORT_KEYS).decode()


def based(name: str, **told: object) -> str:
    """A facet with the two keys that each has."""
    url = f"{FACETS}/1-0-0/{name}.json"
    return compact({"_producer": PRODUCER, "_schemaURL": url, **told})


JOB_TYPE: Final = based(
    "JobTypeJobFacet", processingType="BATCH", integration="AIRFLOW", jobType="TASK"
)


@dataclass(frozen=True)
class Story:
    """The events of a shape, and when each is of."""

    shape: Shape

    @property
    def events(self) -> int:
        return 2 * self.shape.jobs * self.shape.runs

    def number(self, job: int, run: int, *, is_end: bool) -> int:
        """Which event it is, from 0; their order is that of their times."""
        shape = self.shape
        depth, place = divmod(job, shape.width)
        return (
            2 * (run * shape.jobs + depth * shape.width) + is_end * shape.width + place
        )

    def place(self, number: int) -> tuple[int, int, bool]:
        """The job and the run of an event, and whether it ends that."""
        shape = self.shape
        run, rest = divmod(number, 2 * shape.jobs)
        depth, rest = divmod(rest, 2 * shape.width)
        is_end, place = divmod(rest, shape.width)
        return depth * shape.width + place, run, bool(is_end)

    def at(self, number: int) -> int:
        """Its event time in microseconds since the beginning."""
        job, run, is_end = self.place(number)
        depth, place = divmod(job, self.shape.width)
        step = SPREAD // self.shape.width
        return run * DAY + depth * LAYER + place * step + is_end * DURATION

    def run_id(self, job: int, run: int) -> str:
        return f"019b7632-{run:04x}-7000-8000-{job:012x}"

    def parent_id(self, dag: int, run: int) -> str:
        return f"019b7632-{run:04x}-7000-9000-{dag:012x}"

    def parent(self, dag: int, run: int) -> str:
        """The facet that names the run which started some runs."""
        namespace, name = dag_name(dag)
        return based(
            "ParentRunFacet",
            run={"runId": self.parent_id(dag, run)},
            job={"namespace": namespace, "name": name},
        )

    def schema(self, number: int) -> str:
        """One of the definitions that datasets have."""
        amount = f"numeric({10 + number},2)"
        types = ("bigint", "text", amount, "timestamp")
        fields = [
            {"name": name, "type": kind}
            for name, kind in zip(COLUMNS, types, strict=True)
        ]
        return based("SchemaDatasetFacet", fields=fields)

    def column_lineage(self, job: int, inputs: tuple[int, ...]) -> str:
        """What the job says of its output's columns."""
        fields: dict[str, dict[str, list[object]]] = {
            name: {"inputFields": []} for name in COLUMNS
        }
        for one in self.shape.derivations(job, inputs):
            namespace, name = dataset_name(one.source)
            how = {
                "type": one.type, "subtype": one.subtype, "masking": one.is_masked
            }  # fmt: skip
            fields[COLUMNS[one.output]]["inputFields"].append(
                {
                    "namespace": namespace,
                    "name": name,
                    "field": COLUMNS[one.column],
                    "transformations": [how],
                }
            )
        return based("ColumnLineageDatasetFacet", fields=fields)

    def event(self, number: int) -> bytes:
        """The bytes of an event."""
        job, run, is_end = self.place(number)
        completes = self.shape.completes(job, run)
        kind = ("COMPLETE" if completes else "FAIL") if is_end else "START"
        namespace, name = job_name(job)
        inputs, outputs = self.io(job, run) if is_end else ("", "")
        return (
            f'{{"eventType":"{kind}","eventTime":"{spell(self.at(number))}",'
            f'"producer":"{PRODUCER}","schemaURL":"{SCHEMA_URL}",'
            f'"run":{{"runId":"{self.run_id(job, run)}",'
            f'"facets":{{"parent":{self.parent(job // DAG, run)}}}}},'
            f'"job":{{"namespace":"{namespace}","name":"{name}",'
            f'"facets":{{"jobType":{JOB_TYPE}}}}},'
            f'"inputs":[{inputs}],"outputs":[{outputs}]}}'
        ).encode()

    def io(self, job: int, run: int) -> tuple[str, str]:
        """What the run reads and writes, as its last event has it."""
        inputs = self.shape.read_by(job, run)
        told = self.schema(job % SCHEMAS), self.column_lineage(job, inputs)
        facets = f'"facets":{{"schema":{told[0]},"columnLineage":{told[1]}}}'
        return (
            ",".join(f"{{{named(*dataset_name(one))}}}" for one in inputs),
            f"{{{named(*dataset_name(self.shape.output(job)))},{facets}}}",
        )

    def bodies(self) -> Iterator[bytes]:
        """All events in order."""
        return map(self.event, range(self.events))


def named(namespace: str, name: str) -> str:
    return f'"namespace":"{namespace}","name":"{name}"'
