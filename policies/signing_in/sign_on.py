"""Who does the identity provider say that this is? OpenID Connect, by allauth.

allauth leads through the code flow, with state and PKCE. Three things it leaves to us:
a nonce; that the ID token is verified whole, wherever it came from, by asymmetric keys
alone; and that discovery, token and user info speak of the one issuer that is set.
"""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

ALGORITHMS = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA"),
    }
)
CLOCKS_APART_SECONDS = 60
SUBJECT_MAX = 191  # what allauth's table takes; the standard has 255
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
)


class SignOnRefused(OAuth2Error):  # type: ignore[misc]
    """What came from the provider does not prove who somebody is; it says why."""


class SignOnAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """How allauth talks to the provider."""

    state: Mapping[str, Any] = {}

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        check_discovery(config)
        return config

    @property
    def basic_auth(self) -> bool:
        """In which of two ways the secret is shown; without one, in neither."""
        ways = self.openid_config.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        has_secret = bool(settings.HEADWATER_OIDC_CLIENT_SECRET)
        return has_secret and "client_secret_post" not in ways

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("sign-on-callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **given: Any
    ) -> SocialLogin:
        id_token = given["response"].get("id_token")
        if not id_token:
            raise SignOnRefused("there is no ID token")
        claims = self._verified(str(id_token), app)
        if "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise SignOnRefused("user info is about somebody else")
            claims = {**told, **claims}
        return self.get_provider().sociallogin_from_response(request, claims)

    def _verified(self, id_token: str, app: SocialApp) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json()
        return verified_claims(
            id_token,
            keys=keys,
            issuer=self.openid_config["issuer"],
            client_id=app.client_id,
            nonce=str(self.state.get("nonce", "")),
        )


class SignOnProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one provider that is set; nothing of a request changes what it is asked."""

    pkce_enabled_default = True
    oauth2_adapter_class = SignOnAdapter

    def get_callback_url(self) -> str:
        return reverse("sign-on-callback")

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **given: Any,
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        response: HttpResponse = super().redirect(
            request,
            process,
            next_url,
            data,
            auth_params={**self.get_auth_params(), "nonce": nonce},
            nonce=nonce,
            **given,
        )
        return response

    def sociallogin_from_response(
        self, request: HttpRequest, response: dict[str, Any]
    ) -> SocialLogin:
        sociallogin = super().sociallogin_from_response(request, response)
        sociallogin.claims = response  # for our adapter; none of it is kept
        return sociallogin

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []  # nobody is found by an address


class SignOnCallback(OAuth2CallbackView):  # type: ignore[misc]
    """Where the provider sends people back to."""

    def _get_state(self, request: HttpRequest, provider: SignOnProvider) -> Any:
        state, refusal = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, refusal


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What allauth asks of us: the one provider, and what becomes of who comes back."""

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        return [configured_app()] if settings.HEADWATER_OIDC_ISSUER else []

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: Any
    ) -> Any:
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Take over from allauth: it signs nobody in, and makes nobody."""
        raise ImmediateHttpResponse(ProvedWho(sociallogin.claims, sociallogin.state))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        raise ImmediateHttpResponse(NotProved(str(error), exception))


class ProvedWho(HttpResponse):
    """The provider vouches for somebody: the claims, and what was kept meanwhile."""

    def __init__(self, claims: dict[str, Any], state: Mapping[str, Any]) -> None:
        super().__init__(status=HTTPStatus.NO_CONTENT)
        self.claims = claims
        self.state = state


class NotProved(HttpResponse):
    """The sign-on failed; nothing of the exception is told to whoever asked."""

    def __init__(self, error: str, exception: Exception | None = None) -> None:
        super().__init__(status=HTTPStatus.UNAUTHORIZED)
        self.error = error
        self.exception = exception


def get_adapter() -> SocialAdapter:
    return SocialAdapter()


def configured_app() -> SocialApp:
    """The provider as it is set, in allauth's words. No row has it."""
    return SocialApp(
        provider="openid_connect",
        provider_id=settings.HEADWATER_OIDC_ISSUER,
        name=settings.HEADWATER_OIDC_LABEL,
        client_id=settings.HEADWATER_OIDC_CLIENT_ID,
        secret=settings.HEADWATER_OIDC_CLIENT_SECRET,
        settings={
            "server_url": settings.HEADWATER_OIDC_ISSUER,
            "scope": settings.HEADWATER_OIDC_SCOPES.split(),
        },
    )


