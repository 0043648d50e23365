"""The address of a source: where requests go, decided on the address that is then connected to."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from navette.core.allowed_servers import Allowed
from navette.core.errors import ConfigurationError, RequestError, TryLaterError
from navette.core.networks import is_address, is_public

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Address:
    """The base of a source's URLs, without a slash at its end; its host is in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address that people write. Raises RequestError for one that requests cannot be sent to."""
        parts = _parts(text.strip())
        if parts is None or parts.username or parts.password or parts.query or parts.fragment:
            raise RequestError(
                "'{address}' is not a valid address: write it as https://centre.example.org, without a name, a password"
                " or parameters.",
                address=text.strip()[:200],
            )
        host = str(parts.hostname).encode("idna").decode().lower()
        return cls(parts.scheme, host, parts.port or _PORTS[parts.scheme], parts.path.rstrip("/"))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def netloc(self) -> str:
        """The host, with the port if it is not the scheme's usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def resolve(self, allowed: Allowed) -> list[str]:
        """The addresses that the host has now and that can be connected to.

        Raises ConfigurationError for a host that ``allowed`` does not permit, and for one on the internet without TLS;
        TryLaterError if the name has no permitted address.
        """
        if not allowed.could_permit(self.host, self.port):
            raise self._forbidden()
        addresses = [address for address in self._addresses() if allowed.permits(self.host, address, self.port)]
        if not addresses and is_address(self.host):
            raise self._forbidden()
        if not addresses:
            raise TryLaterError(
                "{host} has no address that Navette may connect to on port {port}: check the name, and that DNS"
                " resolves it. An administrator can add the host, or a private address as a network, to the list of"
                " allowed servers.",
                host=self.host,
                port=str(self.port),
            )
        if self.scheme == "http" and any(is_public(ip_address(address)) for address in addresses):
            raise ConfigurationError(
                "{host} is on the internet: use an address that begins with https.", host=self.host
            )
        return addresses

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(place[0]) for *_, place in found))

    def _forbidden(self) -> ConfigurationError:
        return ConfigurationError(
            "Navette may not connect to port {port} of {host}: an administrator can add it to the list of allowed"
            " servers, a private address as a network.",
            port=str(self.port),
            host=self.host,
        )


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in _PORTS and parts.hostname and parts.port != 0 and text.isprintable() and " " not in text
        return parts if valid and parts.hostname and parts.hostname.encode("idna") else None
    except (ValueError, UnicodeError):
        return None
