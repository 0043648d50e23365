"""Talking to the mail server: Django's backend, and a conversation that knows whether the message was handed over."""

import smtplib
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from navette.destinations.email.server import mail_server

PIECE = 64 << 10
"""How many bytes of a message are sent at a time: each has the connection's whole timeout, however slow the line."""

ANSWER_TIMEOUT = 600
"""Seconds to wait for the answer to a whole message; servers look for viruses meanwhile (RFC 5321, 4.5.3.2.6)."""


class Conversation(smtplib.SMTP):
    """A conversation with a mail server. ``handed_over``: all of a message has gone out; its fate is the server's."""

    before_data: Callable[[], None] = staticmethod(lambda: None)
    handed_over = False
    answer: tuple[int, bytes] = (0, b"")

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the message, whose recipient the server has accepted."""
        self.handed_over = False
        self.before_data()
        answer = super().data(msg)
        if self.sock:
            self.sock.settimeout(self.timeout)
        return answer

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, which is kept."""
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
            self.sock.settimeout(ANSWER_TIMEOUT)


class SecureConversation(Conversation, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


class SMTPBackend(EmailBackend):
    """Django's SMTP backend for the server of the setting ``smtp_url``. Raises ConfigurationError where that is wrong.

    A user or password that Django's functions name is not used: the server is the installation's.
    """

    connection: Conversation | None

    def __init__(self, fail_silently: bool = False, **_named: object) -> None:
        server = mail_server(settings.NAVETTE.smtp_url.get_secret_value())
        super().__init__(
            host=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.scheme == "smtp+starttls",
            use_ssl=server.scheme == "smtps",
            fail_silently=fail_silently,
        )

    @property
    def connection_class(self) -> type[Conversation]:
        """What ``open`` makes."""
        return SecureConversation if self.use_ssl else Conversation

    def conversation(self) -> Conversation:
        """The conversation, begun where it was not. Raises what ``open`` does."""
        self.open()
        conversation = cast(Conversation, self.connection)
        conversation.ehlo_or_helo_if_needed()
        return conversation
