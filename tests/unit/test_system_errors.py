"""What the system reports becomes a message, so that no English stands in a French sentence."""

import errno
import os
import socket

import pytest
from django.utils.translation import override

from navette.core.system_errors import system_reason
from navette.wording.errors import in_words

KNOWN = [
    (OSError(errno.EACCES, "Permission denied"), "permission denied", "permission refusée"),
    (OSError(errno.ENOSPC, "No space left on device"), "no space left on the disk", "plus de place sur le disque"),
    (OSError(errno.ENOENT, "No such file"), "no such file or directory", "fichier ou répertoire introuvable"),
    (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only", "le disque est en lecture seule"),
    (OSError(errno.ECONNREFUSED, "Connect call failed ('::1', 22)"), "connection refused", "connexion refusée"),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "the host is unreachable", "l’hôte est injoignable"),
    (TimeoutError(), "timed out", "délai dépassé"),
    (TimeoutError("timed out"), "timed out", "délai dépassé"),
    (ConnectionResetError(errno.ECONNRESET, "reset"), "the connection was closed", "la connexion a été fermée"),
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "the host name is unknown", "hôte est inconnu"),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name service does not answer", "ne répond pas"),
]


@pytest.mark.parametrize(("error", "english", "french"), KNOWN, ids=str)
def test_what_people_meet_is_said_in_their_language(error: OSError, english: str, french: str) -> None:
    told = system_reason(error)
    assert str(told) == english
    with override("fr"):
        assert french in in_words(told)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EXDEV, os.strerror(errno.EXDEV)), os.strerror(errno.EXDEV)),
        (OSError("no number"), "no number"),
        (OSError(), "OSError"),
        (socket.gaierror(socket.EAI_FAMILY, "not supported"), "not supported"),
    ],
    ids=str,
)
def test_anything_else_is_quoted(error: OSError, words: str) -> None:
    told = system_reason(error)
    assert str(told) == f"the system reports '{words}'"
    with override("fr"):
        assert in_words(told) == f"le système indique «\u00a0{words}\u00a0»"
