"""What the operating system and its name service report, as messages: their own words are English."""

import errno
import socket

from navette.core.messages import Message, message

_PERMISSION = message("permission denied")
_TIMED_OUT = message("timed out")
_CLOSED = message("the connection was closed")
_NO_SUCH_HOST = message("the host name is unknown")

_BY_NUMBER = {
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.ENOENT: message("no such file or directory"),
    errno.ENOTDIR: message("not a directory"),
    errno.EISDIR: message("a directory has this name"),
    errno.EEXIST: message("the file exists already"),
    errno.ENAMETOOLONG: message("the file name is too long"),
    errno.ENOSPC: message("no space left on the disk"),
    errno.EDQUOT: message("the disk quota is used up"),
    errno.EFBIG: message("the file is too large for this disk"),
    errno.EROFS: message("the disk is read-only"),
    errno.EIO: message("the disk or network drive failed"),
    errno.ESTALE: message("the network drive was disconnected"),
    errno.EMFILE: message("too many open files"),
    errno.ENFILE: message("too many open files"),
    errno.ENOMEM: message("not enough memory"),
    errno.ETIMEDOUT: _TIMED_OUT,
    errno.ECONNREFUSED: message("connection refused"),
    errno.ECONNRESET: _CLOSED,
    errno.ECONNABORTED: _CLOSED,
    errno.EPIPE: _CLOSED,
    errno.ENOTCONN: _CLOSED,
    errno.EHOSTUNREACH: message("the host is unreachable"),
    errno.EHOSTDOWN: message("the host is unreachable"),
    errno.ENETUNREACH: message("the network is unreachable"),
    errno.ENETDOWN: message("the network is unreachable"),
}

_BY_NAME_SERVICE = {
    socket.EAI_NONAME: _NO_SUCH_HOST,
    socket.EAI_NODATA: _NO_SUCH_HOST,
    socket.EAI_AGAIN: message("the name service does not answer"),
}


def system_reason(error: OSError) -> Message:
    """What an error of the system means; of one that is not listed here, the system's own words, quoted."""
    if isinstance(error, TimeoutError):
        return _TIMED_OUT
    known = _BY_NAME_SERVICE if isinstance(error, socket.gaierror) else _BY_NUMBER
    words = error.strerror or str(error) or type(error).__name__
    return known.get(error.errno or 0) or message("the system reports '{words}'", words=words)
