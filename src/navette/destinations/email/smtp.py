"""Talking to the mail server: a conversation that knows whether the message was handed over."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from navette.destinations.email.server import MailServer

PIECE = 64 << 10
"""How many bytes of a message are sent at a time: each has the connection's whole timeout, however slow the line."""

ANSWER_SECONDS = 600
"""How long to wait for the answer to a whole message; servers look for viruses meanwhile (RFC 5321, 4.5.3.2.6)."""


class _UTF8(str):
    """A text that is encoded in UTF-8, as sign-ins are (RFC 4616), also where smtplib asks for ASCII."""

    def encode(self, _encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", errors)


class SMTPConversation(smtplib.SMTP):
    """A conversation with a mail server. ``handed_over``: all of a message has gone out; its fate is the server's."""

    answer_seconds: float = ANSWER_SECONDS
    before_data: Callable[[], None] = staticmethod(lambda: None)
    handed_over = False
    answer: tuple[int, bytes] = (0, b"")

    def login(self, user: str, password: str, **options: Any) -> tuple[int, bytes]:
        """Sign in. Raises SMTPNotSupportedError, which smtplib does not, where it knows none of the server's ways."""
        try:
            return super().login(_UTF8(user), _UTF8(password), **options)
        except smtplib.SMTPException as error:
            if type(error) is smtplib.SMTPException:
                raise smtplib.SMTPNotSupportedError(*error.args) from error
            raise

    def auth(self, mechanism: str, authobject: Callable[..., Any], **options: Any) -> tuple[int, bytes]:
        """Sign in one way."""

        def encoded(challenge: bytes | None = None) -> Any:
            answer = authobject(challenge)
            return None if answer is None else _UTF8(answer)

        return super().auth(mechanism, encoded, **options)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the message, whose recipient the server has accepted."""
        self.handed_over = False
        self.before_data()
        answer = super().data(msg)
        if self.sock:
            self.sock.settimeout(self.timeout)
        return answer

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, which is stored."""
        self.answer = super().getreply()
        return self.answer

    def send(self, s: Any) -> None:
        """Send a command; or the message, which alone comes as bytes, in one call."""
        if isinstance(s, str):
            super().send(s)
            return
        message = memoryview(s)
        for begin in range(0, len(message), PIECE):
            super().send(message[begin : begin + PIECE])
        self.handed_over = True
        if self.sock:
            self.sock.settimeout(self.answer_seconds)


class SecureConversation(SMTPConversation, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


@contextmanager
def conversation_with(server: MailServer) -> Iterator[SMTPConversation]:
    """A conversation with the server, encrypted and signed in as its address says. Raises OSError, UnicodeError.

    Errors when it closes are ignored, because the outcome of the mail is known by then.
    """
    conversation = _connected(server)
    try:
        _introduce(conversation, server)
        yield conversation
    finally:
        with suppress(OSError):
            conversation.quit()
        conversation.close()


def _connected(server: MailServer) -> SMTPConversation:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        return SecureConversation(server.host, server.port, "", timeout=server.timeout, context=context)
    return SMTPConversation(server.host, server.port, "", timeout=server.timeout)


def _own_name(connection: socket.socket) -> str:
    """How we introduce ourselves: by our full name, else by our address.

    Many servers reject the mails of a host that gives a bare name, as a container's is.
    """
    name = _host_name()
    if "." in name and name.isascii():
        return name
    address = connection.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


@cache
def _host_name() -> str:
    """Our host's name; finding it out may take a while."""
    return socket.getfqdn()


def _introduce(conversation: SMTPConversation, server: MailServer) -> None:
    if conversation.sock:
        conversation.local_hostname = _own_name(conversation.sock)
    if server.scheme == "smtp+starttls":
        conversation.starttls(context=ssl.create_default_context())
    conversation.ehlo_or_helo_if_needed()
    if server.user:
        conversation.login(server.user, server.password)
