"""What a viewer is told does not depend on what is hidden from him: not by a byte.

Each world is built twice, and asked at addresses of every surface of the URL conf: with
all that is hidden in it and with other hidden things that connect the same visible
ones, where walks pass; and as it would be if nobody had sent what refers to hidden
things, where they stop and do not say so.
"""

import json
import re

import pytest
from django.test import Client

from tests.noninterference.asking import ask, differences
from tests.noninterference.building import Clock, standing
from tests.noninterference.otherwise import otherwise_hidden
from tests.noninterference.surfaces import (
    NOT_ASKED,
    addresses,
    is_of_events,
    is_row_of_the_administration,
    routes,
    sampled,
)
from tests.noninterference.without import without_hidden
from tests.noninterference.worlds import VIEWERS, make_world

pytestmark = pytest.mark.django_db
WORLDS = 50
SIZE, ASKED = 5, 10  # of each kind of assets; addresses of each world
PROVED, PROVED_SIZE, PROVED_ASKED = 2000, 7, 20
REPORTING = ("owner", "steward", "columns")
# Surfaces that tell how much is withheld. Everywhere else a walk that stops and one
# that does not say so are the same.
TELLING = {
    *("lineage", "dataset-lineage", "job-lineage"),
    *("lineage-nodes-csv", "lineage-edges-csv", "lineage-paths", "lineage-ends"),
    *("dataset-impact", "job-impact", "dataset-impact-csv", "job-impact-csv"),
    *("api:impact", "api:lineage-walk"),
    *("api:run-upstream", "report-file", "report-api:report-file"),
    *("report-detail", "report-api:report-detail", "api:lineage-runs"),
    *("api:lineage-paths", "api:lineage-roots", "api:lineage-leaves"),
    *("api:lineage-changes", "api:lineage-hierarchy"),
}
# Of those, the ones that tell the same but for how much it is.
COUNTING = {"api:impact", "api:run-upstream", "api:lineage-runs"}

COUNTS = ("withheld", "complete", "hiddenSilentJobs")
# The same in the words of a comment on a pull request.
OF_WITHHELD = re.compile("withheld from you|you may not see|^$|Not the whole picture")


@pytest.fixture
def clock(db, monkeypatch):
    return Clock(monkeypatch)


def answers(world, hidden, clock, pick, *, with_report=False):
    """What the viewer of a world is told, by route and address, of those picked."""
    with standing(world, clock, with_report=with_report) as built:
        client = Client()
        client.force_login(built.viewer)
        asked = addresses(world, built, hidden)
        asked.sort(key=lambda one: (one.route, built.name_drawn(one.path)))
        return {
            (one.route, built.name_drawn(one.path)): ask(client, one, built)
            for one in pick(asked)
        }


def compared(seed, clock, settings, size, count):
    """What differs between the two forms of a world, and how much was asked."""
    world = make_world(seed, size)
    passes = bool(seed % 2)
    settings.HEADWATER_WALKS_HIDDEN = "PASS" if passes else "SILENT"
    other = otherwise_hidden(world, seed) if passes else without_hidden(world)
    hidden = sorted({t for t in [*world.things, *other.things] if t.is_hidden})
    hidden = [thing for thing in hidden if not thing.name.startswith("standin")]
    reports = world.viewer in REPORTING and seed % 32 > 16

    def pick(asked):
        told = [one for one in asked if passes or not is_of_events(one.route)]
        return sampled(told, seed, count)

    one = answers(world, hidden, clock, pick, with_report=reports)
    two = answers(other, hidden, clock, pick, with_report=reports)
    return differences(one, two), len(one)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_nothing_tells_of_what_is_hidden(seed, clock, settings):
    found, count = compared(seed, clock, settings, SIZE, ASKED)

    assert found == []
    assert count == ASKED


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1000, 1000 + PROVED))
def test_nothing_tells_of_what_is_hidden_in_two_thousand_worlds(seed, clock, settings):
    found, count = compared(seed, clock, settings, PROVED_SIZE, PROVED_ASKED)

    assert found == []
    assert count == PROVED_ASKED


def test_every_surface_is_asked(clock):
    asked = set()
    for viewer in ("steward", "owner"):
        world = make_world(2 * VIEWERS.index(viewer))
        with standing(world, clock, with_report=True) as built:
            hidden = [thing for thing in world.things if thing.is_hidden]
            asked |= {address.route for address in addresses(world, built, hidden)}
    left_out = {route for route, _ in routes()} - asked

    assert {one for one in left_out if not is_row_of_the_administration(one)} <= (
        NOT_ASKED.keys()
    )


@pytest.mark.parametrize("seed", [0, 12, 16])  # by glob, as steward, but columns
def test_a_walk_that_stops_tells_of_the_hidden_only_that_there_is_some(
    seed, clock, settings
):
    world = make_world(seed, SIZE)
    hidden = [thing for thing in world.things if thing.is_hidden]

    def pick(asked):
        telling = [one for one in asked if one.route in TELLING]
        others = [one for one in asked if one.route not in TELLING]
        return sampled(telling, seed, 2 * ASKED) + sampled(others, seed, ASKED)

    settings.HEADWATER_WALKS_HIDDEN = "STOP"
    stopping = answers(world, hidden, clock, pick)
    settings.HEADWATER_WALKS_HIDDEN = "SILENT"
    silent = answers(world, hidden, clock, pick)

    assert {route for (route, _), _ in differences(stopping, silent)} <= TELLING
    assert "api:impact" in {route for route, _ in stopping}
    for key, (status, _, body) in stopping.items():
        if key[0] in COUNTING and status == 200:
            assert untold(body) == untold(silent[key][2])


def untold(body):
    """An answer without what it tells of the withheld."""
    if not body.startswith("{"):
        return [line for line in body.splitlines() if not OF_WITHHELD.search(line)]
    told = json.loads(body)
    if "completeness" in told:
        told["completeness"] = unsaid(told["completeness"])
    return unsaid(told)


def unsaid(told):
    return {k: v for k, v in told.items() if k not in COUNTS}
