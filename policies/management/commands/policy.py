"""`manage.py policy`: the whole of access as a file, under version control."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies import services
from policies.as_code.expectations import (
    Expectations,
    Outcome,
    read_expectations,
    try_expectations,
)
from policies.as_code.nodes import MAX_BYTES, TextInvalid
from policies.as_code.planning import Drift, Step, Unlisted, Verb
from policies.as_code.plans import Plan, plan_policy
from policies.as_code.reading import PolicyFile, read_policy_file
from policies.as_code.standing import Gone
from policies.models import Principal
from policies.simulation.documents import called
from policies.simulation.results import Count, Simulation
from policies.simulation.telling import PrincipalTold, principals_told
from policies.telling.counting import counted

CHANGES = 2  # what `plan` ends with if the file would change anything
SHOWN = 20  # principals
STANDARD = "-"
REFUSALS = (Gone, services.PolicyDrifted, services.PolicyMoved, services.PolicyRefused)


class Command(BaseCommand):
    """Roles, groups, grants, shares: written, compared, applied, and tried."""

    help = (
        "Write the whole of access as YAML, say what a file would change and for whom, "
        "bring access to what a file says, and try decisions. See docs/access.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="Write what stands as a policy file.")
        export.add_argument(
            "file", nargs="?", default=STANDARD, help="where to; stdout if left out"
        )
        plan = verbs.add_parser(
            "plan",
            help="Say what a file would change, and who would gain and lose what. "
            "Ends with 0 if it changes nothing, with 2 if it does, with 1 if it cannot "
            "be read.",
        )
        apply = verbs.add_parser(
            "apply", help="Bring access to what a file says, all of it or nothing."
        )
        for verb in (plan, apply):
            verb.add_argument("file", help="a policy file; - is stdin")
            unlisted = verb.add_mutually_exclusive_group()
            unlisted.add_argument(
                "--allow-drift",
                action="store_true",
                help="although the file does not know what stands: what is not in the "
                "file stays",
            )
            unlisted.add_argument(
                "--prune",
                action="store_true",
                help="although the file does not know what stands: what is not in the "
                "file goes",
            )
        apply.add_argument(
            "--as",
            dest="actor",
            metavar="USER",
            help="in whose name it is journaled, and whose changes a second person has "
            "to approve; the system's if left out",
        )
        test = verbs.add_parser(
            "test",
            help="Try decisions as a file expects them; ends with 1 if one is not so.",
        )
        test.add_argument("file", help="a file of expected decisions; - is stdin")
        test.add_argument(
            "--with",
            dest="policy",
            metavar="FILE",
            help="as if this policy file were applied; nothing is changed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verb = getattr(self, options["verb"])
        try:
            verb(options)
        except REFUSALS as refusal:
            raise CommandError(str(refusal)) from None

    def export(self, options: dict[str, Any]) -> None:
        text = services.export_policy(actor=None)
        if options["file"] == STANDARD:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"It cannot be written: {error}.") from None
        self.stderr.write(f"Written to {options['file']}.")

    def plan(self, options: dict[str, Any]) -> None:
        plan = self._plan(options)
        if plan.changes_nothing:
            self.stdout.write("No change: access is as the file has it.")
            return
        self._say_steps(plan.steps)
        self._say_simulation(plan.simulation())
        if plan.drift and not (options["allow_drift"] or options["prune"]):
            self._say_drift(plan.drift)
        sys.exit(CHANGES)

    def apply(self, options: dict[str, Any]) -> None:
        file = self._read(options["file"])
        try:
            applied = services.apply_policy(
                file, actor=_actor(options["actor"]), unlisted=_unlisted(options)
            )
        except TextInvalid as invalid:
            raise self._faults(invalid, options["file"]) from None
        except services.PolicyDrifted as drifted:
            self._say_drift(drifted.drift)
            raise CommandError("Nothing is changed.") from None
        if applied.plan.changes_nothing:
            self.stdout.write("No change: access is as the file has it.")
            return
        self._say_steps(applied.done)
        for step, change in applied.held:
            waits = f"waits as {change.public_id}" if change else "waits for the others"
            self.stdout.write(f"? {step}: {waits}")
        if applied.held:
            self.stdout.write(
                "A second person is waited for, under Access, Approvals: "
                f"{counted(len(applied.held), 'change')}. Apply the file again when "
                "all is answered."
            )
        self.stdout.write(f"The policy that stands is {applied.digest}.")

    def test(self, options: dict[str, Any]) -> None:
        expectations = self._read_tests(options["file"])
        try:
            if options["policy"]:
                with services.as_if_applied(self._read(options["policy"])):
                    outcomes = try_expectations(expectations)
            else:
                outcomes = try_expectations(expectations)
        except TextInvalid as invalid:
            raise self._faults(invalid, options["file"]) from None
        failed = [one for one in outcomes if not one.is_met]
        for one in failed:
            self._say_outcome(one, options["file"])
        told = (
            f"{len(outcomes) - len(failed)} of {counted(len(outcomes), 'decision')} "
            "as expected."
        )
        if failed:
            raise CommandError(told)
        self.stdout.write(told)

    def _plan(self, options: dict[str, Any]) -> Plan:
        try:
            return plan_policy(
                self._read(options["file"]),
                reader=None,
                unlisted=_unlisted(options) or Unlisted.REMOVE,
            )
        except TextInvalid as invalid:
            raise self._faults(invalid, options["file"]) from None

    def _read(self, name: str) -> PolicyFile:
        try:
            return read_policy_file(_content(name))
        except TextInvalid as invalid:
            raise self._faults(invalid, name) from None

    def _read_tests(self, name: str) -> Expectations:
        try:
            return read_expectations(_content(name))
        except TextInvalid as invalid:
            raise self._faults(invalid, name) from None

    def _faults(self, invalid: TextInvalid, name: str) -> CommandError:
        """Say each fault as compilers do."""
        for fault in invalid.faults:
            self.stderr.write(fault.spelt(name))
        faults = counted(len(invalid.faults), "fault")
        return CommandError(f"{name} has {faults}; nothing is changed.")

    def _say_steps(self, steps: list[Step]) -> None:
        for step in steps:
            self.stdout.write(str(step))
        some = (
            f"{sum(step.verb is verb for step in steps)} to {verb}" for verb in Verb
        )
        self.stdout.write(f"{counted(len(steps), 'step')}: {', '.join(some)}.")

    def _say_simulation(self, simulation: Simulation) -> None:
        self.stdout.write("")
        if simulation.changes_nothing:
            self.stdout.write("Nobody gains or loses anything just now.")
            return
        for word, count in (
            ("gained", simulation.total.gained),
            ("lost", simulation.total.lost),
        ):
            self.stdout.write(f"{word}: {_counted(count)}")
        told = principals_told(simulation)
        for one in told[:SHOWN]:
            name = called(one.principal) or "who is not signed in"
            self.stdout.write(f"  {name}: {', '.join(_of_principal(one))}")
        if len(told) > SHOWN:
            self.stdout.write(f"  and {len(told) - SHOWN} more")

    def _say_drift(self, drift: Drift) -> None:
        self.stderr.write(drift.reason)
        for step in drift.steps[:SHOWN]:
            self.stderr.write(f"  {step}")
        if len(drift.steps) > SHOWN:
            self.stderr.write(f"  and {len(drift.steps) - SHOWN} more")
        self.stderr.write(
            "`policy apply` refuses that. Export anew and make your change there; or "
            "say --allow-drift, to leave what is not in the file as it is; or --prune, "
            "to remove it."
        )

    def _say_outcome(self, outcome: Outcome, name: str) -> None:
        where = outcome.expectation.place
        self.stderr.write(
            f"{name}:{where.line}:{where.column}: {outcome.expectation}; but "
            f"{'; '.join(outcome.faults)}"
        )
        for line in outcome.explanation:
            self.stderr.write(f"    {line}")


def _unlisted(options: dict[str, Any]) -> Unlisted | None:
    if options["prune"]:
        return Unlisted.REMOVE
    return Unlisted.KEEP if options["allow_drift"] else None


def _actor(name: str | None) -> Principal | None:
    if name is None:
        return None
    found = Principal.objects.active().filter(username__iexact=name).first()
    if found is None:
        raise CommandError(f"There is no active user {name!r}; nothing is changed.")
    return found


def _content(name: str) -> bytes:
    """The bytes of a file, no more than can be read."""
    try:
        if name == STANDARD:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"It cannot be read: {error}.") from None


def _counted(count: Count) -> str:
    return (
        f"{counted(count.decisions, 'decision')}, for "
        f"{counted(count.principals, 'principal')}, on {counted(count.assets, 'asset')}"
    )


def _of_principal(one: PrincipalTold) -> Iterator[str]:
    for action, (up, down) in one.assets.actions.items():
        numbers = [f"+{up}"] * bool(up) + [f"-{down}"] * bool(down)
        yield f"{action} {' '.join(numbers)}"
    for action, is_gained in one.at_large:
        yield f"{action} {'gained' if is_gained else 'lost'}"
