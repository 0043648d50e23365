"""A connection to a server: verify its key, sign in with ours, start an SFTP session."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncssh

from navette.core.errors import ConfigurationError
from navette.core.foreign_words import answered, one_line
from navette.core.messages import message
from navette.destinations.destination import HostKey
from navette.destinations.sftp.algorithms import (
    CIPHERS,
    HOST_KEYS,
    KEY_EXCHANGES,
    MACS,
    SIGNATURES,
    foreign,
    no_common_algorithm,
)
from navette.destinations.sftp.errors import (
    HostKeyChangedError,
    SFTPRefusedError,
    SFTPTryLaterError,
    explained,
    explaining,
)
from navette.destinations.sftp.keys import host_keys, public_line, read_private_keys
from navette.destinations.sftp.reaching import reach, resolve
from navette.destinations.sftp.server import SFTPServer

KEEPALIVE_COUNT = 3
"""Unanswered keepalive messages after which the connection counts as lost."""


class Acquaintance(asyncssh.SSHClient):
    """Trusts a server by the accepted keys. ``host_key`` is the key that the server showed; ``keys`` are ours."""

    def __init__(self, accepted: list[asyncssh.SSHKey]) -> None:
        self.accepted = accepted
        self.host_key: HostKey | None = None
        self.keys: Sequence[asyncssh.SSHKeyPair] = ()
        self._asked_for_more = False
        self.connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """asyncssh's word that the way to the server is open."""
        self.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """asyncssh's question, before we say who we are."""
        self.host_key = HostKey(public_line(key), key.get_fingerprint())
        return key in self.accepted

    def public_key_auth_requested(self) -> None:
        """asyncssh's question for a further key, once the server was offered all of ours that it can take."""
        self._asked_for_more = True

    @property
    def wants_sha1(self) -> bool:
        """Whether none of our keys could be offered, as there is no way to sign with it but SHA-1."""
        return self._asked_for_more and all(key.sig_algorithm == b"ssh-rsa" for key in self.keys)

    @property
    def wants_more_than_a_key(self) -> bool:
        """Whether no further key of ours was called for: the server took one, and wants more, or takes none at all."""
        return not self._asked_for_more

    @property
    def algorithms(self) -> list[str]:
        """Of host keys: those of the accepted keys first, then the others, which reveal a changed key."""
        usable = [name.decode() for key in self.accepted for name in key.sig_algorithms]
        return [
            *(name for name in HOST_KEYS if name in usable),
            *(name for name in HOST_KEYS if name not in usable),
        ]


@asynccontextmanager
async def session(server: SFTPServer) -> AsyncIterator[tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]]:
    """A connection and its SFTP session, with paths in bytes.

    Raises RefusedError, TryLaterError or ConfigurationError.
    """
    acquaintance = Acquaintance(host_keys(server.host_keys))
    if not acquaintance.accepted:
        raise SFTPRefusedError(
            "no host key of {server} has been accepted yet: test the connection, and accept its key.",
            server=server,
            code="host_key_unknown",
        )
    connection = await sign_in(server, await reach(server, await resolve(server)), acquaintance)
    async with closing(connection):
        yield connection, await started(server, connection)


async def sign_in(
    server: SFTPServer, connection: socket.socket, acquaintance: Acquaintance
) -> asyncssh.SSHClientConnection:
    """The connection to a server whose key is accepted, where our key was taken."""
    try:
        acquaintance.keys = asyncssh.load_keypairs(read_private_keys(server.private_keys))
        async with asyncio.timeout(server.limits.login_seconds):
            return await asyncssh.connect(
                sock=connection,
                config=None,
                username=server.user,
                client_factory=lambda: acquaintance,
                known_hosts=([], [], []),  # none but those that the acquaintance accepts
                kex_algs=KEY_EXCHANGES,
                mac_algs=MACS,
                signature_algs=SIGNATURES,
                server_host_key_algs=acquaintance.algorithms,
                client_keys=acquaintance.keys,
                preferred_auth="publickey",
                password_auth=False,
                kbdint_auth=False,
                host_based_auth=False,
                gss_kex=False,
                gss_auth=False,
                gss_host=None,
                agent_path=None,
                pkcs11_provider=None,
                x509_trusted_certs=None,
                x509_trusted_cert_paths=None,
                encryption_algs=CIPHERS,
                compression_algs=["none"],
                keepalive_interval=server.limits.keepalive_seconds,
                keepalive_count_max=KEEPALIVE_COUNT,
                login_timeout=server.limits.login_seconds,
            )
    except (asyncssh.Error, OSError, ValueError) as error:
        connection.close()
        raise _unwelcome(error, server, acquaintance) from error
    except BaseException:
        connection.close()
        raise


