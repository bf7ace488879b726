"""What may querysets ask that Django has no word for?"""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Field, ForeignObject, Lookup


@Field.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    """`pk__among=ids`: as `__in`, but with one parameter for all of the ids.

    A statement of many hundred placeholders takes longer to write than to run. In place
    of the ids can stand a column that is an array of them.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        if not self.rhs_is_direct_value():
            array, more = compiler.compile(self.rhs)
            return f"{column} = ANY({array})", (*parameters, *more)
        return f"{column} = ANY(%s)", (*parameters, list(self.rhs))


@SearchVectorField.register_lookup
class Fits(Lookup):
    """`words__fits="'order':* & 'item'"`: a tsquery in PostgreSQL's own spelling."""

    lookup_name = "fits"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", (*parameters, self.rhs)
