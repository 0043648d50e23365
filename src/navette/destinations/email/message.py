"""A mail and its bytes, made by Python's modern e-mail policy."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path

from navette.core.errors import ConfigurationError
from navette.core.file_names import clean_name
from navette.core.foreign_words import one_line
from navette.destinations.destination import RefusedError

_LONGEST_SUBJECT = 200

_MESSAGE_ID = re.compile(r"<[\w.+-]+@[\w.-]+>", re.ASCII)

_BEYOND_ASCII = re.compile(r"[^\0-\x9f\s]")

# What Python's reading of addresses raises; a MessageError is no ValueError, an address it cannot parse an IndexError.
_BAD_ADDRESS = (ValueError, IndexError, MessageError)

# How many bytes one line of base64 holds, and its characters with the line break.
_LINE, _LINE_ENCODED = 57, 78


@dataclass(frozen=True)
class Mail:
    """One message to one recipient.

    ``message_id`` is of the form ``<left@right>`` and the same each time that this mail is tried. ``text`` and
    ``html`` say the same, in ``locale``. ``attachment_type`` is a media type; not one of texts, whose line ends a
    server might rewrite.
    """

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    attachment: Path | None = None
    attachment_name: str = ""
    attachment_type: str = "application/octet-stream"
    locale: str = "en"


@dataclass(frozen=True)
class Envelope:
    """Between whom a mail goes. ``international``: an address that only servers with SMTPUTF8 understand."""

    sender: Address
    recipient: Address

    @property
    def international(self) -> bool:
        return not (self.sender.addr_spec + self.recipient.addr_spec).isascii()


def envelope(mail: Mail) -> Envelope:
    """Raises RefusedError where the recipient's address is none, ConfigurationError where the sender's is."""
    try:
        recipient = _address(mail.recipient)
    except _BAD_ADDRESS as error:
        raise RefusedError(
            "'{address}' is not a valid e-mail address: correct it.", address=one_line(mail.recipient)
        ) from error
    try:
        return Envelope(_sender(mail.sender), recipient)
    except _BAD_ADDRESS as error:
        raise ConfigurationError(
            "NAVETTE_MAIL_FROM: '{address}' is not a valid e-mail address: correct it.", address=one_line(mail.sender)
        ) from error


def encoded(mail: Mail) -> bytes:
    """The mail as it is sent, with its attachment in memory. Raises what ``envelope`` does, and OSError."""
    return _bytes(mail, mail.attachment.read_bytes() if mail.attachment else None)


def encoded_size(mail: Mail) -> int:
    """How many bytes the mail has as it is sent: headers, both bodies, and the attachment in lines of base64.

    The attachment is not read, only asked for its size. Raises what ``encoded`` does.
    """
    if mail.attachment is None:
        return len(_bytes(mail, None))
    lines, remainder = divmod(mail.attachment.stat().st_size, _LINE)
    return len(_bytes(mail, b"")) + lines * _LINE_ENCODED + (-(-remainder // 3) * 4 + 2 if remainder else 0)


def _bytes(mail: Mail, attached: bytes | None) -> bytes:
    between = envelope(mail)
    message = EmailMessage(policy=SMTP.clone(utf8=between.international))
    _add_headers(message, mail, between)
    # Quoted-printable passes every server as it is, and has no long lines.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if attached is not None:
        name = clean_name(mail.attachment_name)
        maintype, _, subtype = mail.attachment_type.partition("/")
        message.add_attachment(attached, maintype=maintype, subtype=subtype, filename=name)
    message["Content-Language"] = _header_text(mail.locale).replace("_", "-")  # last: contents bring such headers
    return _texts(mail, between) + message.as_bytes()


def _texts(mail: Mail, between: Envelope) -> bytes:
    """The headers that hold texts. Python's own folding loses spaces and quotes in them (cpython 92081, 121284)."""
    subject = _in_ascii("Subject", _header_text(mail.subject)[:_LONGEST_SUBJECT].rstrip())
    name, address = between.sender.display_name, between.sender.addr_spec
    sender = formataddr((name, address)) if name.isascii() else f"{_in_ascii('From', name)} <{address}>"
    return f"From: {sender}\r\nSubject: {subject}\r\n".encode()


def _in_ascii(header: str, text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _add_headers(message: EmailMessage, mail: Mail, between: Envelope) -> None:
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError(f"not a message id: {mail.message_id!r}")
    message["To"] = between.recipient
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = mail.message_id
    # No holiday notes and no receipts back, but bounces.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply, DR, RN, NRN"


def _header_text(text: str) -> str:
    # Python would decode an encoded word in a text, line breaks and all, and so make headers of what it holds.
    return one_line(text).replace("=?", "= ?")


def _sender(text: str) -> Address:
    senders = SMTP.header_factory("From", _header_text(text)).addresses
    if len(senders) != 1:
        raise ValueError("not one address")
    address = _address(senders[0].addr_spec)
    return Address(senders[0].display_name, address.username, address.domain)


def _address(text: str) -> Address:
    """An address whose domain is ASCII, which every server understands."""
    local, _, domain = text.rpartition("@")
    domain = domain.encode("idna").decode()
    # Python refuses letters beyond ASCII when it reads an address, but not when it is given the parts.
    read = Address(addr_spec=f"{_BEYOND_ASCII.sub('x', local)}@{domain}")
    return read if local.isascii() else Address(username=local, domain=domain)
