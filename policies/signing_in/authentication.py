"""Who asks, at the API: the owner of a bearer token."""

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from policies.models import Principal
from policies.signing_in import bearer
from policies.signing_in.credentials import Credential


class BearerAuthentication(BaseAuthentication):
    """A token's principal, with the rights that the token leaves.

    Judged as of this very request: a revoked token is refused at once.
    """

    def authenticate(self, request: Request) -> tuple[Principal, Credential] | None:
        plain: HttpRequest = request._request
        credential = bearer.credential_of(plain, now=True)
        if credential is None or credential.principal_id is None:
            return None
        principal = (
            Principal.objects.active().filter(pk=credential.principal_id).first()
        )
        if principal is None:  # deactivated in this very moment
            raise bearer.unauthorized(plain, "token_refused", "Its owner is inactive.")
        principal.narrowing = credential.narrowing
        return principal, credential

    def authenticate_header(self, request: Request) -> str:
        return bearer.CHALLENGE
