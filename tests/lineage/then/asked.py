"""What does the engine answer, in the words of `happenings`?"""

from catalog.models import Dataset, Job
from lineage.graph import columns, flow
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column, Node
from tests.lineage.projection.observed import WHY, name

FAR = 50  # hops; and more nodes than there are
MANY = 500

Named = tuple[str, str]  # "job" or "dataset", and its name; or dataset and column
Hops = dict[Named, int]
Link = tuple[Named, Named]


class Names:
    """Names of what there is, and the ids that the engine knows it by."""

    def __init__(self) -> None:
        datasets = Dataset.objects.unrestricted(WHY).select_related("namespace")
        jobs = Job.objects.unrestricted(WHY).select_related("namespace")
        self.datasets = {name(row): row.pk for row in datasets}
        self.jobs = {name(row): row.pk for row in jobs}
        self.of_dataset = {pk: spelled for spelled, pk in self.datasets.items()}
        self.of_job = {pk: spelled for spelled, pk in self.jobs.items()}

    def node(self, named: Named) -> Node:
        kind, spelled = named
        is_job = kind == "job"
        return Node(is_job, (self.jobs if is_job else self.datasets)[spelled])

    def named(self, node: Node) -> Named:
        if node.is_job:
            return "job", self.of_job[node.id]
        return "dataset", self.of_dataset[node.id]

    def column(self, column: Column) -> Named:
        return self.of_dataset[column.dataset], column.field

    def flow(self, start: Named, *, is_downstream: bool, cut: Cut = NOW) -> Hops:
        """How many hops it is to each node, one way."""
        walk = flow.downstream if is_downstream else flow.upstream
        found = walk(self.node(start), max_hops=FAR, max_nodes=MANY, **_timed(cut))
        assert not found.is_truncated
        return {
            self.named(place): met.hops
            for place, met in found.met.items()
            if isinstance(place, Node)
        }

    def column_flow(
        self, start: Named, *, is_downstream: bool, cut: Cut = NOW
    ) -> set[Link]:
        """The links of a walk from a column, each as (source, what is made of it)."""
        found = columns.walk(
            [Column(self.datasets[start[0]], start[1])],
            max_hops=FAR,
            max_columns=MANY,
            is_upstream=not is_downstream,
            is_downstream=is_downstream,
            **_timed(cut),
        )
        assert not found.is_truncated
        links = found.links.keys() | found.manual
        return {(self.column(source), self.column(out)) for out, source in links}


def _timed(cut: Cut) -> dict[str, Cut]:
    return {} if cut.is_now else {"cut": cut}