def _unwelcome(  # noqa: PLR0911  # one return a reason
    error: Exception, server: SFTPServer, acquaintance: Acquaintance
) -> Exception:
    reason = str(error)
    match error:
        case asyncssh.HostKeyNotVerifiable() if acquaintance.host_key:
            return HostKeyChangedError(server, acquaintance.host_key)
        case asyncssh.PermissionDenied() if acquaintance.wants_sha1:
            return SFTPRefusedError(
                "{server} accepts RSA keys only with SHA-1, which is broken: update the server, or sign in with "
                "an Ed25519 key.",
                server=server,
                code="only_sha1",
            )
        # asyncssh's own words, which it says where no way to sign in is left; servers that hang up say others.
        case asyncssh.PermissionDenied() if acquaintance.wants_more_than_a_key and reason.startswith(
            "Permission denied"
        ):
            return SFTPRefusedError(
                "{server} does not let the user {user} sign in with a key alone: remove every other step, such as a "
                "password, for this user there.",
                server=server,
                user=one_line(server.user),
                code="key_not_enough",
            )
        # sshd counts the keys of a rotation as failures, and hangs up after some.
        case asyncssh.DisconnectError() if isinstance(error, asyncssh.PermissionDenied) or "Too many auth" in reason:
            return SFTPRefusedError(
                "{server} rejected our key for the user {user}: add our public key to the user's "
                "authorized_keys, or correct the user.",
                server=server,
                user=one_line(server.user),
                code="sign_in_refused",
            )
        case _ if acquaintance.host_key is None and (offered := foreign(acquaintance.connection)):
            return no_common_algorithm(offered, server)
        case asyncssh.ProtocolNotSupported() | asyncssh.ProtocolError() if acquaintance.host_key is None:
            return SFTPRefusedError(
                "{server} does not speak SSH: correct the host or the port.", server=server, code="no_ssh"
            )
        case ValueError() if not isinstance(error, UnicodeError) and "local username" in reason:
            return ConfigurationError(
                "the system user that runs Navette has no name: set the environment variable LOGNAME."
            )
        case ValueError():
            return SFTPRefusedError("this user name is not valid: correct it.", code="bad_user")
        case _:
            return explained(error, server, message("sign in"))


async def started(server: SFTPServer, connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    """The SFTP session of a connection."""
    with explaining(server, message("begin an SFTP session")):
        try:
            return await connection.start_sftp_client(path_encoding=None)
        except asyncssh.SFTPBadMessage as error:
            raise SFTPRefusedError(
                "{server} sends something else before the SFTP session: make sure that the user's login scripts print "
                "nothing there, and that the user may use SFTP.",
                server=server,
                code="no_sftp",
            ) from error
        except asyncssh.ChannelOpenError as error:
            if connection.is_closed():
                raise
            if error.code == asyncssh.OPEN_RESOURCE_SHORTAGE:
                raise SFTPTryLaterError(
                    "{server} has no room for another session now: Navette retries. ({said})",
                    server=server,
                    said=answered(str(error)),
                    code="busy",
                ) from error
            raise SFTPRefusedError(
                "{server} accepted our sign-in but does not offer SFTP: enable it there for this user. ({said})",
                server=server,
                said=answered(str(error)),
                code="no_sftp",
            ) from error


@asynccontextmanager
async def hanging_up_after(seconds: float, connection: asyncssh.SSHClientConnection) -> AsyncIterator[None]:
    """Hang up if the block takes longer: what it then raises becomes TimeoutError.

    That ends every request, also those by which asyncssh tidies up: of a block that were only cancelled, these would go
    on waiting for a server that does not answer.
    """
    loop = asyncio.get_running_loop()
    over = loop.call_later(seconds, connection.abort)
    try:
        yield
    except Exception as error:
        if over.when() <= loop.time():
            raise TimeoutError from error
        raise
    finally:
        over.cancel()


@asynccontextmanager
async def closing(connection: asyncssh.SSHClientConnection) -> AsyncIterator[None]:
    """Close the connection at the end of the block, or hang up if that fails: the server may no longer respond."""
    try:
        yield
        connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await connection.wait_closed()
    finally:
        connection.abort()
