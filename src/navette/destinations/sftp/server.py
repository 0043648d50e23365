"""An SFTP server: where it is, who we are there, and what we trust it by."""

from dataclasses import dataclass, field

from navette.destinations.sftp.allowed import EVERY_PUBLIC_ADDRESS, Allowed


@dataclass(frozen=True)
class SFTPServer:
    """Where files go.

    ``directory`` is absolute, or relative to where a login begins. Its last ``made`` segments, which are plain names,
    are made where they are not there; what is before them must be. ``private_keys`` are texts as OpenSSH writes them,
    several during a rotation, tried in order. ``host_keys`` are the accepted ones, ``ssh-ed25519 AAAA…``: no other is
    trusted.
    """

    host: str
    port: int
    user: str
    directory: str = "./"
    made: int = 0
    private_keys: tuple[str, ...] = field(default=(), repr=False)
    host_keys: tuple[str, ...] = ()
    allowed: Allowed = EVERY_PUBLIC_ADDRESS

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 22 else f"{host}:{self.port}"
