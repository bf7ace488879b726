"""Which small shapes do the readings of several facets share?"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid3

import msgspec

from lineage.conformance import Conformance
from lineage.event_time import NoInstant, read_time
from lineage.identities import is_run_uuid, misfit

# What a PostgreSQL bigint holds, from zero on: rows, bytes, files.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Ordinal = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]


class Identity(msgspec.Struct, frozen=True):
    """Something named by namespace and name."""

    namespace: str
    name: str


class Transformation(msgspec.Struct, frozen=True):
    """How a value of the input becomes one of the output. An empty type is unknown."""

    type: str = ""
    subtype: str = ""
    description: str = ""
    masking: bool = False


def usable(namespace: str, name: str, at: str, warnings: list[Conformance]) -> bool:
    """Can the identity that a facet names be stored? Warns where it cannot."""
    fault = misfit(namespace, name)
    if fault is not None:
        warnings.append(
            Conformance(at, "identity_unusable", f"{fault.message} It was not read.")
        )
    return fault is None


def instant(text: str, at: str, warnings: list[Conformance]) -> datetime | None:
    """Read a time forgivingly: a date alone is its midnight, in UTC."""
    if not text:
        return None
    try:
        read, has_zone = read_time(text)
    except NoInstant:
        try:
            midnight = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            warnings.append(
                Conformance(at, "time_invalid", "It names no instant; it was not read.")
            )
            return None
        warnings.append(
            Conformance(at, "time_invalid", "A date was read as its midnight, in UTC.")
        )
        return midnight
    if not has_zone:
        warnings.append(
            Conformance(at, "zone_missing", "A time without a zone was read as UTC.")
        )
    return read


def parent_run_uuid(namespace: str, job_name: str, run_id: str) -> UUID:
    """Identify a run that a facet names, without a UUID as Airflow used to.

    They derive it from the namespace, the DAG (the job's name up to its last dot) and
    the run's own id.
    """
    if is_run_uuid(run_id):
        return UUID(run_id)
    dag = job_name.rpartition(".")[0] or job_name
    return uuid3(NAMESPACE_URL, f"{namespace}.{dag}.{run_id}")
