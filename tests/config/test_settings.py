"""Settings come from the environment, are typed, and keep secrets to themselves."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import keys
from config.settings import flag, login, number, text

URL = "postgresql://me:p%40ss@db.example.com:5433/catalog?sslmode=verify-full"


def test_an_empty_setting_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("THING", "  ")

    assert text("THING", "default") == "default"
    assert number("THING", 7) == 7
    assert flag("THING") is False


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "0"])
def test_a_number_that_is_none_is_refused_by_its_name(monkeypatch, value):
    monkeypatch.setenv("THING", value)

    with pytest.raises(ImproperlyConfigured, match="THING is"):
        number("THING", 7, least=1)


@pytest.mark.parametrize(("value", "meaning"), [("1", True), ("off", False)])
def test_a_flag_says_yes_or_no(monkeypatch, value, meaning):
    monkeypatch.setenv("THING", value)

    assert flag("THING") is meaning


def test_a_flag_that_says_neither_is_refused(monkeypatch):
    monkeypatch.setenv("THING", "maybe")

    with pytest.raises(ImproperlyConfigured, match="THING is 'maybe'"):
        flag("THING")


def test_a_database_address_is_taken_apart():
    told = login(URL)

    assert (told["USER"], told["PASSWORD"], told["NAME"]) == ("me", "p@ss", "catalog")
    assert (told["HOST"], told["PORT"]) == ("db.example.com", "5433")
    assert told["OPTIONS"]["sslmode"] == "verify-full"


def test_a_socket_directory_may_stand_in_the_query():
    told = login("postgresql://headwater@/catalog?host=/run/postgresql")

    assert told["HOST"] == "/run/postgresql"


@pytest.mark.parametrize("url", ["mysql://me@db/x", "db", "postgresql://me@db/"])
def test_another_address_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="postgresql://"):
        login(url)


def test_a_key_is_made_once_and_shown_to_nobody(tmp_path):
    path = tmp_path / "key"

    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: keys.read_or_make(path), range(32)))

    assert len(made) == 1
    assert made == {path.read_text().strip()}
    assert len(path.read_text()) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
