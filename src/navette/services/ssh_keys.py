"""The key pairs with which Navette signs in on servers: list their public keys, make new pairs, remove old ones."""

from django.db import transaction
from django.utils import timezone

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import KeyPair
from navette.control.permissions import require, require_operator
from navette.control.ssh_keys import KeyKind, key_pairs, make_key_pair
from navette.core.errors import RequestError


def public_keys(actor: Actor) -> list[KeyPair]:
    """The pairs, the newest first. One is created if there is none. Raises ForbiddenError."""
    if not actor.is_operator:
        require(actor.user, "manage_automatic_exports")
    return key_pairs()


@transaction.atomic
def rotate(actor: Actor, kind: KeyKind) -> KeyPair:
    """Create a pair. Older pairs of its kind still work, after it, until they are removed.

    Raises ForbiddenError.
    """
    require_operator(actor)
    KeyPair.objects.filter(kind=kind, replaced_at=None).update(replaced_at=timezone.now())
    return make_key_pair(actor, kind)


@transaction.atomic
def remove(actor: Actor, fingerprint: str) -> None:
    """Delete a pair. Raises ForbiddenError, and RequestError if it does not exist or is the only one."""
    require_operator(actor)
    pairs = KeyPair.objects.filter(fingerprint=fingerprint)
    if not pairs.exists():
        raise RequestError(
            "there is no key pair with the fingerprint {fingerprint}: list the key pairs with 'navette keys list'.",
            fingerprint=fingerprint,
        )
    if KeyPair.objects.count() == 1:
        raise RequestError("this is the only key pair: create a new one first, and add its public key to the servers.")
    pairs.delete()
    record("ssh_key.destroyed", actor, fingerprint=fingerprint)
