"""How often one may try to sign in, and who can still get in meanwhile."""

from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from policies.models import JournalEntry, Tries
from policies.signing_in import brakes
from policies.signing_in.brakes import Brake, Count
from policies.tasks import forget_old_sign_ins
from tests.factories import PASSWORD, make_principal

HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def ada(db):
    return make_principal("ada", "viewer")


def attempt(name="ada", password="wrong", source=HERE, client=None):
    client = client or Client()
    data = {"username": name, "password": password}
    return client.post("/login", data, REMOTE_ADDR=source)


def gets_in(**more):
    return attempt(password=PASSWORD, **more).status_code == 302


def is_held_up(response):
    return "too many tries" in response.text


def exhaust(brake, **more):
    for _ in range(brake.most):
        assert not is_held_up(attempt(**more))


def time_passes(span):
    for row in Tries.objects.all():
        Tries.objects.filter(pk=row.pk).update(since=row.since - span)


@pytest.mark.parametrize("name", ["ada", "ADA", "nobody", "hunter2"])
def test_after_ten_tries_no_more_are_let_through_for_anybody(ada, name):
    exhaust(Brake.PAIR, name=name)
    response = attempt(name=name)

    assert response.status_code == 200
    assert "Wait 15 minutes" in response.text


def test_then_the_right_password_does_not_count_either(ada):
    exhaust(Brake.PAIR)

    assert not gets_in()


def test_it_ends_by_itself_however_long_one_goes_on(ada):
    exhaust(Brake.PAIR)
    for _ in range(50):
        attempt()
    time_passes(Brake.PAIR.window)

    assert gets_in()


def test_others_and_other_sources_are_not_held_up(ada):
    make_principal("bob")
    exhaust(Brake.PAIR)

    assert gets_in(source=THERE)
    assert gets_in(name="bob")


def test_a_success_begins_the_count_anew(ada):
    for _ in range(3):
        for _ in range(Brake.PAIR.most - 1):
            attempt()
        assert gets_in()


def test_many_who_sign_in_rightly_from_one_office_hold_nobody_up(ada):
    for _ in range(Brake.SOURCE.most + 5):
        assert gets_in()


def test_a_source_that_tries_many_names_is_held_up_whole(ada):
    for number in range(Brake.SOURCE.most):
        assert not is_held_up(attempt(name=f"name{number}"))

    assert is_held_up(attempt(name="another"))
    assert is_held_up(attempt())
    assert gets_in(source=THERE)


def test_a_name_tried_from_everywhere_is_held_up(ada):
    for number in range(Brake.NAME.most):
        assert not is_held_up(attempt(source=f"198.51.100.{number}"))

    assert is_held_up(attempt(source=THERE))


def test_nobody_shuts_its_owner_out_of_a_browser_known_to_be_theirs(ada):
    own = Client()
    assert gets_in(client=own)
    own.post("/logout")
    for number in range(Brake.NAME.most):
        attempt(source=f"198.51.100.{number}")

    assert not gets_in(source=THERE)
    assert gets_in(client=own, source=THERE)


def test_a_known_browser_has_a_count_of_its_own(ada):
    own = Client()
    gets_in(client=own)
    own.post("/logout")
    for _ in range(Brake.DEVICE.most):
        assert not is_held_up(attempt(client=own))

    assert is_held_up(attempt(client=own))


def test_a_browser_is_known_for_its_owner_alone_and_cannot_be_made_up(ada):
    make_principal("bob")
    own = Client()
    gets_in(client=own)
    own.post("/logout")
    exhaust(Brake.PAIR, name="bob")
    forged = Client()
    forged.cookies["headwater-device"] = own.cookies["headwater-device"].value + "x"
    exhaust(Brake.PAIR, source=THERE)

    assert not gets_in(name="bob", client=own)
    assert not gets_in(source=THERE, client=forged)


def test_behind_a_proxy_that_tells_nothing_names_alone_are_counted(ada, settings):
    settings.HEADWATER_BEHIND_TLS = True
    for number in range(Brake.SOURCE.most):
        attempt(name=f"name{number}")

    assert gets_in()


def test_behind_proxies_the_outermost_known_one_says_who_it_is(ada, settings):
    settings.HEADWATER_PROXIES = 2
    client = Client()

    def tried(forwarded):
        data = {"username": "ada", "password": "wrong"}
        return client.post("/login", data, headers={"x-forwarded-for": forwarded})

    for number in range(Brake.PAIR.most):
        tried(f"10.9.8.{number}, {HERE}, 10.0.0.1")  # whoever asks writes the first

    assert is_held_up(tried(f"10.9.8.7, {HERE}, 10.0.0.1"))
    assert not is_held_up(tried(f"{HERE}, {THERE}, 10.0.0.1"))


def test_it_is_journaled_for_whom_it_is_and_never_by_a_typed_name(ada):
    exhaust(Brake.PAIR)
    exhaust(Brake.PAIR, name="hunter2")

    entry = JournalEntry.objects.get(act="sign_in.blocked")
    assert entry.record["target"]["key"] == [str(ada.public_id)]
    assert entry.changes["source"] == HERE
    rows = str(list(Tries.objects.values()))
    assert "hunter2" not in rows
    assert "ada" not in rows


def test_an_administrator_lets_somebody_try_at_once(ada):
    root = make_principal("root", "admin")
    exhaust(Brake.PAIR)
    assert brakes.unblock(ada, actor=root, reason="she called")
    assert not brakes.unblock(ada, actor=root)

    assert gets_in()
    entry = JournalEntry.objects.get(act="sign_in.unblocked")
    assert (entry.actor, entry.record["reason"]) == (root.public_id, "she called")


def test_so_does_the_command_line(ada):
    exhaust(Brake.PAIR)
    out = StringIO()
    call_command("person", "unblock", "ADA", stdout=out)

    assert "may try again at once" in out.getvalue()
    assert gets_in()


def test_the_counts_of_yesterday_are_forgotten(ada):
    attempt()
    Tries.objects.update(since=timezone.now() - timedelta(days=2))
    forget_old_sign_ins()

    assert not Tries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_time_are_counted_exactly():
    count, threads = [Count.by(Brake.PAIR, "ada", HERE)], 30
    let_through, start = [], Barrier(threads)

    def run():
        start.wait()
        try:
            if brakes.hold(count) is None:
                let_through.append(1)
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()

    assert len(let_through) == Brake.PAIR.most
