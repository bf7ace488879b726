"""What may the one who asks read, decided once for a whole answer?"""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from typing import Any

import orjson
from django.db.models import Exists, F, OuterRef, Q

from catalog import facet_columns
from catalog.facet_columns import without_others
from catalog.hidden_columns import LINEAGE, VIEW, HiddenColumns, hidden_columns
from catalog.models import Dataset, Facet, Job, Namespace
from catalog.models.datasets import DatasetQuerySet
from catalog.models.jobs import JobQuerySet
from catalog.models.namespaces import NamespaceQuerySet
from lineage import withholding
from lineage.graph.veil import Veil
from lineage.models import Run
from lineage.models.runs import RunQuerySet
from lineage.veiling import ReaderVeil
from lineage.withholding import Identity
from policies.access import Someone, permitted
from policies.actions import Action
from policies.compiler.column_denies import column_denies

# Of a facet that was cut for one dataset, the text tells it from the whole one.
type _FacetKey = tuple[int, str]


def _key_of(facet: Facet) -> _FacetKey:
    return facet.pk, facet.body if facet_columns.is_cut(facet) else ""


class FacetBodies:
    """Some facets of one answer, by key; what of them is shown is decided together."""

    def __init__(self, reader: "Reader", facets: Mapping[str, Facet]) -> None:
        self.reader = reader
        self.facets = facets

    def as_json(self) -> dict[str, Any]:
        """The facets for `orjson`, without what the reader may not see."""
        self.reader.decide()
        shown = {
            key: self.reader.decided.get(_key_of(facet), facet.body)
            for key, facet in self.facets.items()
        }
        return {key: orjson.Fragment(body) for key, body in shown.items() if body}


