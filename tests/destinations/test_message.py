"""What a mail consists of, whatever its subject, its file's name and its file's bytes."""

import email
import re
import tempfile
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.destinations.conftest import a_mail, mailing_to, send
from tests.mail_server import Mailbox, smtp_server
from tests.naughty import NAUGHTY

from navette.core.file_names import clean_name
from navette.destinations.email import encoded_size
from navette.destinations.email.message import encoded

INJECTIONS = ["a\r\nBcc: x@example.org", "a\n\n<script>", "=?utf-8?q?=0aBcc:_x@example.org?=", 'a"; filename="b.exe']
HEADERS = {
    *("from", "to", "subject", "date", "message-id", "content-language", "auto-submitted"),
    *("x-auto-response-suppress", "mime-version", "content-type"),
}
texts = st.text(max_size=300) | st.sampled_from(NAUGHTY + INJECTIONS)


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=SMTPUTF8)


def sent_as(content: bytes, **changes: Any) -> bytes:
    """The parsed mail with an attachment of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        mail = a_mail(attachment=path, **{"attachment_name": "file.csv"} | changes)
        made = encoded(mail)
        assert encoded_size(mail) == len(made)
        return made


@given(subject=texts)
@example(subject=INJECTIONS[2])
def test_a_subject_arrives_as_one_line_and_makes_no_header(subject: str) -> None:
    mail = read(encoded(a_mail(subject=subject)))
    assert {name.lower() for name in mail.keys()} == HEADERS  # noqa: SIM118  # of a message, not of a dict
    assert not re.search("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", mail["Subject"])
    assert len(mail["Subject"]) <= 200


@given(subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=200))
def test_a_decent_subject_arrives_as_it_was(subject: str) -> None:
    assert read(encoded(a_mail(subject=subject)))["Subject"] == subject.replace("=?", "= ?")[:200]


FOLDED = [
    "Exportations automatiques des conversations\u00a0: données à l’export, Société Générale\u00a0: 12\u202f408 lignes",
    "é" * 45 + " données de l’été, (façade), interventions et données de l’été",
    "Navette (Service, des exports) et des donnees conversationnelles; pour le client Example",
    "x" * 100 + ", y",
]


def decoded(encoded_text: str) -> str:
    """A text as a reader takes it that knows no more than the standard (RFC 2047)."""
    return str(make_header(decode_header(encoded_text)))


@pytest.mark.parametrize("text", FOLDED)
def test_a_long_subject_and_a_long_name_arrive_as_they_were(text: str) -> None:
    made = encoded(a_mail(subject=text, sender=str(Address(text, "navette", "example.org"))))
    headers = {name: value.replace("\r\n", "") for name, value in email.message_from_bytes(made).items()}
    [(name, address)] = getaddresses([headers["From"]])
    assert (decoded(name), address) == (text, "navette@example.org")
    assert decoded(headers["Subject"]) == text
    assert read(made)["Subject"] == text
    assert [one.addr_spec for one in read(made)["From"].addresses] == ["navette@example.org"]


@given(name=texts)
@example(name=INJECTIONS[3])
def test_the_attachments_name_arrives_as_it_was_cleaned(name: str) -> None:
    [attached] = read(sent_as(b"1", attachment_name=name)).iter_attachments()
    assert attached.get_filename() == clean_name(name)
    assert {header.lower() for header in attached.keys()} == {  # noqa: SIM118
        *("content-type", "content-transfer-encoding", "content-disposition", "mime-version")
    }


@pytest.mark.parametrize(
    "type_",
    ["application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
)
def test_types_of_attachments(type_: str) -> None:
    [attached] = read(sent_as(b"1", attachment_name="m.html", attachment_type=type_)).iter_attachments()
    assert attached.get_content_type() == type_
    [attached] = read(sent_as(b"1", attachment_name="m.html")).iter_attachments()
    assert attached.get_content_type() == "application/octet-stream"


@given(content=st.binary(max_size=400))
@example(content=b"")
@example(content=b"x" * 57)
@example(content=b"x" * 58)
def test_bytes_arrive_unchanged_and_their_size_is_predicted(content: bytes) -> None:
    [attached] = read(sent_as(content)).iter_attachments()
    assert attached.get_content() == content


def test_the_size_of_a_mail_without_attachment() -> None:
    assert encoded_size(a_mail()) == len(encoded(a_mail()))


@pytest.mark.parametrize("sender", ["Équipe données <navette@example.org>", "navette@example.org", '"A, B" <n@x.org>'])
def test_senders(sender: str) -> None:
    assert str(read(encoded(a_mail(sender=sender)))["From"]) == sender


@pytest.mark.parametrize("message_id", ["", "a@b", "<a@b>\r\nBcc: x@example.org", "<a b@c>"])
def test_a_message_id_that_is_none_is_our_bug(message_id: str) -> None:
    with pytest.raises(ValueError, match="not a message id"):
        encoded(a_mail(message_id=message_id))


def test_whatever_is_sent_is_received(tmp_path: Path) -> None:
    """Names and subjects that break programs, by way of a server."""
    mailbox = Mailbox()
    with smtp_server(mailbox) as port, mailing_to(f"smtp://127.0.0.1:{port}"):
        for number, text in enumerate(NAUGHTY[::9] + INJECTIONS):
            path = tmp_path / str(number)
            path.write_text(text, encoding="utf-8", newline="")
            send(a_mail(subject=text, text=text, html=text, attachment=path, attachment_name=text), lambda: None)
            [mail], [envelope] = mailbox.mails, mailbox.envelopes
            [attached] = mail.iter_attachments()
            assert attached.get_content() == path.read_bytes()
            assert attached.get_filename() == clean_name(text)
            assert envelope.rcpt_tos == ["nadia@example.org"]
            assert mail["Bcc"] is None
            content = envelope.original_content or b""
            assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
            mailbox.envelopes.clear()
