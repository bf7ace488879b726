"""What is done with reports, and journaled."""

from reports.services.giving import (
    bytes_of,
    find_file,
    find_report,
    own_report,
    record_download,
    reportable,
)
from reports.services.production import left_behind, produce_report
from reports.services.requests import (
    MOST_UNFINISHED,
    NotRetriable,
    TooManyUnfinished,
    cancel_report,
    delete_report,
    expire_reports,
    request_report,
    retry_report,
)

__all__ = [
    "MOST_UNFINISHED",
    "NotRetriable",
    "TooManyUnfinished",
    "bytes_of",
    "cancel_report",
    "delete_report",
    "expire_reports",
    "find_file",
    "find_report",
    "left_behind",
    "own_report",
    "produce_report",
    "record_download",
    "reportable",
    "request_report",
    "retry_report",
]
