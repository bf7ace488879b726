"""Whatever is sent to the routes of curation, the answer is no fault of the server."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.api.conftest import ORDERS

SOME = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
text = st.text(max_size=30) | st.sampled_from(
    ["", "\0", "a" * 3000, "::::", "' OR 1=1", "group:", "name:", "9" * 400, "é\u202e"]
)
scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
json = st.recursive(
    scalar, lambda x: st.lists(x, max_size=3) | st.dictionaries(text, x, max_size=3)
)
word = st.sampled_from(
    [
        "dataset",
        "namespace",
        "job",
        "domain",
        "tag",
        "owner",
        "tier",
        "lifecycle",
        "property",
        "ticket",
        "retention",
        "description",
        "product",
        "term",
    ]
)
statement = st.fixed_dictionaries(
    {"kind": word | scalar, "name": st.just(ORDERS["name"]) | scalar, "aspect": word},
    optional={
        "namespace": st.just(ORDERS["namespace"]) | scalar,
        "column": st.just("email") | scalar,
        "value": scalar,
        "detail": scalar,
        "action": st.sampled_from(["set", "remove"]) | scalar,
        "odd": json,
    },
)
body = st.fixed_dictionaries(
    {}, optional={"statements": st.lists(statement, max_size=3) | json, "reason": json}
)


def is_fine(answer):
    assert answer.status_code < 500, (answer.status_code, answer.content[:500])
    assert answer.headers["Content-Type"].startswith("application/")


@SOME
@given(sent=body | json, query=st.sampled_from([{}, {"dryRun": "1"}, {"partial": "1"}]))
def test_statements(words, admin, sent, query):
    is_fine(admin.post("curation", sent, **query))


@SOME
@given(
    words_=st.sampled_from(["domains", "terms", "products", "properties"]),
    name=text.filter(bool),
    sent=json
    | st.dictionaries(
        st.sampled_from(
            [
                "name",
                "description",
                "domain",
                "related",
                "synonyms",
                "freshness",
                "type",
                "choices",
                "pattern",
                "appliesTo",
                "reason",
                "quality",
            ]
        ),
        json,
    ),
)
def test_words(words, admin, words_, name, sent):
    path = f"{words_}/{quote(name, safe='')}"
    is_fine(admin.put(path, sent))
    is_fine(admin.get(path))
    is_fine(admin.get(f"{path}/revisions"))
    is_fine(admin.delete(path, reason=name))


@SOME
@given(
    rows=st.lists(st.lists(text, max_size=9), max_size=4),
    header=st.sampled_from(
        [
            "kind,namespace,name,column,aspect,value,detail,action,reason",
            "term,description,synonyms,related,domain",
            "property;description;type;choices;pattern;applies_to;action",
        ]
    ),
    query=st.sampled_from([{"dryRun": "1"}, {"partial": "1"}]),
)
def test_files(words, admin, rows, header, query):
    mark = ";" if ";" in header else ","
    quoted = [
        mark.join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r) for r in rows
    ]
    content = "\n".join([header, *quoted]).encode("utf-8", "replace")
    is_fine(admin.send_file(content, **query))


@SOME
@given(
    query=st.dictionaries(
        st.sampled_from(
            [
                "kind",
                "namespace",
                "name",
                "recordedAt",
                "limit",
                "offset",
                "q",
                "domain",
                "actor",
                "via",
                "since",
                "until",
                "after",
                "aspect",
                "producer",
                "retired",
                "words",
                "dryRun",
            ]
        ),
        text | st.sampled_from(["dataset", "2026-01-01", "0001-01-01T00:00:00+14:00"]),
    )
)
@pytest.mark.parametrize(
    "path",
    ["curation", "changes", "proposals", "domains", "terms", "properties"],
)
def test_questions(words, admin, path, query):
    fit = {k: v.encode("utf-8", "replace").decode() for k, v in query.items()}
    is_fine(admin.get(path, **fit))


@SOME
@given(
    sent=json
    | st.fixed_dictionaries(
        {"verdict": st.sampled_from(["accept", "reject"]) | scalar},
        optional={
            "ids": json | st.lists(st.integers()),
            "filter": json,
            "reason": text,
        },
    )
)
def test_verdicts(words, admin, sent):
    is_fine(admin.post("proposals/decisions", sent))
