"""What tests of the import share: the command, what it said, what is there after."""

import json
from io import StringIO
from itertools import count

from django.core.management import CommandError, call_command
from django.test import Client

from lineage.marquez.synthesis import PRODUCER
from lineage.models import Event
from tests import factories
from tests.lineage.projection import happenings

WHY = "what an import did"
READERS = count()


def run(*words):
    """What the command said, and how it complained."""
    out = StringIO()
    fault = ""
    try:
        call_command("import_marquez", *words, stdout=out)
    except CommandError as error:
        fault = str(error)
    return out.getvalue(), fault


def counts(said):
    """Of each table: rows, new, known, refused."""
    rows = {}
    for line in said.splitlines():
        name, *cells = line.rsplit(maxsplit=4)
        if len(cells) == 4 and all(cell.replace(",", "").isdigit() for cell in cells):
            rows[name.strip()] = tuple(int(cell.replace(",", "")) for cell in cells)
    return rows


def findings(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def made_events():
    return Event.objects.filter(producer__uri=PRODUCER)


def get(path):
    token = factories.make_token(f"reader {next(READERS)}", "viewer")
    response = Client(headers=factories.bearer(token)).get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def names_of(what, namespace):
    return sorted(one["name"] for one in get(f"namespaces/{namespace}/{what}")[what])


def an_event(number, job="load", written="orders"):
    return happenings.event(
        "COMPLETE", number, job, f"r{number}", writes=[happenings.dataset(written)]
    )
