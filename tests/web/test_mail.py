"""What the mail of a run says, in the reader's language and time zone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from navette.catalogue.exports import EXPORTS
from navette.control.models import Delivery, Domain, Run, User
from navette.control.requests import SavedRequest
from navette.core.settings import Settings
from navette.core.types import ColumnType
from navette.destinations.email import Mail, encoded_size
from navette.exporting.choices import filter_choices
from navette.wording.labels import FILTER_WORDS, TIMES
from navette.wording.reader import Reader
from navette.wording.run_mail import compose

ASKED = SavedRequest("messages", "2024-01-01", "2024-01-31", "", "created", timezone="Europe/Paris")
CAME_OUT = {
    "columns": [{"name": "id", "sensitive": False}, {"name": "author_name", "sensitive": True}],
    "rows": 12_408,
    "bytes": 3_400_000,
    "sha256": "ab" * 32,
    "file_name": "messages_2024-02-01.csv",
    "created_at": datetime(2024, 2, 1, 8, 30, tzinfo=UTC),
    "expires_at": datetime(2024, 3, 2, 8, 31, tzinfo=UTC),
}


@pytest.fixture
def asker(administrator: User) -> User:
    administrator.locale, administrator.timezone = "en", "Europe/Paris"
    administrator.save()
    return administrator


@pytest.fixture
def mail_of(asker: User, tmp_path: Path) -> Any:
    """The mail of a run of that request; what came out of the run may differ."""

    def mailed(
        request: Any = ASKED,
        link: str | None = None,
        attached: str = "messages_2024-02-01.csv",
        expires: Any = None,
        **came_out: Any,
    ) -> Mail:
        run = Run.objects.create(
            export=request.export, request=request.to_json(), requested_by=asker, **CAME_OUT | came_out
        )
        delivery = Delivery.objects.create(run=run, target=asker.email, link_expires_at=expires)
        path = None if link else tmp_path / attached
        if path:
            path.write_bytes(b"id\r\n1\r\n")
        return compose(run, delivery, path, link, message_id=f"<{delivery.pk}@navette.example.org>")

    return mailed


@pytest.mark.parametrize(
    ("format_name", "compression", "type_"),
    [
        ("bi", "", "application/octet-stream"),
        ("bi", "gzip", "application/gzip"),
        ("jsonl", "zstd", "application/zstd"),
        ("parquet", "gzip", "application/octet-stream"),
        ("xlsx", "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_mails_declare_the_type_of_the_attachment(
    mail_of: Any, format_name: str, compression: str, type_: ColumnType
) -> None:
    request = replace(ASKED, format=format_name, compression=compression)
    assert mail_of(request).attachment_type == type_
    assert mail_of(request, attached="messages_2024-02-01.csv.zip").attachment_type == "application/zip"


class Words(HTMLParser):
    """The text of a page, and the tags and addresses in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data.split()


def test_a_mail_says_what_it_brings(mail_of: Any, asker: User) -> None:
    mail = mail_of()
    assert mail.subject == "Messages: 12,408 rows"
    assert (mail.recipient, mail.attachment_name) == (asker.email, "messages_2024-02-01.csv")
    assert mail.text.splitlines()[:8] == [
        "Hello Ada Administrator,",
        "",
        "The export you requested is attached to this e-mail.",
        "",
        "The file contains personal data: store it safely, and delete it when you no longer need it.",
        "",
        "Export: Messages",
        "Period: from January 1, 2024 to January 31, 2024 included",
    ]
    for line in (
        "Filtered by: Creation date (Europe/Paris)",
        "Filters: none",
        "Rows: 12,408",
        "Fields (2): id, author_name (sensitive)",
        "Requested by: Ada Administrator (administrator@example.org)",
        "Requested on: Feb 1, 2024, 9:30:00\u202fAM (Europe/Paris)",
        "File: messages_2024-02-01.csv",
        "Size: 3.4\xa0MB",
        f"SHA-256: {'ab' * 32}",
        "Available: until Mar 2, 2024, 9:31:00\u202fAM, under Digital › History",
    ):
        assert line in mail.text.splitlines()


