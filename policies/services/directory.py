"""People and groups, brought in step with the directory: one at sign-in, or all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from policies import audit
from policies.models import Grant, Group, HeldChange, Membership, Principal
from policies.second_person import Proposed, groups_around, rule_over, scopes_held
from policies.services.groups import (
    FollowsDirectory,
    add_member,
    create_group,
    remove_member,
)
from policies.services.principals import (
    change_principal,
    create_principal,
    set_active,
)
from policies.signing_in.directory import USERNAME_MAX, Person

LEAVERS_LEAST = 5  # so many may always leave at once
LEAVERS_SHARE = 0.2  # of all who are synchronised
WHY = "the directory says so"
EVERY_GROUP = "*"
GROUP_NAME_MAX = 150


class NotLetIn(PermissionError):
    """The directory's person is stopped here; the message says what to do."""


class TooManyLeavers(RuntimeError):
    """A file that lacks so many people is more likely to be cut short than true."""


class NotSynchronised(ValueError):
    """Somebody of this name is known here, and did not come from the directory."""


@dataclass(slots=True)
class Steps:
    """What was done, in words, for whoever looks at a plan."""

    said: list[str] = field(default_factory=list)
    leavers: int = 0

    def add(self, words: str) -> None:
        self.said.append(words)


def mapped_groups() -> dict[str, str]:
    """Which group of the directory is which here, as HEADWATER_OIDC_GROUPS has it."""
    pairs = (each.partition("=") for each in settings.HEADWATER_OIDC_GROUPS.split(","))
    return {
        there.strip(): here.strip() or there.strip()
        for there, _, here in pairs
        if there.strip() and there.strip() != EVERY_GROUP
    }


def takes_every_group() -> bool:
    told = settings.HEADWATER_OIDC_GROUPS.split(",")
    return EVERY_GROUP in (each.strip() for each in told)


@transaction.atomic
def follow_directory(
    group: Group, directory_name: str, *, actor: Principal | None
) -> None:
    """Let the directory say who belongs to a group; "" lets people do so again.

    Who was put in by hand stays until the directory is next asked about them.
    Raises IntegrityError if another group follows the same one, and FollowsDirectory
    where a second person is asked about who belongs to it: a directory asks none.
    """
    before = Group.objects.select_for_update().get(pk=group.pk)
    if before.directory_name == directory_name:
        return
    if directory_name and actor is not None and rule_over(_letting_in(group)):
        raise FollowsDirectory(
            f"A second person has to approve who comes into {group}, and a directory "
            "asks nobody. Whoever runs the server can let it follow one: manage.py "
            "policy apply."
        )
    group.directory_name = directory_name
    group.save(update_fields=["directory_name"])
    audit.record(
        audit.Act.GROUP_CHANGED,
        group,
        actor=actor,
        changes={"directory_name": [before.directory_name, directory_name]},
    )


def _letting_in(group: Group) -> Proposed:
    """What it would be to let anybody into a group, and anybody out."""
    around = groups_around(group)
    return Proposed(
        HeldChange.Kind.ADD_MEMBER,
        {},
        scopes=[
            scope for effect in Grant.Effect for scope in scopes_held(around, effect)
        ],
        owning=around,
    )


@transaction.atomic
def admit(person: Person, *, issuer: str) -> Principal:
    """Whom the provider vouches for: known by issuer and subject, or made now.

    Nobody is found by a name or an address: a person who has those of somebody else is
    somebody new, without rights. Name, address and groups follow the directory.
    Raises NotLetIn.
    """
    steps = Steps()
    principal = _known(person, issuer) or _made(person, issuer, steps)
    if not principal.is_active:
        raise NotLetIn(
            "This account is stopped. An administrator can let you in again."
        )
    _follow_facts(principal, person, steps)
    ensure_groups(person.groups)
    _follow_groups(principal, person.groups, steps)
    return principal


@transaction.atomic
def synchronise(
    people: Iterable[Person],
    *,
    issuer: str,
    is_complete: bool,
    adopts: bool = False,
    leavers_most: int | None = None,
    actor: Principal | None,
) -> Steps:
    """Bring all people in step with a file of the directory; what was done.

    With `is_complete`, who came from the directory and is not in it has left, and is
    stopped. With `adopts`, people of the same name who were made by hand become the
    directory's. Raises TooManyLeavers, NotSynchronised, LastAdministrator.
    """
    steps, named = Steps(), set()
    told = list(people)
    ensure_groups(frozenset().union(*(person.groups for person in told)))
    for person in told:
        principal = _known(person, issuer) or _by_name(person, issuer, adopts, steps)
        if principal is None:
            if not person.is_active:
                continue  # left before they came
            principal = _made(person, issuer, steps)
        named.add(principal.pk)
        _follow_activity(principal, person.is_active, steps, actor)
        if principal.is_active:
            _follow_facts(principal, person, steps)
            _follow_groups(principal, person.groups, steps)
    if is_complete:
        gone = Principal.objects.active().filter(is_synchronised=True)
        for principal in gone.exclude(pk__in=named).order_by("username"):
            _follow_activity(principal, False, steps, actor)
    _refuse_exodus(steps, leavers_most)
    if steps.said:
        audit.record(
            audit.Act.DIRECTORY_SYNCHRONISED,
            audit.Target("policies.directory", (issuer,)),
            actor=actor,
            changes={"people": len(told), "changes": len(steps.said)},
        )
    return steps


