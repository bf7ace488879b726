"""Is this the code that somebody's authenticator shows just now?

allauth has the secrets, the arithmetic and the recovery codes. Which code was used last
is kept beside the secret, under its row's lock: no code is accepted twice, whichever
process it is shown to (RFC 6238 §5.2).
"""

import logging
from enum import StrEnum

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.crypto import constant_time_compare

from policies.models import Principal
from policies.signing_in import sealing

PURPOSE = "second factor"
LAST_COUNTER = "last_counter"

logger = logging.getLogger(__name__)


class Shown(StrEnum):
    """What was shown as a second factor."""

    CODE = "code"
    RECOVERY_CODE = "recovery code"


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """How allauth keeps secrets: sealed, and called after this server."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, PURPOSE)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return "Headwater"


def is_enrolled(principal: Principal) -> bool:
    """Whether somebody has an authenticator."""
    mine = Authenticator.objects.filter(user=principal)
    return bool(mine.filter(type=Authenticator.Type.TOTP).exists())


def counter_of(secret: str, code: str, *, after: int = -1) -> int | None:
    """The moment for which `code` is right, later than `after`; None if there is none.

    Clocks may be one step of 30 seconds apart.
    """
    typed = code.replace(" ", "")
    for counter in totp.yield_hotp_counters_from_time():
        right = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > after and constant_time_compare(typed, right):
            return int(counter)
    return None


@transaction.atomic
def accept(principal: Principal, code: str) -> Shown | None:
    """What the code is, if it is good; then it is used up.

    None is, where secrets were sealed under a key that is no more: an administrator
    resets them.
    """
    try:
        if _accept_totp(principal, code):
            return Shown.CODE
        codes = _recovery_codes(principal)
        typed = code.replace(" ", "").replace("-", "")
        if codes is not None and codes.wrap().validate_code(typed):
            return Shown.RECOVERY_CODE
    except sealing.InvalidToken:
        logger.warning("HEADWATER_SEAL_KEY opens no second factor of before.")
    return None


def codes_left(principal: Principal) -> int:
    """How many recovery codes are left; none that cannot be read."""
    codes = _recovery_codes(principal)
    try:
        return len(codes.wrap().get_unused_codes()) if codes else 0
    except sealing.InvalidToken:
        return 0


def _recovery_codes(principal: Principal) -> Authenticator | None:
    mine = Authenticator.objects.filter(user=principal)
    return mine.filter(type=Authenticator.Type.RECOVERY_CODES).first()


def _accept_totp(principal: Principal, code: str) -> bool:
    locked = Authenticator.objects.select_for_update().filter(user=principal)
    mine = locked.filter(type=Authenticator.Type.TOTP).first()
    if mine is None:
        return False
    secret = sealing.unseal(mine.data["secret"], PURPOSE)
    counter = counter_of(secret, code, after=mine.data.get(LAST_COUNTER, -1))
    if counter is None:
        return False
    mine.data[LAST_COUNTER] = counter
    mine.record_usage()
    mine.save(update_fields=["data"])
    return True
