"""Secrets at rest: encrypted with a key that is made from the secret key, which lies outside the database."""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from navette.core.errors import ConfigurationError

_PURPOSE = b"navette: secrets in the control database"


def encrypt(text: str) -> str:
    """The text, for the database."""
    return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The text again. Raises ConfigurationError where it was encrypted with another key."""
    try:
        return _cipher(settings.SECRET_KEY).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise ConfigurationError(
            "a secret in the control database was encrypted with another key: set NAVETTE_SECRET_KEY to that one, or "
            "set the secret anew."
        ) from error


@cache
def _cipher(secret_key: str) -> MultiFernet:
    key = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key))])
