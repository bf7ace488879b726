"""How does somebody cease to answer for something, told by the row that says so?"""

from catalog.models import Change, Ownership
from catalog.services.changing import changing
from policies.models import Principal


def end_ownership(statement: int, *, actor: Principal | None, reason: str) -> bool:
    """Take an ownership back; whether it still stood. It can be undone like any."""
    with changing(actor=actor, via=Change.Via.PAGE, reason=reason) as change:
        row = Ownership.objects.standing().filter(pk=statement).first()
        if row is None:
            return False
        change.close([row], "owner", "removed")
        change.note(row, is_said=False)
    return True
