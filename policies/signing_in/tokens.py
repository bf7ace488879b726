"""Is this bearer token genuine, and what is it worth now?"""

import hashlib
import hmac
import re
import secrets
import string
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection as django_connection
from django.utils import timezone

from policies.access import rights_for, scope_of
from policies.actions import Action
from policies.compiler.scopes import EVERYWHERE, NOWHERE, Glob, NamespaceScope
from policies.compiler.standing import Reading, Standing, standings_of
from policies.models.grants import Reach
from policies.models.tokens import KEY_ID_LENGTH
from policies.signing_in.credentials import Credential, Narrowing

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 43  # 62^43 > 2^256
CHECKSUM_LENGTH = 6  # 62^6 > 2^32
SHAPE = re.compile(
    rf"(hw_([0-9A-Za-z]{{{KEY_ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}}))"
    rf"_([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})",
    re.ASCII,
)
USE_NOTED_SECONDS = 60.0
EPOCH_TRUSTED_SECONDS = 1.0

# Plain SQL, since the ingester's connection need not be Django's.
READ_EPOCH = "SELECT epoch FROM policies_policyepoch"

# By the unique index of key_id, then by primary keys.
READ_TOKENS = """
    SELECT t.key_id, t.secret_sha256, t.id, p.id, p.public_id,
           r.actions, t.reach, t.namespace_glob, t.expires_at
    FROM policies_token t
    JOIN policies_principal p ON p.id = t.principal_id
    LEFT JOIN policies_role r ON r.id = t.role_id
    WHERE t.key_id = ANY(%s) AND t.revoked_at IS NULL AND p.is_active"""

# By primary key.
READ_PRINCIPALS = """
    SELECT id, public_id FROM policies_principal WHERE id = ANY(%s) AND is_active"""

READ_ROLES = "SELECT name, actions FROM policies_role WHERE name = ANY(%s)"

# By primary key. A row that somebody is changing is passed over: a note of use is not
# worth the wait.
NOTE_USE = """
    UPDATE policies_token SET last_used_at = clock_timestamp() WHERE id IN (
        SELECT id FROM policies_token WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)"""


class Connection(Protocol):
    """A database connection: Django's or psycopg's own."""

    def cursor(self) -> AbstractContextManager[Any]: ...


class TokenRefused(Exception):
    """No rights come with this token; `reason` is fit to be told to its bearer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Presented:
    """A token as it was shown, well-formed; nothing is known of it yet."""

    key_id: str
    secret_sha256: bytes


# Begins the key id of what has no token: then comes the anonymous role.
ANONYMOUS = "@"
SESSION = "~"

# Genuine tokens only, by their id: so their number is bounded by that of live tokens.
_known: dict[str, Credential] = {}
_noted: dict[int, float] = {}  # token id → monotonic time of the last note of use
_epoch_seen: tuple[int | None, float] = (None, 0.0)  # and when, in monotonic time


def mint() -> tuple[str, Presented]:
    """Make a new token: its text, to be shown once, and what is kept of it."""
    key_id = _random_text(KEY_ID_LENGTH)
    body = f"hw_{key_id}_{_random_text(SECRET_LENGTH)}"
    raw = f"{body}_{_checksum(body)}"
    return raw, parse(raw)


def parse(raw: str) -> Presented:
    """Take a token apart, checksum first: what was mistyped never costs a query.

    Raises TokenRefused.
    """
    match = SHAPE.fullmatch(raw)
    if match is None or _checksum(match[1]) != match[4]:
        raise TokenRefused("It is no token of Headwater's, or was not copied whole.")
    return Presented(match[2], hashlib.sha256(match[3].encode()).digest())


def authenticate(raw: str, *, is_confirmed_later: bool = False) -> Credential:
    """The credential of a token, from this process's memory where it is known there.

    While the process is busy this costs no query, and may be a second old. So whoever
    acts on it calls `confirm` in the transaction of the act, and whoever is about to
    refuse on its account asks `authenticate_now` first. With `is_confirmed_later` it
    may be of any age: then a known token is recognised also while no database answers.

    Raises TokenRefused.
    """
    presented = parse(raw)
    recall = _remember if is_confirmed_later else _recall
    known = recall(presented.key_id)
    return _compare(presented, known) if known else _learn(presented)


def authenticate_now(raw: str) -> Credential:
    """The credential of a token as of this moment; one query if nothing changed.

    Raises TokenRefused.
    """
    presented = parse(raw)
    known = _known.get(presented.key_id)
    if known is None:
        return _learn(presented)
    confirmed = confirm([known], django_connection)
    if known.key_id not in confirmed:
        raise TokenRefused("It was revoked, or has expired.")
    return _compare(presented, confirmed[known.key_id])


def anonymous(*, is_confirmed_later: bool = False) -> Credential | None:
    """What requests without credentials are worth: the anonymous role's, if any."""
    if not settings.HEADWATER_ANONYMOUS_ROLE:
        return None
    key_id = ANONYMOUS + settings.HEADWATER_ANONYMOUS_ROLE
    recall = _remember if is_confirmed_later else _recall
    return recall(key_id) or _read([key_id], django_connection).get(key_id)


