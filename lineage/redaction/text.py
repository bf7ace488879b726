"""Where in a text do secrets stand?

Every pattern here takes time in proportion to the text: quantifiers that could meet the
same characters again are bounded or possessive.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from lineage.redaction.names import Secrecy, secrecy

MARK = "***"

# Texts without any of these, in whatever case, hold nothing that is looked for below.
HINTS = (
    "@",
    "-----begin",
    "aiza",
    "akia",
    "asia",
    "auth",
    "bearer",
    "cookie",
    "credential",
    "dapi",
    "dbt",
    "eyj",
    "gh",
    "gl",
    "hf_",
    "hw_",
    "identified",
    "key",
    "npm_",
    "pass",
    "pwd",
    "pypi-",
    "rk_",
    "sas",
    "secret",
    "sg.",
    "sig",
    "sk-",
    "sk_",
    "token",
    "xox",
    "ya29.",
)

_TOKENS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}"
    r"|github_pat_[A-Za-z0-9_]{20,255}"
    r"|gl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_\-]{20,255}"
    r"|xox[abeoprs]-[A-Za-z0-9\-]{10,255}"
    r"|AIza[A-Za-z0-9_\-]{35}(?![A-Za-z0-9_\-])"
    r"|ya29\.[A-Za-z0-9_\-]{20,512}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}"
    r"|sk-[A-Za-z0-9_\-]{20,255}"
    r"|npm_[A-Za-z0-9]{36}"
    r"|pypi-[A-Za-z0-9_\-]{50,512}"
    r"|dbt[cu]_[A-Za-z0-9_\-]{20,255}"
    r"|dapi[0-9a-f]{32}(?:-\d)?"
    r"|SG\.[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,128}"
    r"|hf_[A-Za-z0-9]{30,255}"
    r"|hw_[A-Za-z0-9]{4,64}_[A-Za-z0-9_\-]{16,255}"
    r"|eyJ[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]*+"
    r")"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:(?!-----)[\s\S])*+(?:-----END [A-Z0-9 ]{0,60}-----)?"
)
_BEARER = re.compile(
    r"(?i:(?<![A-Za-z0-9])(bearer)(\s{1,4}|%20|\+))"
    r"(?=[^\s\"']{0,64}\d)[A-Za-z0-9._~+/\-]{12,}+=*"
)
_AUTHORIZATION = re.compile(
    r"(?i:(authorization\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?(?:basic|bearer|token)\s{1,4}))"
    r"[^\s\"',;\\]{4,}+"
)
_PASSWORD_IN_URI = re.compile(
    r"(://[^\s:/@?#\[\]\"'<>`\\]*+:)"
    r"(?:[^\s/@?#\"'<>`\\]*@)++"
)
# Some write a slash into a password as it is. What follows must then look like a host,
# and what stands there like no port.
_PASSWORD_WITH_SLASH_IN_URI = re.compile(
    r"(://[^\s:/@?#\[\]\"'<>`\\]*+:)(?!\d{0,5}(?:[/?#\s]|$))"
    r"[^\s@\"'<>`\\]{1,128}@(?=[\w.\-]{1,255}(?::\d{1,5})?(?:[/?,;\s\"']|$))"
)
_PASSWORD_IN_DSN = re.compile(r"(?<=:)[^\s:@/]{1,256}@(?=(?:tcp|unix)\()")
_PASSWORD_IN_ORACLE_URL = re.compile(
    r"(?i:(jdbc:oracle:[a-z0-9]{1,12}:[^\s/@]{1,128}/))[^\s@]{1,256}@"
)

# A name, and what stands between it and its value.
_SETTING = re.compile(
    r"(?<![\w.\-])(?P<dashes>[\-.]{0,2})(?P<name>[A-Za-z_][\w.\-]{0,120}+)"
    r"(?P<between>\\?[\"'`\]]{0,2}\s{0,8}(?:=>|:=|==|=|:)\s{0,8}|\s{1,8})"
)
_IDENTIFIED_BY = re.compile(
    r"(?i:\bidentified\s{1,8}by\s{1,8}(?:(?:values|password)\s{1,8})?)"
)
_QUOTED = re.compile(
    r"(?P<quote>\\?[\"'`])(?P<value>(?:(?!(?P=quote))[^\\]|\\(?![\"'`])|(?!(?P=quote))\\.)*+)",
    re.DOTALL,
)
_BARE = re.compile(r"[^\s,;&\"'`<>()\[\]{}|\\]++")

# A reference to a value that stands elsewhere, or no value at all.
_STAND_IN = re.compile(
    r"\**|[xX]{3,}|\$.*|%.*|\{\{?.*|:\w+|@\w+|\?|<.*|\[.*"
    r"|(?i:redacted|null|none|nil|true|false|yes|no|str|string|bytes|text|int|integer"
    r"|bool|boolean|any|optional|varchar\d*|required|missing|invalid|expired|and|or|is|in"
    r"|not|from|as|for|to|the|env_var.*|os\.environ.*|getenv.*|secretmanager.*|vault:.*)",
    re.DOTALL,
)


@lru_cache(maxsize=16384)
def _scrub_short(text: str) -> str:
    return _scrub(text)


def scrub(text: str) -> str:
    """Replace each secret in `text` by `***`. Scrubbing twice changes nothing more."""
    # Names repeat with every event of a job.
    return _scrub_short(text) if len(text) <= 512 else _scrub(text)


def _scrub(text: str) -> str:
    lowered = text.lower()
    if not any(hint in lowered for hint in HINTS):
        return text
    # What one pattern leaves can complete another's; each round takes something away.
    for _ in range(8):
        scrubbed = _once(text)
        if scrubbed == text:
            break
        text = scrubbed
    return text


def _once(text: str) -> str:
    if "@" in text:
        text = _PASSWORD_IN_URI.sub(rf"\g<1>{MARK}@", text)
        text = _PASSWORD_WITH_SLASH_IN_URI.sub(rf"\g<1>{MARK}@", text)
        text = _PASSWORD_IN_DSN.sub(f"{MARK}@", text)
        text = _PASSWORD_IN_ORACLE_URL.sub(rf"\g<1>{MARK}@", text)
    text = _PRIVATE_KEY.sub(MARK, text)
    text = _AUTHORIZATION.sub(rf"\g<1>{MARK}", text)
    text = _BEARER.sub(rf"\g<1>\g<2>{MARK}", text)
    text = _TOKENS.sub(MARK, text)
    return "".join(_without_settings(text))


def _without_settings(text: str) -> Iterator[str]:
    """Give the pieces of `text`, with `***` for the values of secret settings."""
    written = 0
    for start, end in _secret_values(text):
        if start >= written:
            yield text[written:start]
            yield MARK
            written = end
    yield text[written:]


def _secret_values(text: str) -> Iterator[tuple[int, int]]:
    spans = [
        span
        for setting in _SETTING.finditer(text)
        if (span := _value_of(setting)) is not None
    ]
    spans += [
        span
        for phrase in _IDENTIFIED_BY.finditer(text)
        if (span := _value_at(text, phrase.end(), Secrecy.CERTAIN)) is not None
    ]
    return iter(sorted(spans))


def _value_of(setting: re.Match[str]) -> tuple[int, int] | None:
    how = secrecy(setting["name"])
    if how is Secrecy.NONE:
        return None
    text = setting.string
    if setting["between"].isspace():
        # `PASSWORD 'x'` in SQL, `--password x` on a command line; else it is prose.
        is_option = setting["dashes"] == "--"
        if how is not Secrecy.CERTAIN or not (
            is_option or text.startswith(("'", '"'), setting.end())
        ):
            return None
    elif ":" in setting["between"] and how is Secrecy.LIKELY:
        # "unexpected token: FROM" is an error message.
        if not text.startswith(("'", '"', "\\"), setting.end()):
            return None
    return _value_at(text, setting.end(), how)


def _value_at(text: str, start: int, how: Secrecy) -> tuple[int, int] | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        span = quoted.span("value")
        value = quoted["value"]
        return span if is_secret_value(value, how, is_quoted=True) else None
    bare = _BARE.match(text, start)
    if bare is None or text.startswith(("(", "["), bare.end()):
        return None
    return bare.span() if is_secret_value(bare[0], how, is_quoted=False) else None


def is_secret_value(value: str, how: Secrecy, *, is_quoted: bool) -> bool:
    """Is the value of a setting a secret, and not a word that stands for one?"""
    if _STAND_IN.fullmatch(value):
        return False
    if not is_quoted and secrecy(value) is Secrecy.CERTAIN and not _has_digit(value):
        # `target.password = source.password`, `password=password`
        return False
    if how is Secrecy.CERTAIN:
        return True
    return len(value) >= (8 if is_quoted else 16) and _has_digit(value)


def _has_digit(text: str) -> bool:
    return any("0" <= character <= "9" for character in text)
