"""`manage.py changepassword`: a new password for a person, as the journal will say."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies import services
from policies.management.passwords import ask_twice
from policies.models import Principal


class Command(BaseCommand):
    """Stands in for Django's command of this name, which leaves no entry."""

    help = "Give a person another password; the journal records that it changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="whose: the name they sign in with")
        parser.add_argument(
            "--temporary",
            action="store_true",
            help="it lets them in only to choose another one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        people = Principal.objects.filter(kind=Principal.Kind.PERSON)
        person = people.filter(username__iexact=options["name"]).first()
        if person is None:
            raise CommandError(f"There is no person named {options['name']!r}.")
        password = ask_twice("New password: ")
        try:
            services.change_password(
                person, password, actor=None, must_change=options["temporary"]
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        self.stdout.write(f"{person.username} has a new password; sessions are ended.")
