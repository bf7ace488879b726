"""What does the head of an asset's page say of what people say?"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from catalog.curation.panels import Shown, shown
from catalog.curation.reading import Curated, curated
from catalog.hidden_columns import NONE, HiddenColumns
from catalog.models import Lifecycle

# Descriptions, marks and states: what a reader wants to know first. Of columns, too.
HEAD = (
    *("description", "owner", "tag", "domain", "tier", "environment", "lifecycle"),
    *("term", "product", "property"),
)


@dataclass(frozen=True)
class Head:
    """What people say of one asset, read when a page shows it."""

    asset: Any
    hidden: HiddenColumns = NONE

    @cached_property
    def said(self) -> Curated:
        said = curated([self.asset], HEAD)
        self.hidden.leave(said)
        return said[self.asset.pk]

    @property
    def description(self) -> str:
        return self.said.description

    @property
    def owners(self) -> list[Shown]:
        return shown(self.said, "owner")

    @property
    def domain(self) -> Shown | None:
        return next(iter(shown(self.said, "domain")), None)

    @property
    def tags(self) -> list[Shown]:
        return shown(self.said, "tag")

    @property
    def terms(self) -> list[Shown]:
        return shown(self.said, "term")

    @property
    def products(self) -> list[Shown]:
        return shown(self.said, "product")

    @property
    def states(self) -> list[tuple[str, Shown]]:
        """The tier and the environment."""
        return [
            (name.capitalize(), each)
            for name in ("tier", "environment")
            for each in shown(self.said, name)
        ]

    @property
    def lifecycle(self) -> Shown | None:
        return next(iter(shown(self.said, "lifecycle")), None)

    @property
    def is_over(self) -> bool:
        """Whether it should not be used any more: a banner says so."""
        state = self.lifecycle
        return state is not None and state.value in (
            Lifecycle.DEPRECATED,
            Lifecycle.ARCHIVED,
        )
