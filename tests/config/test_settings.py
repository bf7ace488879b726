"""Settings come from the environment, are typed, and keep secrets to themselves."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import keys
from config.addresses import checked_broker, server_options
from config.embedded.places import EmbeddedServerError, make_home
from config.settings import choice, flag, login, number, text

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


def test_a_port_beyond_the_last_one_is_refused(monkeypatch):
    monkeypatch.setenv("THING", "65536")

    with pytest.raises(ImproperlyConfigured, match="from 1 to 65535"):
        number("THING", 7, least=1, most=65535)


def test_a_choice_is_one_of_its_words_in_any_case(monkeypatch):
    monkeypatch.setenv("THING", "debug")
    assert choice("THING", "INFO", ("DEBUG", "INFO")) == "DEBUG"

    monkeypatch.setenv("THING", "LOUD")
    with pytest.raises(ImproperlyConfigured, match="one of DEBUG, INFO"):
        choice("THING", "INFO", ("DEBUG", "INFO"))


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


@pytest.mark.parametrize("password", ["geheim/x", "geheim#x", "geheim?x", "[geheim"])
def test_a_password_that_breaks_the_address_is_not_repeated(password):
    with pytest.raises(ImproperlyConfigured) as refusal:
        login(f"postgresql://me:{password}@db/catalog", "DATABASE_OWNER_URL")

    assert "DATABASE_OWNER_URL must look like" in str(refusal.value)
    assert "geheim" not in str(refusal.value)


def test_options_of_the_embedded_server_are_taken_by_name():
    told = server_options("shared_buffers=2GB search_path='a, b'")

    assert told == {"shared_buffers": "2GB", "search_path": "a, b"}


@pytest.mark.parametrize("words", ["shared_buffers", "x=1 'half"])
def test_options_that_are_none_are_refused(words):
    with pytest.raises(ImproperlyConfigured, match="HEADWATER_POSTGRES_OPTIONS must"):
        server_options(words)


@pytest.mark.parametrize("url", ["", "redis://db:6379/1", "amqps://u:p@mq//"])
def test_a_broker_that_celery_knows_is_taken(url):
    assert checked_broker(url) == url


@pytest.mark.parametrize("url", ["valkey://u:geheim@db", "kafka://db", "localhost"])
def test_a_broker_that_celery_does_not_know_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="redis://") as refusal:
        checked_broker(url)

    assert "geheim" not in str(refusal.value)


def test_a_home_that_cannot_be_made_is_refused_with_a_remedy(tmp_path):
    (tmp_path / "file").touch()

    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(EmbeddedServerError, match="Set HEADWATER_HOME"):
            make_home(home)


def test_a_home_in_the_users_own_directory_may_be_written_short(start_python, tmp_path):
    program = "from config.settings import HEADWATER_HOME as h; print(h)"
    asked = start_python("-c", program, HOME=str(tmp_path), HEADWATER_HOME="~/water")

    assert asked.communicate()[0].strip() == str(tmp_path / "water")


def test_root_leaves_the_home_of_another_user_as_it_is(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "up.lock").touch()
    if os.geteuid() == 0:
        os.chown(home / "up.lock", 65534, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(EmbeddedServerError, match="Run as that user"):
        make_home(home)

    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_key_is_made_once_and_shown_to_nobody(tmp_path):
    path = tmp_path / "key"

    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: keys.read_or_make(path), range(32)))

    assert len(made) == 1
    assert made == {path.read_text().strip()}
    assert len(path.read_text()) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
