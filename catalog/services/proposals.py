"""How is taken up or turned down what producers say of assets?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from catalog.curation import values
from catalog.curation.entries import read_facts
from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, VERDICT
from catalog.curation.proposals import (
    EXCERPT,
    Aspect,
    Claim,
    Owners,
    State,
    Told,
    bare_name,
    proposals_of_many,
)
from catalog.models import (
    Change,
    Dataset,
    Job,
    Proposal,
    Tag,
    Unharvested,
)
from catalog.services.changing import Changing, Saying, changing
from catalog.services.entries import ensure_tag
from policies.models import Principal

FOLDED_AT_ONCE = 500
ACCEPTED_AT_ONCE = 2000


@dataclass
class Judged:
    """What came of judging proposals: those done, and those that cannot be, and why."""

    change: Change | None = None
    done: list[Told] = field(default_factory=list)
    problems: list[tuple[Told, str]] = field(default_factory=list)


def accept_proposals(
    proposals: Iterable[Told],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
    defines_tags: bool = False,
) -> Judged:
    """Say what producers propose, each with its verdict, all in one change.

    What is accepted already is passed over; what was rejected is taken up after all. A
    tag that nobody has defined is, with `defines_tags`; else it is a problem.
    """
    outcome = Judged()
    wanted = [told for told in proposals if told.state is not State.ACCEPTED]
    owners = Owners.of(
        told.claim.value for told in wanted if told.claim.aspect == Aspect.OWNER
    )
    with changing(actor=actor, via=via, reason=reason) as making:
        tags = _tags(making, wanted, defines_tags)
        sayings: list[Saying] = []
        for told in wanted:
            try:
                sayings += _accepting(told, owners, tags)
            except Refused as refusal:
                outcome.problems.append((told, str(refusal)))
            else:
                outcome.done.append(told)
        making.say(sayings)
    outcome.change = making.made
    return outcome


def reject_proposals(
    proposals: Iterable[Told],
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Judged:
    """Turn proposals down for as long as producers say the same."""
    outcome = Judged(done=[told for told in proposals if told.state is State.PENDING])
    with changing(actor=actor, via=via, reason=reason) as making:
        making.say(_verdict(told, is_accepted=False) for told in outcome.done)
    outcome.change = making.made
    return outcome


def fold_proposals(limit: int = FOLDED_AT_ONCE) -> int:
    """Bring proposals up to what events say since; how many notes were worked off.

    Zero is the end. A note is deleted in the transaction that does what it asks for, so
    that nothing is lost with the process.
    """
    with transaction.atomic():
        notes = list(
            Unharvested.objects.select_for_update(skip_locked=True).order_by("pk")[
                :limit
            ]
        )
        _fold_datasets({n.dataset_id for n in notes if n.dataset_id is not None})
        _fold_jobs({n.job_id for n in notes if n.job_id is not None})
        Unharvested.objects.filter(pk__among=[note.pk for note in notes]).delete()
    return len(notes)


def harvest_anew() -> None:
    """Note every dataset and job, so that all proposals are folded again."""
    datasets = Dataset.objects.unrestricted("proposals are made anew")
    jobs = Job.objects.unrestricted("proposals are made anew")
    for rows, key in ((datasets, "dataset_id"), (jobs, "job_id")):
        ids = rows.values_list("pk", flat=True).iterator(chunk_size=5000)
        Unharvested.objects.bulk_create(
            (Unharvested(**{key: pk}) for pk in ids), batch_size=5000
        )


def _accepting(told: Told, owners: Owners, tags: dict[str, Tag]) -> Sequence[Saying]:
    claim, subject = told.claim, told.subject
    kind = KINDS[claim.aspect]
    kind.refuse_level(subject)
    fields: dict[str, Any]
    if claim.aspect == Aspect.OWNER:
        fields = owners.fields(claim)
    elif claim.aspect == Aspect.TAG:
        if claim.content not in tags:
            read_facts(Tag, {"name": claim.content})
            raise Refused(f"There is no tag {claim.content!r}. Define it first.")
        fields = {"tag": tags[claim.content]}
    else:
        fields = {"text": values.text_of(claim.value, "The description")}
    return Saying(kind, subject, fields), _verdict(told, is_accepted=True)


def _verdict(told: Told, *, is_accepted: bool) -> Saying:
    fields = {
        "aspect": str(told.claim.aspect),
        "content": told.claim.content,
        "is_accepted": is_accepted,
    }
    return Saying(VERDICT, told.subject, fields)


def _tags(making: Changing, wanted: list[Told], defines: bool) -> dict[str, Tag]:
    """The tags that are proposed, by name; new ones are defined if that may be."""
    names = {t.claim.content for t in wanted if t.claim.aspect == Aspect.TAG}
    found = {
        tag.name: tag for tag in Tag.objects.current().filter(name__in=list(names))
    }
    for name in sorted(names - found.keys()) if defines else ():
        try:
            spelt = read_facts(Tag, {"name": name})["name"]
        except Refused:
            continue  # told where it is accepted
        if spelt == name:
            found[name] = ensure_tag(making, name)
    return found


def _fold_datasets(ids: set[int]) -> None:
    if not ids:
        return
    known = Dataset.objects.unrestricted("proposals follow facets")
    canonical = known.filter(pk__among=list(ids)).values_list("canonical", flat=True)
    concerned = ids | set(canonical)
    visible = known.visible().filter(pk__among=list(concerned))
    _replace("dataset", concerned, list(visible))


def _fold_jobs(ids: set[int]) -> None:
    if not ids:
        return
    known = Job.objects.unrestricted("proposals follow facets")
    _replace("job", ids, list(known.visible().filter(pk__among=list(ids))))


def _replace(key: str, concerned: set[int], assets: list[Any]) -> None:
    """Make the proposals about assets those that producers make now."""
    rows = Proposal.objects.unrestricted("proposals follow facets")
    standing = {
        (getattr(row, f"{key}_id"), row.column, str(row.aspect), row.content): row
        for row in rows.filter(**{f"{key}__in": list(concerned)})
    }
    fresh = []
    for asset_pk, tolds in proposals_of_many(assets).items():
        for told in tolds:
            identity = (asset_pk, *told.claim.key)
            if before := standing.pop(identity, None):
                if before.is_pending != (told.state is State.PENDING):
                    before.is_pending = told.state is State.PENDING
                    rows.filter(pk=before.pk).update(is_pending=before.is_pending)
                continue
            fresh.append(_row(key, told))
    rows.filter(pk__in=[row.pk for row in standing.values()]).delete()
    Proposal.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)


def _row(key: str, told: Told) -> Proposal:
    claim: Claim = told.claim
    return Proposal(
        namespace_id=told.asset.namespace_id,
        **{key: told.asset},
        column=claim.column,
        aspect=claim.aspect,
        content=claim.content,
        word=bare_name(claim.value) if claim.aspect == Aspect.OWNER else "",
        excerpt=claim.value[:EXCERPT],
        producer=claim.producer,
        is_pending=told.state is State.PENDING,
    )