class Reader:
    """A principal while one answer is made; each question of rights is asked once."""

    def __init__(self, principal: Someone) -> None:
        self.principal = principal
        # Facets whose text differs for this reader: empty is withheld altogether.
        self.decided: dict[_FacetKey, str] = {}
        self._undecided: dict[_FacetKey, Facet] = {}

    @cached_property
    def namespaces(self) -> NamespaceQuerySet:
        return Namespace.objects.seen().permitted(self.principal, Action.ASSET_VIEW)

    @cached_property
    def datasets(self) -> DatasetQuerySet:
        return Dataset.objects.visible().permitted(self.principal, Action.ASSET_VIEW)

    @cached_property
    def names(self) -> DatasetQuerySet:
        """The names of datasets, canonical or not, by which the reader may ask."""
        return Dataset.objects.permitted(self.principal, Action.ASSET_VIEW)

    @cached_property
    def jobs(self) -> JobQuerySet:
        return Job.objects.visible().permitted(self.principal, Action.ASSET_VIEW)

    @cached_property
    def runs(self) -> RunQuerySet:
        return Run.objects.visible().permitted(self.principal, Action.RUN_VIEW)

    @cached_property
    def past_datasets(self) -> DatasetQuerySet:
        """Those that may be shown as what a run read or wrote, deleted since or not."""
        linked = Dataset.objects.canonical().permitted(
            self.principal, Action.LINEAGE_VIEW
        )
        return linked.permitted(self.principal, Action.ASSET_VIEW)

    @cached_property
    def linked_datasets(self) -> DatasetQuerySet:
        """Those that may be shown as what another asset reads, writes or comes from."""
        return self.past_datasets.visible()

    @cached_property
    def linked_names(self) -> DatasetQuerySet:
        """Names of datasets as parts of past lineage, whatever evidence is left.

        Which name a dataset has may change, and what told of it be retracted; whether a
        DELETE hides it is a matter of now.
        """
        named = Dataset.objects.permitted(self.principal, Action.LINEAGE_VIEW)
        named = named.permitted(self.principal, Action.ASSET_VIEW)
        shown = Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at"))
        names = Dataset.objects.unrestricted("names of the rows of this very query")
        alike = names.filter(shown, canonical=OuterRef("canonical"))
        return named.filter(Exists(alike))

    @cached_property
    def column_datasets(self) -> DatasetQuerySet:
        """Those whose columns may be shown as what other columns come from.

        Some producers name a source in column lineage and nowhere else.
        """
        named = Dataset.objects.permitted(self.principal, Action.LINEAGE_VIEW)
        named = named.permitted(self.principal, Action.ASSET_VIEW)
        unseen = Q(first_seen=None, canonical=F("pk"))
        # Row by row: beside OR, the planner would read all of them for a few.
        is_linked = Exists(self.linked_datasets.filter(pk=OuterRef("pk")))
        return named.filter(unseen | is_linked)

    @cached_property
    def veil(self) -> Veil:
        """What is hidden from the reader in walks; deleted or not, to tell nothing."""
        asked = (Action.ASSET_VIEW, Action.LINEAGE_VIEW)
        return ReaderVeil(
            Job.objects.permitted(self.principal, asked[0]).permitted(
                self.principal, asked[1]
            ),
            Dataset.objects.permitted(self.principal, asked[0]).permitted(
                self.principal, asked[1]
            ),
            hides_nothing=not column_denies(self.principal, *asked)
            and not any(
                permitted(self.principal, action, model)
                for action in asked
                for model in (Dataset, Job)
            ),
            columns_of=partial(self.hidden_columns, lineage=True),
        )

    @cached_property
    def linked_jobs(self) -> JobQuerySet:
        """Those that may be shown by what they have to do with another asset."""
        return self.jobs.permitted(self.principal, Action.LINEAGE_VIEW)

    @cached_property
    def named_jobs(self) -> JobQuerySet:
        """Those, too, that others name as parts of lineage and nothing tells of."""
        named = Job.objects.permitted(self.principal, Action.LINEAGE_VIEW)
        shown = Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at"))
        return named.permitted(self.principal, Action.ASSET_VIEW).filter(shown)

    def code_of(self, jobs: Iterable[int]) -> set[int]:
        """The jobs (by id) whose SQL and source code the reader may see."""
        readable = Job.objects.permitted(self.principal, Action.LINEAGE_VIEW_SQL)
        return set(readable.filter(pk__in=list(jobs)).values_list("pk", flat=True))

    def bodies(
        self,
        facets: Iterable[Facet],
        *,
        code: bool = False,
        lineage: bool = True,
        hidden: Collection[str] = (),
    ) -> FacetBodies:
        """Facets to show, later, when all of an answer's are known.

        Those that show code or lineage stay out unless `code` or `lineage` says that
        the reader may see it, and what names `hidden` columns is left out of all.
        """
        cut = (facet_columns.without(facet, hidden) for facet in facets)
        kept = {
            facet.key: facet
            for facet in cut
            if facet is not None
            and (code or not withholding.shows_code(facet))
            and (lineage or not withholding.shows_lineage(facet))
        }
        for facet in kept.values():
            if withholding.names_others(facet) and _key_of(facet) not in self.decided:
                self._undecided[_key_of(facet)] = facet
        return FacetBodies(self, kept)

    def readable(
        self,
        facets: Iterable[Facet],
        *,
        code: bool = False,
        hidden: Collection[str] = (),
    ) -> list[tuple[Facet, str]]:
        """Facets of any scopes with what may be shown of each, at once.

        Those that show code stay out unless `code` says that the reader may see it, and
        what names `hidden` columns is left out of all.
        """
        cut = (facet_columns.without(facet, hidden) for facet in facets)
        shown = [facet for facet in cut if facet is not None]
        kept = [f for f in shown if code or not withholding.shows_code(f)]
        for facet in kept:
            self.bodies([facet], code=True)
        self.decide()
        told = [(f, self.decided.get(_key_of(f), f.body)) for f in kept]
        return [(facet, body) for facet, body in told if body]

    def decide(self) -> None:
        """Find what the facets gathered so far name, and prune them; three queries.

        One more, or two, for those who are denied columns by tags.
        """
        undecided, self._undecided = self._undecided, {}
        if not undecided or self._sees_every_name:
            return
        documents = {key: withholding.read(facet) for key, facet in undecided.items()}
        named = {
            identity
            for document in documents.values()
            for identity in withholding.identities(document)
        }
        withheld = self._withheld(named)
        columns = self._columns_of(named)
        for key, document in documents.items():
            told = document
            if not withheld.isdisjoint(withholding.identities(document)):
                told = withholding.prune(document, withheld)
            if columns and told is not None:
                told = without_others(told, undecided[key].key, columns)
            if told != document:
                self.decided[key] = "" if told is None else withholding.write(told)

    def hidden_columns(
        self, datasets: Iterable[int], *, lineage: bool = False
    ) -> HiddenColumns:
        """The columns of canonical datasets that the reader may not know of.

        With `lineage`, those, too, that may not be shown as a part of it.
        """
        return hidden_columns(self.principal, datasets, LINEAGE if lineage else VIEW)

    @cached_property
    def _sees_every_name(self) -> bool:
        return not column_denies(self.principal, *LINEAGE) and not any(
            permitted(self.principal, Action.ASSET_VIEW, model)
            for model in (Dataset, Job)
        )

    def _columns_of(
        self, named: set[Identity]
    ) -> dict[tuple[str, str], frozenset[str]]:
        """The hidden columns of the datasets that are named, by their names."""
        wanted = {(i.namespace, i.name) for i in named if not i.is_job}
        if not wanted or not column_denies(self.principal, *LINEAGE):
            return {}
        rows = (
            Dataset.objects.unrestricted("their columns are to be left out")
            .filter(
                namespace__name__in={namespace for namespace, _ in wanted},
                name__in={name for _, name in wanted},
            )
            .values_list("namespace__name", "name", "canonical")
        )
        canonical = {(space, name): pk for space, name, pk in rows}
        hidden = self.hidden_columns(set(canonical.values()), lineage=True)
        return {
            name: hidden.of[pk] for name, pk in canonical.items() if pk in hidden.of
        }

    def _withheld(self, named: set[Identity]) -> set[Identity]:
        """Those that the catalog has and the reader may not see."""
        found = set()
        for is_job, model in ((False, Dataset), (True, Job)):
            wanted = {(i.namespace, i.name) for i in named if i.is_job is is_job}
            if not wanted:
                continue
            visible: Any = model.objects.permitted_by_name(
                self.principal, Action.ASSET_VIEW
            )
            rows = (
                model.objects.unrestricted("what is hidden is to be left out")
                .filter(
                    namespace__name__in={namespace for namespace, _ in wanted},
                    name__in={name for _, name in wanted},
                )
                .exclude(pk__in=visible.values("pk"))
                .values_list("namespace__name", "name")
            )
            found |= {Identity(is_job, *row) for row in rows if row in wanted}
        return found
