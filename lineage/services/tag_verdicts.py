"""How is a tag that came along lineage judged, and how is said how tags follow it?

All of it is curation: dated, journaled, and undone as other changes are.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS
from catalog.curation.subjects import Subject
from catalog.models import Change, ColumnTag, Dataset, Tag
from catalog.services import Changing, Saying, changing
from lineage.classification import keeping, lines, rules, seeds
from lineage.classification.lines import Line
from lineage.classification.spreading import Law
from lineage.graph.veil import Column
from lineage.models import PathRejection, TagRule
from policies import access
from policies.actions import Action
from policies.models import Principal
from policies.reliance import bears_rights

WAY, RULE = "rejected way of a tag", "propagation rule"
CHOICES = {
    "propagation": TagRule.Propagation.values,
    "aggregation": TagRule.Aggregation.values,
    "masking": TagRule.Masking.values,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A tag that came along lineage, or is suggested, with the column that has it."""

    dataset: Dataset  # canonical
    column: str
    tag: Tag

    @classmethod
    def of(cls, row: ColumnTag) -> "Found":
        return cls(row.dataset, row.column, row.tag)

    @property
    def at(self) -> Column:
        return Column(self.dataset.pk, self.column)

    @property
    def subject(self) -> Subject:
        return Subject("dataset", self.dataset, self.column)


def confirm_tags(
    found: Iterable[Found],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Change | None:
    """Say of columns what came along: from now on people say it, whatever flows."""
    with changing(actor=actor, via=via, reason=reason) as making:
        making.say(_saying(one, one.tag) for one in found)
    return making.made


def reject_tags(
    found: Collection[Found], *, actor: Principal | None, via: Change.Via, reason: str
) -> Change | None:
    """Say that tags do not come by the lines by which they do; by others they may.

    Raises Refused without a reason.
    """
    with changing(actor=actor, via=via, reason=_needed(reason)) as making:
        _reject(making, found)
    return making.made


def replace_tags(
    found: Collection[Found],
    other: Tag,
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str,
) -> Change | None:
    """Put another tag in the place of those that came along. Raises Refused."""
    if any(one.tag == other for one in found):
        raise Refused("Another tag is not the same one: confirm it.", field="other")
    with changing(actor=actor, via=via, reason=_needed(reason)) as making:
        _reject(making, found)
        making.say(_saying(one, other) for one in found)
    return making.made


def set_rule(
    tag: Tag,
    said: dict[str, Any],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Change | None:
    """Say how a tag follows the data; all empty takes its own rule back.

    `said` has `propagation`, `aggregation`, `masking` and `masked_as` (a Tag or None).
    Raises Refused, also where rights stand on the tag and the actor may not change
    those: they would reach other columns.
    """
    rule = _rule(tag, said)
    with changing(actor=actor, via=via, reason=reason) as making:
        standing = list(
            TagRule.objects.standing()
            .filter(tag=tag)
            .select_related("tag", "masked_as")
        )
        if [_words(one) for one in standing] == ([_words(rule)] if rule else []):
            return None
        _refuse_borne(tag, actor)
        is_replaced = bool(standing and rule)
        making.close(standing, RULE, "replaced" if is_replaced else "removed")
        if rule:
            making.open([rule], RULE, "set")
        row = rule or standing[0]
        for entry in row.noted(is_said=rule is not None):
            making.journal(entry.act, entry.target, **(entry.changes or {}))
    return making.made


def _saying(found: Found, tag: Tag) -> Saying:
    return Saying(KINDS["tag"], found.subject, {"tag": tag})


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Refused("Say why: whoever comes after has to know.", field="reason")
    return reason.strip()


def _reject(making: Changing, found: Collection[Found]) -> None:
    wanted = {(one.at, one.tag.pk): one for one in found}
    rows = [
        PathRejection(
            dataset=one.dataset,
            column=one.column,
            tag=one.tag,
            source=line.source.dataset,
            source_column=line.source.field,
            how=line.how,
        )
        for one, line in _carrying(wanted)
    ]
    making.open(rows, WAY, "set")
    told = {(row.dataset_id, row.column, row.tag_id): row for row in rows}
    for row in told.values():
        for entry in row.noted(is_said=True):
            making.journal(entry.act, entry.target, **(entry.changes or {}))


def _carrying(
    wanted: dict[tuple[Column, int], Found],
) -> Iterable[tuple[Found, Line]]:
    """The lines by which tags come to columns now, each way once."""
    law = Law(rules.read(), seeds.rejected())
    leading = lines.into({column for column, _ in wanted})
    states = keeping.load({line.source for line in leading})
    seen = set()
    for line in leading:
        for arrival in law.arrivals([line], states):
            one = wanted.get((arrival.target, arrival.tag))
            key = (arrival.target, arrival.tag, line.source, line.how)
            if one is not None and key not in seen:
                seen.add(key)
                yield one, line


def _rule(tag: Tag, said: dict[str, Any]) -> TagRule | None:
    masking, masked_as = said.get("masking", ""), said.get("masked_as")
    becomes = masking == TagRule.Masking.BECOMES
    if becomes and masked_as is None:
        raise Refused("Say which tag a masked value has.", field="masked_as")
    words = {name: said.get(name, "") for name in ("propagation", "aggregation")}
    for name, word in (*words.items(), ("masking", masking)):
        if word and word not in CHOICES[name]:
            known = ", ".join(CHOICES[name])
            raise Refused(f"It is one of {known}, or empty, not {word!r}.", field=name)
    if not any((*words.values(), masking)):
        return None
    return TagRule(
        tag=tag, **words, masking=masking, masked_as=masked_as if becomes else None
    )


def _words(rule: TagRule) -> tuple[Any, ...]:
    return (rule.propagation, rule.aggregation, rule.masking, rule.masked_as_id)


def _refuse_borne(tag: Tag, actor: Principal | None) -> None:
    """Raise Refused where grants reach by the tag, or by one above or below it."""
    if actor is None or access.may(actor, Action.ACCESS_GRANT):
        return
    below = rules.read().below(tag.pk, tag.name)
    if any(bears_rights("tag", pk) for pk in sorted(below)):
        raise Refused(
            f"Grants of access stand on {tag}, or on a tag above or below it. Somebody "
            "who may grant access has to set this rule.",
            field="propagation",
        )
