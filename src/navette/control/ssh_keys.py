"""The domain's own SSH keys: made here, the private halves encrypted, only the public ones ever shown."""

from typing import Literal

import structlog
from django.db import transaction
from django.utils import timezone

from navette.control.actor import NAVETTE
from navette.control.journal import record
from navette.control.models import KeyPair
from navette.control.secrets import decrypt, encrypt
from navette.core.errors import ConfigurationError, RequestError
from navette.destinations.sftp import new_key_pair

log = structlog.get_logger()

Kind = Literal["ed25519", "rsa4096"]


def key_pairs() -> list[KeyPair]:
    """The pairs, the newest first; an Ed25519 one is made where there is none."""
    return list(KeyPair.objects.all()) or _first()


@transaction.atomic
def _first() -> list[KeyPair]:
    if not KeyPair.objects.exists():
        _make("ed25519")
    return list(KeyPair.objects.all())


@transaction.atomic
def rotate(kind: Kind) -> KeyPair:
    """Make a new pair. Those of its kind before go on working, behind it, until they are removed."""
    KeyPair.objects.filter(kind=kind, replaced_at=None).update(replaced_at=timezone.now())
    return _make(kind)


@transaction.atomic
def remove(fingerprint: str) -> None:
    """Forget a pair. Raises RequestError where there is none, or it is the only one."""
    pairs = KeyPair.objects.filter(fingerprint=fingerprint)
    if not pairs.exists():
        raise RequestError(f"there is no key pair with the fingerprint {fingerprint}: navette keys list shows them.")
    if KeyPair.objects.count() == 1:
        raise RequestError("this is the only key pair: make a new one first, and let the servers know it.")
    pairs.delete()
    record("ssh_key.destroyed", NAVETTE, fingerprint=fingerprint)


def private_keys() -> tuple[str, ...]:
    """The private halves, the newest first: those that the secret key opens.

    Raises ConfigurationError where it opens none, as it is another one than when they were made.
    """
    opened = tuple(filter(None, map(_opened, key_pairs())))
    if not opened:
        raise ConfigurationError(
            "NAVETTE_SECRET_KEY is not the one that our private SSH key was encrypted with: put the old one back; or "
            "set it as NAVETTE_PREVIOUS_SECRET_KEY and run 'navette keys renew-secrets'; or make a new key with "
            "'navette keys new', and let the servers know it."
        )
    return opened


def _opened(pair: KeyPair) -> str:
    """The private half; nothing where the secret key is another one than when it was made."""
    try:
        return decrypt(pair.private)
    except ConfigurationError:
        log.warning("ssh_key.closed", fingerprint=pair.fingerprint)
        return ""


def _make(kind: Kind) -> KeyPair:
    made = new_key_pair(kind, "navette")
    record("ssh_key.created", NAVETTE, kind=kind, fingerprint=made.fingerprint)
    return KeyPair.objects.create(
        kind=kind, public=made.public, fingerprint=made.fingerprint, private=encrypt(made.private)
    )
