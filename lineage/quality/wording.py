"""What is expected and what was found, in words."""

from datetime import datetime

from lineage.models import Expectation, ExpectationKind, Incident
from lineage.models.quality import span

UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def expected(row: Expectation) -> str:
    """What is expected, in words."""
    match ExpectationKind(row.kind):
        case ExpectationKind.FRESH:
            return f"written within {span(row.bound or 0)}"
        case ExpectationKind.ROWS:
            return f"at least {row.bound or 0:,} rows"
        case ExpectationKind.SIZE:
            return f"at least {size(row.bound or 0)}"
        case ExpectationKind.COLUMNS:
            return "no column is lost"
    words = " ".join(filter(None, (row.assertion, row.name)))
    on = f" on {row.column}" if row.column else ""
    return f"{words}{on} holds"


def found(incident: Incident) -> str:
    """What was found instead, in words."""
    facts = incident.facts
    match ExpectationKind(incident.expectation.kind):
        case ExpectationKind.FRESH if facts.get("lastWrite"):
            at = datetime.fromisoformat(facts["lastWrite"])
            return f"last written {at:%Y-%m-%d %H:%M} UTC"
        case ExpectationKind.FRESH:
            return "never written, as far as is known"
        case ExpectationKind.ROWS:
            return f"{facts.get('rows', 0):,} rows"
        case ExpectationKind.SIZE:
            return size(facts.get("bytes", 0))
        case ExpectationKind.COLUMNS:
            return f"lost: {', '.join(facts.get('lost', ()))}"
    failing = facts.get("failing", ())
    said = [one.get("actual") for one in failing if one.get("actual")]
    if said:
        return f"failed, found {'; '.join(said)}"
    return f"failed ({len(failing)})" if len(failing) > 1 else "failed"


def size(number: float) -> str:
    """An amount of bytes in the unit that fits."""
    for unit in UNITS:
        if number < 1000 or unit == UNITS[-1]:
            return f"{number:,.1f}".removesuffix(".0") + f" {unit}"
        number /= 1000
    raise AssertionError("the last unit fits all")
