"""How is something expected of a dataset, said otherwise, and expected no more?"""

from catalog.curation.faults import Refused
from catalog.models import Change, Dataset
from catalog.services import Changing, changing
from lineage.models import Expectation, Incident
from lineage.quality.expecting import Wanted
from policies.models import Principal

LABEL = "expectation"


class ExpectationEnded(Refused):
    """Somebody has ended the expectation already, or said it anew."""


class AlreadyExpected(Refused):
    """One of this kind and severity stands."""


def set_expectation(
    dataset: Dataset,
    wanted: Wanted,
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Expectation:
    """Expect something of a canonical dataset. Raises AlreadyExpected."""
    with changing(actor=actor, via=via, reason=reason) as making:
        row = wanted.row(dataset)
        _refuse_twice(row)
        _open(making, row)
    return row


def revise_expectation(
    expectation: Expectation,
    wanted: Wanted,
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Expectation:
    """Say an expectation anew; answers the row in its place. An incident goes on.

    Raises ExpectationEnded, AlreadyExpected.
    """
    with changing(actor=actor, via=via, reason=reason) as making:
        standing = _standing(expectation)
        row = wanted.row(standing.dataset)
        row.identity = standing.identity
        _refuse_twice(row)
        making.close([standing], LABEL, "replaced")
        _open(making, row)
        # What was closed by hand was so by the other values.
        closed = Incident.objects.filter(identity=row.identity, is_silenced=True)
        closed.update(is_silenced=False)
    return row


def end_expectation(
    expectation: Expectation,
    *,
    actor: Principal | None,
    via: Change.Via,
    reason: str = "",
) -> Change | None:
    """Expect it no more; it stays to be read. Raises ExpectationEnded."""
    with changing(actor=actor, via=via, reason=reason) as making:
        standing = _standing(expectation)
        making.close([standing], LABEL, "ended")
        for entry in standing.noted(is_said=False):
            making.journal(entry.act, entry.target, **(entry.changes or {}))
    return making.made


def _open(making: Changing, row: Expectation) -> None:
    making.open([row], LABEL, "set")
    for entry in row.noted(is_said=True):
        making.journal(entry.act, entry.target, **(entry.changes or {}))


def _standing(expectation: Expectation) -> Expectation:
    rows = Expectation.objects.standing().told()
    found = rows.filter(pk=expectation.pk).first()
    if found is None:
        raise ExpectationEnded("It is expected no more, or was said anew since.")
    return found


def _refuse_twice(row: Expectation) -> None:
    same = Expectation.objects.standing().filter(
        dataset__canonical=row.dataset.canonical_id,
        kind=row.kind,
        severity=row.severity,
        column=row.column,
        assertion=row.assertion,
        name=row.name,
    )
    if same.exclude(identity=row.identity).exists():
        raise AlreadyExpected(
            f"This is expected already with the severity {row.severity}: change that "
            "one, or choose another severity.",
            field="severity",
        )
