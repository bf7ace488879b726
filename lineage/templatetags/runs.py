"""How do pages write what became of runs, edges and events?"""

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.templatetags.pages import duration
from lineage import runs
from lineage.checks import Check
from lineage.models import Edge, Event, Run

register = template.Library()

RUN_STATES = {
    Run.State.UNKNOWN: ("", "Not begun"),
    Run.State.RUNNING: ("busy", "Running"),
    Run.State.COMPLETED: ("good", "Completed"),
    Run.State.ABORTED: ("warn", "Aborted"),
    Run.State.FAILED: ("bad", "Failed"),
}
CHECKS = {
    "pass": ("good", "passed"),
    "fail": ("bad", "failed"),
    "skip": ("hollow", "skipped"),
}
EDGES = {
    Edge.Status.EFFECTIVE: (
        "good",
        "Effective",
        "Part of what the job reads and writes now.",
    ),
    Edge.Status.ATTEMPT: (
        "warn",
        "Attempt",
        "No run of the job ever completed: this is what its latest attempt touched.",
    ),
    Edge.Status.FORMER: (
        "hollow",
        "Former",
        "A completed run had it, the job as it is now has not.",
    ),
    Edge.Status.ATTEMPTED: (
        "hollow",
        "Attempted",
        "Only runs that never completed had it.",
    ),
}
EVENT_TYPES = {
    Event.Type.ABSENT: ("hollow", "No type"),
    Event.Type.START: ("busy", "Start"),
    Event.Type.RUNNING: ("busy", "Running"),
    Event.Type.COMPLETE: ("good", "Complete"),
    Event.Type.ABORT: ("warn", "Abort"),
    Event.Type.FAIL: ("bad", "Fail"),
    Event.Type.OTHER: ("hollow", "Other"),
}
EVENT_STATUSES = {
    Event.Status.APPLIED: ("good", "Applied"),
    Event.Status.NOT_APPLIED: ("bad", "Not applied"),
    Event.Status.RETRACTED: ("warn", "Retracted"),
    Event.Status.PENDING: ("busy", "Pending"),
}


@register.filter
def run_state(run: Run) -> SafeString:
    """The run's state, as a pill."""
    return pill(*RUN_STATES[Run.State(run.state)])


@register.filter
def run_tone(run: Run) -> str:
    """The colour of the run's state, by name."""
    return RUN_STATES[Run.State(run.state)][0] or "idle"


@register.filter
def took_bar(run: Run, longest: int) -> SafeString:
    """How long the run took beside the longest one on the page, as a bar."""
    share = 100 * max(0, runs.duration_ms(run) or 0) / longest
    return format_html(
        '<svg class="took" viewBox="0 0 100 6" preserveAspectRatio="none" '
        'aria-hidden="true"><rect class="took-{}" width="{}" height="6"/></svg>',
        run_tone(run),
        f"{share:.1f}",
    )


@register.filter
def took(run: Run) -> str:
    """How long the run took, or has been going."""
    if run.state == Run.State.RUNNING and run.started_at is not None:
        since = timezone.now() - run.started_at
        return f"{duration(max(0, round(since.total_seconds() * 1000)))} so far"
    return duration(runs.duration_ms(run))


@register.filter
def check_outcome(check: Check) -> SafeString:
    """A check's outcome, as a pill; a failure that only warns is no failure."""
    tone, word = CHECKS.get(check.outcome, ("hollow", check.outcome or "unknown"))
    if check.outcome == "fail" and check.severity == "warn":
        return pill("warn", "Warns")
    return pill(tone, word.capitalize())


@register.filter
def edge_status(status: int) -> SafeString:
    """Whether an edge still holds, as a pill; what that means on hover."""
    tone, word, meaning = EDGES[Edge.Status(status)]
    return pill(tone, word, meaning)


@register.simple_tag
def manual_mark() -> SafeString:
    """That people declare something which no producer need report, as a pill."""
    return pill("hollow", "Manual", "Somebody declared it: see who, when and why.")


@register.filter
def event_type(event: Event) -> SafeString:
    """A run event's type; for the others, which kind of event it is."""
    if event.kind != Event.Kind.RUN:
        return pill("hollow", f"{Event.Kind(event.kind).label} event".capitalize())
    return pill(*EVENT_TYPES[Event.Type(event.type)])


@register.filter
def event_status(event: Event) -> SafeString:
    """Whether the catalog shows what an event says."""
    return pill(*EVENT_STATUSES[Event.Status(event.status)])


@register.filter
def hexadecimal(digest: bytes | memoryview) -> str:
    """A digest as its address has it."""
    return bytes(digest).hex()


def pill(tone: str, word: str, meaning: str = "") -> SafeString:
    """A word with a coloured dot."""
    return format_html(
        '<span class="pill{}"{}>{}</span>',
        f" pill-{tone}" if tone else "",
        format_html(' title="{}"', meaning) if meaning else "",
        word,
    )
