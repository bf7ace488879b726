"""What docs/api.md shows of curation and access can be sent just so."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from catalog.models import Tag
from policies.services import create_group
from tests.factories import make_dataset

PAGE = (Path(settings.BASE_DIR) / "docs/api.md").read_text()
EXAMPLE = re.compile(r"```http\n(GET|POST|PUT) (\S+)\n(.*?)```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(PAGE.partition("\n## Curation\n")[2])


def test_there_are_examples():
    assert len(EXAMPLES) >= 8


def test_each_example_is_answered(admin):
    make_dataset("postgres://db:5432", "shop.orders")
    create_group("Sales analysts", actor=None)
    Tag.objects.create(name="PII")
    for method, path, body in EXAMPLES:
        is_file = "/import" in path
        kind = "text/csv" if is_file else "application/json"
        sent = {"data": body, "content_type": kind} if method != "GET" else {}
        send = getattr(admin.client, method.lower())
        answer = send(path, headers=admin.headers, **sent)

        assert answer.status_code in (200, 201), (path, answer.content)


@pytest.mark.parametrize("word", ["statements", "domains", "terms", "products"])
def test_the_first_lines_are_those_of_the_formats(word, admin):
    header = admin.export(words=word).splitlines()[0]
    columns = [c for c in header.split(",") if c not in ("action", "reason")]
    assert ",".join(columns) in PAGE
