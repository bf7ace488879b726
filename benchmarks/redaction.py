"""How long does it take to look for secrets in 50 KB of the worst kind of text?"""

import sys
import time
from collections.abc import Callable
from functools import partial

from lineage.redaction import scrub

SIZE_BYTES = 50_000
LIMIT_SECONDS = 0.050

# Each repeats what makes one of the patterns start, and never lets it end.
PIECES = {
    "plain words": "lorem ipsum dolor sit amet ",
    "one long word": "a",
    "words with a hint": "token secret key ",
    "addresses": "://a:b",
    "addresses with users": "://user:pass@host ",
    "addresses without end": "://u:p/",
    "at signs": "a@b:",
    "settings": "password=",
    "settings with values": "password='a1b2c3' ",
    "settings, never closed": "secret='",
    "settings, escaped": 'secret=\\"x\\\\',
    "settings, then a call": "password=",
    "settings of references": "password=$A;",
    "dots": "a.b-",
    "dashes": "--password",
    "colons": "token:",
    "white space": "password" + " " * 40,
    "keys, never closed": "-----BEGIN PRIVATE KEY-----",
    "keys": "-----BEGIN RSA PRIVATE KEY-----\nMIIEx\n-----END RSA PRIVATE KEY-----\n",
    "tokens": "eyJhbGciOiJI.",
    "token letters": "eyJ",
    "long names": "secret_" * 20 + " ",
    "bearers": "bearer abcdefghijklm ",
    "authorizations": "authorization: basic ",
    "oracle": "jdbc:oracle:thin:a/",
    "identified": "identified by ",
    "quotes": "'\"",
    "SQL": "SELECT u.password, t.token FROM users u WHERE u.api_key = t.api_key\n",
}


def seconds(work: Callable[[], object]) -> float:
    """Take the best of seven."""
    best = float("inf")
    for _ in range(7):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def main() -> int:
    """Print a table; fail if one of the texts takes too long."""
    print(f"{'50 KB of':26} {'ms':>8}  {'x for twice the size':>20}")
    slow = 0
    for kind, piece in PIECES.items():
        text = (piece * (SIZE_BYTES // len(piece) + 1))[:SIZE_BYTES]
        text += "(" * ("call" in kind)
        once = seconds(partial(scrub, text))
        twice = seconds(partial(scrub, text + text))
        slow += once > LIMIT_SECONDS
        print(f"{kind:26} {once * 1000:8.2f}  {twice / once:20.1f}")
    print(f"{slow} over the limit of {LIMIT_SECONDS * 1000:.0f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
