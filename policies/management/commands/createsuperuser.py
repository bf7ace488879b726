"""`manage.py createsuperuser`: one more person who may do everything."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from policies import services
from policies.management.passwords import ask_twice


class Command(BaseCommand):
    """Stands in for Django's command of this name, whose superusers may do nothing."""

    help = "Make a person with the role admin on everything; the journal records it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name to sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        password = ask_twice("Password: ")
        try:
            services.create_administrator(options["name"], password, actor=None)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        except IntegrityError:
            raise CommandError(f"The name {options['name']!r} is taken.") from None
        self.stdout.write(f"{options['name']} is an administrator.")
