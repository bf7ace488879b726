"""How is declared what no OpenLineage event can say: a namespace's owner, a source?"""

from typing import Any

from django.db.models import QuerySet

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Namespace, Ownership, Source
from catalog.services import Saying, changing, define_entry, say
from lineage.writing import writing
from policies import audit
from policies.models import Principal

_REASON = "a service acts on what the edge has permitted"
# Marquez's owners are nobody's accounts: a plain name, which gives no rights.
OWNER_KIND = "technical"


def declare_namespace(
    name: str, owner: str | None, description: str | None, *, actor: Principal | None
) -> Namespace:
    """Make a namespace known, with an owner and a description; hidden no more.

    What is None stays as it is. The owner takes the place of the one who was declared
    so before. It survives a rebuild: no event has said it.
    """
    rows = Namespace.objects.unrestricted(_REASON)
    with writing() as writer:
        at = writer.recorded_at
        row, _ = rows.get_or_create(
            name=name, defaults={"created_at": at, "updated_at": at}
        )
        is_new = row.declared_at is None
        row.declared_at = row.declared_at or at
        row.updated_at, row.hidden_at = at, None
        row.save(update_fields=["declared_at", "updated_at", "hidden_at"])
        say(_sayings(row, owner, description), actor=actor, via=Change.Via.API)
        if is_new:
            target = audit.Target("catalog.namespace", (name,))
            audit.record(audit.Act.NAMESPACE_DECLARED, target, actor=actor)
    return row


def declare_source(facts: dict[str, Any], *, actor: Principal | None) -> Source:
    """Define a source by these facts, or change the one of that name to them.

    Raises catalog.curation.faults.Refused.
    """
    with changing(actor=actor, via=Change.Via.API) as making:
        entry = Source.objects.current().filter(name=facts["name"]).first()
        return define_entry(making, Source, facts, entry)


def plain_owners(namespace: Namespace) -> QuerySet[Ownership]:
    """Those who were declared as owners of a namespace by a plain name."""
    standing = Ownership.objects.standing().filter(namespace=namespace)
    return standing.filter(kind=OWNER_KIND).exclude(name="")


def _sayings(
    row: Namespace, owner: str | None, description: str | None
) -> list[Saying]:
    subject = Subject("namespace", row)
    sayings = []
    if owner is not None:
        kind = KINDS["owner"]
        fields = kind.fields_of(subject, Written(f"name:{owner}", OWNER_KIND))
        sayings += [
            Saying(kind, subject, None, kind.identity_of(before))
            for before in plain_owners(row)
            if before.name != fields["name"]
        ]
        sayings.append(Saying(kind, subject, fields))
    if description is not None:
        kind = KINDS["description"]
        told = kind.fields_of(subject, Written(description))
        sayings.append(Saying(kind, subject, told))
    return sayings
