"""Which hosts and ports may be reached, decided on the address that is then connected to."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from navette.core.errors import ConfigurationError
from navette.core.foreign_words import one_line
from navette.core.networks import Address, Network, is_public, lies_in

EVERY_PORT = range(1, 65536)

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# The last label of a name is never a number: what looks so is an address that was mistyped.
_HOST = re.compile(rf"\*|(?:\*\.)?(?:{_LABEL}\.)*(?!(?:[0-9]+|0x[0-9a-f]*)$){_LABEL}")
_BRACKETS = re.compile(r"\[([^\[\]]*:[^\[\]]*)\](?::(.+))?")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@dataclass(frozen=True)
class AllowedServer:
    """One entry of the list: a network, or a host's name, with its ports. ``*.example.org`` is every name below it."""

    host: str = ""
    network: Network | None = None
    ports: range = EVERY_PORT

    def permits(self, name: str, address: Address, port: int) -> bool:
        """Whether it allows this port of the address, which belongs to that name."""
        if port not in self.ports:
            return False
        if self.network is not None:
            return lies_in(address, self.network)
        return is_public(address) and self._names(name)

    def could_permit(self, name: str, port: int) -> bool:
        """Whether it allows this port for some address of that name."""
        return port in self.ports and (self.network is not None or self._names(name))

    def _names(self, name: str) -> bool:
        return self.host in ("*", name) or (self.host.startswith("*.") and name.endswith(self.host[1:]))


@dataclass(frozen=True)
class Allowed:
    """What may be reached. Without entries: every port of every public address.

    With entries, only what one of them names. An address that is not public (``core.networks``) is let through by a
    network alone, never by a host's name.
    """

    entries: tuple[AllowedServer, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """The entries of a text such as ``sftp.example.org:22, *.example.net, 10.0.0.0/8:22-2222, [fd00::/8]:22``.

        Raises ConfigurationError, which names the entry that cannot be read.
        """
        return cls(tuple(_entry(piece.strip()) for piece in text.split(",") if piece.strip()))

    def permits(self, host: str, address: str, port: int) -> bool:
        """Whether this port of an address, to which the host's name was resolved, may be connected to."""
        resolved, name = ip_address(address), _host_name(host)
        if not self.entries:
            return is_public(resolved)
        return any(entry.permits(name, resolved, port) for entry in self.entries)

    def could_permit(self, host: str, port: int) -> bool:
        """Whether this port of the host may be connected to for some address that its name may have."""
        name = _host_name(host)
        return not self.entries or any(entry.could_permit(name, port) for entry in self.entries)


EVERY_PUBLIC_ADDRESS = Allowed()


def _entry(text: str) -> AllowedServer:
    place, ports = _split(text)
    try:
        return AllowedServer(network=_network(place), ports=_port_range(ports))
    except ValueError as error:
        host = _host_name(place)
        if text.startswith("[") or not _HOST.fullmatch(host) or (host == "*" != place):
            raise ConfigurationError(
                "the list of allowed SFTP servers contains '{entry}', which cannot be read: write a host "
                "(sftp.example.org, *.example.org) or a network (10.0.0.0/8, [fd00::/8]), followed by :22 or "
                ":22-2222 to allow only these ports.",
                entry=one_line(text),
            ) from error
        return AllowedServer(host, ports=_port_range(ports))


def _network(text: str) -> Network:
    if "%" in text:
        raise ValueError("a network cannot name an interface")
    return ip_network(text)


def _split(text: str) -> tuple[str, str]:
    """The place, and what follows its colon; an IPv6 address has its ports after brackets only."""
    if text.startswith("["):
        match = _BRACKETS.fullmatch(text)
        return (match[1], match[2] or "") if match else ("", "")
    if text.count(":") > 1:
        return text, ""
    place, colon, ports = text.partition(":")
    return place, (ports or "none") if colon else ""


def _port_range(text: str) -> range:
    if not text:
        return EVERY_PORT
    match = _PORTS.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise ConfigurationError(
            "the list of allowed SFTP servers contains '{port}', which is not a valid port: write a number from "
            "1 to 65535, or two with a hyphen between them.",
            port=one_line(text),
        )
    return range(first, last + 1)


def _host_name(host: str) -> str:
    """The name as it is compared: in ASCII, in lower case, without the dot at its end."""
    name = host.lower().removesuffix(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name
