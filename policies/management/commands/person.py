"""`manage.py person`: let somebody in again who cannot get in by themselves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from policies.models import Principal, Session
from policies.services.second_factor import reset_second_factor
from policies.services.sessions import end_sessions
from policies.signing_in import brakes, duties, second_factor

VERBS = {
    "show": "Tell how somebody signs in, and what keeps them from it.",
    "unblock": "Let somebody try again at once who tried too often.",
    "sign-out": "End all sessions of somebody.",
    "reset-second-factor": "Take away a second factor that somebody lost.",
}


class Command(BaseCommand):
    """What administrators do in the browser, for when the last one cannot get in."""

    help = "Unblock a person, sign them out, or reset their second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in VERBS.items():
            each = verbs.add_parser(verb, help=words)
            each.add_argument("name", help="whose: the name they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        people = Principal.objects.filter(kind=Principal.Kind.PERSON)
        person = people.filter(username__iexact=options["name"]).first()
        if person is None:
            raise CommandError(f"There is no person named {options['name']!r}.")
        why = f"manage.py person {options['verb']}"
        match options["verb"]:
            case "unblock":
                done = brakes.unblock(person, actor=None, reason=why)
                said = "may try again at once" if done else "was not held up"
            case "sign-out":
                said = f"sessions ended: {end_sessions(person, actor=None, reason=why)}"
            case "reset-second-factor":
                done = reset_second_factor(person, actor=None, reason=why)
                said = "has no second factor any more" if done else "had none"
            case _:
                said = _state_of(person)
        self.stdout.write(f"{person.username}: {said}")


def _state_of(person: Principal) -> str:
    is_enrolled = second_factor.is_enrolled(person)
    needs = duties.needs_second_factor(person)
    now = timezone.now()
    open_sessions = Session.objects.filter(principal=person, expire_date__gt=now)
    facts = [
        "active" if person.is_active else "stopped",
        "of the directory" if person.is_synchronised else "made by hand",
        "with a password" if person.has_usable_password() else "without a password",
        "with a second factor" if is_enrolled else "without a second factor",
        *(["whose roles need a second factor"] if needs else []),
        *(["who must choose another password"] if person.must_change_password else []),
        f"open sessions: {open_sessions.count()}",
        f"last sign-in: {person.last_login or 'never'}",
    ]
    return ", ".join(facts)
