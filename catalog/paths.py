"""How does a name of any characters travel as one segment of a URL's path?"""

import re

from django.urls import register_converter

# WSGI hands over a decoded path, so that %2F would be a slash again; proxies decode,
# merge or refuse some of the others. `~` is left alone by all of them.
UNSAFE = re.compile(r"[~/\\%?#;\x00-\x1f\x7f]|^\.{1,2}$")
ESCAPED = re.compile(r"~([0-9A-F]{2})")


def escape(name: str) -> str:
    """`name` as one segment: what would not survive becomes ~ and two hex digits."""
    return UNSAFE.sub(lambda m: "".join(f"~{ord(c):02X}" for c in m[0]), name)


def unescape(segment: str) -> str:
    """The name that `escape` made `segment` of.

    Raises ValueError for a segment that it never makes: a thing has one address.
    """
    name = ESCAPED.sub(lambda m: chr(int(m[1], 16)), segment)
    if escape(name) != segment:
        raise ValueError(f"{segment} is no escaped name")
    return name


class NameConverter:
    """`<name:…>` in a route: any namespace, dataset or job name."""

    regex = "[^/]+"
    to_python = staticmethod(unescape)
    to_url = staticmethod(escape)


register_converter(NameConverter, "name")

# How the routes of datasets and jobs say which one.
NAMED = "<name:namespace>/<name:name>"


class DecodedName:
    """`<decoded:…>`: a name whose slashes came out of their encoding on the way."""

    regex = "(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DecodedName, "decoded")