def ensure_groups(names: frozenset[str]) -> None:
    """See that there are the groups that the settings map, each following its own.

    With `*`, those that people bring, too; a group that was made by hand is not taken
    over by its name alone.
    """
    following = set(
        Group.objects.exclude(directory_name="").values_list(
            "directory_name", flat=True
        )
    )
    for there, here in mapped_groups().items():
        if there in following:
            continue
        group = Group.objects.filter(name__iexact=here).first()
        if group is None:
            group = create_group(here, actor=None)
        elif group.is_synchronised:
            continue  # it follows another one: an administrator chose so
        follow_directory(group, there, actor=None)
        following.add(there)
    if takes_every_group():
        for name in sorted(names - following):
            if len(name) > GROUP_NAME_MAX:
                continue
            if not Group.objects.filter(name__iexact=name).exists():
                follow_directory(create_group(name, actor=None), name, actor=None)


def _known(person: Person, issuer: str) -> Principal | None:
    if not person.subject:
        return None
    account = SocialAccount.objects.filter(provider=issuer, uid=person.subject)
    known = account.select_related("user").first()
    return known.user if known else None


def _by_name(
    person: Person, issuer: str, adopts: bool, steps: Steps
) -> Principal | None:
    """Somebody whom the file names as we do; only files do so, never a sign-on."""
    kind = Principal.Kind.PERSON
    found = Principal.objects.filter(username__iexact=person.username).first()
    if found is None or not person.username:
        return None
    linked = SocialAccount.objects.filter(user=found, provider=issuer).exists()
    if found.kind != kind or (linked and person.subject):
        raise NotSynchronised(
            f"{person.username} is somebody else here: another subject, or a service "
            "account. Rename one of them in the directory."
        )
    if not found.is_synchronised and not adopts:
        raise NotSynchronised(
            f"{person.username} was made here by hand. --adopt lets the directory say "
            "from now on who that is; or name the person otherwise in the file."
        )
    if not found.is_synchronised:
        found.is_synchronised = True
        found.save(update_fields=["is_synchronised"])
        steps.add(f"{found.username} is the directory's from now on")
    if person.subject:
        _link(found, person, issuer)
    return found


def _made(person: Person, issuer: str, steps: Steps) -> Principal:
    wanted = person.username or "person"
    principal = create_principal(
        _free_name(wanted), name=person.name, email=person.email, actor=None
    )
    principal.is_synchronised = True
    principal.save(update_fields=["is_synchronised"])
    if person.subject:
        _link(principal, person, issuer)
    steps.add(f"{principal.username} is made, without rights of their own")
    return principal


def _link(principal: Principal, person: Person, issuer: str) -> None:
    SocialAccount.objects.create(user=principal, provider=issuer, uid=person.subject)
    audit.record(
        audit.Act.IDENTITY_LINKED, principal, actor=None, changes={"issuer": issuer}
    )


def _free_name(wanted: str) -> str:
    """The name, or the name and a number if somebody has it."""
    number, name = 1, wanted
    while Principal.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted[: USERNAME_MAX - 8]}-{number}"
    return name


def _follow_facts(principal: Principal, person: Person, steps: Steps) -> None:
    if not principal.is_synchronised:
        return
    name = person.name or principal.name
    email = person.email or principal.email
    if (principal.name, principal.email) != (name, email):
        change_principal(principal, name=name, email=email, actor=None)
        steps.add(f"{principal.username} is called {name} <{email}>")


def _follow_activity(
    principal: Principal, is_active: bool, steps: Steps, actor: Principal | None
) -> None:
    """Stop leavers; let in again whom the directory had stopped, and nobody else."""
    if principal.is_active == is_active:
        return
    if is_active and principal.left_at is None:
        steps.add(f"{principal.username} stays stopped: an administrator did that")
        return
    set_active(principal, is_active, actor=actor, reason=WHY)
    principal.left_at = None if is_active else timezone.now()
    principal.save(update_fields=["left_at"])
    steps.leavers += not is_active
    steps.add(f"{principal.username} is {'let in again' if is_active else 'stopped'}")


def _follow_groups(principal: Principal, names: frozenset[str], steps: Steps) -> None:
    wanted = Group.objects.in_use().filter(directory_name__in=names - {""})
    held = Membership.objects.standing().filter(principal=principal)
    of_directory = held.filter(~Q(group__directory_name="")).select_related("group")
    groups = {membership.group for membership in of_directory}
    for group in sorted(set(wanted) - groups, key=str):
        add_member(group, principal, actor=None)
        steps.add(f"{principal.username} joins {group}")
    for group in sorted(groups - set(wanted), key=str):
        remove_member(group, principal, actor=None)
        steps.add(f"{principal.username} leaves {group}")


def _refuse_exodus(steps: Steps, most: int | None) -> None:
    synchronised = Principal.objects.filter(is_synchronised=True).count()
    if most is None:
        most = max(LEAVERS_LEAST, int(LEAVERS_SHARE * synchronised))
    if steps.leavers > most:
        raise TooManyLeavers(
            f"{steps.leavers} people would be stopped, more than {most}: is the file "
            "whole? --leavers says how many may be."
        )


def admit_once_more(person: Person, *, issuer: str) -> Principal:
    """As `admit`; if somebody of this subject came in at the same moment, as them."""
    try:
        return admit(person, issuer=issuer)
    except IntegrityError:
        return admit(person, issuer=issuer)
