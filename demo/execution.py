"""What is one run of one job, and which events does it send?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    parent_run,
)
from openlineage.client.uuid import generate_static_uuid

COMPANY = "https://shop.example"


@dataclass(frozen=True)
class Process:
    """A job: where it runs, what it is called and what kind it is."""

    namespace: str
    name: str
    integration: str  # AIRFLOW, SPARK, FLINK
    kind: str  # DAG, TASK, APPLICATION, SQL_JOB
    processing: str = "BATCH"
    facets: Mapping[str, JobFacet] = field(default_factory=dict)

    @property
    def producer(self) -> str:
        return f"{COMPANY}/{self.integration.lower()}"

    def described(self) -> Job:
        """The job as each of its events describes it."""
        job_type = job_type_job.JobTypeJobFacet(
            processingType=self.processing,
            integration=self.integration,
            jobType=self.kind,
        )
        return Job(
            self.namespace, self.name, facets={"jobType": job_type, **self.facets}
        )


@dataclass(frozen=True)
class Execution:
    """One run of a process.

    Its id follows from the process, its begin and `variant` (the index of a mapped
    task), so that sending a day twice sends the same bytes twice.
    """

    process: Process
    begun: datetime
    parent: "Execution | None" = None
    variant: str = ""
    facets: Mapping[str, RunFacet] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        seed = f"{self.process.namespace}/{self.process.name}/{self.variant}"
        return str(generate_static_uuid(self.begun, seed.encode()))

    @property
    def root(self) -> "Execution":
        return self.parent.root if self.parent else self

    @property
    def parent_id(self) -> str:
        """This run as an integration's `OPENLINEAGE_PARENT_ID` names it."""
        return f"{self.process.namespace}/{self.process.name}/{self.run_id}"

    def event(
        self,
        state: RunState,
        at: datetime,
        inputs: list[InputDataset] | None = None,
        outputs: list[OutputDataset] | None = None,
        **facets: RunFacet,
    ) -> RunEvent:
        """One event of this run."""
        run_facets = {**self.facets, **facets}
        if self.parent:
            run_facets["parent"] = _parent_facet(self.parent)
        return RunEvent(
            eventTime=at.isoformat(timespec="milliseconds"),
            eventType=state,
            producer=self.process.producer,
            run=Run(self.run_id, facets=run_facets),
            job=self.process.described(),
            inputs=inputs or [],
            outputs=outputs or [],
        )

    def completed(
        self,
        at: datetime,
        inputs: list[InputDataset] | None = None,
        outputs: list[OutputDataset] | None = None,
        **facets: RunFacet,
    ) -> Iterator[RunEvent]:
        """A run that went well: what it read and wrote is known at its end."""
        yield self.event(RunState.START, self.begun, inputs, outputs)
        yield self.event(RunState.COMPLETE, at, inputs, outputs, **facets)

    def failed(
        self,
        at: datetime,
        message: str,
        stack_trace: str | None = None,
        inputs: list[InputDataset] | None = None,
        outputs: list[OutputDataset] | None = None,
        language: str = "PYTHON",
    ) -> Iterator[RunEvent]:
        """A run that failed: what it tried to read and write."""
        error = error_message_run.ErrorMessageRunFacet(
            message=message, programmingLanguage=language, stackTrace=stack_trace
        )
        yield self.event(RunState.START, self.begun, inputs, outputs)
        yield self.event(RunState.FAIL, at, inputs, outputs, errorMessage=error)


def _parent_facet(parent: Execution) -> parent_run.ParentRunFacet:
    root = parent.root
    return parent_run.ParentRunFacet(
        run=parent_run.Run(parent.run_id),
        job=parent_run.Job(parent.process.namespace, parent.process.name),
        root=parent_run.Root(
            run=parent_run.RootRun(root.run_id),
            job=parent_run.RootJob(root.process.namespace, root.process.name),
        ),
    )
