"""Which tags and descriptions have things, by people and by producers?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.curation.reading import Curated, curated
from catalog.facets import document
from catalog.models import Dataset, Facet, Job, ProposalVerdict

SHOWN = ("tag", "description", "verdict")


def said_of(assets: Sequence[Dataset | Job]) -> dict[int, Curated]:
    """What people say of canonical datasets, or of jobs: as many queries as kinds."""
    return curated(assets, SHOWN)


def said_of_ids(
    model: type[Dataset | Job], ids: Iterable[int], kinds: Sequence[str] = SHOWN
) -> dict[int, Curated]:
    """`said_of`, where only ids are at hand: none of these kinds is inherited."""
    return curated([model(pk=pk, namespace_id=0) for pk in ids], kinds)


def united(harvested: Sequence[str], said: Curated, column: str = "") -> list[str]:
    """People's tags, then those of producers that nobody has rejected, each once."""
    own = said.columns.get(column, {}) if column else said.own
    rejected = {
        verdict.content
        for verdict in own.get("verdict", ())
        if verdict.aspect == ProposalVerdict.Aspect.TAG and not verdict.is_accepted
    }
    kept = [word for word in harvested if path_of(word) not in rejected]
    return list(dict.fromkeys([*(row.tag.name for row in own.get("tag", ())), *kept]))


def described(harvested: str | None, said: Curated, column: str = "") -> str | None:
    """People's description, else the producer's."""
    own: Mapping[str, Any] = said.columns.get(column, {}) if column else said.own
    rows = own.get("description")
    return rows[-1].text if rows else harvested


def path_of(word: str) -> str:
    """A producer's tag as a name of the vocabulary."""
    return word.replace(":", ".", 1)


def tags_of(facet: Facet | None, field: str | None = None) -> list[str]:
    """The tags of a job or dataset, or of one of its fields, each once, as sent."""
    return by_field(facet).get(field, [])


def by_field(facet: Facet | None) -> dict[str | None, list[str]]:
    """The tags by field; those of the whole are under None.

    `key` where the value only affirms it, else `key:value`.
    """
    found: dict[str | None, dict[str, None]] = {}
    tags = document(facet).get("tags")
    for tag in tags if isinstance(tags, list) else ():
        key = tag.get("key") if isinstance(tag, dict) else None
        if not isinstance(key, str) or not key:
            continue
        value, field = tag.get("value"), tag.get("field")
        affirms = value is True or value in (None, "", "true")
        word = key if affirms else f"{key}:{value}"
        held = found.setdefault(field if isinstance(field, str) and field else None, {})
        held[word] = None
    return {field: list(words) for field, words in found.items()}
