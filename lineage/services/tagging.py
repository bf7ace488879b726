"""How does a tag come on an asset or a column, and off it, by Marquez's routes?"""

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, VERDICT
from catalog.curation.proposals import Aspect, proposals_of
from catalog.curation.subjects import Subject
from catalog.models import Change, Tag
from catalog.services import Saying, changing, define_entry, ensure_tag
from policies.models import Principal


def put_tag(subject: Subject, name: str, *, actor: Principal | None) -> None:
    """Put a tag on it, which is defined if there is none yet; repeating is nothing.

    Raises catalog.curation.faults.Refused for a name that no tag can have.
    """
    spelt = read_facts(Tag, {"name": name})["name"]
    with changing(actor=actor, via=Change.Via.API) as making:
        tag = ensure_tag(making, spelt)
        making.say([Saying(KINDS["tag"], subject, {"tag": tag})])


def take_tag(subject: Subject, name: str, *, actor: Principal | None) -> None:
    """Take a tag off it; one that producers gave is rejected.

    What they give with a value has a colon in answers, and a dot in the vocabulary.
    """
    path = name.replace(":", ".", 1)
    with changing(actor=actor, via=Change.Via.API) as making:
        sayings = [
            Saying(KINDS["tag"], subject, None, (tag.pk,))
            for tag in Tag.objects.current().filter(name__in=[name, path])
        ]
        sayings += [
            Saying(
                VERDICT,
                subject,
                {"aspect": told.claim.aspect, "content": path, "is_accepted": False},
            )
            for told in proposals_of(subject.row)
            if told.claim.aspect == Aspect.TAG
            and (told.claim.column, told.claim.content) == (subject.column, path)
        ]
        making.say(sayings)


def describe_tag(name: str, description: str, *, actor: Principal | None) -> Tag:
    """Define a tag with a description, or give it that one.

    Raises catalog.curation.faults.Refused for a name that no tag can have.
    """
    facts = read_facts(Tag, {"name": name, "description": description})
    with changing(actor=actor, via=Change.Via.API) as making:
        entry = Tag.objects.current().filter(name=facts["name"]).first()
        return define_entry(making, Tag, facts, entry)
