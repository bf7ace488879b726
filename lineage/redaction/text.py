"""Where in a text do secrets stand?

Every pattern here takes time in proportion to the text: quantifiers that could meet the
same characters again are bounded or possessive.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from string import ascii_letters, digits

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
    "github_pat",
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

# What names of secret settings contain; spelled so that the search can skip ahead.
_WORD = re.compile(
    "|".join(
        "".join(f"[{letter}{letter.upper()}]" for letter in word)
        for word in (
            *("auth", "cookie", "cred", "key", "pass"),
            *("pwd", "sas", "secret", "sig", "token"),
        )
    )
)
_NAME_CHARACTERS = f"{ascii_letters}{digits}_.-"
_MAX_NAME = 120
# A name, and what stands between it and its value.
_SETTING = re.compile(
    rf"(?P<dashes>[\-.]{{0,2}})(?P<name>[A-Za-z_][A-Za-z0-9_.\-]{{0,{_MAX_NAME}}}+)"
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
_MAX_SHORT_BARE = 1024
_SHORT_BARE = re.compile(rf"{_BARE.pattern[:-2]}{{1,{_MAX_SHORT_BARE}}}")
# In a path such as `token=2026/part=1` the value is one step.
_BARE_STEP = re.compile(r"[^\s,;&\"'`<>()\[\]{}|\\/]{1,512}")

# A reference to a value that stands elsewhere, or no value at all.
_STAND_IN = re.compile(
    r"\**|[xX]{3,}|\$\{.*|\$[A-Z_][A-Z0-9_]*|\$\d+|%s|%\(\w+\)s|%\w+%"
    r"|\{\{.*\}\}|\{\w*\}|:\w+|@\w+|\?|<[^>]*>|\[[^\]]*\]"
    r"|(?i:redacted|null|none|nil|true|false|yes|no|str|string|bytes|text|int|integer"
    r"|bool|boolean|any|optional|varchar\d*|required|missing|invalid|expired|and|or|is"
    r"|in|not|from|as|for|to|the|env_var.*|os\.environ.*|getenv.*)",
    re.DOTALL,
)
# Nothing longer stands in for a value; it also bounds the work for one setting.
_MAX_STAND_IN = 128


_DIGIT = re.compile(r"[0-9]")


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
    # What one pattern leaves can complete an address with a password for another.
    for _ in range(8):
        scrubbed = _once(text)
        if scrubbed == text or "@" not in scrubbed:
            return scrubbed
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
    text = _mask(text, _phrases(text))
    return _mask(text, _settings(text))


def _mask(text: str, spans: Iterator[tuple[int, int]]) -> str:
    """Put `***` in the place of each of the `spans`, which are in order."""
    pieces = []
    written = 0
    for start, end in spans:
        pieces += [text[written:start], MARK]
        written = end
    return "".join([*pieces, text[written:]])


def _settings(text: str) -> Iterator[tuple[int, int]]:
    """Find the values of secret settings, none inside another."""
    position = 0
    while (word := _WORD.search(text, position)) is not None:
        before = text[max(position, word.start() - _MAX_NAME) : word.start()]
        start = word.start() - len(before) + len(before.rstrip(_NAME_CHARACTERS))
        setting = _SETTING.match(text, start)
        span = _value_of(setting) if setting else None
        # The value of a harmless setting may hold one that is not.
        position = span[1] if span else max(word.end(), setting.end() if setting else 0)
        if span:
            yield span


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    """Find the passwords that SQL says users are identified by, none inside another."""
    position = 0
    while (phrase := _IDENTIFIED_BY.search(text, position)) is not None:
        span = _value_at(text, phrase.end(), Secrecy.CERTAIN)
        position = span[1] if span else phrase.end()
        if span:
            yield span


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
    elif setting["between"] == ":" and _follows_colon(setting):
        # An ARN or URN has words like these between its colons.
        return None
    elif (
        ":" in setting["between"]
        and how is Secrecy.LIKELY
        and not text.startswith(("'", '"', "\\"), setting.end())
    ):
        # "unexpected token: FROM" is an error message.
        return None
    return _value_at(text, setting.end(), how)


def _value_at(text: str, start: int, how: Secrecy) -> tuple[int, int] | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        is_secret = is_secret_value(quoted["value"], how, is_quoted=True)
        return quoted.span("value") if is_secret else None
    if how is Secrecy.LIKELY:
        bare = _BARE_STEP.match(text, start)
    else:
        bare = _SHORT_BARE.match(text, start)
        if bare is not None and len(bare[0]) == _MAX_SHORT_BARE:
            # No name of a function is as long.
            bare = _BARE.match(text, start)
            return bare.span() if bare else None
    if bare is None or text.startswith(("(", "[", "{"), bare.end()):
        return None
    return bare.span() if is_secret_value(bare[0], how, is_quoted=False) else None


def is_secret_value(value: str, how: Secrecy, *, is_quoted: bool) -> bool:
    """Is the value of a setting a secret, and not a word that stands for one?"""
    if len(value) <= _MAX_STAND_IN and _is_stand_in(value, is_quoted):
        return False
    if how is Secrecy.CERTAIN:
        return True
    return len(value) >= (8 if is_quoted else 16) and _has_digit(value)


@lru_cache(maxsize=4096)
def _is_stand_in(value: str, is_quoted: bool) -> bool:
    if not is_quoted and not _has_digit(value) and secrecy(value) is Secrecy.CERTAIN:
        # `target.password = source.password`, `password=password`
        return True
    return _STAND_IN.fullmatch(value) is not None


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None


def _follows_colon(setting: re.Match[str]) -> bool:
    start = setting.start()
    return start > 0 and setting.string[start - 1] == ":"
