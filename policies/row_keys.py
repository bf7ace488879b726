"""How are rows called outside, if their numbers would tell how many others there are?

Rows are numbered as they come, those that a reader may not see among them. Outside, the
key of a row without a name of its own is its number under a keyed permutation (AES, of
one block): it says nothing of other rows, and nobody can guess the next one.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.db.models import Model

NUMBER_BYTES = 8
BLOCK_BYTES = 16
KEY_CHARACTERS = 22  # of a block in base64, without padding


def key_of(row: Model) -> str:
    """The key of a row, as it is called outside."""
    return key_of_number(type(row), row.pk)


def key_of_number(model: type[Model], number: int) -> str:
    """The key of a row of a model, by its number."""
    block = number.to_bytes(NUMBER_BYTES).rjust(BLOCK_BYTES, b"\0")
    sealing = _cipher(model._meta.label_lower).encryptor()
    return urlsafe_b64encode(sealing.update(block)).decode().rstrip("=")


def number_of(model: type[Model], text: str) -> int | None:
    """The number of the row that is called so; None if nothing can be called so."""
    if len(text) != KEY_CHARACTERS:
        return None
    try:
        sealed = urlsafe_b64decode(f"{text}==")
    except (Error, ValueError):
        return None
    block = _cipher(model._meta.label_lower).decryptor().update(sealed)
    number = int.from_bytes(block)
    # What somebody made up is a number beyond all rows; two spellings are not one key.
    is_key = 0 < number < 2**63 and key_of_number(model, number) == text
    return number if is_key else None


def numbers_of(model: type[Model], texts: Iterable[str]) -> list[int]:
    """The numbers of the rows that are called so; what cannot be is left out."""
    found = (number_of(model, text) for text in texts)
    return [number for number in found if number is not None]


# One block alone, of numbers that are all different: there is no pattern to show.
@lru_cache
def _cipher(label: str) -> Cipher[modes.ECB]:
    key = sha256(f"{settings.HEADWATER_INSTANCE_KEY}\0row\0{label}".encode()).digest()
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
