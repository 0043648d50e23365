"""By which algorithms we speak with servers: SHA-1, which is broken, is in none of them."""

import re

import asyncssh
from asyncssh.kex import get_default_kex_algs
from asyncssh.mac import get_default_mac_algs
from asyncssh.packet import PacketDecodeError, SSHPacket
from asyncssh.public_key import get_default_public_key_algs

from navette.core.foreign_words import reason_of
from navette.destinations.sftp.errors import SFTPRefusedError
from navette.destinations.sftp.server import SFTPServer

# The fastest first where processors have AES; asyncssh would begin with ChaCha20.
WITHOUT_MAC = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com")
CIPHERS = (*WITHOUT_MAC, "aes256-ctr", "aes192-ctr", "aes128-ctr")
# As OpenSSH prefers them, so that the key that is shown first is the one that an administrator would compare.
HOST_KEYS = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("rsa-sha2-512", "rsa-sha2-256"),
)
_SHA_1 = re.compile("sha1|\\bssh-(rsa|dss)(?![-@])")
# asyncssh's own lists, and with them what its later versions add.
KEY_EXCHANGES, MACS, SIGNATURES = (
    [name.decode() for name in names if not _SHA_1.search(name.decode())]
    for names in (get_default_kex_algs(), get_default_mac_algs(), get_default_public_key_algs())
)


def foreign(connection: asyncssh.SSHClientConnection | None) -> list[str]:
    """Of the lists of algorithms with which the server began, the first in which we know none; empty where there is
    none. asyncssh does not look at all of them, and sshd hangs up without a word.
    """
    try:
        packet = SSHPacket(getattr(connection, "_server_kexinit", b""))
        packet.get_bytes(1 + 16)  # the kind of packet, and a cookie
        exchanges, host_keys, ciphers, _, macs, _ = ([*map(_text, packet.get_namelist())] for _ in range(6))
    except PacketDecodeError:
        return []
    ours = [(exchanges, KEY_EXCHANGES), (host_keys, HOST_KEYS), (ciphers, CIPHERS)]
    if not {*ciphers} & {*WITHOUT_MAC}:
        ours.append((macs, MACS))
    return next((names for names, supported in ours if not {*names} & {*supported}), [])


def no_common_algorithm(offered: list[str], server: SFTPServer) -> SFTPRefusedError:
    """The server offers these algorithms, of which we take none."""
    names = reason_of(", ".join(offered))
    if any(map(_SHA_1.search, offered)):
        return SFTPRefusedError(
            "{server} supports only SHA-1, which is broken: update the server. (It offers {offered}.)",
            server=server,
            offered=names,
            code="only_sha1",
        )
    return SFTPRefusedError(
        "{server} and Navette have no algorithm in common: update the server. (It offers {offered}.)",
        server=server,
        offered=names,
        code="no_common_algorithm",
    )


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
