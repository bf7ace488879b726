"""Where `up` says that the server is, and where it looks for it itself."""

import pytest

from config import programs

ALONE = {
    "HOST": "127.0.0.1",
    "PORT": 8000,
    "HEADWATER_ALLOWED_HOSTS": "",
    "HEADWATER_BEHIND_TLS": False,
    "HEADWATER_TLS_CERTIFICATE": "",
}
NAMED = {"HEADWATER_ALLOWED_HOSTS": "lineage.example.com, 10.0.0.7"}
TLS = NAMED | {"HEADWATER_TLS_CERTIFICATE": "chain.pem"}
PROXY = NAMED | {"HEADWATER_BEHIND_TLS": True}


@pytest.mark.parametrize(
    ("given", "told", "own"),
    [
        ({}, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ({"HOST": "::1"}, "http://[::1]:8000", "http://[::1]:8000"),
        (
            {"HOST": "0.0.0.0", **TLS},
            "https://lineage.example.com:8000",
            "https://127.0.0.1:8000",
        ),
        (
            {"HOST": "10.0.0.7", **TLS},
            "https://lineage.example.com:8000",
            "https://10.0.0.7:8000",
        ),
        (
            {"HOST": "::", **PROXY},
            "https://lineage.example.com",
            "http://[::1]:8000",
        ),
        (PROXY, "https://lineage.example.com", "http://127.0.0.1:8000"),
    ],
)
def test_people_and_this_machine_are_each_told_where_it_is(settings, given, told, own):
    for name, value in (ALONE | given).items():
        setattr(settings, name, value)

    assert programs.web_address() == told
    assert programs.own_address() == own
