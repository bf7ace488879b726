"""What do the facets of a run say?"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from lineage.conformance import Conformance
from lineage.facets.shapes import Identity, instant, parent_run_uuid, usable
from lineage.identities import is_run_uuid
from lineage.json_text import pointer

MAX_KIND_CHARACTERS = 255  # of the way in which one job depends on another


class Ancestor(msgspec.Struct, frozen=True):
    """A run of a job. `external_run_id` is the runId as sent, where that is no UUID."""

    run_id: UUID
    external_run_id: str | None
    job_namespace: str
    job_name: str


class Parent(msgspec.Struct, frozen=True):
    """The run that contains this one, and the outermost one; each may be unusable."""

    parent: Ancestor | None
    root: Ancestor | None

    @property
    def ancestors(self) -> tuple[Ancestor, ...]:
        return tuple(one for one in (self.parent, self.root) if one is not None)


class _RunLink(msgspec.Struct, frozen=True):
    run_id: str = msgspec.field(name="runId")


class _Link(msgspec.Struct, frozen=True):
    run: _RunLink | None = None
    job: Identity | None = None


class SentParent(msgspec.Struct, frozen=True):
    run: _RunLink | None = None
    job: Identity | None = None
    root: _Link | None = None


def read_parent(sent: SentParent, warnings: list[Conformance]) -> Parent:
    root = None
    if sent.root is not None:
        root = _ancestor(sent.root.run, sent.root.job, "/root", warnings)
    return Parent(_ancestor(sent.run, sent.job, "", warnings), root)


def _ancestor(
    run: _RunLink | None, job: Identity | None, at: str, warnings: list[Conformance]
) -> Ancestor | None:
    if run is None or job is None:
        member = "run" if run is None else "job"
        warnings.append(
            Conformance(f"{at}/{member}", "member_missing", f"It lacks its {member}.")
        )
        return None
    if not usable(job.namespace, job.name, f"{at}/job", warnings):
        return None
    if not usable(job.namespace, run.run_id, f"{at}/run/runId", warnings):
        return None
    external = None if is_run_uuid(run.run_id) else run.run_id
    if external is not None:
        warnings.append(
            Conformance(
                f"{at}/run/runId",
                "run_id_no_uuid",
                "A runId that is no UUID was hashed to one.",
            )
        )
    run_id = parent_run_uuid(job.namespace, job.name, run.run_id)
    return Ancestor(run_id, external, job.namespace, job.name)


class NominalTime(msgspec.Struct, frozen=True):
    """The time that the run was scheduled for."""

    start: datetime | None
    end: datetime | None


class SentNominalTime(msgspec.Struct, frozen=True):
    start: str = msgspec.field(name="nominalStartTime", default="")
    end: str | None = msgspec.field(name="nominalEndTime", default=None)


def read_nominal_time(
    sent: SentNominalTime, warnings: list[Conformance]
) -> NominalTime:
    return NominalTime(
        instant(sent.start, "/nominalStartTime", warnings),
        instant(sent.end or "", "/nominalEndTime", warnings),
    )


class ProcessingEngine(msgspec.Struct, frozen=True):
    version: str = ""
    name: str = ""
    adapter_version: str = msgspec.field(name="openlineageAdapterVersion", default="")


class ErrorMessage(msgspec.Struct, frozen=True, rename="camel"):
    message: str = ""
    programming_language: str = ""
    stack_trace: str = ""


class ExternalQuery(msgspec.Struct, frozen=True, rename="camel"):
    external_query_id: str = ""
    source: str = ""


class ExtractionFault(msgspec.Struct, frozen=True, rename="camel"):
    error_message: str = ""
    stack_trace: str = ""
    task: str = ""
    task_number: int | None = None


class ExtractionError(msgspec.Struct, frozen=True, rename="camel"):
    """What the producer could not understand: its lineage is incomplete."""

    total_tasks: int | None = None
    failed_tasks: int | None = None
    errors: tuple[ExtractionFault, ...] = ()


class EnvironmentVariable(msgspec.Struct, frozen=True):
    name: str
    value: str = ""


class EnvironmentVariables(msgspec.Struct, frozen=True, rename="camel"):
    environment_variables: tuple[EnvironmentVariable, ...] = ()


class ExecutionParameter(msgspec.Struct, frozen=True):
    key: str
    name: str = ""
    description: str = ""
    value: str | None = None


class ExecutionParameters(msgspec.Struct, frozen=True):
    parameters: tuple[ExecutionParameter, ...] = ()


class JobDependency(msgspec.Struct, frozen=True):
    """Control flow: `direction` says on which side of this run the other job is."""

    direction: Literal["upstream", "downstream"]
    job_namespace: str
    job_name: str
    run_id: UUID | None
    dependency_type: str
    sequence_trigger_rule: str
    status_trigger_rule: str


class JobDependencies(msgspec.Struct, frozen=True):
    dependencies: tuple[JobDependency, ...]
    trigger_rule: str


class _SentDependency(msgspec.Struct, frozen=True):
    job: Identity
    run: _RunLink | None = None
    dependency_type: str = ""
    # The documentation's name for the same thing.
    type: str = ""
    sequence_trigger_rule: str = ""
    status_trigger_rule: str = ""


class SentJobDependencies(msgspec.Struct, frozen=True):
    upstream: tuple[_SentDependency, ...] | None = None
    downstream: tuple[_SentDependency, ...] | None = None
    trigger_rule: str = ""


def read_job_dependencies(
    sent: SentJobDependencies, warnings: list[Conformance]
) -> JobDependencies:
    dependencies = [
        dependency
        for direction, sent_ones in (
            ("upstream", sent.upstream),
            ("downstream", sent.downstream),
        )
        for index, one in enumerate(sent_ones or ())
        if (
            dependency := _dependency(
                direction, one, pointer(direction, index), warnings
            )
        )
    ]
    return JobDependencies(tuple(dependencies), sent.trigger_rule)


def _dependency(
    direction: str, sent: _SentDependency, at: str, warnings: list[Conformance]
) -> JobDependency | None:
    job = sent.job
    if not usable(job.namespace, job.name, f"{at}/job", warnings):
        return None
    run_id = None
    if sent.run is not None and sent.run.run_id.strip():
        run_id = parent_run_uuid(job.namespace, job.name, sent.run.run_id)
    kind = sent.dependency_type or sent.type
    if len(kind) > MAX_KIND_CHARACTERS:
        message = f"Only the first {MAX_KIND_CHARACTERS} characters were read."
        warnings.append(Conformance(f"{at}/dependency_type", "text_cut", message))
    return JobDependency(
        "upstream" if direction == "upstream" else "downstream",
        job.namespace,
        job.name,
        run_id,
        kind[:MAX_KIND_CHARACTERS],
        sent.sequence_trigger_rule,
        sent.status_trigger_rule,
    )


class Test(msgspec.Struct, frozen=True, rename="camel"):
    """One check that the run made. Its severity does not change its status."""

    __test__ = False

    name: str
    status: str = ""
    severity: str = ""
    type: str = ""
    description: str = ""
    expected: str = ""
    actual: str = ""
    content: str = ""
    content_type: str = ""
    params: Any = None


class Tests(msgspec.Struct, frozen=True):
    __test__ = False

    tests: tuple[Test, ...] = ()
