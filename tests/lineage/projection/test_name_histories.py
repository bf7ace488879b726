"""Which names are one dataset, and which of them is canonical?"""

import pytest

from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    described,
    event,
    symlinks,
)
from tests.lineage.projection.histories import (
    all_orders,
    check,
    fact_of,
    history,
    some_orders,
)

pytestmark = pytest.mark.django_db


def at(*names: str):
    return symlinks(*names, kind="LOCATION")


ALL = [
    history(
        "a symlink makes two names one dataset, named as it was first",
        described(2, "b"),
        described(1, "a"),
        described(3, "b", symlinks=symlinks("a")),
        names={"a": "a", "b": "a"},
    ),
    history(
        "a symlink to a name that nobody uses names nothing else",
        described(1, "b", symlinks=symlinks("a")),
        names={"b": "b"},
    ),
    history(
        "a name that is used late, but before all others, is canonical",
        described(2, "b", symlinks=symlinks("a")),
        described(1, "a"),
        names={"a": "a", "b": "a"},
    ),
    history(
        "names that are used first at one time go by namespace and name",
        described(1, "y|a"),
        described(1, "x|b", symlinks=symlinks("y|a")),
        names={"x|b": "x|b", "y|a": "x|b"},
    ),
    history(
        "symlinks are chained",
        described(1, "a"),
        described(2, "b", symlinks=symlinks("a")),
        described(3, "c", symlinks=symlinks("b")),
        described(4, "d", symlinks=symlinks("c", "e")),
        described(5, "e"),
        names={"a": "a", "b": "a", "c": "a", "d": "a", "e": "a"},
    ),
    history(
        "two groups meet through a late symlink",
        described(1, "a", symlinks=symlinks("b")),
        described(2, "b"),
        described(3, "c", symlinks=symlinks("d")),
        described(4, "d"),
        described(5, "d", symlinks=symlinks("b")),
        names={"a": "a", "b": "a", "c": "a", "d": "a"},
    ),
    history(
        "an input's symlinks count",
        described(1, "a"),
        event("START", 2, reads=[dataset("b", symlinks=symlinks("a"))]),
        names={"a": "a", "b": "a"},
    ),
    history(
        "later symlinks do not end earlier ones",
        described(1, "a", symlinks=symlinks("b")),
        described(2, "a", symlinks=symlinks("c")),
        described(3, "b"),
        described(4, "c"),
        names={"a": "a", "b": "a", "c": "a"},
    ),
    history(
        "a tombstone parts what symlinks had joined",
        described(1, "a", symlinks=symlinks("b")),
        described(2, "b"),
        described(3, "a", symlinks=GONE),
        names={"a": "a", "b": "b"},
    ),
    history(
        "a tombstone of earlier time parts nothing",
        described(3, "a", symlinks=symlinks("b")),
        described(2, "b"),
        described(1, "a", symlinks=GONE),
        names={"a": "a", "b": "a"},
    ),
    history(
        "a symlink may come back after its tombstone",
        described(1, "a", symlinks=symlinks("b")),
        described(2, "b"),
        described(3, "a", symlinks=GONE),
        described(4, "a", symlinks=symlinks("b")),
        names={"a": "a", "b": "a"},
    ),
    history(
        "a tombstone ends what its own dataset said, not what others said",
        described(1, "a", symlinks=symlinks("b")),
        described(2, "b", symlinks=symlinks("a")),
        described(3, "a", symlinks=GONE),
        names={"a": "a", "b": "a"},
    ),
    history(
        "a location is a name of the one table that lies there",
        described(1, "t1", symlinks=at("s3://lake|x")),
        described(2, "s3://lake|x"),
        names={"t1": "t1", "s3://lake|x": "t1"},
    ),
    history(
        "a location that two tables share merges none of them",
        described(1, "t1", symlinks=at("s3://lake|x")),
        described(2, "s3://lake|x"),
        described(3, "t2", symlinks=at("s3://lake|x")),
        names={"t1": "t1", "s3://lake|x": "s3://lake|x", "t2": "t2"},
    ),
    history(
        "two names of one table do not share its location with another",
        described(1, "t1", symlinks=at("s3://lake|x")),
        described(2, "t2", symlinks=at("s3://lake|x")),
        described(3, "s3://lake|x"),
        described(4, "t2", symlinks=symlinks("t1")),
        names={"t1": "t1", "t2": "t1", "s3://lake|x": "t1"},
    ),
    history(
        "a location under two names is still one location",
        described(1, "t1", symlinks=at("s3://lake|x")),
        described(2, "t2", symlinks=at("s3a://lake|x")),
        described(3, "s3://lake|x", symlinks=symlinks("s3a://lake|x")),
        described(4, "s3a://lake|x"),
        names={
            "t1": "t1",
            "t2": "t2",
            "s3://lake|x": "s3://lake|x",
            "s3a://lake|x": "s3://lake|x",
        },
    ),
    history(
        "a table that leaves a shared location leaves it to the other",
        described(1, "t1", symlinks=at("s3://lake|x")),
        described(2, "t2", symlinks=at("s3://lake|x")),
        described(3, "s3://lake|x"),
        described(4, "t2", symlinks=GONE),
        names={"t1": "t1", "t2": "t2", "s3://lake|x": "t1"},
    ),
    history(
        "a dataset may be its own symlink",
        described(1, "a", symlinks=symlinks("a")),
        names={"a": "a"},
    ),
    history(
        "evidence stays with the name that it was told of",
        event("COMPLETE", 1, writes=[dataset("b", symlinks=symlinks("a"))]),
        event("COMPLETE", 0, "k", reads=["a"]),
        names={"a": "a", "b": "a"},
        edges={"j writes b": "effective", "k reads a": "effective"},
    ),
]


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_names_are_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_names_are_told_alike_in_every_order(told):
    check(told, all_orders)
