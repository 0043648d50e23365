"""Mails sent to real servers: what arrives, and what the sender is told when it does not."""

import base64
import email
import hashlib
import hmac
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from datetime import timedelta
from email import message
from email.policy import SMTPUTF8
from pathlib import Path
from ssl import SSLCertVerificationError, SSLContext, SSLEOFError, SSLError
from typing import Literal, cast

import pytest
from django.core.mail import send_mail
from django.test import override_settings
from django.utils.translation import override
from tests.destinations.conftest import a_mail, mailing_to, send
from tests.mail_server import Mailbox, says, scripted_server, smtp_server

from navette.core.errors import ConfigurationError, TryLaterError
from navette.core.settings import Settings
from navette.destinations.email import RefusedError, UnknownOutcomeError, encoded_size, smtp
from navette.destinations.email.server_words import words_of
from navette.site import settings as site_settings
from navette.wording.errors import in_words, sentence

# What a mail server on its way could want to mend.
AWKWARD = b"\xef\xbb\xbfid;body\r\n1;bare\rreturn\r\n2;bare\nfeed\r\n.\r\n3;\0nul\r\n" + bytes(range(256)) + b"\n"


def no_checkpoint() -> None:
    pass


class Checkpoint:
    """Counts how often the sender said that it hands over, and how much the server had by then."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.had: list[int] = []

    def __call__(self) -> None:
        self.had.append(len(self.mailbox.envelopes))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "messages.csv"
    path.write_bytes(AWKWARD)
    return path


def test_a_mail_arrives_with_its_attachment_byte_for_byte(server: None, mailbox: Mailbox, file: Path) -> None:
    checkpoint = Checkpoint(mailbox)
    receipt = send(a_mail(attachment=file, attachment_name="messages été.csv"), checkpoint)
    assert receipt.answer == "2.0.0 Ok: queued as 4XYZ12"
    assert receipt.at.utcoffset() == timedelta(0)
    assert checkpoint.had == [0]
    [envelope], [mail] = mailbox.envelopes, mailbox.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("navette@example.org", ["nadia@example.org"])
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "messages été.csv"
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_content() == AWKWARD


def test_its_headers_say_what_it_is(server: None, mailbox: Mailbox) -> None:
    send(a_mail(), no_checkpoint)
    [mail] = mailbox.mails
    assert mail["Message-ID"] == "<5240b1bca90ffbb6c7000006@navette.example.org>"
    assert mail["From"] == "Navette <navette@example.org>"
    assert mail["To"] == "nadia@example.org"
    assert mail["Subject"] == "Messages: 12\u202f408 lignes"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply, DR, RN, NRN"
    assert mail["Content-Language"] == "fr"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 0
    assert list(mail.iter_attachments()) == []


def certificate_error(code: int, words: str = "") -> SSLCertVerificationError:
    error = SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, words
    return error


def body_of(mail: message.EmailMessage, kind: Literal["plain", "html"]) -> str:
    body = mail.get_body([kind])
    assert body is not None
    return body.get_content()


def test_both_bodies_arrive(server: None, mailbox: Mailbox) -> None:
    send(a_mail(), no_checkpoint)
    [mail] = mailbox.mails
    # The received lines end as mail's do.
    assert body_of(mail, "plain").split() == a_mail().text.split()
    assert body_of(mail, "html").split() == a_mail().html.split()


def test_a_large_mail_arrives_whole(server: None, mailbox: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "messages.xlsx"
    path.write_bytes(hashlib.shake_256(b"seed").digest(3_000_000))
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    mail = a_mail(attachment=path, attachment_name=path.name, attachment_type=workbook)
    send(mail, no_checkpoint)
    [attached] = mailbox.mails[0].iter_attachments()
    assert attached.get_content_type() == workbook
    assert attached.get_content() == path.read_bytes()
    assert len(mailbox.envelopes[0].original_content or b"") == encoded_size(mail)


def test_addresses_with_letters_beyond_ascii(server: None, mailbox: Mailbox) -> None:
    send(a_mail(recipient="zoé@bücher.example"), no_checkpoint)
    assert mailbox.envelopes[0].rcpt_tos == ["zoé@xn--bcher-kva.example"]
    assert mailbox.mails[0]["To"] == "zoé@xn--bcher-kva.example"
    assert mailbox.mails[0]["Subject"] == "Messages: 12\u202f408 lignes"


def test_a_domain_beyond_ascii_needs_nothing_of_the_server(mailbox: Mailbox) -> None:
    with smtp_server(mailbox, enable_SMTPUTF8=False) as port, mailing_to(f"smtp://127.0.0.1:{port}"):
        send(a_mail(recipient="nadia@bücher.example"), no_checkpoint)
        with pytest.raises(RefusedError, match="characters outside ASCII"):
            send(a_mail(recipient="zoé@example.org"), no_checkpoint)
    assert [one.rcpt_tos for one in mailbox.envelopes] == [["nadia@xn--bcher-kva.example"]]


@pytest.mark.parametrize("recipient", ["", "nadia", "a@b, c@d", "a b@c", "a@b\nBcc: x@y", "@", "a@", "x@..", "N <a@b>"])
def test_what_is_no_address_is_refused_before_anything_is_sent(server: None, mailbox: Mailbox, recipient: str) -> None:
    with pytest.raises(RefusedError, match="is not a valid e-mail address"):
        send(a_mail(recipient=recipient), Checkpoint(mailbox))
    assert mailbox.envelopes == []


def test_a_sender_that_is_no_address_is_the_configurations_fault(server: None) -> None:
    with pytest.raises(ConfigurationError, match="NAVETTE_MAIL_FROM"):
        send(a_mail(sender="Navette"), no_checkpoint)


def test_a_refused_recipient(server: None, mailbox: Mailbox) -> None:
    mailbox.on_recipient = "550 5.1.1 <nadia@example.org>: no\x1b[31m such\u202e user here"
    checkpoint = Checkpoint(mailbox)
    with pytest.raises(RefusedError) as refused:
        send(a_mail(), checkpoint)
    assert refused.value.reason == "5.1.1 <nadia@example.org>: no [31m such user here"
    assert "no [31m such user here" in str(refused.value)
    assert not refused.value.too_large
    assert checkpoint.had == []


@pytest.mark.parametrize(
    ("answer", "too_large"),
    [
        ("552 5.3.4 Message size exceeds fixed limit", True),
        ("552 message too large", True),
        ("552 5.2.2 Mailbox full", False),
        ("554 5.7.1 Attachment type not allowed", False),
    ],
)
def test_a_refused_mail(server: None, mailbox: Mailbox, answer: str, too_large: bool) -> None:
    mailbox.on_data = answer
    with pytest.raises(RefusedError) as refused:
        send(a_mail(), no_checkpoint)
    assert (refused.value.reason, refused.value.too_large) == (answer[4:], too_large)


def test_a_mail_larger_than_the_server_announces(mailbox: Mailbox, file: Path) -> None:
    with smtp_server(mailbox, data_size_limit=1000) as port, mailing_to(f"smtp://127.0.0.1:{port}"):
        with pytest.raises(RefusedError) as refused:
            send(a_mail(attachment=file, attachment_name="m.csv"), Checkpoint(mailbox))
        assert refused.value.too_large


def test_a_long_reason_is_shortened(server: None, mailbox: Mailbox) -> None:
    mailbox.on_data = "554 " + "no " * 200
    with pytest.raises(RefusedError) as refused:
        send(a_mail(), no_checkpoint)
    assert len(refused.value.reason) == 300
    assert refused.value.reason.endswith("…")


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_server_that_says_later(server: None, mailbox: Mailbox, where: str) -> None:
    setattr(mailbox, where, "451 4.3.0 greylisted")
    with pytest.raises(TryLaterError, match=r"4\.3\.0 greylisted"):
        send(a_mail(), no_checkpoint)


@pytest.mark.parametrize(
    ("answer", "french"),
    [
        ("421 too busy", "il a répondu «\u00a0421 too busy\u00a0»"),
        ("nonsense", "sa réponse n’est pas celle d’un serveur de messagerie"),
    ],
)
def test_words_of_the_server_are_quoted_and_ours_translated(mailbox: Mailbox, answer: str, french: str) -> None:
    later = pytest.raises(TryLaterError)
    with scripted_server(says(answer)) as port, mailing_to(f"smtp://127.0.0.1:{port}"), later as told:
        send(a_mail(), no_checkpoint)
    with override("fr"):
        assert sentence(told.value).endswith(french)


@pytest.mark.parametrize(
    ("error", "english", "french"),
    [
        (certificate_error(10), "the certificate has expired", "le certificat a expiré"),
        (certificate_error(62), "the certificate is for another host", "le certificat est celui d’un autre hôte"),
        (certificate_error(3, "no CRL"), "TLS reports 'no CRL'", "TLS indique «\u00a0no CRL\u00a0»"),
        (SSLEOFError(8, "EOF"), "the connection was closed", "la connexion a été fermée"),
        (SSLError(1, "unknown"), "TLS reports 'unknown'", "TLS indique «\u00a0unknown\u00a0»"),
        (UnicodeError("label empty"), "the host name is not valid", "le nom d’hôte n’est pas valable"),
    ],
)
def test_errors_of_tls_are_said_in_the_readers_language(error: OSError, english: str, french: str) -> None:
    told = words_of(error)
    assert str(told) == english
    with override("fr"):
        assert in_words(told) == french


def test_no_server_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        with mailing_to(f"smtp://127.0.0.1:{taken.getsockname()[1]}"), pytest.raises(TryLaterError, match="refused"):
            send(a_mail(), no_checkpoint)


@pytest.mark.parametrize(
    "answers",
    [
        ("421 too busy",),
        ("554 no mail here",),
        ("220 hello", "250 hello", "250 OK", "250 OK", "451 not now", "250 OK"),
        ("220 hello", "250 hello", "250 OK"),
        ("220 hello", "250 hello", "250 OK", "250 OK", "nonsense", "250 OK"),
    ],
)
def test_before_the_mail_is_gone_trying_again_is_safe(mailbox: Mailbox, answers: tuple[str, ...]) -> None:
    with scripted_server(says(*answers)) as port, mailing_to(f"smtp://127.0.0.1:{port}"), pytest.raises(TryLaterError):
        send(a_mail(), no_checkpoint)


def test_a_connection_lost_while_the_mail_goes_out(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes(bytes(12_000_000))  # more than what the system takes for a server that reads none of it
    checkpoints = []
    mail = a_mail(attachment=path, attachment_name="messages.csv")
    hangs_up = scripted_server(says("220 hello", "250 hello", "250 OK", "250 OK", "354 go ahead", ""))
    with hangs_up as port, mailing_to(f"smtp://127.0.0.1:{port}"), pytest.raises(TryLaterError):
        send(mail, lambda: checkpoints.append("handing over"))
    assert checkpoints == ["handing over"]


def test_a_connection_lost_before_the_answer(server: None, mailbox: Mailbox) -> None:
    mailbox.on_data = "drop"
    with pytest.raises(UnknownOutcomeError, match="did not say whether it accepted it"):
        send(a_mail(), no_checkpoint)
    assert len(mailbox.envelopes) == 1


def test_no_answer_in_time(server: None, mailbox: Mailbox) -> None:
    mailbox.on_data = "silence"
    with pytest.raises(UnknownOutcomeError, match="timed out"):
        send(a_mail(), no_checkpoint, answer_seconds=0.1)


@pytest.mark.parametrize("answer", ["nonsense", "220 what", "2" * 10_000])
def test_an_answer_that_means_nothing(mailbox: Mailbox, answer: str) -> None:
    script = says("220 hello", "250 hello", "250 OK", "250 OK", "354 go ahead", answer)

    async def reads_the_mail(reader: StreamReader, writer: StreamWriter) -> None:
        await script(cast(StreamReader, _Messages(reader)), writer)

    talks_nonsense = scripted_server(reads_the_mail)
    with talks_nonsense as port, mailing_to(f"smtp://127.0.0.1:{port}"), pytest.raises(UnknownOutcomeError):
        send(a_mail(), no_checkpoint)


class _Messages:
    """Reads a line, or after DATA a whole message."""

    def __init__(self, reader: StreamReader) -> None:
        self.reader, self.end = reader, b"\r\n"

    async def readline(self) -> None:
        line = await self.reader.readuntil(self.end)
        self.end = b"\r\n.\r\n" if line.lower() == b"data\r\n" else b"\r\n"


def test_what_the_checkpoint_raises_ends_the_attempt(server: None, mailbox: Mailbox) -> None:
    def lost() -> None:
        raise RuntimeError("the lease is another's")

    with pytest.raises(RuntimeError, match="another's"):
        send(a_mail(), lost)
    assert mailbox.envelopes == []


@pytest.fixture
def strict(mailbox: Mailbox, tls: SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The host and port of a server that wants encryption, and a user and password."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox.accept = (b"navette@example.org", b"p@ss/w:rd")
    with smtp_server(mailbox, tls_context=tls, require_starttls=True, auth_required=True) as port:
        yield f"127.0.0.1:{port}"


def test_starttls_and_sign_in(mailbox: Mailbox, strict: str) -> None:
    with mailing_to(f"smtp+starttls://navette%40example.org:p%40ss%2Fw%3Ard@{strict}"):
        send(a_mail(), no_checkpoint)
    assert mailbox.encrypted == [True]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("smtp+starttls://navette%40example.org:wrong@{}", "rejected the user and password"),
        ("smtp+starttls://{}", "requires a sign-in"),
        ("smtp://{}", "encryption"),
    ],
)
def test_wrong_ways_to_sign_in_are_the_configurations_fault(
    mailbox: Mailbox, strict: str, address: str, why: str
) -> None:
    with mailing_to(address.format(strict)), pytest.raises(ConfigurationError, match=why) as told:
        send(a_mail(), no_checkpoint)
    assert "wrong" not in str(told.value)
    assert mailbox.envelopes == []


def test_a_user_and_a_password_may_have_any_letters(mailbox: Mailbox, strict: str) -> None:
    mailbox.accept = ("élodie@example.org".encode(), "été€".encode())
    with mailing_to(f"smtp+starttls://%C3%A9lodie%40example.org:%C3%A9t%C3%A9%E2%82%AC@{strict}"):
        send(a_mail(), no_checkpoint)
    assert len(mailbox.envelopes) == 1


def test_a_password_with_any_letters_answers_a_challenge(mailbox: Mailbox) -> None:
    asked: list[bytes] = []

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        for answer in (b"220 hello", b"250-hello\r\n250 AUTH CRAM-MD5", b"334 PDFAYj4=", b"535 no"):
            writer.write(answer + b"\r\n")
            await writer.drain()
            asked.append(await reader.readline())
        writer.transport.abort()

    wrong = pytest.raises(ConfigurationError, match="rejected the user and password")
    with scripted_server(script) as port, mailing_to(f"smtp://u:%C3%A9t%C3%A9@127.0.0.1:{port}"), wrong:
        send(a_mail(), no_checkpoint)
    digest = hmac.new("été".encode(), b"<1@b>", "md5").hexdigest()
    assert base64.b64decode(asked[2]) == f"u {digest}".encode()


def test_a_server_that_wants_another_way_of_signing_in_is_the_configurations_fault() -> None:
    answers = ("220 hello", "250-hello\r\n250 AUTH XOAUTH2", "221 bye")
    wrong = pytest.raises(ConfigurationError, match="does not support: it does not offer sign-in with user")
    with scripted_server(says(*answers)) as port, mailing_to(f"smtp://user:password@127.0.0.1:{port}"), wrong:
        send(a_mail(), no_checkpoint)


@pytest.mark.parametrize(
    ("host", "introduced"),
    [
        ("mail.example.org", "mail.example.org"),
        ("15b0717dc4c2", "[127.0.0.1]"),
        ("localhost", "[127.0.0.1]"),
        ("jabłko.example.org", "[127.0.0.1]"),
    ],
)
def test_a_host_without_a_full_name_introduces_itself_by_its_address(
    monkeypatch: pytest.MonkeyPatch, host: str, introduced: str
) -> None:
    heard: list[bytes] = []

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await writer.drain()
        heard.append(await reader.readline())
        writer.transport.abort()

    monkeypatch.setattr(smtp, "_host_name", lambda: host)
    with scripted_server(script) as port, mailing_to(f"smtp://127.0.0.1:{port}"), pytest.raises(TryLaterError):
        send(a_mail(), no_checkpoint)
    assert heard == [f"ehlo {introduced}\r\n".encode()]


def test_implicit_tls(mailbox: Mailbox, tls: SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp_server(mailbox, implicit_tls=tls) as port, mailing_to(f"smtps://127.0.0.1:{port}"):
        send(a_mail(), no_checkpoint)
    assert len(mailbox.envelopes) == 1


def test_a_certificate_that_nobody_trusts(mailbox: Mailbox, tls: SSLContext) -> None:
    wrong = pytest.raises(ConfigurationError, match="certificate is not trusted")
    with smtp_server(mailbox, tls_context=tls) as port, mailing_to(f"smtp+starttls://127.0.0.1:{port}"), wrong:
        send(a_mail(), no_checkpoint)
    assert mailbox.envelopes == []


@pytest.mark.parametrize(("scheme", "credentials"), [("smtp+starttls", ""), ("smtp", "user:password@")])
def test_what_the_server_cannot_do(mailbox: Mailbox, scheme: str, credentials: str) -> None:
    wrong = pytest.raises(ConfigurationError, match="something that the mail server does not support")
    with smtp_server(mailbox) as port, mailing_to(f"{scheme}://{credentials}127.0.0.1:{port}"), wrong:
        send(a_mail(), no_checkpoint)


def test_django_itself_has_no_way_to_a_mail_server() -> None:
    """Each mail is a delivery: what Django sends would be lost if the process stopped."""
    with override_settings(EMAIL_BACKEND=site_settings.EMAIL_BACKEND), pytest.raises(ImportError):
        send_mail("one", "one", "navette@example.org", ["nadia@example.org"])


def test_the_mail_is_readable_by_the_strictest_reader(server: None, mailbox: Mailbox, file: Path) -> None:
    send(a_mail(attachment=file, attachment_name="m.csv"), no_checkpoint)
    content = mailbox.envelopes[0].original_content or b""
    assert content.isascii()
    assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert mailbox.mails[0].policy is SMTPUTF8
    assert [part.defects for part in mailbox.mails[0].walk() if part.defects] == []


def test_a_folder_takes_mails_instead_of_a_server(tmp_path: Path) -> None:
    with override_settings(NAVETTE=Settings(mail_folder=tmp_path)):
        receipt = send(a_mail(), no_checkpoint)
    [path] = tmp_path.iterdir()
    assert receipt.answer == path.name == "5240b1bca90ffbb6c7000006@navette.example.org.eml"
    assert email.message_from_bytes(path.read_bytes(), policy=SMTPUTF8)["To"] == "nadia@example.org"
