"""How do answers tell grants, people and grounds; how is a refusal answered?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from rest_framework import serializers

from policies.compiler.conditions import ConditionInvalid
from policies.json_api import Input
from policies.models import Grant, Group, Principal
from policies.problems import Problem
from policies.services import NotGrantable, ScopeInvalid, UnknownRole
from policies.telling.meaning import Unclear
from policies.telling.wording import State, ToldGrant
from policies.views.base import REFUSALS

REASON_MAX = 500


class ReasonInput(Input):
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=REASON_MAX
    )


class PrincipalOutput(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(Principal.Kind.values)


class GroupRefOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ReachedOutput(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="everything, domain, tag, namespaces, or the kind of one asset."
    )
    name = serializers.CharField(
        allow_null=True, help_text="null where the reader may not know it."
    )


class GrantOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    principal = PrincipalOutput(allow_null=True)
    group = GroupRefOutput(allow_null=True)
    role = serializers.CharField()
    effect = serializers.ChoiceField(Grant.Effect.values)
    on = ReachedOutput()
    condition = serializers.CharField(allow_null=True, help_text="In words.")
    state = serializers.ChoiceField([str(state) for state in State])
    validFrom = serializers.DateTimeField(allow_null=True)  # noqa: N815
    validTo = serializers.DateTimeField(allow_null=True)  # noqa: N815
    reason = serializers.CharField(allow_null=True)
    grantedBy = serializers.CharField(allow_null=True)  # noqa: N815
    grantedAt = serializers.DateTimeField()  # noqa: N815
    revokedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815


def principal_told(principal: Principal) -> dict[str, Any]:
    return {
        "username": principal.username,
        "name": principal.name,
        "kind": principal.kind,
    }


def group_told(group: Group) -> dict[str, Any]:
    return {"id": str(group.public_id), "name": group.name}


def grant_told(told: ToldGrant, *, with_why: bool = True) -> dict[str, Any]:
    """A grant; who gave it and why is for those who see access."""
    grant = told.grant
    by = grant.granted_by.username if with_why and grant.granted_by else None
    return {
        "id": grant.pk,
        "principal": principal_told(grant.principal) if grant.principal else None,
        "group": group_told(grant.group) if grant.group else None,
        "role": grant.role.name,
        "effect": grant.effect,
        "on": {"kind": told.kind, "name": told.name or None},
        "condition": told.condition or None,
        "state": str(told.state),
        "validFrom": grant.valid_from,
        "validTo": grant.valid_to,
        "reason": (grant.reason or None) if with_why else None,
        "grantedBy": by,
        "grantedAt": grant.recorded_from,
        "revokedAt": grant.recorded_to,
    }


@contextmanager
def refusing(**members: str) -> Iterator[None]:
    """Answer what services refuse: 400 for what was sent, 409 for what there is.

    `members` names the member of the body that a field of the words stands for.
    """
    try:
        yield
    except Unclear as unclear:
        raise _invalid(unclear, members.get(unclear.field, unclear.field)) from None
    except ConditionInvalid as invalid:
        raise _invalid(invalid, f"condition{invalid.pointer}") from None
    except ValidationError as invalid:
        raise _invalid(" ".join(invalid.messages), "") from None
    except UnknownRole as unknown:
        raise _invalid(unknown, "role") from None
    except (NotGrantable, ScopeInvalid) as refusal:
        raise _invalid(refusal, "") from None
    except IntegrityError:
        raise Problem(409, "name_taken", "There is one of this name already.") from None
    except REFUSALS as refusal:
        raise Problem(409, "change_refused", str(refusal)) from None


def _invalid(refusal: object, member: str) -> Problem:
    pointer = f"/{member}" if member else ""
    return Problem(400, "value_invalid", str(refusal), pointer=pointer)
