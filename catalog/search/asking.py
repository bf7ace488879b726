"""What does a request look for, in its address?"""

from collections.abc import Mapping, Sequence

from django.http import QueryDict

from catalog.models import Mark

# The parameters that filter; each can be given several times.
FILTERS = {field.label: field for field in Mark.Field}
MOST_VALUES = 50  # of one field


def filters_of(asked: QueryDict) -> dict[Mark.Field, list[str]]:
    """The values that results must have, by field; blank ones ask for nothing."""
    found: Mapping[Mark.Field, Sequence[str]] = {
        field: [value for value in asked.getlist(name) if value and "\0" not in value]
        for name, field in FILTERS.items()
    }
    return {field: list(v[:MOST_VALUES]) for field, v in found.items() if v}
