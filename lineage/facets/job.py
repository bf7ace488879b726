"""What do the facets of a job say?"""

import msgspec


class EmissionPattern(msgspec.Struct, frozen=True, rename="camel"):
    event_trigger: str = ""
    event_content_mode: str = ""
    window_duration: int | None = None


class SentJobType(msgspec.Struct, frozen=True, rename="camel"):
    processing_type: str = ""
    integration: str = ""
    job_type: str = ""
    emission_pattern: EmissionPattern | None = None


class JobType(msgspec.Struct, frozen=True):
    """What kind of job it is, and how its events are to be merged.

    The words are in upper case: BATCH, STREAMING or SERVICE; ACCUMULATIVE or
    COMPLETE_SNAPSHOT.
    """

    processing_type: str
    integration: str
    job_type: str
    event_trigger: str
    event_content_mode: str
    window_duration: int | None


def read_job_type(sent: SentJobType, _: object) -> JobType:
    pattern = sent.emission_pattern or EmissionPattern()
    return JobType(
        sent.processing_type.upper(),
        sent.integration,
        sent.job_type,
        pattern.event_trigger.upper(),
        pattern.event_content_mode.upper(),
        pattern.window_duration,
    )


class Sql(msgspec.Struct, frozen=True):
    query: str = ""
    dialect: str = ""


class SourceCode(msgspec.Struct, frozen=True, rename="camel"):
    language: str = ""
    source_code: str = ""


class SourceCodeLocation(msgspec.Struct, frozen=True, rename="camel"):
    type: str = ""
    url: str = ""
    repo_url: str = ""
    path: str = ""
    version: str = ""
    tag: str = ""
    branch: str = ""
    pull_request_number: str = ""
