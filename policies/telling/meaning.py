"""What do people mean by the words of a grant: whom, what, and on which condition?"""

from dataclasses import dataclass
from typing import Any

from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.compiler.conditions import Condition, ConditionInvalid, parse
from policies.compiler.trees import asset_models, tree_model
from policies.models import Governed, Group, Principal, Reach
from policies.telling.condition_text import Document, document_in

GROUP = "group:"


class Unclear(ValueError):
    """Words mean nothing that there is; `field` says which of them."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class ScopeWords:
    """A scope as forms and programs write it: `reach`, and the words that it needs."""

    reach: str = Reach.EVERYTHING
    domain: str = ""
    namespace: str = ""  # a name, or a pattern with *
    tag: str = ""
    kind: str = ""  # of one asset, as are these
    asset_namespace: str = ""
    asset_name: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a scope was found to be; `row` is a domain, tag or asset, if it is one."""

    reach: Reach
    pattern: str = ""
    row: Any = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What `policies.services.GrantScope` is made with."""
        if self.reach == Reach.EVERYTHING:
            return {}
        return {str(self.reach): self.pattern or self.row}


def holder_called(text: str, *, is_new: bool = True) -> Principal | Group:
    """The principal of a sign-in name, or the group of `group:NAME`; raises Unclear.

    What `is_new` goes to no group that is out of use.
    """
    word = text.strip()
    if word.lower().startswith(GROUP):
        return group_called(word[len(GROUP) :], is_new=is_new)
    return principal_called(word)


def principal_called(text: str, field: str = "holder") -> Principal:
    """The principal of a sign-in name, whatever its case; raises Unclear."""
    word = text.strip()
    found = None
    if word and "\0" not in word:
        found = Principal.objects.filter(username__iexact=word).first()
    if found is None:
        group = ", or group:NAME for a group" if field == "holder" else ""
        raise Unclear(
            field,
            f"There is nobody called {word!r}. Write the name that they sign in with"
            f"{group}."
            if word
            else f"Say who: a sign-in name{group}.",
        )
    return found


def group_called(text: str, field: str = "holder", *, is_new: bool = True) -> Group:
    """The group of a name, whatever its case; raises Unclear."""
    word = text.strip()
    found = None
    if "\0" not in word:
        found = Group.objects.filter(name__iexact=word).first()
    if found is None:
        raise Unclear(field, f"There is no group called {word!r}.")
    if is_new and found.retired_at is not None:
        raise Unclear(field, f"The group {found} is out of use.")
    return found


def scope_meant(words: ScopeWords, reader: Someone) -> Meant:
    """What scope is meant; raises Unclear.

    An asset that the reader may not see is not there.
    """
    match words.reach:
        case Reach.EVERYTHING:
            return Meant(Reach.EVERYTHING)
        case Reach.NAMESPACE:
            pattern = words.namespace.strip()
            if not pattern or "\0" in pattern or len(pattern) > 1024:
                raise Unclear("namespace", "Write a namespace, or a pattern with *.")
            return Meant(Reach.NAMESPACE, pattern=pattern)
        case Reach.DOMAIN:
            return Meant(Reach.DOMAIN, row=_entry(Reach.DOMAIN, words.domain))
        case Reach.TAG:
            return Meant(Reach.TAG, row=_entry(Reach.TAG, words.tag))
        case Reach.ASSET:
            row = asset_called(
                words.kind, words.asset_namespace, words.asset_name, reader
            )
            return Meant(Reach.ASSET, row=row)
    raise Unclear("reach", f"A grant reaches one of: {', '.join(Reach.values)}.")


def asset_called(kind: str, namespace: str, name: str, reader: Someone) -> Governed:
    """The asset of a name, if the reader may see it; raises Unclear."""
    model: Any = asset_models().get(kind)
    if model is None:
        kinds = ", ".join(sorted(asset_models()))
        raise Unclear("kind", f"The kind of an asset is one of: {kinds}.")
    space: str = access.policy_of(model).namespace
    wanted = {f"{space}__name": namespace, "name": name}
    if not space:
        wanted = {"name": name or namespace}
    found: Governed | None = None
    if not any("\0" in word for word in wanted.values()):
        rows = model._default_manager.permitted_by_name(reader, Action.ASSET_VIEW)
        rows = rows.select_related(space) if space else rows
        found = rows.filter(**wanted).first()
    if found is None:
        raise Unclear("asset_name", f"There is no {kind} of this name that you see.")
    return found


def condition_meant(text: str) -> Condition | None:
    """The condition that a text says; none, if it is empty. Raises ConditionInvalid."""
    return condition_in(document_in(text)) if text.strip() else None


def condition_in(document: Document) -> Condition:
    """A condition whose tags stand by name. Raises ConditionInvalid."""

    def tag(name: Any, at: str) -> int:
        try:
            return int(_entry(Reach.TAG, str(name)).pk)
        except Unclear as unclear:
            raise ConditionInvalid(str(unclear), at) from None

    return parse(document, tag)


def _entry(reach: Reach, text: str) -> Any:
    """A domain or tag that is in use; raises Unclear."""
    word = text.strip()
    found = None
    if word and "\0" not in word:
        rows = tree_model(reach)._default_manager.current()
        found = rows.filter(name__iexact=word).first()
    if found is None:
        raise Unclear(
            str(reach),
            f"There is no {reach} called {word!r}." if word else f"Which {reach}?",
        )
    return found
