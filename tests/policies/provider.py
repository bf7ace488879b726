"""Identity providers for tests: a real one in its own process, and one that can lie.

The first is `oidc-provider-mock` as it comes from the registry. It sends no bad tokens,
so the second is a small HTTP server of ours, honest until a test tells it otherwise.
"""

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.conftest import free_port

CLIENT = "headwater"
SECRET = "the-client-secret-of-headwater"
START_SECONDS = 60


@contextmanager
def real_provider(*people) -> Iterator[str]:
    """Run the registry's provider, which knows `people` by their claims; its issuer."""
    port = free_port()
    words = [f"--user-claims={json.dumps(claims)}" for claims in people]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{issuer}/.well-known/openid-configuration", process)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url, process):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider does not start")


class LyingProvider:
    """An OpenID provider whose answers a test can change, one by one."""

    def __init__(self):
        self.first_key = RSAKey.generate_key(2048, {"kid": "first"})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.be_honest()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def be_honest(self):
        """Forget all lies, and who was here."""
        self.key = self.first_key
        self.published = [self.key]
        self.person = {"sub": "s-1", "preferred_username": "ada", "name": "Ada"}
        self.userinfo = {}  # beside what the token says
        self.lies = {}  # claims of the token that are otherwise
        self.dropped = set()  # claims that it lacks
        self.header = {}  # of the token: another algorithm, another key's name
        self.metadata = {}  # of discovery
        self.sign = self.signed
        self.codes = {}
        self.seen = []  # what the token endpoint was sent

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def rotate(self):
        """Sign by another key from now on, and publish that one alone."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})
        self.published = [self.key]

    def authorize(self, address):
        """Let the person in who is asked for; where the browser is sent back to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, sent):
        """What the token endpoint says: a code counts once, with its verifier."""
        self.seen.append(sent)
        asked = self.codes.pop(sent.get("code", ""), None)
        verifier = sent.get("code_verifier", "").encode()
        challenge = _unpadded(hashlib.sha256(verifier).digest())
        if asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.lies,
        }
        told = {k: v for k, v in claims.items() if k not in self.dropped}
        return 200, {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.sign(told),
        }

    def signed(self, claims):
        header = {"alg": "RS256", "kid": self.key.kid, **self.header}
        return jwt.encode(header, claims, self.key, algorithms=[header["alg"]])

    def unsigned(self, claims):
        """`alg=none`: a token that anybody can write."""
        parts = ({"alg": "none", "kid": self.key.kid}, claims)
        return ".".join([*map(_part, parts), ""])

    def signed_by_the_public_key(self, claims):
        """A MAC made with what everybody can read: algorithms confused."""
        parts = ({"alg": "HS256", "kid": self.key.kid}, claims)
        body = ".".join(map(_part, parts))
        mac = hmac.new(self.key.as_pem(private=False), body.encode(), hashlib.sha256)
        return f"{body}.{_unpadded(mac.digest())}"

    def signed_by_a_stranger(self, claims):
        stranger = RSAKey.generate_key(2048, {"kid": self.key.kid})
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger)

    def answer(self, method, path, sent):
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                    "userinfo_endpoint": f"{self.issuer}/userinfo",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    **self.metadata,
                }
            case "GET", "/jwks":
                return 200, KeySet(self.published).as_dict(private=False)
            case "GET", "/userinfo":
                return 200, {"sub": self.person["sub"], **self.userinfo}
            case "POST", "/token":
                return self.exchange(sent)
        return 404, {}

    def _handler(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer({})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer({k: v[0] for k, v in parse_qs(body).items()})

            def _answer(self, sent):
                path = urlsplit(self.path).path
                status, told = provider.answer(self.command, path, sent)
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


def _part(told):
    return _unpadded(json.dumps(told).encode())


def _unpadded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
