"""Key pairs with which we sign in, and the keys by which servers are known."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import asyncssh

from navette.core.errors import ConfigurationError, RequestError
from navette.core.foreign_words import one_line


@dataclass(frozen=True)
class NewKeyPair:
    """A private key as OpenSSH writes it, its public half in one line, and the fingerprint of that."""

    private: str = field(repr=False)
    public: str
    fingerprint: str


def new_key_pair(kind: Literal["ed25519", "rsa4096"], comment: str) -> NewKeyPair:
    """A new pair: ``ed25519``, or ``rsa4096`` for old servers, which takes a second or more. The comment is public."""
    if kind == "ed25519":
        key = asyncssh.generate_private_key("ssh-ed25519", comment=one_line(comment))
    else:
        key = asyncssh.generate_private_key("ssh-rsa", comment=one_line(comment), key_size=4096)
    return NewKeyPair(key.export_private_key().decode(), public_line(key), key.get_fingerprint())


def fingerprint(public: str) -> str:
    """The fingerprint, as OpenSSH shows it (``SHA256:…``), of a public key in one line. Raises RequestError."""
    try:
        return asyncssh.import_public_key(public).get_fingerprint()
    except (asyncssh.KeyImportError, UnicodeError) as error:
        raise RequestError("this is not a public key: a public key is one line such as 'ssh-ed25519 AAAA…'.") from error


def public_line(key: asyncssh.SSHKey) -> str:
    """The public half of a key in one line, as ``authorized_keys`` and ``known_hosts`` hold it."""
    return key.export_public_key().decode().strip()


def read_private_keys(texts: Iterable[str]) -> list[asyncssh.SSHKey]:
    """The keys of their texts. Raises ConfigurationError, which never repeats a text."""
    try:
        keys = [asyncssh.import_private_key(text) for text in texts]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, UnicodeError):
        raise ConfigurationError("a private key for SFTP cannot be read: create a new key pair.") from None
    if not keys:
        raise ConfigurationError("there is no key pair for SFTP yet: create one, and add its public key to the server.")
    return keys


def host_keys(texts: Iterable[str]) -> list[asyncssh.SSHKey]:
    """The servers' keys that were accepted. Raises ConfigurationError where one cannot be read."""
    try:
        return [asyncssh.import_public_key(text) for text in texts]
    except (asyncssh.KeyImportError, UnicodeError) as error:
        raise ConfigurationError(
            "an accepted host key cannot be read: test the connection, and accept the server's key again."
        ) from error
