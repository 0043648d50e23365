"""A connection to a server: know it by its key, sign in with ours, begin an SFTP session."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncssh

from navette.core.errors import ConfigurationError
from navette.destinations.destination import one_line, reason_of
from navette.destinations.sftp.errors import (
    HostKey,
    HostKeyChangedError,
    SFTPRefusedError,
    explained,
    explaining,
)
from navette.destinations.sftp.keys import host_keys, private_keys, public_line
from navette.destinations.sftp.reaching import permitted, reach, resolve
from navette.destinations.sftp.server import SFTPServer

LOGIN_SECONDS = 30

KEEPALIVE_SECONDS, KEEPALIVE_COUNT = 15, 3
"""A peer that says nothing is asked so often, and given up after so many questions without an answer."""

# The fastest first where processors have AES; asyncssh would begin with ChaCha20.
CIPHERS = (
    *("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"),
    *("aes256-ctr", "aes192-ctr", "aes128-ctr"),
)
# As OpenSSH prefers them, so that the key that is shown first is the one that an administrator would compare.
HOST_KEY_ALGORITHMS = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
)


class Acquaintance(asyncssh.SSHClient):
    """Trusts a server by the accepted keys, and keeps the key that it showed in ``found``."""

    def __init__(self, accepted: list[asyncssh.SSHKey]) -> None:
        self.accepted = accepted
        self.found: HostKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """asyncssh's question, before anything is said of who we are."""
        self.found = HostKey(public_line(key), key.get_fingerprint())
        return key in self.accepted

    @property
    def algorithms(self) -> list[str]:
        """Of host keys: those of the accepted keys first, then the others, by which a changed key is seen."""
        known = [name.decode() for key in self.accepted for name in key.sig_algorithms]
        return [
            *(one for one in HOST_KEY_ALGORITHMS if one in known),
            *(one for one in HOST_KEY_ALGORITHMS if one not in known),
        ]


@asynccontextmanager
async def session(server: SFTPServer) -> AsyncIterator[asyncssh.SFTPClient]:
    """An SFTP session, with paths in bytes. Raises RefusedError, TryLaterError or ConfigurationError."""
    acquaintance = Acquaintance(host_keys(server.host_keys))
    if not acquaintance.accepted:
        raise SFTPRefusedError(
            "host_key_unknown", f"no host key of {server} is accepted yet: test the connection, and accept its key."
        )
    connection = await sign_in(server, await reach(server, permitted(server, await resolve(server))), acquaintance)
    async with closing(connection):
        yield await started(server, connection)


async def sign_in(
    server: SFTPServer, connection: socket.socket, acquaintance: Acquaintance
) -> asyncssh.SSHClientConnection:
    """The connection to a server whose key is accepted, where our key was taken."""
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            return await asyncssh.connect(
                sock=connection,
                config=None,
                username=server.user,
                client_factory=lambda: acquaintance,
                known_hosts=([], [], []),  # none but those that the acquaintance accepts
                server_host_key_algs=acquaintance.algorithms,
                client_keys=private_keys(server.private_keys),
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
                keepalive_interval=KEEPALIVE_SECONDS,
                keepalive_count_max=KEEPALIVE_COUNT,
                login_timeout=LOGIN_SECONDS,
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
    said = reason_of(str(error))
    match error:
        case asyncssh.HostKeyNotVerifiable() if acquaintance.found:
            return HostKeyChangedError(server, acquaintance.found)
        # sshd counts the keys of a rotation as failures, and hangs up after some.
        case asyncssh.DisconnectError() if isinstance(error, asyncssh.PermissionDenied) or "Too many auth" in said:
            return SFTPRefusedError(
                "sign_in_refused",
                f"{server} does not let {one_line(server.user)} in with our key: add our public key to the user's "
                f"authorized keys, or correct the user. ({said})",
                said,
            )
        case asyncssh.KeyExchangeFailed():
            return SFTPRefusedError(
                "no_common_algorithm", f"{server} and Navette know no common algorithm: update the server. ({said})"
            )
        case asyncssh.ProtocolNotSupported() | asyncssh.ProtocolError() if acquaintance.found is None:
            return SFTPRefusedError("no_ssh", f"{server} does not speak SSH: correct the host or the port. ({said})")
        case ValueError() if not isinstance(error, UnicodeError) and "local username" in said:
            return ConfigurationError("the system's user that runs Navette has no name: set the variable LOGNAME.")
        case ValueError():
            return SFTPRefusedError("bad_user", f"the user's name cannot be one: correct it. ({said})")
        case _:
            return explained(error, server, "sign in")


async def started(server: SFTPServer, connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    """The SFTP session of a connection."""
    with explaining(server, "begin an SFTP session"):
        try:
            return await connection.start_sftp_client(path_encoding=None)
        except asyncssh.ChannelOpenError as error:
            if connection.is_closed():
                raise
            raise SFTPRefusedError(
                "no_sftp",
                f"{server} let us in, but offers no SFTP: switch it on there, for this user. ({reason_of(str(error))})",
            ) from error


@asynccontextmanager
async def closing(connection: asyncssh.SSHClientConnection) -> AsyncIterator[None]:
    """Take leave at the end of the block; where that raises, hang up: nobody may be listening any more."""
    try:
        yield
        connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await connection.wait_closed()
    finally:
        connection.abort()
