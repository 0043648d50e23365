"""An SFTP server: its address, our user, the keys by which we trust it, and how long we wait for it."""

from dataclasses import dataclass, field

from navette.core.allowed_servers import EVERY_PUBLIC_ADDRESS, Allowed


@dataclass(frozen=True)
class Limits:
    """How long a server may take, and how many bytes it gets at a time.

    ``connect_seconds``: for the look-up of the name, and for all addresses together. ``refusal_seconds``: a refusal
    comes after a whole number of these, so that its delay does not reveal whether the name exists.
    ``keepalive_seconds``: how often a peer that sends nothing is asked for an answer. Of a test of the connection:
    ``step_seconds`` for one step after sign-in, ``check_seconds`` for all of them, ``clean_up_seconds`` for removing
    what it wrote. ``sweep_seconds``: for removing what earlier deliveries left.

    ``tick_seconds``: how often progress is reported. ``stall_seconds``: how long a server may take nothing.
    ``pace_seconds`` and ``slowest_pace``: a server that takes fewer bytes a second than that, on average over so long,
    is left, and the rest is sent later. In that time, a line of half the pace brings more than ``rewind``.

    ``block``: how many bytes are read at a time, and where a resumed file may begin: at a multiple of it. ``rewind``:
    how many bytes are sent once more after a cut; more than ``under_way``, as a server may have kept later ones only.
    ``under_way``: how many bytes may be sent without an answer, in requests of at most ``largest_request``.
    """

    connect_seconds: float = 20
    refusal_seconds: float = 1
    login_seconds: float = 30
    keepalive_seconds: float = 15
    step_seconds: float = 30
    check_seconds: float = 90
    clean_up_seconds: float = 10
    sweep_seconds: float = 20
    tick_seconds: float = 0.5
    stall_seconds: float = 600
    pace_seconds: float = 3600
    slowest_pace: float = 16_000
    block: int = 8 << 20
    rewind: int = 16 << 20
    under_way: int = 8 << 20
    largest_request: int = 256 << 10


@dataclass(frozen=True)
class SFTPServer:
    """Where files go.

    ``directory`` is absolute, or relative to where a login begins. Its last ``creatable`` segments, which are
    plain names, are created if they are missing; their parents must exist. ``private_keys`` are texts as OpenSSH
    writes them, several during a rotation, tried in order. ``host_keys`` are the accepted ones, ``ssh-ed25519 AAAA…``:
    no other is trusted.
    """

    host: str
    port: int
    user: str
    directory: str = "./"
    creatable: int = 0
    private_keys: tuple[str, ...] = field(default=(), repr=False)
    host_keys: tuple[str, ...] = ()
    allowed: Allowed = EVERY_PUBLIC_ADDRESS
    limits: Limits = Limits()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 22 else f"{host}:{self.port}"
