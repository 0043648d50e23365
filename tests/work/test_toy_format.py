"""A new format touches its own file and one line of ``FORMATS``: a toy goes all the way from the panel to a mail."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client, override_settings
from pydantic import SecretStr
from tests.mail_server import Mailbox, smtp_server
from tests.work.conftest import Installation

from navette.cli.export import export
from navette.control.models import Extension, Run, User
from navette.core.kinds import Kinds
from navette.formats import FORMATS, Format

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]

PANEL = "/digital/exports/roles/"
ASKED = {"format": "toy", "fields": ["id", "label"]}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the table."""
    monkeypatch.setitem(cast(Kinds[Format], FORMATS).classes, "toy", "tests.toy_format:Toy")


@contextmanager
def mailing(installation: Installation, **changes: Any) -> Iterator[Any]:
    """A mailbox, and the installation that mails to it, which is also the console's."""
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        update = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "url": "https://navette.example.org", **changes}
        settings = installation.settings.model_copy(update=update)
        with override_settings(NAVETTE=settings, EMAIL_TIMEOUT=5):
            yield mailbox, replace(installation, settings=settings)


@pytest.fixture
def as_administrator(administrator: User) -> Any:
    client = Client(headers={"accept-language": "en"})
    client.force_login(administrator)
    return client


def page(response: Any) -> Any:
    assert response.status_code == 200
    return response.content.decode()


def requested(client: Any, **changes: Any) -> Any:
    """The run that the panel makes."""
    assert client.post(PANEL, ASKED | changes).status_code == 302
    return Run.objects.latest("created_at")


def attached(mail: EmailMessage) -> Any:
    [attachment] = mail.iter_attachments()
    return attachment.get_filename(), attachment.get_content_type(), attachment.get_content()


def test_the_panel_offers_counts_and_previews_it(as_administrator: Any, installation: Installation) -> None:
    Extension.objects.create(name="automatic_exports")
    with override_settings(NAVETTE=installation.settings):
        panel = page(as_administrator.get(PANEL))
        assert 'value="toy"' in panel
        assert "Cells with bars between them." in panel
        assert "Bars" in page(as_administrator.get("/digital/automated/add/"))
        count = page(as_administrator.post(f"{PANEL}count/", ASKED, headers={"HX-Request": "true"}))
        assert "alert" not in count
        preview = page(as_administrator.post(f"{PANEL}preview/", ASKED, headers={"HX-Request": "true"}))
    assert "toys" in preview


def test_its_file_is_mailed_and_downloaded(as_administrator: Any, installation: Installation) -> None:
    with mailing(installation) as (mailbox, mailed):
        run = mailed.export(requested(as_administrator))
        mailed.deliver()
        content = mailed.file(run).read_bytes()
        response = as_administrator.get(f"/digital/runs/{run.pk}/file")
        assert b"".join(response.streaming_content) == content
    assert run.file_name.endswith(".bars")
    assert content.count(b"|") == run.rows > 0
    assert attached(mailbox.mails[0]) == (run.file_name, "application/x-bars", content)
    assert response.headers["Content-Type"] == "text/x-bars"


def test_a_mail_has_it_as_an_archive_where_that_fits(as_administrator: Any, installation: Installation) -> None:
    with mailing(installation, attachment_limit_mb=0.2) as (mailbox, mailed):
        values = {"format": "toy", "fields": ["id", "body"]}
        assert as_administrator.post("/digital/exports/messages/", values).status_code == 302
        run = mailed.export(Run.objects.latest("created_at"))
        mailed.deliver()
        content = mailed.file(run).read_bytes()
    name, type_, archive = attached(mailbox.mails[0])
    assert (name, type_) == (f"{run.file_name}.zip", "application/zip")
    assert zipfile.ZipFile(BytesIO(archive)).read(run.file_name) == content


def test_it_is_compressed_and_declared_as_such(as_administrator: Any, installation: Installation) -> None:
    with mailing(installation) as (mailbox, mailed):
        run = mailed.export(requested(as_administrator, compression="gzip"))
        mailed.deliver()
        response = as_administrator.get(f"/digital/runs/{run.pk}/file")
    assert run.file_name.endswith(".bars.gz")
    assert response.headers["Content-Type"] == attached(mailbox.mails[0])[1] == "application/gzip"


def test_the_command_line_writes_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NAVETTE_HOME", str(installation.settings.home))
    export(["roles"], format_name="toy", output=str(tmp_path / "out"))
    assert b"|" in (tmp_path / "out" / "roles.bars").read_bytes()
