"""How are secrets kept that must be read again? Encrypted, under a key of its own."""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["InvalidToken", "fingerprint", "seal", "unseal"]


def seal(text: str, purpose: str) -> str:
    """`text`, encrypted and authenticated; only the same purpose opens it again."""
    return _sealer(settings.HEADWATER_SEAL_KEY, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What was sealed. Raises InvalidToken for another key, purpose or text."""
    return _sealer(settings.HEADWATER_SEAL_KEY, purpose).decrypt(sealed).decode()


def fingerprint(text: str, purpose: str) -> str:
    """What finds `text` again, and tells nobody without the key what it was."""
    key = _derived(settings.HEADWATER_SEAL_KEY.split(",")[0].strip(), purpose)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=32)
def _sealer(keys: str, purpose: str) -> MultiFernet:
    """Several keys, separated by commas: the first one seals, each of them opens."""
    each = (_derived(key.strip(), purpose) for key in keys.split(",") if key.strip())
    return MultiFernet(Fernet(base64.urlsafe_b64encode(key)) for key in each)


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).digest()