def of_session(principal_id: int) -> Credential | None:
    """What somebody is worth who is signed in without a token; None if inactive."""
    key_id = f"{SESSION}{principal_id}"
    return _recall(key_id) or _read([key_id], django_connection).get(key_id)


def confirm(
    credentials: Iterable[Credential], connection: Connection
) -> Mapping[str, Credential]:
    """What `credentials` are worth in this transaction, by key id; none if refused.

    One query reads the policy epoch, and if it moved, two more read every credential
    again. So a revocation holds from the first batch that begins after it, in every
    process. `ingest` may have become narrower: judge by what is answered.
    """
    asked = {each.key_id: each for each in credentials}
    now = timezone.now()
    with connection.cursor() as cursor:
        epoch = _read_epoch(cursor)
    stale = [
        key_id
        for key_id, each in asked.items()
        if each.epoch != epoch or _is_overtaken(each, now)
    ]
    confirmed = {key: each for key, each in asked.items() if key not in stale}
    if stale:
        confirmed |= _read(stale, connection)
    _note_use((each.token_id for each in confirmed.values()), connection)
    return confirmed


def passes_denies(credential: Credential) -> bool:
    """Whether no deny holds for its bearer, by what this process knows of it last.

    So by what an act was judged that confirmed it just before.
    """
    until = _known.get(credential.key_id, credential).emergency_until
    return until is not None and timezone.now() < until


def _remember(key_id: str) -> Credential | None:
    """What this process remembers, unless time alone has overtaken it."""
    known = _known.get(key_id)
    if known is None or _is_overtaken(known, timezone.now()):
        return None
    return known


def _recall(key_id: str) -> Credential | None:
    """What this process remembers, unless it knows better or should ask again."""
    known = _remember(key_id)
    if known is None:
        return None
    epoch, seen_at = _epoch_seen
    if time.monotonic() - seen_at > EPOCH_TRUSTED_SECONDS:
        with django_connection.cursor() as cursor:
            epoch = _read_epoch(cursor)
    return known if known.epoch == epoch else None


def _read_epoch(cursor: Any) -> int | None:
    global _epoch_seen
    cursor.execute(READ_EPOCH)
    row = cursor.fetchone()
    epoch = row[0] if row else None
    _epoch_seen = epoch, time.monotonic()
    return epoch


def _learn(presented: Presented) -> Credential:
    read = _read([presented.key_id], django_connection)
    if presented.key_id not in read:
        raise TokenRefused("It is unknown, was revoked, or has expired.")
    credential = _compare(presented, read[presented.key_id])
    _note_use([credential.token_id], django_connection)
    return credential


def _compare(presented: Presented, known: Credential) -> Credential:
    if not hmac.compare_digest(presented.secret_sha256, known.secret_sha256):
        raise TokenRefused("It is unknown, was revoked, or has expired.")
    return known


def _is_overtaken(credential: Credential, now: datetime) -> bool:
    return credential.good_until is not None and credential.good_until <= now


