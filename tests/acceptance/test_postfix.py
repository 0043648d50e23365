"""Mails handed to Debian's Postfix, which hands them on: what arrives behind a real server is what was sent."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.destinations.conftest import a_mail, mailing_to, send
from tests.mail_server import Mailbox, smtp_server

from navette.destinations.email import RefusedError, encoded_size

POSTFIX = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.skipif(
        POSTFIX is None,
        reason="SKIPPED LOUDLY: Postfix is not installed: apt-get install --no-install-recommends postfix",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED LOUDLY: Postfix only starts as root"),
]

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
relayhost = [127.0.0.1]:{onwards}
smtputf8_enable = yes
message_size_limit = 1000000
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ nobody@example.org = 550 5.1.1 no such user }} }},
    permit_mynetworks, reject
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


@pytest.fixture(scope="module")
def beyond() -> Iterator[Any]:
    """The mailbox behind Postfix, and the port of its server."""
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        yield mailbox, port


@pytest.fixture(scope="module")
def relay(beyond: Any) -> Iterator[Any]:
    """The port of a Postfix of our own, whose configuration, queue and log are in a folder of their own."""
    home, port = Path(tempfile.mkdtemp(prefix="navette-postfix-")), free_port()
    home.chmod(0o755)  # its processes run as another user
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home, onwards=beyond[1]))
    (home / "etc" / "master.cf").write_text(MASTER.format(port=port))
    try:
        postfix(home, "start")
        yield port
    finally:
        postfix(home, "stop")
        shutil.rmtree(home)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def postfix(home: Path, command: str) -> None:
    assert POSTFIX is not None
    ask = [POSTFIX, "-c", str(home / "etc"), command]
    done = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)
    log = (home / "log").read_text() if (home / "log").exists() else ""
    assert done.returncode == 0, f"postfix {command}: {done.stdout}{done.stderr}{log}"


@pytest.fixture
def mailbox(beyond: Any, relay: Any) -> Iterator[Any]:
    with mailing_to(f"smtp://127.0.0.1:{relay}"):
        yield beyond[0]
    beyond[0].envelopes.clear()


def test_a_mail_arrives_behind_postfix_byte_for_byte(mailbox: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfid;body\r\n1;bare\rreturn\r\n.\r\nFrom here\r\n" + bytes(range(256)) * 500)
    receipt = send(a_mail(attachment=path, attachment_name="messages été.csv"), lambda: None)
    assert "queued as" in receipt.answer
    assert mailbox.arrivals.get(timeout=60).rcpt_tos == ["nadia@example.org"]
    [mail] = mailbox.mails
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("messages été.csv", path.read_bytes())
    assert mail["Message-ID"] == a_mail().message_id
    assert mail["Subject"] == a_mail().subject
    assert mail["Auto-Submitted"] == "auto-generated"


def test_an_address_with_letters_beyond_ascii(mailbox: Mailbox) -> None:
    send(a_mail(recipient="zoé@example.org"), lambda: None)
    assert mailbox.arrivals.get(timeout=60).rcpt_tos == ["zoé@example.org"]


def test_a_recipient_that_postfix_refuses(mailbox: Mailbox) -> None:
    with pytest.raises(RefusedError) as refused:
        send(a_mail(recipient="nobody@example.org"), lambda: None)
    assert refused.value.reason == "5.1.1 <nobody@example.org>: Recipient address rejected: no such user"
    assert not refused.value.too_large


def test_a_mail_too_large_for_postfix(mailbox: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes(bytes(800_000))
    mail = a_mail(attachment=path, attachment_name="messages.csv")
    assert encoded_size(mail) > 1_000_000
    with pytest.raises(RefusedError) as refused:
        send(mail, lambda: None)
    assert refused.value.too_large
