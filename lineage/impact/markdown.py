"""How does an impact read as a comment on a pull request?

All that comes out of the catalog stands in code spans: no name makes a link, an image
or a mention of somebody.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from lineage.impact.answers import Hit, Impact
from lineage.impact.questions import Question, fails
from lineage.impact.severities import Severity
from lineage.impact.summaries import Summary, summary

HITS = 50  # of each severity
CHANGES = 50
NAMES = 10
TITLES = {
    Severity.BREAKS: "Breaks",
    Severity.ALTERS: "Alters",
    Severity.MAY_ALTER: "May alter",
    Severity.STALE: "Stale",
}


def text(question: Question, found: Impact, address: str | None = None) -> str:
    """The answer as Markdown; `address` is where it can be read as a page."""
    counts = summary(found)
    parts = [
        _head(question, found, counts),
        *_changes(question),
        *_severities(counts),
        *(part for severity in Severity for part in _hits(found, severity)),
        *_whose(counts),
        *_missing(found),
    ]
    if address:
        parts.append(f"[The same, later]({address})")
    parts.append(f"_As recorded until {_time(question.recorded_at)}._")
    return "\n\n".join(parts) + "\n"


def _head(question: Question, found: Impact, counts: Summary) -> str:
    verdict = "Nothing downstream is known to be hit."
    if counts.hits:
        verdict = f"{_number(counts.hits, 'hit')} downstream."
    if question.fail_on is None:
        return f"## Impact\n\n{verdict}"
    word = "**Fails**" if fails(found, question.fail_on) else "**Passes**"
    return f"## Impact\n\n{word} on `{question.fail_on}`: {verdict}"


def _changes(question: Question) -> Iterator[str]:
    told = [str(change) for change in question.changes]
    yield f"### {_number(len(told), 'change')}"
    if told:
        yield "\n".join(f"- {_code(one)}" for one in told[:CHANGES]) + _more(
            told, CHANGES
        )


def _severities(counts: Summary) -> Iterator[str]:
    rows = [(TITLES[one], str(number)) for one, number in counts.told_severities]
    if rows:
        yield _table(("Severity", "Hits"), rows)


def _hits(found: Impact, severity: Severity) -> Iterator[str]:
    hits = [hit for hit in found.hits if hit.severity is severity]
    if not hits:
        return
    yield f"### {TITLES[severity]} ({len(hits)})"
    heads = ("What", "Hops", "Why", "Owners", "Last made", "Checks")
    rows = [_row(hit) for hit in hits[:HITS]]
    yield _table(heads, rows) + _more(hits, HITS)


def _row(hit: Hit) -> Sequence[str]:
    name = f"{hit.asset.name}.{hit.column}" if hit.column else hit.asset.name
    why = hit.rule.sentence if hit.rule else ""
    if hit.late is not None:
        why = _late(hit)
    if hit.is_masked:
        why += " Masked on the way."
    made = hit.schedule
    often = f", every {made.often}" if made and made.often else ""
    return (
        f"{hit.kind} {_code(name)}",
        str(hit.hops),
        why,
        _some(owner.name for owner in hit.owners) or "nobody known",
        f"{_time(made.last)}{often}" if made else "",
        _some(check.name for check in hit.checks),
    )


def _late(hit: Hit) -> str:
    assert hit.late is not None
    if hit.late.since is None:
        return "Nobody can say from when on: it is not made regularly."
    until = f", until {_time(hit.late.until)}" if hit.late.until else ""
    return f"Stale from {_time(hit.late.since)}{until}."


def _whose(counts: Summary) -> Iterator[str]:
    for title, some in (
        ("Owners", counts.owners),
        ("Domains", counts.domains),
        ("Tags", counts.tags),
    ):
        if some:
            told = ", ".join(f"{_code(name)} ({n})" for name, n in some[:NAMES])
            yield f"**{title}**: {told}" + (" …" if len(some) > NAMES else "")
    if counts.unowned:
        yield f"**Without an owner**: {counts.unowned}"


def _missing(found: Impact) -> Iterator[str]:
    said = []
    if found.is_truncated:
        said.append("There is more than is told.")
    if found.withheld:
        said.append(f"{_number(found.withheld, 'place')} on the way withheld from you.")
    if found.silent:
        names = _some(job.name for job in found.silent)
        said.append(f"These jobs do not say which columns they use: {names}.")
    if found.has_hidden_silent:
        said.append("Some jobs that you may not see do not say which columns they use.")
    if found.failed:
        names = _some(job.name for job in found.failed)
        said.append(f"The last runs of these failed: {names}.")
    said += [f"Not compared: {_code(one)}" for one in found.unresolved]
    if said:
        yield "**Not the whole picture**\n\n" + "\n".join(f"- {one}" for one in said)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _more(some: Sequence[object], most: int) -> str:
    return f"\n\n… and {len(some) - most:,} more." if len(some) > most else ""


def _some(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    told = ", ".join(_code(name) for name in found[:NAMES])
    return told + (f" and {len(found) - NAMES} more" if len(found) > NAMES else "")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _code(name: str) -> str:
    """A name as code: what is inside stays what it is, in tables too."""
    plain = "".join(ch if ch.isprintable() else " " for ch in name)
    return "`" + plain.replace("`", "'").replace("|", "\\|") + "`"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
