"""Which run had written what a run read, as of any time, by the plain rules?

A run read what had been written last when it started; where nothing had, what was
written while it ran. Datasets go by the names that they have now; of those that nothing
in force names any more nothing is told.
"""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Dataset
from lineage import run_walks
from lineage.models import Run as RunRow
from lineage.reader import Reader
from tests.factories import make_principal
from tests.lineage.projection.observed import WHY
from tests.lineage.projection.observed import name as name_of
from tests.lineage.projection.observed import run as spelled_run
from tests.lineage.projection.test_properties import examples
from tests.lineage.then.deliveries import delivered
from tests.lineage.then.generated import deliveries
from tests.lineage.then.test_properties import cuts, tell

pytestmark = pytest.mark.django_db


class Ran:
    """One run as it was at a cut, and what it touched by the names of now."""

    def __init__(self, run, names):
        self.key, self.started = run.key, run.started
        self.touched = {(w, names.canonical(n)) for e in run.events for w, n, _ in e.io}
        self.last = run.ended
        if run.ended is None:
            self.last = max(e.at for e in run.events)
        self.run = run

    def written_at(self, until):
        """When it had last written until then, if it had."""
        if self.run.streams:
            is_on = self.run.state != "unknown" and self.started <= until
            ended = until if self.run.ended is None else self.run.ended
            return min(until, ended) if is_on else None
        is_done = self.run.state == "completed" and self.run.ended <= until
        return self.run.ended if is_done else None

    def writers(self, name, others):
        """Who may have written what it read: several where nothing tells which."""
        for until in (self.started, self.last):
            found = [
                (other.written_at(until), other.key.split()[1], other.key)
                for other in others
                if other.key != self.key and ("writes", name) in other.touched
            ]
            found = [one for one in found if one[0] is not None]
            if found:
                best = max(one[:2] for one in found)
                return {one[2] for one in found if one[:2] == best}
        return {None}


@examples(2, 1000)
def test_a_run_read_what_had_been_written_then(trying):
    viewer = make_principal("vera", "viewer")

    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            reader = Reader(viewer)
            rows = RunRow.objects.unrestricted(WHY).select_related("job__namespace")
            rows = {spelled_run(row): row for row in rows}
            names = delivery.walks(None, None)
            for _ in range(3):
                at = data.draw(cuts(delivery.known))
                told = [Ran(run, names) for run in delivery.walks(*at).all_runs]
                cut = delivery.cut(*at)
                for one in told:
                    same_inputs(one, told, rows, reader, cut)
                same_outputs(told, rows, reader, cut)

    holds()


def same_inputs(one, told, rows, reader, cut):
    walk = run_walks.upstream(rows[one.key], reader, max_hops=0, max_runs=50, cut=cut)
    found = {
        spelled(read.read.identity): spelled_run(read.producer)
        for read in walk.steps[0].inputs
    }
    wanted = {
        name: one.writers(name, told)
        for way, name in one.touched
        if way == "reads" and name in shown()
    }
    assert found.keys() == wanted.keys(), one.key
    for name, producer in found.items():
        assert producer in wanted[name], (one.key, name)


def same_outputs(told, rows, reader, cut):
    read_by = defaultdict(set)
    unclear = set()
    for one in told:
        for way, name in one.touched:
            if way == "reads":
                who = one.writers(name, told)
                for writer in who:
                    read_by[writer, name].add(one.key)
                    if len(who) > 1:
                        unclear.add((writer, name))
    for one in told:
        row = rows[one.key]
        walk = run_walks.downstream(row, reader, max_hops=0, max_runs=50, cut=cut)
        for written in walk.steps[0].outputs:
            pair = one.key, spelled(written.written.identity)
            if pair not in unclear:
                assert {spelled_run(r) for r in written.readers} == read_by[pair], pair


def shown():
    """The names of datasets that something in force names, under any of their names."""
    rows = Dataset.objects.unrestricted(WHY).select_related("namespace", "canonical")
    return {name_of(row) for row in rows if row.canonical.first_seen is not None}


def spelled(identity):
    home, name = identity
    return name if home == "data" else f"{home}|{name}"
