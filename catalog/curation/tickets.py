"""Which version of a dataset or job is a change ticket about?"""

import re
from typing import NamedTuple
from uuid import UUID

from catalog import versions
from catalog.curation.faults import Refused
from catalog.curation.subjects import Subject
from catalog.models import ChangeTicket, Dataset, Job

DEFINITION = re.compile("[0-9a-f]{64}|")  # of no version: of all of it


class Version(NamedTuple):
    """A version as lists of versions have it, and the definition that tickets keep."""

    number: int
    id: UUID
    definition: str


def definition_of(subject: Subject, version: str) -> str:
    """What a ticket keeps of a version that is written as its id, as lists have it.

    What it keeps, as exports have it, is taken as it is. Raises Refused.
    """
    version = version.strip().lower()
    if DEFINITION.fullmatch(version):
        return version
    for known in _versions(subject.row):
        if str(known.id) == version:
            return known.definition
    raise Refused(
        f"{subject} has no version {version!r}. A version is written as its id: the "
        "list of its versions has it.",
        field="detail",
    )


def version_of(ticket: ChangeTicket) -> Version | None:
    """The version that a ticket is about; None if it is about all, or there is none."""
    if not ticket.definition:
        return None
    known = _versions(ticket.subject_row)
    return next((v for v in known if v.definition == ticket.definition), None)


def _versions(row: Dataset | Job) -> list[Version]:
    if isinstance(row, Job):
        return [
            Version(v.number, v.id, bytes(v.row.definition).hex())
            for v in versions.of_jobs([row])[row.pk]
        ]
    known = Dataset.objects.unrestricted("all names of a dataset that the edge found")
    [whole] = known.with_names().filter(pk=row.canonical_id)
    return [
        Version(v.number, v.id, v.definition.hex())
        for v in versions.of_datasets([whole])[whole.pk]
    ]
