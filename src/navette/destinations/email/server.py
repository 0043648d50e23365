"""The mail server's address, from the setting ``smtp_url``."""

from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from navette.core.errors import ConfigurationError
from navette.core.messages import Message, message

# Scheme to the port that it means where none is given.
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """The mail server. ``scheme`` is one of PORTS; without a user, there is no sign-in.

    ``timeout`` is how many seconds each step of a conversation may take.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30


def mail_server(address: str) -> MailServer:
    """The server of an address such as ``smtp+starttls://USER:PASSWORD@HOST:PORT``.

    User and password are percent-encoded there. Raises ConfigurationError, which never repeats the address, as it may
    hold a password.
    """
    url = _split(address)
    if url.scheme not in PORTS:
        _wrong(message("it does not begin with smtp://, smtp+starttls:// or smtps://"))
    if not url.hostname:
        _wrong(message("it names no host"))
    if url.path not in ("", "/") or url.query or url.fragment:
        _wrong(message("something follows the host and port (in a password, write / as %2F, ? as %3F, # as %23)"))
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if bool(user) != bool(password):
        _wrong(message("a user name and a password come together or not at all"))
    return MailServer(url.scheme, url.hostname, _port(url), user, password)


def _split(address: str) -> SplitResult:
    if any(character.isspace() for character in address):
        _wrong(message("it contains a space"))
    try:
        return urlsplit(address)
    except ValueError:  # square brackets that do not match
        _wrong(message("its host cannot be read"))


def _port(url: SplitResult) -> int:
    try:
        port = PORTS[url.scheme] if url.port is None else url.port
    except ValueError:
        port = 0
    if not port:
        _wrong(message("its port is not a number from 1 to 65535"))
    return port


def _wrong(why: Message) -> NoReturn:
    # The error that led here would show the address, and with it the password.
    raise ConfigurationError(
        "NAVETTE_SMTP_URL is not valid: {why}. Write it as smtp+starttls://USER:PASSWORD@HOST:PORT.", why=why
    ) from None
