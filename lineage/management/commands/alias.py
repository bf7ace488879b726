"""`manage.py alias`: the rules by which several names are one dataset."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lineage.models import AliasRule
from lineage.services.alias_rules import (
    RuleEnded,
    RuleSaysNothing,
    end_alias_rule,
    make_alias_rule,
)


class Command(BaseCommand):
    """Alias rules, from the command line."""

    help = "Make, list and end the rules by which several names are one dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="Put a rule in force.")
        add.add_argument("kind", choices=AliasRule.Kind.values)
        add.add_argument(
            "--namespace", default="", help="where; everywhere if left out"
        )
        add.add_argument("--name", default="", help="the dataset, to merge or split")
        add.add_argument(
            "--to-namespace", default="", help="what the namespace becomes"
        )
        add.add_argument("--to-name", default="", help="what the name becomes")
        add.add_argument("--reason", required=True, help="why, for the journal")
        verbs.add_parser("list", help="Show the rules in force.")
        end = verbs.add_parser("end", help="Take a rule back.")
        end.add_argument("number", type=int, help="its number in the list")
        end.add_argument("--reason", required=True, help="why, for the journal")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"add": self.add, "list": self.list, "end": self.end}
        verbs[options["verb"]](options)

    def add(self, options: dict[str, Any]) -> None:
        rule = AliasRule(
            kind=options["kind"],
            namespace=options["namespace"],
            name=options["name"],
            other_namespace=options["to_namespace"],
            other_name=options["to_name"],
            reason=options["reason"],
        )
        try:
            make_alias_rule(rule, actor=None)
        except RuleSaysNothing as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Rule {rule.pk} is in force.")

    def list(self, options: dict[str, Any]) -> None:
        for rule in AliasRule.objects.current().order_by("pk"):
            becomes = " ".join(filter(None, [rule.other_namespace, rule.other_name]))
            arrow = f" → {becomes}" if becomes else ""
            self.stdout.write(f"{rule.pk}: {rule}{arrow} ({rule.reason})")

    def end(self, options: dict[str, Any]) -> None:
        rule = AliasRule.objects.filter(pk=options["number"]).first()
        if rule is None:
            raise CommandError(f"There is no rule {options['number']}.")
        try:
            end_alias_rule(rule, reason=options["reason"], actor=None)
        except RuleEnded:
            raise CommandError(f"Rule {rule.pk} has ended already.") from None
        self.stdout.write(f"Rule {rule.pk} has ended.")
