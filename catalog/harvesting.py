"""Which tags of the vocabulary would those be that a facet holds?"""

from catalog.about import About, Tag
from catalog.models import Facet, FacetTag

NAME_MAX: int = FacetTag._meta.get_field("name").max_length or 0


def tag_path(tag: Tag) -> str:
    """The tag of the vocabulary that a harvested one would be."""
    if tag.value in ("", "true"):
        return tag.key
    return f"{tag.key}.{tag.value}"


def tags_said(body: str) -> set[tuple[str, str]]:
    """The tags in the body of a `tags` facet: the column, or "", and the name.

    The end of a name that is too long for any tag is cut off: what it lies below, it
    still does.
    """
    about = About({"tags": Facet(key="tags", body=body)})
    return {(tag.field, tag_path(tag)[:NAME_MAX]) for tag in about.all_tags}
