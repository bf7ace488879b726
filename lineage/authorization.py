"""Which identities may the sender of an event alter?"""

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from lineage import facets
from lineage.conformance import Conformance, Refused
from lineage.facets.dataset import Lifecycle, Symlinks
from lineage.facets.explicit import JobLineage
from lineage.facets.run import JobDependencies, Parent
from lineage.json_text import pointer
from lineage.openlineage import DatasetRef, Event, Facet

Read = Callable[[str, str, bytes], facets.Reading]


class Scope(Protocol):
    """A set of namespaces, such as `policies.compiler.scopes.NamespaceScope`."""

    @property
    def is_everything(self) -> bool: ...

    def allows(self, name: str, /) -> bool: ...


class Named(msgspec.Struct, frozen=True):
    """An identity that an event names, and where."""

    kind: str
    namespace: str
    name: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace} {self.name}"


class Verdict(msgspec.Struct, frozen=True):
    """What is asserted without the right to: `inert`, sorted, and a warning for each.

    An identity is spelled "dataset NAMESPACE NAME" or "job NAMESPACE NAME". What the
    event says *about* it has no effect; that the event's job reads it, has.
    """

    inert: tuple[str, ...] = ()
    warnings: tuple[Conformance, ...] = ()


UNBOUNDED = Verdict()


def authorize(event: Event, scope: Scope, read: Read = facets.read) -> Verdict:
    """Judge an event sent by someone who may send for the namespaces in `scope`.

    Raises Refused (403) if its job, one of its outputs, or the dataset that it is about
    lies outside. Anything else outside is inert; all of it is listed, so that two
    acceptances of one event agree on what neither of them may alter. `read` reads
    facets.
    """
    if scope.is_everything:
        return UNBOUNDED
    for named in _altered(event):
        if not scope.allows(named.namespace):
            raise Refused(
                403,
                "namespace_forbidden",
                f"{named.pointer}/namespace",
                f"This credential may not send events for the namespace "
                f"{named.namespace!r}. Use a token whose scope covers it, or ask an "
                "administrator for the producer role there.",
            )
    outside: dict[str, Named] = {}
    for named in _asserted(event, read):
        if not scope.allows(named.namespace):
            outside.setdefault(str(named), named)
    return Verdict(
        tuple(sorted(outside)),
        tuple(
            Conformance(
                named.pointer,
                "assertion_inert",
                f"The sender may not alter anything in the namespace "
                f"{named.namespace!r}; what the event says about it has no effect.",
            )
            for named in outside.values()
        ),
    )


def _altered(event: Event) -> Iterator[Named]:
    if event.job_namespace is not None and event.job_name is not None:
        yield Named("job", event.job_namespace, event.job_name, "/job")
    for index, output in enumerate(event.outputs):
        at = pointer("outputs", index)
        yield Named("dataset", output.namespace, output.name, at)
    if event.dataset is not None:
        yield Named("dataset", event.dataset.namespace, event.dataset.name, "/dataset")


def _asserted(event: Event, read: Read) -> Iterator[Named]:
    """Name all that an event says something about beside what it is about."""
    for facet in event.run_facets:
        if facet.key == "parent":
            yield from _ancestors(facet, read)
        elif facet.key == "jobDependencies":
            yield from _dependents(facet, read)
    for facet in event.job_facets:
        if facet.key == "lineage":
            yield from _targets(facet, read)
    for index, dataset in enumerate(event.inputs):
        at = pointer("inputs", index)
        # Reading a dataset alters nothing; describing it does.
        if dataset.facets or dataset.io_facets:
            yield Named("dataset", dataset.namespace, dataset.name, at)
        yield from _other_names(dataset, at, read)
    for index, dataset in enumerate(event.outputs):
        yield from _other_names(dataset, pointer("outputs", index), read)
    if event.dataset is not None:
        yield from _other_names(event.dataset, "/dataset", read)


def _ancestors(facet: Facet, read: Read) -> Iterator[Named]:
    parent = read("run", "parent", facet.body).value
    if isinstance(parent, Parent):
        at = "/run/facets/parent"
        for one, here in ((parent.parent, at), (parent.root, f"{at}/root")):
            if one is not None:
                yield Named("job", one.job_namespace, one.job_name, f"{here}/job")


def _dependents(facet: Facet, read: Read) -> Iterator[Named]:
    """Name the jobs that are said to wait. What one's own waits for is as an input."""
    found = read("run", "jobDependencies", facet.body).value
    if isinstance(found, JobDependencies):
        at = "/run/facets/jobDependencies/downstream"
        for one in found.dependencies:
            if one.direction == "downstream":
                yield Named("job", one.job_namespace, one.job_name, at)


def _targets(facet: Facet, read: Read) -> Iterator[Named]:
    lineage = read("job", "lineage", facet.body).value
    if isinstance(lineage, JobLineage):
        for target in lineage.targets:
            if target.namespace is not None and target.name is not None:
                kind = target.type.lower()
                at = "/job/facets/lineage/entries"
                yield Named(kind, target.namespace, target.name, at)


def _other_names(dataset: DatasetRef, at: str, read: Read) -> Iterator[Named]:
    for facet in dataset.facets:
        here = f"{at}/facets/{facet.key}"
        if facet.key == "symlinks":
            symlinks = read("dataset", "symlinks", facet.body).value
            if isinstance(symlinks, Symlinks):
                for one in symlinks.identifiers:
                    yield Named("dataset", one.namespace, one.name, here)
        elif facet.key == "lifecycleStateChange":
            change = read("dataset", "lifecycleStateChange", facet.body).value
            if isinstance(change, Lifecycle) and change.previous_namespace is not None:
                name = change.previous_name or ""
                yield Named("dataset", change.previous_namespace, name, here)
