"""What do the drawn examples of docs/lineage.md tell, and what do they draw?

An example is a fenced block `lineage`. Its first lines tell what came in, one after the
other; the others draw what walks answer, behind the word for when.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from lineage.impact import Kind
from tests.lineage.projection.happenings import (
    dataset,
    declared,
    described,
    event,
    identity,
    job_type,
    parent,
    symlinks,
)
from tests.lineage.then.deliveries import Step, merged, retract, says, unsays
from tests.lineage.then.drawings import Edge, drawn

FENCE = re.compile(r"^```lineage\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLD = re.compile(r"(?P<at>\d+|-)  (?P<what>.+)")
RUN = re.compile(
    r"(?P<job>\S+) (?P<run>\S+) (?P<kind>[A-Z]+)(?: under (?P<parent>\S+))?"
    r"(?P<streams>, streaming)?(?:: (?P<io>.+))?"
)
JOB = re.compile(r"(?P<job>\S+) is declared: (?P<io>.+)")
ALIAS = re.compile(r"(?P<name>\S+) is also (?P<alias>\S+)")
DATASET = re.compile(r"(?P<name>\S+) ← (?P<sources>.+)")
SAID = re.compile(
    r"somebody (?P<verb>says|takes back): (?P<source>\S+) → (?P<target>\S+)"
)
RETRACTED = re.compile(r"line (?P<line>\d+) is retracted")
MERGED = re.compile(r"a steward merges (?P<name>\S+) into (?P<other>\S+)")
LABEL = re.compile(
    r"(?:(?P<kept>columns|unmasked|direct)\b ?)?"
    r"(?:(?P<side>into|out of) (?P<start>\S+) ?)?"
    r"(?P<when>now|(?:at (?P<at>\d+))? ?(?:known (?P<known>\d+))?)"
)
CHANGE = re.compile(r"(?P<verb>drop|redefine|erase) (?P<column>\w+\.\w+) ")
CHANGES = {
    "drop": Kind.DROP_COLUMN,
    "redefine": Kind.REDEFINE_COLUMN,
    "erase": Kind.ERASE_SUBJECT,
}
SOURCE = re.compile(r"(?P<name>[^\s(]+)(?: \((?P<how>\w+)\))?")
HOWS = {
    "copied": ("DIRECT", "IDENTITY", False),
    "masked": ("DIRECT", "TRANSFORMATION", True),
    "counted": ("DIRECT", "AGGREGATION", False),
    "filter": ("INDIRECT", "FILTER", False),
}


@dataclass
class Drawing:
    """What is drawn under one label.

    `kept` is of columns, `side` and `start` of the walk from one thing alone; `at` and
    `known` are the cut.
    """

    label: str
    edges: dict[Edge, str]
    kept: str
    side: str
    start: str
    at: int | None
    known: int | None  # a step


@dataclass
class Foreseen:
    """What a change of a column does: how hard it hits what, and by which rule."""

    label: str
    kind: Kind
    column: str
    hits: set[str]


@dataclass
class Example:
    text: str
    steps: list[Step] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    drawings: list[Drawing] = field(default_factory=list)
    foreseen: list[Foreseen] = field(default_factory=list)


def read_examples(document: str) -> list[Example]:
    return [_read(found.group(1)) for found in FENCE.finditer(document)]


def _read(text: str) -> Example:
    told, _, pictures = text.partition("\n\n")
    example = Example(text)
    for line in re.sub(r"\n {3}", " ", told).splitlines():
        found = TOLD.fullmatch(line)
        assert found, f"not understood: {line}"
        example.steps.append(_step(example, found["at"], found["what"]))
        example.columns |= set(re.findall(r"\w+\.\w+", line))
    lines = pictures.splitlines()
    starts = [i for i, line in enumerate(lines) if line[:1].strip()]
    for i, j in zip(starts, [*starts[1:], len(lines)], strict=True):
        some = [line for line in lines[i:j] if line.strip()]
        if change := CHANGE.match(some[0]):
            text = " ".join([some[0][change.end() :], *some[1:]])
            hits = {" ".join(hit.split()) for hit in text.split(",")}
            kind = CHANGES[change["verb"]]
            label = change.group().strip()
            example.foreseen.append(Foreseen(label, kind, change["column"], hits))
        else:
            example.drawings.append(_drawing(some))
    assert example.drawings, text
    return example


def _drawing(lines: list[str]) -> Drawing:
    label = lines[0].partition("  ")[0]
    found = LABEL.fullmatch(label)
    assert found, f"when? {lines[0]}"
    blank = " " * len(label)
    picture = [blank + lines[0][len(label) :], *lines[1:]]
    is_empty = picture[0].strip() == "nothing"
    return Drawing(
        label,
        {} if is_empty else drawn(picture),
        found["kept"] or "",
        found["side"] or "",
        found["start"] or "",
        int(found["at"]) if found["at"] else None,
        int(found["known"]) - 1 if found["known"] else None,
    )


def _step(example: Example, at: str, what: str) -> Step:
    if at == "-":
        return _act(example, what)
    minute = int(at)
    if found := RUN.fullmatch(what):
        more = _io(found["io"] or "")
        if found["streams"]:
            more.setdefault("of_job", {})["jobType"] = job_type("STREAMING")
        if found["parent"]:
            more["parent"] = parent(found["parent"])
        return [event(found["kind"], minute, found["job"], found["run"], **more)]
    if found := JOB.fullmatch(what):
        more = _io(found["io"])
        of_job = more.pop("of_job", {})
        return [declared(minute, found["job"], **more, **of_job)]
    if found := ALIAS.fullmatch(what):
        return [described(minute, found["name"], symlinks=symlinks(found["alias"]))]
    if found := DATASET.fullmatch(what):
        inputs = _stated(found["sources"])
        return [described(minute, found["name"], lineage={"inputs": inputs})]
    raise AssertionError(f"not understood: {what}")


def _act(example: Example, what: str) -> Step:
    if found := SAID.fullmatch(what):
        act = says if found["verb"] == "says" else unsays
        return act(found["source"], found["target"])
    if found := MERGED.fullmatch(what):
        return merged(found["name"], found["other"])
    found = RETRACTED.fullmatch(what)
    assert found, f"not understood: {what}"
    sent = example.steps[int(found["line"]) - 1][0]
    assert isinstance(sent, bytes)
    return retract(sent)


def _io(text: str) -> dict[str, Any]:
    """`a, b → d; d ← a; d.x ← a.x (masked)`: in and out, statements, columns."""
    flow, *lines = text.split("; ")
    if "←" in flow:
        flow, lines = "", [flow, *lines]
    reads, _, writes = flow.partition("→")
    outputs = {name: dataset(name) for name in _names(writes)}
    entries = []
    for line in lines:
        target, _, sources = line.partition(" ← ")
        name, _, column = target.partition(".")
        if column or "." in sources:
            facets = outputs.setdefault(name, dataset(name))["facets"]
            facet = facets.setdefault("columnLineage", {"fields": {}, "dataset": []})
            into = facet["dataset"]
            if column:
                into = facet["fields"].setdefault(column, {"inputFields": []})
                into = into["inputFields"]
            into += _columns(sources)
        else:
            told = {"type": "DATASET", **identity(name), "inputs": _stated(sources)}
            entries.append(told)
    found: dict[str, Any] = {"reads": _names(reads), "writes": [*outputs.values()]}
    return found | ({"of_job": {"lineage": {"entries": entries}}} if entries else {})


def _names(text: str) -> list[str]:
    return [name for name in text.strip().split(", ") if name]


def _stated(sources: str) -> list[dict[str, Any]]:
    names = [] if sources == "nothing" else sources.split(", ")
    return [{"type": "DATASET", **identity(name)} for name in names]


def _columns(sources: str) -> list[dict[str, Any]]:
    told = []
    for source in sources.split(", "):
        found = SOURCE.fullmatch(source)
        assert found, source
        name, _, column = found["name"].partition(".")
        one: dict[str, Any] = {**identity(name), "field": column}
        if found["how"]:
            keys = ("type", "subtype", "masking")
            one["transformations"] = [dict(zip(keys, HOWS[found["how"]], strict=True))]
        told.append(one)
    return told
