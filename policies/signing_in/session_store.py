"""Where sessions are kept: sealed, found by a hash, ended by idleness and by age."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from policies.models.sessions import Session
from policies.signing_in import sealing

PURPOSE = "session"
SEEN_SECONDS = 60  # how exactly it is known when somebody was last seen
STRANGERS_SECONDS = 3600  # a session lives before somebody signs in

# What a session says of itself; the rest is Django's and the pages'.
STARTED = "_started"
DEVICE = "_device"
SOURCE = "_source"
SECOND_FACTOR = "_second_factor"  # it was shown when this session began, or since


def key_in_database(session_key: str) -> str:
    """What the cookie's key is found by: nobody gets from this to the cookie."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Django's session in `policies.models.Session`. It holds no rights."""

    def load(self) -> dict[str, Any]:
        row = self._row()
        if row is None:
            self._session_key = None
            return {}
        self._note_presence(row)
        return self.decode(row.session_data)

    def exists(self, session_key: str | None) -> bool:
        if not session_key:
            return False
        return Session.objects.filter(pk=key_in_database(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self._as_row(data)
        try:
            with transaction.atomic():
                row.save(force_insert=must_create, force_update=not must_create)
        except IntegrityError:
            if must_create:
                raise CreateError from None
            raise
        except DatabaseError:
            if not must_create:
                raise UpdateError from None  # it was ended meanwhile
            raise

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(pk=key_in_database(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expire_date__lt=timezone.now()).delete()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return sealing.seal(json.dumps(session_dict, separators=(",", ":")), PURPOSE)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        try:
            told: dict[str, Any] = json.loads(
                sealing.unseal(str(session_data), PURPOSE)
            )
        except (sealing.InvalidToken, ValueError):
            return {}  # sealed under a key that is no more: a stranger again
        return told

    def _row(self) -> Session | None:
        if self.session_key is None:
            return None
        found = Session.objects.filter(pk=key_in_database(self.session_key))
        return found.filter(expire_date__gt=timezone.now()).first()

    def _as_row(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        started = datetime.fromisoformat(data.setdefault(STARTED, now.isoformat()))
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return Session(
            session_key=key_in_database(key),
            session_data=self.encode(data),
            expire_date=ends_at(started, now, is_strangers=SESSION_KEY not in data),
            principal_id=data.get(SESSION_KEY),
            started_at=started,
            last_seen_at=now,
            device=data.get(DEVICE, ""),
            source=data.get(SOURCE, ""),
        )

    def _note_presence(self, row: Session) -> None:
        """Put the end off, at most once a minute: idleness is measured from now."""
        now = timezone.now()
        if now - row.last_seen_at >= timedelta(seconds=SEEN_SECONDS):
            is_strangers = row.principal_id is None
            end = ends_at(row.started_at, now, is_strangers=is_strangers)
            Session.objects.filter(pk=row.pk).update(last_seen_at=now, expire_date=end)


def ends_at(
    started: datetime, seen: datetime, *, is_strangers: bool = False
) -> datetime:
    """When a session is over by itself: of the two limits, the earlier one."""
    age = STRANGERS_SECONDS if is_strangers else settings.SESSION_COOKIE_AGE
    oldest = timedelta(seconds=age)
    idle = timedelta(minutes=settings.HEADWATER_SESSION_IDLE_MINUTES)
    return min(started + oldest, seen + idle)