def test_both_bodies_say_the_same(mail_of: Any) -> None:
    mail = mail_of()
    page = " ".join(Words(mail.html).text)
    for line in mail.text.splitlines():
        for part in re.split(r": | – |--", line):
            assert " ".join(part.split()) in page


def test_the_same_in_french(mail_of: Any, asker: User) -> None:
    asker.locale = "fr"
    asker.save()
    mail = mail_of()
    assert mail.locale == "fr"
    assert mail.subject == "Messages\u00a0: 12\u202f408 lignes"
    for line in (
        "Bonjour Ada Administrator,",
        "L’exportation que vous avez demandée est jointe à cet e-mail.",
        "Période : du 1 janvier 2024 au 31 janvier 2024 inclus",
        "Filtré par : Date de création (Europe/Paris)",
        "Champs (2) : id, author_name (sensible)",
        "Demandée le : 1 févr. 2024, 09:30:00 (Europe/Paris)",
    ):
        assert line.replace(" :", "\u00a0:") in mail.text.splitlines()
    assert '<html lang="fr">' in mail.html
    assert "Hello" not in mail.html + mail.text


def test_an_empty_result_is_explained(mail_of: Any) -> None:
    mail = mail_of(rows=0)
    assert mail.subject == "Messages: no rows"
    assert "No record matches your request." in mail.text
    assert "Rows: 0" in mail.text


def test_one_row_is_no_rows(mail_of: Any) -> None:
    assert mail_of(rows=1).subject == "Messages: 1 row"


def test_a_link_says_until_when_it_works_and_that_one_must_sign_in(mail_of: Any) -> None:
    link = "https://navette.example.org/digital/deliveries/523ffffb7aa58d1b6700000f/file"
    mail = mail_of(link=link, expires=datetime(2024, 2, 8, 8, 30, tzinfo=UTC))
    assert mail.attachment is None
    assert link in mail.text.splitlines()
    assert link in Words(mail.html).links
    assert "The link works until Feb 8, 2024, 9:30:00\u202fAM (Europe/Paris time)." in mail.text
    assert "You will be asked to sign in" in mail.text
    assert "attached" not in mail.text


def test_a_link_does_not_outlive_the_file(mail_of: Any) -> None:
    mail = mail_of(link="https://navette.example.org/file", expires=datetime(2030, 1, 1, tzinfo=UTC))
    assert "The link works until Mar 2, 2024" in mail.text


def test_a_link_whose_end_is_not_set_yet_works_as_long_as_the_domain_says(
    mail_of: Any, domain: Domain, asker: User
) -> None:
    mail = mail_of(link="https://navette.example.org/file", expires_at=None)
    end = timezone.now() + timedelta(days=domain.link_days)
    ends = Reader("en", asker.zone).day(end.astimezone(asker.zone).date())
    [(month, day, year)] = re.findall(r"(\w{3})\w* (\d+), (\d+)", ends)
    assert f"The link works until {month} {day}, {year}" in mail.text


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (None, None, "no limit"),
        ("2024-01-01", None, "from January 1, 2024 on"),
        (None, "2024-01-31", "up to January 31, 2024 included"),
        (
            "2024-01-01T13:00:00+01:00",
            "2024-01-02T00:00:00",
            "from Jan 1, 2024, 1:00:00\u202fPM to Jan 2, 2024, 12:00:00\u202fAM excluded",
        ),
    ],
)
def test_windows(mail_of: Any, start: str | None, end: str | None, said: Any) -> None:
    text = mail_of(replace(ASKED, start=start, end=end)).text.splitlines()
    assert f"Period: {said}" in text
    assert any(line.startswith("Filtered by") for line in text) == bool(start or end)