def verified_claims(
    id_token: str,
    *,
    keys: dict[str, Any],
    issuer: str,
    client_id: str,
    nonce: str,
) -> dict[str, Any]:
    """What an ID token says, if all of OpenID Connect Core §3.1.3.7 holds.

    Raises SignOnRefused.
    """
    try:
        header = jwt.get_unverified_header(id_token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise SignOnRefused(f"ID tokens signed by {algorithm!r} do not count")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=_key(keys, header),
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=CLOCKS_APART_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise SignOnRefused(f"the ID token does not count: {error}") from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise SignOnRefused("the ID token was made for another client")
    if not nonce or not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise SignOnRefused("the ID token answers another request")
    if not claims["sub"] or len(str(claims["sub"])) > SUBJECT_MAX:
        raise SignOnRefused("the subject is empty or too long")
    return claims


def _key(keys: dict[str, Any], header: Mapping[str, Any]) -> jwt.PyJWK:
    """The key that the token says it was signed with, or the only one that fits."""
    for_signing = [key for key in keys["keys"] if key.get("use", "sig") == "sig"]
    if kid := header.get("kid"):
        for_signing = [key for key in for_signing if key.get("kid") == kid]
    if len(for_signing) != 1:
        raise SignOnRefused("no key of the provider's is the one it names")
    return jwt.PyJWK(for_signing[0], algorithm=header["alg"])


def check_discovery(config: dict[str, Any]) -> None:
    """Refuse a provider that is another, or that sends secrets in the clear."""
    issuer: str = settings.HEADWATER_OIDC_ISSUER
    if config.get("issuer") != issuer:
        raise SignOnRefused("the provider calls itself otherwise than is set")
    is_safe = urlsplit(issuer).scheme == "https"
    for name in ENDPOINTS:
        if name in config and is_safe and urlsplit(config[name]).scheme != "https":
            raise SignOnRefused(f"{name} is not https")


def reason_of(failure: NotProved) -> str:
    """Why a sign-on failed, for the log: no code, token or secret is in it."""
    match failure.exception:
        case SignOnRefused():
            return str(failure.exception)
        case requests.RequestException():
            return f"the provider does not answer: {type(failure.exception).__name__}"
        case OAuth2Error():
            return "the provider did not take the code"
    return f"it was given up or did not begin here ({failure.error})"


def begin(request: HttpRequest, onward: str) -> HttpResponse:
    """Send somebody to the provider; a NotProved if it does not answer."""
    provider = get_adapter().get_provider(request, settings.HEADWATER_OIDC_ISSUER)
    try:
        response: HttpResponse = provider.redirect(request, "login", next_url=onward)
    except (requests.RequestException, OAuth2Error, KeyError, ValueError) as error:
        return NotProved("unreachable", error)
    return response


def complete(request: HttpRequest) -> ProvedWho | NotProved:
    """Hear whom the provider sent back."""
    issuer: str = settings.HEADWATER_OIDC_ISSUER
    if request.GET.get("iss", issuer) != issuer:  # RFC 9207: another one answers
        return NotProved("mixed up")
    view = SignOnCallback.adapter_view(SignOnAdapter(request, issuer))
    try:
        response = view(request)
    except (requests.RequestException, OAuth2Error) as error:
        return NotProved("unbelievable", error)
    except (KeyError, TypeError, ValueError) as error:  # not as it should be
        return NotProved("unreadable", error)
    return response if isinstance(response, ProvedWho) else _refused(response)


def _refused(response: HttpResponse) -> NotProved:
    return response if isinstance(response, NotProved) else NotProved("unknown")
