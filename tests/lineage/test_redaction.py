"""Secrets are found in what producers send, and little else is."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import facets
from lineage.redaction import MARK, may_hold_secrets, scrub, scrub_facet
from lineage.redaction.names import secrecy
from lineage.redaction.text import HINTS
from tests.lineage.secrets import KEPT, NAMES, PLANTED, SECRET


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_secret_is_gone(text):
    assert SECRET in text
    scrubbed = scrub(text)
    assert SECRET not in scrubbed
    assert MARK in scrubbed


@pytest.mark.parametrize("text", PLANTED)
def test_scrubbing_twice_changes_nothing_more(text):
    assert scrub(scrub(text)) == scrub(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text):
    assert scrub(text) == text


@pytest.mark.parametrize(("name", "how"), NAMES)
def test_names_tell_how_secret_their_values_are(name, how):
    assert secrecy(name) is how


_FRAGMENTS = [
    *("://", ":", "@", "/", "=", " ", "'", '"', "\\", "\n", ".", "-", "_", "***", ","),
    *("password", "secret", "token", "key", "api_", "pwd", "identified by ", "--"),
    *("bearer ", "Authorization: Basic ", "postgres", "user", "AKIAIOSFODNN7EXAMPLE"),
    *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "eyJ", "ghp_"),
    *("a1b2c3d4e5f6a7b8c9d0", "{", "}", "(", "$", "${X}", "jdbc:oracle:thin:", "tcp("),
]


@given(st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=3), max_size=30))
def test_scrubbing_any_text_twice_changes_nothing_more(pieces):
    scrubbed = scrub("".join(pieces))
    assert scrub(scrubbed) == scrubbed


@pytest.mark.parametrize("text", PLANTED)
def test_a_hint_leads_to_every_planted_secret(text):
    assert any(hint in text.lower() for hint in HINTS)
    assert may_hold_secrets(text.encode())


def _facet(**members):
    return {"_producer": "https://x", "_schemaURL": "https://x", **members}


@pytest.mark.parametrize(
    ("scope", "key", "document"),
    [
        (
            "run",
            "environmentVariables",
            _facet(environmentVariables=[{"name": "SORT_KEY", "value": SECRET}]),
        ),
        (
            "run",
            "executionParameters",
            _facet(parameters=[{"key": "db.auth", "value": SECRET}]),
        ),
        ("run", "spark_properties", _facet(properties={"spark.x.secret.key": SECRET})),
        ("run", "errorMessage", _facet(message=f"no: postgres://u:{SECRET}@h/d")),
        (
            "run",
            "errorMessage",
            _facet(stackTrace=f"at x\nAuthorization: Basic {SECRET}"),
        ),
        ("run", "anything", _facet(deep=[{"deeper": {"clientSecret": SECRET}}])),
        ("run", "anything", _facet(passwords=[SECRET])),
        ("run", "anything", _facet(**{f"jdbc://u:{SECRET}@h": 1})),
        ("job", "sql", _facet(query=f"CREATE USER u PASSWORD '{SECRET}'")),
        ("job", "sourceCode", _facet(sourceCode=f"connect(password='{SECRET}')")),
        ("dataset", "dataSource", _facet(uri=f"postgres://u:{SECRET}@h")),
        ("dataset", "catalog", _facet(catalogProperties={"s3.secret-key": SECRET})),
        (
            "dataset",
            "symlinks",
            _facet(identifiers=[{"namespace": f"pg://u:{SECRET}@h", "name": "t"}]),
        ),
    ],
)
def test_a_secret_in_a_facet_is_gone(scope, key, document):
    body = orjson.dumps(document)
    reading = facets.read(scope, key, body)
    assert SECRET.encode() not in reading.body
    assert SECRET not in repr(reading)
    assert facets.read(scope, key, reading.body).body == reading.body


def test_a_numeric_password_is_gone_and_flags_and_numbers_stay():
    scrubbed = scrub_facet(
        "run",
        "x",
        {"password": 123456, "secret": True, "token_count": 5, "max_tokens": 9},
    )
    assert scrubbed == {
        "password": MARK,
        "secret": True,
        "token_count": 5,
        "max_tokens": 9,
    }


def test_columns_that_are_called_like_secrets_keep_their_lineage():
    origin = {"namespace": "pg://h", "name": "t", "field": "password"}
    fields = {"password": {"inputFields": [origin]}, "token": {"inputFields": [origin]}}
    assert scrub_facet("dataset", "columnLineage", {"fields": fields}) == {
        "fields": fields
    }


def test_tags_that_are_called_like_secrets_keep_their_values():
    tags = {"tags": [{"key": "secret", "value": "level-2"}]}
    assert scrub_facet("dataset", "tags", tags) == tags


def test_an_identity_is_scrubbed_alike_in_events_and_in_facets():
    name = f"postgres://etl:{SECRET}@db.example:5432"
    document = {"identifiers": [{"namespace": name, "name": "t", "type": "TABLE"}]}
    scrubbed = scrub_facet("dataset", "symlinks", document)
    assert scrubbed["identifiers"][0]["namespace"] == scrub(name)
