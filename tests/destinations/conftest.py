"""A mail server with a temper, mails to send to it, and files to deliver."""

import hashlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as django_settings
from django.test import override_settings
from pydantic import SecretStr
from tests.mail_server import Mailbox, smtp_server

from navette.core.settings import Settings
from navette.destinations import email
from navette.destinations.destination import Receipt, Upload
from navette.destinations.email import Mail


def a_mail(**changes: Any) -> Mail:
    """A mail without attachment; give what is to differ."""
    usual = {
        "message_id": "<5240b1bca90ffbb6c7000006@navette.example.org>",
        "sender": "Navette <navette@example.org>",
        "recipient": "nadia@example.org",
        "subject": "Messages: 12\u202f408 lignes",
        "text": "Bonjour Nadia,\n\n.voici l’export.\n",
        "html": "<p>Bonjour Nadia,</p>\n<p>.voici l’export.</p>\n",
        "locale": "fr",
    }
    return Mail(**usual | changes)


@contextmanager
def mailing_to(address: str) -> Iterator[None]:
    """The installation's mail server is the one of that address."""
    with override_settings(NAVETTE=Settings(smtp_url=SecretStr(address))):
        yield


def send(mail: Mail, handing_over: Callable[[], None], **limits: float) -> Receipt:
    """Hand the mail over to the installation's mail server."""
    return email.send(mail, handing_over, django_settings.NAVETTE, **limits)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[None]:
    """A plain mail server that delivers to the mailbox, and is the installation's."""
    with smtp_server(mailbox) as port, mailing_to(f"smtp://127.0.0.1:{port}"):
        yield


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a key and its certificate for 127.0.0.1, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="session")
def tls(certificate: Path) -> ssl.SSLContext:
    """A server's side of encryption with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Upload]:
    """Makes a file to deliver, of these bytes under that name."""

    def made(name: str, content: bytes) -> Upload:
        path = tmp_path / hashlib.sha256(name.encode(errors="replace") + content).hexdigest()
        path.write_bytes(content)
        return upload_of(path, name)

    return made


def upload_of(path: Path, name: str) -> Upload:
    content = path.read_bytes()
    return Upload(path, name, hashlib.sha256(content).hexdigest(), len(content))
