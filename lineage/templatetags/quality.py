"""How do pages write what is expected, what was found, and how far from the usual?"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Job
from catalog.templatetags.pages import DASH, duration
from lineage.models import Incident, Severity
from lineage.quality import wording
from lineage.quality.assertions import Key, Outcome
from lineage.quality.past import Standing
from lineage.templatetags.runs import pill

register = template.Library()
register.filter("expected", wording.expected)
register.filter("found", wording.found)

SEVERITIES = {
    Severity.INFO: ("hollow", "Info"),
    Severity.WARNING: ("warn", "Warning"),
    Severity.CRITICAL: ("bad", "Critical"),
}
STATES = {
    "open": ("bad", "Open"),
    "acknowledged": ("busy", "Acknowledged"),
    "resolved": ("good", "Resolved"),
    "closed": ("hollow", "Closed"),
    "withdrawn": ("hollow", "Withdrawn"),
}
OUTCOMES: dict[bool | None, tuple[str, str]] = {
    True: ("good", "Passed"),
    False: ("bad", "Failed"),
    None: ("hollow", "Unknown"),
}


@register.filter
def severity(word: str) -> SafeString:
    """A severity, as a pill."""
    return pill(*SEVERITIES[Severity(word)])


@register.filter
def incident_state(incident: Incident) -> SafeString:
    """Where an incident stands, as a pill."""
    return pill(*STATES[incident.state])


@register.filter
def outcome(one: Outcome) -> SafeString:
    """How an assertion came out, as a pill; what only warns is no failure."""
    if one.success is False and one.severity == "warn":
        return pill("warn", "Warns")
    return pill(*OUTCOMES[one.success])


@register.filter
def outcome_tone(one: Outcome) -> str:
    """The colour of an outcome, by name."""
    if one.success is False and one.severity == "warn":
        return "warn"
    return {True: "good", False: "bad", None: "idle"}[one.success]


@register.filter
def outcome_word(one: Outcome) -> str:
    return {True: "passed", False: "failed", None: "unknown"}[one.success]


@register.filter
def choice_of(key: Key) -> str:
    """An assertion as the value of a choice."""
    return json.dumps(key[:3])


@register.filter
def check_of(told: Mapping[str, str]) -> str:
    """The same of what a form said, or an expectation says."""
    return json.dumps([told.get(n, "") for n in ("column", "assertion", "name")])


@register.filter
def took_seconds(seconds: float | None) -> str:
    """A span of seconds as people read it."""
    return DASH if seconds is None else duration(round(seconds * 1000))


@register.filter
def interval(found: timedelta | None) -> str:
    """How far apart things usually are."""
    return DASH if found is None else took_seconds(found.total_seconds())


@register.filter
def percent(share: float | None) -> str:
    """A share in percent, without its sign: `99.2 %`, `100 %`."""
    if share is None:
        return DASH
    return f"{100 * abs(share):.1f}".removesuffix(".0") + " %"


@register.filter
def measured(value: float | None, unit: str) -> str:
    """A number of rows, bytes or seconds as people read it."""
    if value is None:
        return DASH
    if unit == "seconds":
        return took_seconds(value)
    if unit == "bytes":
        return wording.size(value)
    return f"{value:,.1f}".removesuffix(".0")


@register.simple_tag
def run_of(jobs: dict[int, Job], run: Standing | None, at: datetime) -> SafeString:
    """A time as a link to the run that it is of; of a dataset event without one."""
    told = f"{at:%Y-%m-%d %H:%M:%S}"
    job = jobs.get(run.job) if run is not None else None
    if run is None or job is None:
        return format_html('<span class="nums text-nowrap">{}</span>', told)
    url = reverse("run-detail", args=[job.namespace.name, job.name, run.run_id])
    return format_html('<a class="nums text-nowrap" href="{}">{}</a>', url, told)