def test_days_of_another_time_zone_are_shown_as_instants_of_the_readers(mail_of: Any) -> None:
    text = mail_of(replace(ASKED, timezone="Asia/Tokyo")).text
    assert "from Dec 31, 2023, 4:00:00\u202fPM to Jan 31, 2024, 4:00:00\u202fPM excluded" in text


def test_an_export_without_times_has_no_window(mail_of: Any) -> None:
    text = mail_of(SavedRequest("roles")).text
    assert "Window" not in text
    assert "Filtered by" not in text


def test_filters_are_named(mail_of: Any, demo: Settings) -> None:
    with override_settings(NAVETTE=demo):
        team, other = filter_choices(EXPORTS["messages"], "team", demo)[:2]
        text = mail_of(replace(ASKED, filters={"team": (team.value, other.value, "gone"), "status": ("new",)})).text
    assert f"Filter: Team: {team.label}, {other.label}, gone" in text
    assert "Filter: Status: new" in text
    assert "Filters: none" not in text


def test_a_filter_that_the_export_has_no_more_does_not_stop_the_mail(mail_of: Any) -> None:
    assert "Filter: colour: red" in mail_of(replace(ASKED, filters={"colour": ("red",)})).text


@pytest.mark.parametrize(
    ("warning", "sentence"),
    [
        ({"code": "cut", "count": 1}, "1 cell was too long for the format and was shortened."),
        ({"code": "cut", "count": 1204}, "1,204 cells were too long for the format and were shortened."),
        ({"code": "replaced", "count": 2}, "In 2 cells, characters that the format does not support were replaced"),
        ({"code": "rejected", "count": 3}, "3 incoming records of this type were rejected"),
        ({"code": "sensitive_left_out", "columns": ["author_name", "body"]}, "left out: author_name, body."),
        ({"code": "moon_phase"}, "The run has a note; see its page: moon_phase."),
    ],
)
def test_warnings(mail_of: Any, warning: Any, sentence: str) -> None:
    mail = mail_of(warnings=[warning])
    assert sentence in mail.text
    assert sentence in mail.html


def test_a_file_without_sensitive_columns_has_no_word_on_them(mail_of: Any) -> None:
    assert "personal data" not in mail_of(columns=[{"name": "id", "sensitive": False}]).text


def test_a_file_in_an_archive(mail_of: Any) -> None:
    mail = mail_of(attached="messages_2024-02-01.csv.zip")
    assert mail.attachment_name == "messages_2024-02-01.csv.zip"
    assert "File: messages_2024-02-01.csv, in the archive messages_2024-02-01.csv.zip" in mail.text


def test_what_people_wrote_is_text_in_the_page(mail_of: Any, asker: User) -> None:
    asker.name = '<img src="https://example.org/x.png">\r\nBcc: x@example.org'
    asker.save()
    mail = mail_of(columns=[{"name": "<b>satisfaction</b>", "sensitive": False}])
    page = Words(mail.html)
    assert not {"img", "b"} & set(page.tags)
    assert "<b>satisfaction</b>" in " ".join(page.text)
    assert "<b>satisfaction</b>" in mail.text
    assert encoded_size(mail) > 0


def test_nothing_is_fetched_when_the_mail_is_read(mail_of: Any) -> None:
    page = Words(mail_of(link="https://navette.example.org/file").html)
    assert (
        page.links
        == [
            "https://navette.example.org/file",
            Settings().url,
        ][: len(page.links)]
    )
    assert not {"img", "link", "script", "iframe"} & set(page.tags)


@pytest.mark.parametrize(("language", "read_in"), [("fr_FR", "fr"), ("de_AT", "en"), ("en-GB", "en")])
def test_a_language_that_the_console_does_not_speak(mail_of: Any, asker: User, language: str, read_in: Any) -> None:
    asker.locale = language
    asker.save()
    assert mail_of().locale == read_in


def test_every_filter_and_time_of_the_catalogue_has_a_name() -> None:
    assert set(FILTER_WORDS) == {name for export in EXPORTS.values() for name in export.filters}
    assert set(TIMES) == {name for export in EXPORTS.values() for name in export.times}
