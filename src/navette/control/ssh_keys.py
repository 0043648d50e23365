"""The domain's own SSH keys: made here, the private halves encrypted, only the public ones ever shown."""

from typing import Literal

import structlog
from django.db import transaction

from navette.control.actor import NAVETTE, Actor
from navette.control.journal import record
from navette.control.models import KeyPair
from navette.control.secrets import decrypt, encrypt
from navette.core.errors import ConfigurationError
from navette.destinations.sftp import new_key_pair

log = structlog.get_logger()

KeyKind = Literal["ed25519", "rsa4096"]


def key_pairs() -> list[KeyPair]:
    """The pairs, the newest first. An Ed25519 pair is created if there is none."""
    return list(KeyPair.objects.all()) or _first()


@transaction.atomic
def _first() -> list[KeyPair]:
    if not KeyPair.objects.exists():
        make_key_pair(NAVETTE, "ed25519")
    return list(KeyPair.objects.all())


def private_keys() -> tuple[str, ...]:
    """The private halves, the newest first: those that the secret key opens.

    Raises ConfigurationError where it opens none, as it is another one than when they were made.
    """
    opened = tuple(filter(None, map(_opened, key_pairs())))
    if not opened:
        raise ConfigurationError(
            "Navette's private SSH key was encrypted with another NAVETTE_SECRET_KEY: restore the old value; or "
            "set it as NAVETTE_PREVIOUS_SECRET_KEY and run 'navette keys renew-secrets'; or create a new key "
            "with 'navette keys new' and add its public key to the servers."
        )
    return opened


def _opened(pair: KeyPair) -> str:
    """The private half; empty if the secret key has changed since it was encrypted."""
    try:
        return decrypt(pair.private)
    except ConfigurationError:
        log.warning("ssh_key.closed", fingerprint=pair.fingerprint)
        return ""


def make_key_pair(actor: Actor, kind: KeyKind) -> KeyPair:
    """Create a pair, and record it in the audit log."""
    pair = new_key_pair(kind, "navette")
    record("ssh_key.created", actor, kind=kind, fingerprint=pair.fingerprint)
    return KeyPair.objects.create(
        kind=kind, public=pair.public, fingerprint=pair.fingerprint, private=encrypt(pair.private)
    )