def _read(key_ids: list[str], connection: Connection) -> dict[str, Credential]:
    """Read credentials anew, and remember them for this process."""
    with connection.cursor() as cursor:
        # The epoch first: rights that change meanwhile are then read again next time.
        epoch = _read_epoch(cursor)
        cursor.execute(READ_TOKENS, [key_ids])
        tokens = cursor.fetchall()
        people: list[Any] = []
        if signed_in := [int(key[1:]) for key in key_ids if key.startswith(SESSION)]:
            cursor.execute(READ_PRINCIPALS, [signed_in])
            people = cursor.fetchall()
        roles: list[Any] = []
        if anonymous := [key[1:] for key in key_ids if key.startswith(ANONYMOUS)]:
            cursor.execute(READ_ROLES, [anonymous])
            roles = cursor.fetchall()
    # Read after the epoch, if maybe by another connection: newer rights do no harm.
    reading = Reading(epoch)
    holders = {token[3] for token in tokens} | {person[0] for person in people}
    standings = standings_of(sorted(holders))
    now = timezone.now()
    read = [_credential(token, standings[token[3]], reading, now) for token in tokens]
    read += [
        _credential(_as_token(*person), standings[person[0]], reading, now)
        for person in people
    ]
    read += [_anonymous_credential(name, actions, epoch) for name, actions in roles]
    found = {each.key_id: each for each in read if not _is_overtaken(each, now)}
    for key_id in key_ids:
        _known.pop(key_id, None)
    if epoch is not None:
        _known.update(found)
    return found


def _credential(
    token: tuple[Any, ...], standing: Standing, reading: Reading, now: datetime
) -> Credential:
    key_id, sha256, token_id, principal_id, public_id, actions, *rest = token
    reach, namespace_glob, expires_at = rest
    is_whole = reach == Reach.EVERYTHING
    where = NamespaceScope.any_of([Glob.parse(namespace_glob)])
    narrowing = Narrowing(
        actions=None if actions is None else frozenset(actions),
        reach=EVERYWHERE if is_whole else where,
    )
    ingest = NOWHERE
    if narrowing.covers(Action.EVENT_INGEST):
        allows, denies = rights_for(standing, Action.EVENT_INGEST)
        ingest = scope_of(allows, denies, reading) & narrowing.reach
    edges = [
        edge for right in standing.rights for edge in (right.valid_from, right.valid_to)
    ]
    edges += [one.expires_at for one in standing.emergencies]
    open_now = [one.expires_at for one in standing.emergencies if one.opened_at <= now]
    ahead = [edge for edge in edges if edge is not None and edge > now]
    if expires_at is not None:
        ahead.append(expires_at)
    return Credential(
        key_id=key_id,
        secret_sha256=bytes(sha256),
        token_id=token_id,
        principal_id=principal_id,
        principal_public_id=public_id,
        narrowing=narrowing,
        ingest=ingest,
        epoch=reading.epoch,
        good_until=min(ahead, default=None),
        emergency_until=max(open_now, default=None),
    )


def _as_token(principal_id: int, public_id: Any) -> tuple[Any, ...]:
    """A session as a row of READ_TOKENS: it narrows nothing, and nobody can send it."""
    key_id = f"{SESSION}{principal_id}"
    everything = (None, Reach.EVERYTHING, "", None)
    return (key_id, b"", None, principal_id, public_id, *everything)


def _anonymous_credential(
    role: str, actions: list[str], epoch: int | None
) -> Credential:
    return Credential(
        key_id=ANONYMOUS + role,
        secret_sha256=b"",
        token_id=None,
        principal_id=None,
        principal_public_id=None,
        narrowing=Narrowing(actions=None, reach=EVERYWHERE),
        ingest=EVERYWHERE if Action.EVENT_INGEST in actions else NOWHERE,
        epoch=epoch,
        good_until=None,
    )


def _note_use(token_ids: Iterable[int | None], connection: Connection) -> None:
    """Write down that tokens are used, each once a minute and process at most."""
    now = time.monotonic()
    due = [
        token_id
        for token_id in token_ids
        if token_id is not None
        and now - _noted.get(token_id, -USE_NOTED_SECONDS) >= USE_NOTED_SECONDS
    ]
    if due:
        _noted.update(dict.fromkeys(due, now))
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [sorted(due)])


def _random_text(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))


def _checksum(text: str) -> str:
    """CRC-32 in base 62, as it stands at the end of a token."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits
