"""Secrets at rest: encrypted with a key derived from the secret key, which is outside the database."""

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
    return _cipher(*_keys()).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The text again. Raises ConfigurationError where it was encrypted with another key."""
    try:
        return _cipher(*_keys()).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise ConfigurationError(
            "a secret in the control database was encrypted with another key: set NAVETTE_SECRET_KEY to that "
            "key, or enter the secret again."
        ) from error


def renewed(encrypted: str) -> str:
    """The same secret, encrypted with the current key. Raises ConfigurationError as ``decrypt`` does."""
    return encrypt(decrypt(encrypted))


def _keys() -> tuple[str, ...]:
    """The secret key, which encrypts everything, and the previous one, which still decrypts older secrets."""
    return settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS


@cache
def _cipher(*secret_keys: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in secret_keys])


def _derived(secret_key: str) -> bytes:
    # A derivation serves once.
    return HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
