"""Is there an event that the door lets in and the projection cannot take?"""

import random
from hashlib import sha256

import pytest
from django.db import connection

from lineage.ingest import ingest
from lineage.models import Event
from lineage.projection import PROJECTOR_VERSION
from lineage.replaying import load_again
from lineage.services.replays import replay_events
from tests.lineage.projection import observed
from tests.lineage.projection.catalogs import digest_now
from tests.lineage.projection.happenings import (
    dataset,
    declared,
    derived,
    described,
    event,
    identity,
    lifecycle,
    parent,
    schema,
    symlinks,
)
from tests.lineage.projection.test_retraction import undone

pytestmark = pytest.mark.django_db


def incompressible(characters: int) -> str:
    """Text that no index can shrink, of three bytes a character."""
    chance = random.Random(characters)
    return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(characters))


LONG = incompressible(1024)
LONGER = incompressible(20_000)


def lineage_of(*targets):
    return {"lineage": {"entries": list(targets)}}


def waits(kind):
    wait = {"job": identity("other", "jobs"), "dependency_type": kind}
    return {"upstream": [wait]}


HOSTILE = {
    "a column with a long name": described(1, schema=schema(LONG)),
    "a column with a longer name": described(1, schema=schema(LONGER)),
    "a column with a long type": described(1, schema=schema(f"a:{LONGER}")),
    "ten thousand columns": described(1, schema=schema(*map(str, range(10_000)))),
    "a column deep down": described(
        1,
        schema={
            "fields": [
                {"name": LONG, "fields": [{"name": LONG, "fields": [{"name": "x"}]}]}
            ]
        },
    ),
    "a long producer": event("START", 1).replace(b"example.org", LONG.encode()),
    "a long schemaURL": event("START", 1).replace(b"2-0-2", LONG.encode()),
    "a long runId": event("COMPLETE", 1, run=LONG, writes=["d"]),
    "a long parent runId": event("START", 1, parent=parent(LONG)),
    "a long dependency": event("START", 1, jobDependencies=waits(LONGER)),
    "a long way to depend": event(
        "COMPLETE",
        1,
        writes=[
            dataset(
                "d",
                columnLineage={
                    "fields": {
                        LONG: {
                            "inputFields": [
                                {
                                    **identity("s"),
                                    "field": LONG,
                                    "transformations": [
                                        {"type": LONGER, "subtype": LONGER}
                                    ],
                                }
                            ]
                        }
                    }
                },
            )
        ],
    ),
    "long columns of a lineage facet": event(
        "COMPLETE",
        1,
        of_job=lineage_of(
            {
                "type": "DATASET",
                **identity("d"),
                "fields": {
                    LONG: {
                        "inputs": [
                            {
                                "type": "DATASET",
                                **identity("s"),
                                "field": LONG,
                                "transformations": [
                                    {"type": LONGER, "subtype": LONGER}
                                ],
                            }
                        ]
                    }
                },
            }
        ),
    ),
    "one edge twice, in two ways": event(
        "COMPLETE",
        1,
        of_job=lineage_of(
            {
                "type": "DATASET",
                **identity("d"),
                "inputs": [
                    {
                        "type": "DATASET",
                        **identity("s"),
                        "transformations": [
                            {"type": "DIRECT", "masking": True},
                            {"type": "direct", "masking": False},
                        ],
                    }
                ]
                * 2,
            }
        )
        | {"sql": {"query": "select 1"}},
    ),
    "one dependency from both sides": event(
        "START",
        1,
        jobDependencies={
            "upstream": [{"job": identity("j", "jobs")}],
            "downstream": [{"job": identity("j", "jobs")}],
        },
    ),
    "a facet under a long key": described(1, "d", **{incompressible(255): {"v": 1}}),
    "a facet under many long keys": described(
        1, "d", **{incompressible(n): {"v": n} for n in range(200, 256)}
    ),
    "names in backslashes and quotes": event(
        "COMPLETE",
        1,
        'j"\\{},NULL',
        reads=['a"b\\', "NULL", "{}", ","],
        writes=[dataset("\\\\", schema=schema('"', "\\", "NULL", "{a,b}"))],
    ),
    "names of astral characters": event("COMPLETE", 1, "🦊" * 500, writes=["🦊" * 600]),
    "the first moment": event("COMPLETE", 1, writes=["d"]).replace(
        b"2026-05-04T00:01:00+00:00", b"0001-01-01T00:00:00Z"
    ),
    "the last moment": event("COMPLETE", 1, writes=["d"]).replace(
        b"2026-05-04T00:01:00+00:00", b"9999-12-31T23:59:59.999999Z"
    ),
    "a nominal time at the end of days": event(
        "START", 1, nominalTime={"nominalStartTime": "9999-12-31T23:59:59.999999Z"}
    ),
    "symlinks to itself, twice": described(1, "d", symlinks=symlinks("d", "e", "e")),
    "a rename from itself": described(
        1, "d", lifecycleStateChange=lifecycle("RENAME", "d")
    ),
    "a NUL in a facet": described(1, note={"v": "\0"}, columnLineage=derived(x="a.b")),
    "a dataset read and written twice": event(
        "COMPLETE",
        1,
        reads=["d", dataset("d", schema=schema("a"))],
        writes=["d", dataset("d", schema=schema("b")), "d"],
    ),
    "a job that is its own dataset's namesake": declared(1, "d", writes=["d"]),
    "a run that is its own parent and root": event(
        "START", 1, "p", "dag", parent=parent("dag", "p", root=("dag", "p"))
    ),
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_what_is_let_in_is_projected(told):
    good = [event("COMPLETE", 0, "good", reads=["a"]), event("START", 5, "good", "q")]
    digests = set()
    for batches in ([[good[0], told, good[1]]], [[told], good], [good[::-1], [told]]):
        with undone():
            for batch in batches:
                assert {o.status for o in ingest(batch)} <= {201, 422}
            assert "good reads a" in observed.edges()
            assert list(Event.objects.not_applied().values_list("error")) == []
            digests.add(digest_now())
    assert len(digests) == 1


# What is nobody's fault but the projection's; here a trigger stands for it.

POISON = event("COMPLETE", 2, "bad", reads=["poison"])
MATES = [
    event("START", 1, "good", writes=["b"]),
    event("COMPLETE", 3, "good", reads=["a"]),
    event("START", 4, "other"),
]


@pytest.fixture
def poisoned(db):
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)


