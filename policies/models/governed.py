"""Which rows may be read: assets whose managers refuse to be read unfiltered."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import sql

from policies import access
from policies.actions import Action

M = TypeVar("M", bound=models.Model, covariant=True)

# Set while Django itself compares a row with its neighbours (unique constraints): that
# question is about the table, whoever asks.
_checks_constraints: ContextVar[bool] = ContextVar("checks_constraints", default=False)


class ReadUnfiltered(RuntimeError):
    """Governed rows were about to be read without a decision about who may see them."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(
            f"{model.__name__} rows are governed: say .permitted(principal, action), "
            'or .unrestricted("why") in work of the system itself'
        )


class GovernedQuery(sql.Query):
    """A query that compiles to no SQL, at the top or as a part, before its release."""

    is_released = False

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        if not self.is_readable():
            assert self.model is not None
            raise ReadUnfiltered(self.model)
        return super().get_compiler(*args, **kwargs)

    def combine(self, rhs: sql.Query, connector: str) -> None:
        # One released half would otherwise carry the rows of the other one out. A half
        # of another class is Django's own, around a slice that is guarded by itself.
        released = self.is_released and getattr(rhs, "is_released", True)
        super().combine(rhs, connector)
        self.is_released = released

    def is_readable(self) -> bool:
        return self.is_released or self.is_empty() or _checks_constraints.get()


class GovernedQuerySet(models.QuerySet[M]):
    """Rows that are read only after `permitted` or `unrestricted`; both may come last.

    The refusal sits where SQL is made, so that no door leads round it: subqueries,
    unions, prefetches and aggregates included. Rows can be created without a release,
    since that tells nothing.
    """

    def __init__(
        self,
        model: type[models.Model] | None = None,
        query: sql.Query | None = None,
        using: str | None = None,
        hints: dict[str, models.Model] | None = None,
    ) -> None:
        if query is None and model is not None:
            query = GovernedQuery(model)
        super().__init__(model, query, using, hints)

    def permitted(self, principal: access.Someone, action: Action) -> Self:
        """The rows on which `principal` may do `action`."""
        return self.filter(access.permitted(principal, action, self.model))._release()

    def permitted_whole(self, principal: access.Someone, action: Action) -> Self:
        """The rows, by whichever name, of assets on which `principal` may do `action`.

        An asset is judged by its canonical name.
        """
        names = str(getattr(access.policy_of(self.model), "names", ""))
        if not (key := names.rpartition("__")[0]):
            return self.permitted(principal, action)
        manager: Any = self.model._default_manager
        whole = manager.permitted(principal, action).order_by().values("pk")
        return self.filter(**{f"{key}__in": whole})._release()

    def permitted_by_name(self, principal: access.Someone, action: Action) -> Self:
        """The rows that may be told by their own names, which may be other ones.

        It takes `action` where the name lies, and on the asset under its canonical one.
        """
        found = self.permitted(principal, action)
        has_more = getattr(access.policy_of(self.model), "names", "")
        return found.permitted_whole(principal, action) if has_more else found

    def visible(self) -> Self:
        """Those that lists show: all of them, unless a model knows of others."""
        return self._chain()  # type: ignore[attr-defined,no-any-return]

    def unrestricted(self, reason: str) -> Self:
        """Every row: for the system's own work, never for the answer to a request."""
        if not reason.strip():
            raise ValueError("say why these rows may be read unfiltered")
        return self._chain()._release()  # type: ignore[attr-defined,no-any-return]

    def update(self, **kwargs: Any) -> int:
        self._demand_release()
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._demand_release()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _raw_delete(self, using: str | None) -> int:
        self._demand_release()
        return super()._raw_delete(using)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        self._demand_release()
        return super().raw(*args, **kwargs)

    def __repr__(self) -> str:
        # A debugger's page must not become a door, nor fail.
        if self._result_cache is None and not self._is_readable():
            return f"<{type(self).__name__} of {self.model.__name__}, unfiltered>"
        return super().__repr__()

    def _release(self) -> Self:
        self.query.is_released = True  # type: ignore[attr-defined]
        return self

    def _is_readable(self) -> bool:
        # A query of another class was put in by Django's own hands.
        return not isinstance(self.query, GovernedQuery) or self.query.is_readable()

    def _demand_release(self) -> None:
        if not self._is_readable():
            raise ReadUnfiltered(self.model)


class Governed(models.Model):
    """An asset that policies govern, with a `class Policy` that says by what.

    `Policy.namespace` is the lookup to its namespace ("" where it is one itself);
    `domain`, `tags` and `owners` lead to the other branches of the tree of scopes.
    Its default manager comes from a GovernedQuerySet; a system check sees to both.
    """

    class Meta:
        abstract = True

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *_policy_faults(cls)]

    def validate_unique(self, *args: Any, **kwargs: Any) -> None:
        with _checking_constraints():
            super().validate_unique(*args, **kwargs)

    def validate_constraints(self, *args: Any, **kwargs: Any) -> None:
        with _checking_constraints():
            super().validate_constraints(*args, **kwargs)


@contextmanager
def _checking_constraints() -> Iterator[None]:
    token = _checks_constraints.set(True)
    try:
        yield
    finally:
        _checks_constraints.reset(token)


def _policy_faults(model: type[Governed]) -> Iterator[checks.CheckMessage]:
    if not isinstance(model._default_manager.get_queryset(), GovernedQuerySet):
        yield checks.Error(
            "The default manager of a governed model must come from GovernedQuerySet.",
            obj=model,
            id="policies.E001",
        )
    try:
        lookup = access.policy_of(model).namespace
        reached: Any = model
        for step in filter(None, lookup.split("__")):
            field = reached._meta.get_field(step)
            if not (field.many_to_one or field.one_to_one):
                raise FieldDoesNotExist(f"{step} leads to no single row")
            reached = field.related_model
        reached._meta.get_field("name")
    except (TypeError, AttributeError, FieldDoesNotExist) as fault:
        yield checks.Error(
            f"Its class Policy leads to no namespace: {fault}",
            obj=model,
            id="policies.E002",
        )
