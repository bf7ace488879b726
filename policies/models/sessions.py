"""Who is signed in, and who tries to be: live sessions, and tries that are counted."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from policies.models.principals import Principal


class Session(AbstractBaseSession):
    """A browser's session, found by the SHA-256 of what its cookie says.

    Its data is sealed; what a list of sessions shows stands beside it. Whoever reads
    the table can enter none of them. `principal` is null until somebody signs in.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    principal = models.ForeignKey(
        Principal, models.CASCADE, null=True, related_name="sessions"
    )
    started_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    device = models.CharField(max_length=200, blank=True, db_default="")
    source = models.CharField(max_length=64, blank=True, db_default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.principal or 'nobody'}, since {self.started_at:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> type:
        store: type = import_string("policies.signing_in.session_store.SessionStore")
        return store  # its module imports this one


class Tries(models.Model):
    """How often somebody tried to sign in of late, counted by one thing in common.

    What is counted by (a typed name, a source, a device) stands in the key as its
    HMAC, since a name that was typed may be a password. `principal` is whom the name
    belongs to, if to anybody.
    """

    key = models.CharField(max_length=64, primary_key=True)
    principal = models.ForeignKey(
        Principal, models.CASCADE, null=True, related_name="tries"
    )
    since = models.DateTimeField(db_index=True)
    count = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%Y-%m-%d %H:%M}"
