"""Where on this server may a form send its reader on to?"""

from django.http import HttpRequest
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

LENGTH_MAX = 8000  # as it is sent; Django refuses to send much longer ones


def onward(request: HttpRequest, wanted: str, default: str) -> str:
    """`wanted`, if it is an address of this server that can be gone to; or `default`.

    It is a whole path: Django would take another word for the name of a route.
    """
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours and len(iri_to_uri(wanted)) <= LENGTH_MAX else default
