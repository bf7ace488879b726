"""Whose token does this request carry, if any? In its header, and nowhere else."""

from urllib.parse import parse_qsl

from django.http import HttpRequest

from policies.problems import Problem
from policies.signing_in import tokens
from policies.signing_in.attempts import Kind, count_failure
from policies.signing_in.credentials import Credential

CHALLENGE = 'Bearer realm="headwater"'
# Names under which programs are known to send secrets in addresses.
SECRET_PARAMETERS = frozenset(
    {"access_token", "api_key", "apikey", "api-key", "auth", "authorization", "token"}
)


def credential_of(
    request: HttpRequest, *, now: bool = False, is_confirmed_later: bool = False
) -> Credential | None:
    """What the request's bearer token is worth, or the anonymous role; None if neither.

    As fresh as `tokens.authenticate`, or with `now` as `tokens.authenticate_now`.

    Raises Problem: 400 for credentials in the address, 401 for those that do not count.
    """
    refuse_credentials_in_query(request)
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return tokens.anonymous(is_confirmed_later=is_confirmed_later)
    scheme, _, raw = header.partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized(
            request,
            "credentials_unsupported",
            "Send a token, as Authorization: Bearer hw_…; no other scheme counts here.",
        )
    try:
        if now:
            return tokens.authenticate_now(raw.strip())
        return tokens.authenticate(raw.strip(), is_confirmed_later=is_confirmed_later)
    except tokens.TokenRefused as refused:
        raise unauthorized(request, "token_refused", refused.reason) from None


def demand_credential(
    request: HttpRequest, *, is_confirmed_later: bool = False
) -> Credential:
    """As `credential_of`, but a request without any is refused: 401."""
    credential = credential_of(request, is_confirmed_later=is_confirmed_later)
    if credential is None:
        raise Problem(
            401,
            "token_missing",
            "Send a token, as Authorization: Bearer hw_…; an administrator makes one "
            "by manage.py token create.",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    return credential


def refuse_credentials_in_query(request: HttpRequest) -> None:
    """Addresses stand in logs and histories: what is secret has no place there.

    Raises Problem (400), also where the credentials would have been good.
    """
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() in SECRET_PARAMETERS or tokens.SHAPE.search(value):
            request.META["QUERY_STRING"] = ""  # no page or log of ours repeats it
            raise Problem(
                400,
                "credentials_in_query",
                "Credentials in an address are kept by logs and histories, so they are "
                "refused there. Send the token as Authorization: Bearer hw_…, and "
                "replace this one: it must count as known to others.",
                extra={"parameter": name},
            )


def unauthorized(request: HttpRequest, code: str, detail: str) -> Problem:
    """The refusal of a credential that does not count; counts the attempt."""
    count_failure(Kind.TOKEN, request.META.get("REMOTE_ADDR", ""))
    challenge = f'{CHALLENGE}, error="invalid_token"'
    return Problem(401, code, detail, headers={"WWW-Authenticate": challenge})
