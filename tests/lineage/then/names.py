"""Which ids does the engine know names by?"""

from catalog.models import Dataset, Job
from lineage.graph.cut import Cut
from lineage.graph.veil import Column, Node
from tests.lineage.projection.observed import WHY, name

Named = tuple[str, str]  # "job" or "dataset", and its name; or dataset and column


class Names:
    """The names of what there is."""

    def __init__(self) -> None:
        datasets = Dataset.objects.unrestricted(WHY).select_related("namespace")
        jobs = Job.objects.unrestricted(WHY).select_related("namespace")
        self.datasets = {name(row): row.pk for row in datasets}
        self.jobs = {name(row): row.pk for row in jobs}
        # By whichever of its names: walks of now begin at canonical datasets.
        self.leaders = {name(row): row.canonical_id for row in datasets}
        self.of_dataset = {pk: spelled for spelled, pk in self.datasets.items()}
        self.of_job = {pk: spelled for spelled, pk in self.jobs.items()}

    def node(self, named: Named, cut: Cut) -> Node:
        kind, spelled = named
        if kind == "job":
            return Node(True, self.jobs[spelled])
        return Node(False, self.dataset(spelled, cut))

    def dataset(self, spelled: str, cut: Cut) -> int:
        """What to ask for: at a cut a name finds its dataset of then by itself."""
        return (self.leaders if cut.is_now else self.datasets)[spelled]

    def like(self, spelled: str) -> Named:
        """The job or dataset of this name."""
        return ("job" if spelled in self.jobs else "dataset"), spelled

    def named(self, node: Node) -> Named:
        if node.is_job:
            return "job", self.of_job[node.id]
        return "dataset", self.of_dataset[node.id]

    def column(self, column: Column) -> Named:
        return self.of_dataset[column.dataset], column.field
