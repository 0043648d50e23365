"""The way to a server: resolve its name once, ask which addresses may be reached, connect to one of these."""

import asyncio
import re
import socket
from dataclasses import dataclass

from navette.destinations.destination import one_line, reason_of
from navette.destinations.sftp.errors import SFTPRefusedError, SFTPTryLaterError
from navette.destinations.sftp.server import SFTPServer

CONNECT_SECONDS = 20
"""For the name, and for all addresses together."""

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
    """The host's addresses, asked for once."""
    if not _HOST.fullmatch(server.host) or not 1 <= server.port <= 65535:
        raise SFTPRefusedError(
            "bad_host", f"there is no host '{one_line(server.host)[:80]}' with a port {server.port}: correct them."
        )
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SFTPTryLaterError(
            "unresolved",
            f"the name {server.host} cannot be resolved: see that it is right, and that the name service answers. "
            f"({reason_of(str(error)) or 'no answer'})",
        ) from error
    places = dict.fromkeys(Place(family, address) for family, _, _, _, address in found)
    return list(places)[:_MOST_ADDRESSES]


def permitted(server: SFTPServer, places: list[Place]) -> list[Place]:
    """Those of the addresses that may be reached. Raises RefusedError where none may.

    Which addresses these were is not said: that would let people ask for names that only our name service knows.
    """
    found = [one for one in places if one.permitted(server)]
    if not found:
        raise SFTPRefusedError(
            "not_allowed",
            f"port {server.port} of {server.host} may not be reached: an administrator can add it to the list of "
            "allowed SFTP servers, a private address as a network.",
        )
    return found


async def reach(server: SFTPServer, places: list[Place]) -> socket.socket:
    """A connection to the first of the addresses that answers, which are the ones that were asked about."""
    for place in places:
        connection = socket.socket(place.family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT_SECONDS / len(places)):
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
        "unreachable",
        f"{server} cannot be reached: see that it is up, and that a firewall lets us through. "
        f"({reason_of(str(failure)) or 'no answer in time'})",
    ) from failure