TRIGGER = """
CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('test.cured', true) IS DISTINCT FROM 'yes' AND EXISTS (
    SELECT FROM catalog_dataset WHERE id = NEW.dataset_id AND name = 'poison'
  ) THEN RAISE 'choked'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER choke BEFORE INSERT ON lineage_ioevidence
  FOR EACH ROW EXECUTE FUNCTION choke();
"""


def cure(word: str = "yes") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('test.cured', %s, true)", [word])


def poison() -> Event:
    return Event.objects.get(digest=sha256(POISON).digest())


def test_one_event_fails_and_its_mates_are_applied(poisoned):
    with undone():
        ingest(MATES)
        without = digest_now()

    outcomes = ingest([MATES[0], POISON, *MATES[1:]])

    assert {outcome.status for outcome in outcomes} == {201}
    assert list(Event.objects.not_applied()) == [poison()]
    assert "choked" in poison().error
    assert poison().projector == PROJECTOR_VERSION
    assert digest_now() == without


def test_fault_upon_fault_hurts_nobody_else(poisoned):
    for at in range(6):
        ingest(
            [
                event("START", at, "good", f"g{at}", writes=[f"w{at}"]),
                event("COMPLETE", at, "bad", f"b{at}", reads=["poison"]),
                event("COMPLETE", at, "good", f"g{at}", reads=[f"r{at}"]),
            ]
        )

    assert Event.objects.not_applied().count() == 6
    assert set(Event.objects.not_applied().values_list("job__name")) == {(None,)}
    assert sum("good" in edge for edge in observed.edges()) == 12


def test_what_failed_is_replayed_when_the_fault_is_gone(poisoned):
    with undone():
        cure()
        ingest([*MATES, POISON])
        wanted = digest_now()
    ingest([*MATES, POISON])
    assert replay_events([poison()], actor=None) == 1
    assert poison().status == Event.Status.NOT_APPLIED

    cure()
    assert replay_events([poison()], actor=None) == 0

    assert poison().status == Event.Status.APPLIED
    assert poison().error == ""
    assert digest_now() == wanted


def test_what_failed_is_replayed_by_a_newer_projector(poisoned):
    ingest([*MATES, POISON])
    cure()

    version = PROJECTOR_VERSION
    assert load_again(Event.Status.NOT_APPLIED, below=version) == (0, 0)
    assert load_again(Event.Status.NOT_APPLIED, below=version + 1) == (1, 0)

    assert poison().status == Event.Status.APPLIED
    assert "bad reads poison" in observed.edges()


def test_an_applied_event_that_fails_when_replayed_is_in_no_fold(poisoned):
    with undone():
        ingest(MATES)
        without = digest_now()
    cure()
    ingest([*MATES, POISON])
    cure("no")

    assert replay_events(list(Event.objects.all()), actor=None) == 1

    assert list(Event.objects.not_applied()) == [poison()]
    assert digest_now() == without
