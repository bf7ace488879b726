"""`manage.py createsuperuser` and `changepassword`: with rights, and with entries."""

import pytest
from django.core.management import CommandError, call_command

from policies import access
from policies.actions import Action
from policies.management import passwords
from policies.models import JournalEntry, Principal
from tests.factories import PASSWORD, make_principal, principal_of

pytestmark = pytest.mark.django_db
NEW = "another walk by the river"


@pytest.fixture
def typing(monkeypatch):
    """`typing(first, second)`: what a person types when asked for a password."""

    def types(*answers):
        waiting = list(answers)
        monkeypatch.setattr(passwords, "getpass", lambda _: waiting.pop(0))

    return types


def test_one_more_administrator_has_the_right_by_a_grant(typing):
    typing(PASSWORD, PASSWORD)
    call_command("createsuperuser", "ada")

    ada = principal_of("ada")
    assert ada.check_password(PASSWORD)
    assert access.may(ada, Action.ACCESS_GRANT)
    assert JournalEntry.objects.filter(act="grant.given").exists()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("ada", (PASSWORD, "x")),
        ("ada", ("short", "short")),
        ("ADA2", (NEW, NEW)),
        (" ", (NEW, NEW)),
    ],
)
def test_nobody_is_made_where_something_is_wrong(typing, name, typed):
    make_principal("ada2")
    typing(*typed)

    with pytest.raises(CommandError):
        call_command("createsuperuser", name)
    assert Principal.objects.count() == 1


def test_a_changed_password_is_journaled_and_not_told(typing):
    ada = make_principal("ada")
    typing(NEW, NEW)
    call_command("changepassword", "ADA")

    assert principal_of("ada").check_password(NEW)
    entry = JournalEntry.objects.get(act="password.changed")
    assert entry.record["target"]["key"] == [str(ada.public_id)]
    assert NEW not in str(entry.record)


def test_a_temporary_password_has_to_be_changed(typing):
    make_principal("ada")
    typing(NEW, NEW)
    call_command("changepassword", "ada", "--temporary")

    assert principal_of("ada").must_change_password
    typing(PASSWORD, PASSWORD)
    call_command("changepassword", "ada")
    assert not principal_of("ada").must_change_password


@pytest.mark.parametrize(
    ("name", "typed"), [("ada", (NEW, "x")), ("ada", ("s", "s")), ("eve", (NEW, NEW))]
)
def test_a_password_stays_where_something_is_wrong(typing, name, typed):
    make_principal("ada")
    typing(*typed)

    with pytest.raises(CommandError):
        call_command("changepassword", name)
    assert principal_of("ada").check_password(PASSWORD)


@pytest.mark.parametrize("command", ["createsuperuser", "changepassword"])
def test_without_a_terminal_it_says_what_is_missing(monkeypatch, command):
    make_principal("ada2")

    def nobody(_):
        raise EOFError

    monkeypatch.setattr(passwords, "getpass", nobody)
    with pytest.raises(CommandError, match="on a terminal"):
        call_command(command, "ada2")
