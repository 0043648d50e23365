"""Reach a server: resolve its name once, keep the allowed addresses, connect to one of them."""

import asyncio
import re
import socket
from dataclasses import dataclass
from time import monotonic

from navette.core.foreign_words import one_line
from navette.core.networks import is_address
from navette.core.system_errors import system_reason
from navette.destinations.sftp.errors import SFTPRefusedError, SFTPTryLaterError
from navette.destinations.sftp.server import SFTPServer

_MOST_ADDRESSES = 8
_HOST = re.compile("[^\0-\x20\x7f-\xa0]{1,253}")


@dataclass(frozen=True)
class Place:
    """One address of the server, as a socket takes it."""

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]

    def __str__(self) -> str:
        return str(self.address[0])

    def permitted(self, server: SFTPServer) -> bool:
        """Whether it may be reached for that server."""
        return server.allowed.permits(server.host, str(self), server.port)


async def resolve(server: SFTPServer) -> list[Place]:
    """The host's addresses that may be reached, from a single look-up.

    Raises RefusedError where the host is an address that may not be reached, or a name that no entry of the list can
    let through. Of other names nobody outside learns whether our name service knows them: one that is unknown and one
    that leads where nothing may go are the same TryLaterError, after about the same time.
    """
    if not _HOST.fullmatch(server.host) or not 1 <= server.port <= 65535:
        raise SFTPRefusedError(
            "'{host}' is not a valid host, or {port} is not a valid port: correct them.",
            host=one_line(server.host)[:80],
            port=str(server.port),
            code="bad_host",
        )
    begun = monotonic()
    may = is_address(server.host) or server.allowed.could_permit(server.host, server.port)
    places = [place for place in await _addresses(server) if place.permitted(server)] if may else []
    if places:
        return places
    if not may or is_address(server.host):
        raise SFTPRefusedError(
            "Navette may not connect to port {port} of {host}: an administrator can add it to the list of "
            "allowed SFTP servers, a private address as a network.",
            port=str(server.port),
            host=server.host,
            code="not_allowed",
        )
    refusal_seconds = server.limits.refusal_seconds
    await asyncio.sleep(refusal_seconds - (monotonic() - begun) % refusal_seconds)
    raise SFTPTryLaterError(
        "{host} has no address that Navette may connect to on port {port}: check the name, and that DNS resolves it."
        " An administrator can add the host, or a private address as a network, to the list of allowed SFTP servers.",
        host=server.host,
        port=str(server.port),
        code="no_address",
    )


async def _addresses(server: SFTPServer) -> list[Place]:
    """The addresses of the host; none where it cannot be resolved in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(server.limits.connect_seconds):
            infos = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(Place(family, address) for family, _, _, _, address in infos))[:_MOST_ADDRESSES]


async def reach(server: SFTPServer, places: list[Place]) -> socket.socket:
    """A connection to the first of the checked addresses that answers."""
    for place in places:
        connection = socket.socket(place.family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(server.limits.connect_seconds / len(places)):
                await asyncio.get_running_loop().sock_connect(connection, place.address)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise SFTPTryLaterError(
        "{server} cannot be reached: check that it is running and that the firewall allows the connection. ({said})",
        server=server,
        said=system_reason(failure),
        code="unreachable",
    ) from failure
