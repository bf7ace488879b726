"""Which files are taken in: statements, and one kind for each kind of word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.curation import exporting
from catalog.curation.csv_import import Row
from catalog.curation.effects import Foreseen, Outcome, Saying
from catalog.curation.entries import (
    WORDS,
    action_of,
    facts_of,
    read_facts,
    written,
)
from catalog.curation.faults import Refused
from catalog.curation.kinds import Kind
from catalog.curation.planning import ACTIONS, REMOVE, Line, plan
from catalog.curation.subjects import Asker, System
from catalog.models import Entry, OnAsset
from catalog.services.changing import Changing
from catalog.services.entries import define_entry, retire_entry
from catalog.services.importing import REFUSED, Format, Result, trace_of
from policies import access

LINE = ("kind", "namespace", "name", "column", "aspect", "value", "detail", "action")
CELL_MAX = 200  # of a value, as a report tells it


@dataclass(frozen=True, slots=True)
class PlannedLine:
    row: Row
    line: Line
    planned: Saying | Refused


def line_of(row: Row) -> Line:
    """A row of the format of statements, as a line."""
    return Line(**{name: row.cells[name] for name in LINE})


def _prepare_statements(rows: Sequence[Row], asker: Asker) -> list[PlannedLine]:
    lines = [line_of(row) for row in rows]
    fine = [line for row, line in zip(rows, lines, strict=True) if not row.fault]
    planned = iter(plan(fine, asker))
    return [
        PlannedLine(row, line, Refused(row.fault) if row.fault else next(planned))
        for row, line in zip(rows, lines, strict=True)
    ]


def _say_lines(making: Changing, lines: list[PlannedLine]) -> list[Result]:
    sayings = [x.planned for x in lines if isinstance(x.planned, Saying)]
    foreseen = making.say(sayings)
    results, index = [], 0
    for each in lines:
        if isinstance(each.planned, Refused):
            what = _what(each.line)
            results.append(refusal(each.row.number, what, each.planned))
        else:
            results.append(_result(each, foreseen, index))
            index += 1
    return results


def _result(each: PlannedLine, foreseen: Foreseen, index: int) -> Result:
    saying = each.planned
    assert isinstance(saying, Saying)
    outcome = foreseen.outcomes[index]
    before = [_text(saying.kind, row) for row in foreseen.before[index]]
    after = ""
    if saying.fields is not None:
        after = _text(saying.kind, saying.kind.model(**saying.fields))
    message = ""
    if outcome is Outcome.OVERRIDDEN:
        message = "A later line says otherwise of the same."
    return Result(
        each.row.number, _what(each.line), str(outcome), message,
        before="; ".join(before)[:CELL_MAX], after=after[:CELL_MAX],
        trace=trace_of(outcome, after, *before),
    )  # fmt: skip


def refusal(number: int, what: str, refused: Refused) -> Result:
    """The result of a line that cannot be done."""
    return Result(number, what, REFUSED, str(refused), refused.field)


def _text(kind: Kind, row: OnAsset) -> str:
    # A successor may be hidden from who reads this.
    detail = kind.detail(row) if kind.name != "lifecycle" else ""
    return f"{kind.value(row)} ({detail})" if detail else kind.value(row)


def _what(line: Line) -> str:
    return f"{line.aspect.strip()} of {line.named}"[: 2 * CELL_MAX]


def _standing_statements(asker: Asker) -> Iterator[Sequence[object]]:
    for each in exporting.standing(asker):
        yield (
            each.kind, each.namespace, each.name, each.column, each.aspect, each.value,
            each.detail, "", "",
        )  # fmt: skip


STATEMENTS = Format(
    name="statements",
    title="Statements",
    columns=(*LINE, "reason"),
    needed=frozenset({"kind", "name", "aspect", "value"}),
    examples=tuple(
        tuple(example.split("|"))
        for example in (
            "dataset|postgres://db:5432|shop.orders||owner|group:Sales|business||",
            "dataset|postgres://db:5432|shop.orders|email|tag|PII.email|||",
            "dataset|postgres://db:5432|shop.orders||tier|1|||Revenue is made of it.",
            "namespace||postgres://db:5432||retention|7 years|||",
        )
    ),
    prepare=_prepare_statements,
    carry_out=_say_lines,
    standing=_standing_statements,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryLines:
    rows: Sequence[Row]
    asker: Asker


class EntryFormat:
    """The file of one kind of word: its first column is called after the kind."""

    def __init__(self, word: str, example: tuple[str, ...]) -> None:
        self.model: type[Any] = WORDS[word]
        self.key = {"properties": "property"}.get(word, word.removesuffix("s"))
        self.facts = [name for name in self.model.FACTS if name != "name"]
        columns = (self.key, *map(self.spelt, self.facts))
        self.format = Format(
            name=word,
            title=word.capitalize(),
            columns=(*columns, "action", "reason"),
            needed=frozenset(columns),  # what was left out would be emptied
            examples=((*example, "", ""),),
            prepare=EntryLines,
            carry_out=self.define_lines,
            standing=self.standing,
        )

    def spelt(self, fact: str) -> str:
        """The column of a fact."""
        return "freshness" if fact == "freshness_seconds" else fact

    def define_lines(self, making: Changing, lines: EntryLines) -> list[Result]:
        """Define and retire entries, one line after the other."""
        action = action_of(self.model)
        may = isinstance(lines.asker, System) or access.may(lines.asker, action)
        results = []
        for row in lines.rows:
            what = f"{self.key} {row.cells.get(self.key, '').strip()}"[:CELL_MAX]
            try:
                if row.fault or not may:
                    lacking = f"This needs the right {action}, which you do not have."
                    raise Refused(row.fault or lacking, field=self.key)
                results.append(self._do(making, row, what))
            except Refused as refused:
                field = self.key if refused.field == "name" else refused.field
                found = Refused(str(refused), field=self.spelt(field))
                results.append(refusal(row.number, what, found))
        return results

    def _do(self, making: Changing, row: Row, what: str) -> Result:
        action = row.cells["action"].strip().lower()
        if action not in ("", *ACTIONS):
            raise Refused(
                f"An action is one of {', '.join(ACTIONS)}, not {action!r}.",
                field="action",
            )
        told = {"name": row.cells[self.key]}
        if action != REMOVE:
            told |= {fact: row.cells[self.spelt(fact)] for fact in self.facts}
        facts = read_facts(self.model, told)
        entry = self.model.objects.current().filter(name=facts["name"]).first()
        if action == REMOVE:
            return self._retire(making, row, entry, what)
        before = facts_of(entry) if entry else {}
        after = define_entry(making, self.model, facts, entry)
        outcome = Outcome.REPLACED if before else Outcome.NEW
        if before == facts_of(after):
            outcome = Outcome.UNCHANGED
        changed = _differences(before, after)[:CELL_MAX]
        trace = trace_of(outcome, before, facts_of(after))
        return Result(row.number, what, str(outcome), after=changed, trace=trace)

    def _retire(
        self, making: Changing, row: Row, entry: Entry | None, what: str
    ) -> Result:
        if entry is None:
            return Result(row.number, what, str(Outcome.UNCHANGED))
        retire_entry(making, entry)
        return Result(row.number, what, str(Outcome.REMOVED), before=entry.name)

    def standing(self, asker: Asker) -> Iterator[Sequence[object]]:
        """The entries as their file has them; everybody may read them."""
        for entry in self.model.objects.current().order_by("name"):
            told = written(entry)
            yield (entry.name, *(told[fact] for fact in self.facts), "", "")


def _differences(before: dict[str, Any], entry: Entry) -> str:
    """Which facts are other than before."""
    names = [
        name for name, value in facts_of(entry).items() if value != before.get(name)
    ]
    told = (name.removesuffix("_id").replace("_", " ") for name in names)
    return ", ".join(name for name in told if name != "is retired")


_ENTRY_EXAMPLES = {
    "domains": "Sales/Web|What is sold on the web.",
    "tags": "PII.email|An address of a person.",
    "terms": "Order|What a customer buys at once.|purchase; sale||Sales",
    "products": "Order book|All orders.|Planning|Sales|24 hours|No order twice.",
    "properties": "review date|When it was last looked at.|date|||dataset; job",
}
DOMAINS, TAGS, TERMS, PRODUCTS, PROPERTIES = (
    EntryFormat(word, tuple(example.split("|"))).format
    for word, example in _ENTRY_EXAMPLES.items()
)
