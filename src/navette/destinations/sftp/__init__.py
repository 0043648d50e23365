"""SFTP: files into a directory of a server whose key was accepted, each whole under its name or not there.

``kind`` declares it. ``server`` says where, ``allowed`` which addresses may be reached, and ``keys`` who we are.
``reaching`` finds the way, ``connection`` signs in by the ``algorithms``, and ``directory`` enters the directory.
``upload`` delivers: ``blocks`` sends a file's bytes to one of the hidden ``names``, ``placing`` gives it its own,
``leftovers`` tidies up, and ``progress`` tells how far it came; ``remarks`` name what a server does not do. ``check``
tries a connection step by step. ``errors`` says what went wrong.
"""

from navette.core.allowed_servers import Allowed
from navette.destinations.destination import Checked, HostKey, Receipt, RefusedError, Step, Upload
from navette.destinations.sftp.check import STEPS, check
from navette.destinations.sftp.errors import HostKeyChangedError, SFTPRefusedError, SFTPTryLaterError
from navette.destinations.sftp.keys import NewKeyPair, fingerprint, new_key_pair
from navette.destinations.sftp.server import Limits, SFTPServer
from navette.destinations.sftp.upload import put

__all__ = [
    "STEPS",
    "Allowed",
    "Checked",
    "HostKey",
    "HostKeyChangedError",
    "Limits",
    "NewKeyPair",
    "Receipt",
    "RefusedError",
    "SFTPRefusedError",
    "SFTPServer",
    "SFTPTryLaterError",
    "Step",
    "Upload",
    "check",
    "fingerprint",
    "new_key_pair",
    "put",
]
