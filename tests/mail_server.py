"""Mail servers on loopback: aiosmtpd's with a temper that a test sets, and one that follows a script."""

import asyncio
import email
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTPUTF8
from queue import SimpleQueue
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from asyncssh import SSHAcceptor

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Mailbox:
    """What a server received, and how it behaves. An answer such as ``550 5.1.1 no such user`` refuses.

    ``on_data`` may also be ``drop`` (the whole mail has come, the connection ends) or ``silence`` (no answer comes).
    ``accept`` says which user and password may sign in. ``arrivals`` are for tests that wait for a mail.
    """

    on_recipient: str = "250 OK"
    on_data: str = "250 2.0.0 Ok: queued as 4XYZ12"
    accept: tuple[bytes, bytes] | None = None
    envelopes: list[Envelope] = field(default_factory=list)
    sign_ins: list[Any] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    arrivals: SimpleQueue[Envelope] = field(default_factory=SimpleQueue)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        return [email.message_from_bytes(one.original_content or b"", policy=SMTPUTF8) for one in self.envelopes]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        self.arrivals.put(envelope)
        if self.on_data == "drop":
            cast(asyncio.Transport, server.transport).abort()
        if self.on_data == "silence":
            await asyncio.Event().wait()
        return self.on_data

    def sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        """aiosmtpd's authenticator."""
        self.sign_ins.append(given)
        return AuthResult(success=(given.login, given.password) == self.accept, handled=False)


@contextmanager
def listening(make: Callable[[asyncio.AbstractEventLoop], Awaitable[asyncio.Server | SSHAcceptor]]) -> Iterator[int]:
    """The port of a server that runs in a thread of its own, until the block ends."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(make(loop))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _close(server: asyncio.Server | SSHAcceptor) -> None:
    server.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def smtp_server(
    mailbox: Mailbox, implicit_tls: ssl.SSLContext | None = None, **options: Any
) -> AbstractContextManager[int]:
    """The port of an aiosmtpd server that delivers to the mailbox; options are those of aiosmtpd's SMTP class."""
    usual: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "mail.example.org"}
    usual["authenticator"] = mailbox.sign_in

    def make(loop: asyncio.AbstractEventLoop) -> Awaitable[asyncio.Server]:
        protocol = lambda: SMTP(mailbox, loop=loop, **usual | options)  # noqa: E731
        return loop.create_server(protocol, "127.0.0.1", 0, ssl=implicit_tls)

    return listening(make)


def scripted_server(script: Script) -> AbstractContextManager[int]:
    """The port of a server that does what the script does with each connection."""
    return listening(lambda loop: asyncio.start_server(script, "127.0.0.1", 0))


def says(*answers: str) -> Script:
    """A script: greet with the first answer, give one of the others for each line that comes, then hang up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if answer != answers[-1]:
                await reader.readline()
        writer.transport.abort()

    return script
