"""The mail server's address: read strictly, and never repeated, as it may hold a password."""

import pytest

from navette.core.errors import ConfigurationError
from navette.destinations.email import MailServer, mail_server


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://127.0.0.1:25", MailServer("smtp", "127.0.0.1", 25)),
        ("smtp://mail.example.org", MailServer("smtp", "mail.example.org", 25)),
        ("smtp+starttls://mail.example.org/", MailServer("smtp+starttls", "mail.example.org", 587)),
        ("SMTPS://user:pass@mail.example.org", MailServer("smtps", "mail.example.org", 465, "user", "pass")),
        ("smtps://a%40b.org:p%3A%2F%23%40@[::1]:2465", MailServer("smtps", "::1", 2465, "a@b.org", "p:/#@")),
    ],
)
def test_addresses(address: str, server: MailServer) -> None:
    assert mail_server(address) == server


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "does not begin with"),
        ("127.0.0.1:25", "does not begin with"),
        ("http://secret:secret@mail.example.org", "does not begin with"),
        ("smtp://", "names no host"),
        ("smtp://user:secret@", "names no host"),
        ("smtp://user:secret/x@mail.example.org", "something follows|its port"),
        ("smtp://user:secret#x@mail.example.org", "something follows|its port"),
        ("smtp://user:secret@mail.example.org?tls=1", "something follows"),
        ("smtp://user:secret@mail.example.org/inbox", "something follows"),
        ("smtp://secret@mail.example.org", "come together"),
        ("smtp://:secret@mail.example.org", "come together"),
        ("smtp://user:secret@mail.example.org:0", "its port"),
        ("smtp://user:secret@mail.example.org:65536", "its port"),
        ("smtp://user:secret@mail.example.org:smtp", "its port"),
        ("smtp://user:secret@[mail", "its host"),
        ("smtp://user:secret word@mail.example.org", "contains a space"),
        ("smtp://user:secret@mail.example.org\n", "contains a space"),
    ],
)
def test_wrong_addresses_are_explained_without_their_password(address: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as told:
        mail_server(address)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(mail_server("smtp://user:secret@mail.example.org"))
