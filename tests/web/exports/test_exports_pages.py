"""The list of exports and the details panel: what they offer, count, show and ask for."""

import csv
import html
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from navette.catalogue.exports import EXPORTS
from navette.control.actor import Actor
from navette.control.models import Event, Extension, Preset, Run, User
from navette.control.requests import SavedRequest
from navette.core.periods import PERIODS, period
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.exporting.choices import filter_choices
from navette.formats import COMPRESSIONS, FORMATS
from navette.services.runs import prepared
from navette.web.exports.fields import default_names
from navette.wording import labels

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
MESSAGES = "/digital/exports/messages/"
FORM_TYPE = "application/x-www-form-urlencoded"


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def form(name: str, **values: Any) -> dict[str, Any]:
    """What the panel sends where nothing is changed but ``values``."""
    return {"period": "custom", "format": "excel", "fields": default_names(EXPORTS[name]), **values}


def offered(page: str) -> Any:
    """The columns in the tag selector, and those that are chosen."""
    select = re.findall(r'<select[^>]*id="fields".*?</select>', page, re.DOTALL)[0]
    options = re.findall(r'<option value="([^"]*)"( selected)?', select)
    return [name for name, _ in options], [name for name, chosen in options if chosen]


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every page here reads the demo domain."""


# The list.


def test_the_list_has_every_export_but_those_of_extensions_that_are_off(as_administrator: Client) -> None:
    page = text(as_administrator.get("/digital/exports/"))
    without = [name for name, export in EXPORTS.items() if export.extension is None]
    listed = re.findall(r'<th scope="row"><a href="/digital/exports/([^/]*)/"', page)
    assert sorted(listed) == sorted(without)
    assert f"({len(without)})" in page
    assert "/digital/exports/responses/" not in page


def test_the_journals_export_is_for_who_may_export_and_read_the_journal(
    as_supervisor: Client, supervisor: User
) -> None:
    assert "/digital/exports/journal/" not in text(as_supervisor.get("/digital/exports/"))
    assert as_supervisor.get("/digital/exports/journal/").status_code == 403
    supervisor.role.permissions = [*supervisor.role.permissions, "search_event"]
    supervisor.role.save()
    assert "/digital/exports/journal/" in text(as_supervisor.get("/digital/exports/"))
    assert as_supervisor.get("/digital/exports/journal/").status_code == 200


def test_an_extension_brings_its_exports(as_supervisor: Client) -> None:
    Extension.objects.create(name="customer_satisfaction")
    assert "/digital/exports/responses/" in text(as_supervisor.get("/digital/exports/"))


def test_the_list_speaks_french(as_supervisor: Client, supervisor: User) -> None:
    supervisor.locale = "fr"
    supervisor.save()
    page = text(as_supervisor.get("/digital/exports/"))
    assert "Exportations" in page
    assert "Statuts de présence" in page
    assert EXPORTS["presence_status"].description not in page


def test_nothing_needs_inline_styles_or_scripts(as_administrator: Client) -> None:
    for address in ("/digital/exports/", MESSAGES, "/digital/runs/"):
        page = as_administrator.get(address).content.decode()
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", page)
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style", page)


def test_every_part_of_a_request_has_its_words() -> None:
    assert {name for export in EXPORTS.values() for name in export.filters} == set(labels.FILTER_WORDS)
    assert {name for export in EXPORTS.values() for name in export.times} == set(labels.TIMES)
    assert [name for name, _ in labels.format_choices()] == list(FORMATS)
    assert [name for name, _ in labels.compression_choices()] == ["", *COMPRESSIONS]
    assert set(labels.QUICK_PERIODS) - {labels.CUSTOM} <= set(PERIODS)


# The panel.


def test_htmx_gets_the_panel_alone_and_a_browser_a_whole_page(as_supervisor: Client) -> None:
    assert "<html" in text(as_supervisor.get(MESSAGES))
    panel = text(as_supervisor.get(MESSAGES, headers=HTMX))
    assert "<html" not in panel
    assert 'id="panel-title"' in panel


def test_only_exports_with_times_have_dates(as_supervisor: Client) -> None:
    assert 'name="start"' in text(as_supervisor.get(MESSAGES))
    assert 'name="start"' not in text(as_supervisor.get("/digital/exports/categories/"))


def test_only_exports_with_two_times_are_filtered_by_one(as_supervisor: Client) -> None:
    page = text(as_supervisor.get("/digital/exports/identities/"))
    assert re.findall(r'name="by" id="by-(\w+)" value="\w+"( checked)?', page) == [
        ("created", " checked"),
        ("updated", ""),
    ]
    assert 'name="by"' not in text(as_supervisor.get(MESSAGES))


def test_the_default_columns_are_chosen(as_administrator: Client) -> None:
    names, chosen = offered(text(as_administrator.get(MESSAGES)))
    assert chosen == default_names(EXPORTS["messages"])
    assert set(names) == {column.name for column in EXPORTS["messages"].all_columns()}


def test_sensitive_columns_stand_apart_with_a_word_on_why(as_administrator: Client) -> None:
    page = text(as_administrator.get(MESSAGES))
    group = re.findall(r'<optgroup label="Sensitive fields" data-kind="sensitive">(.*?)</optgroup>', page, re.DOTALL)[0]
    sensitive = [column.name for column in EXPORTS["messages"].all_columns() if column.sensitive]
    assert re.findall(r'<option value="([^"]*)"', group) == sensitive
    assert "Sensitive fields contain personal data" in page


def test_who_may_not_see_sensitive_columns_is_offered_none(as_supervisor: Client) -> None:
    for name, export in EXPORTS.items():
        if export.extension is None and name != "journal":
            page = text(as_supervisor.get(f"/digital/exports/{name}/"))
            names, _ = offered(page)
            there = (column for column in export.all_columns() if column.extension in (None, "Sentiment Analysis"))
            assert set(names) == {column.name for column in there if not column.sensitive}
            assert "Sensitive fields" not in page


def test_extra_columns_are_grouped_by_the_kind_of_record_that_has_them(as_administrator: Client) -> None:
    page = text(as_administrator.get("/digital/exports/identities/"))
    group = re.findall(r'<optgroup label="Only for twitter" data-kind="extra">(.*?)</optgroup>', page, re.DOTALL)[0]
    assert "tw_followers_count" in group


def test_categories_are_offered_as_a_tree(as_supervisor: Client) -> None:
    page = text(as_supervisor.get(MESSAGES))
    depths = re.findall(r'<option value="[^"]*" data-depth="(\d)">(\N{EM SPACE}*)', page)
    assert depths
    assert all(len(indent) == int(depth) for depth, indent in depths)


def test_each_filter_and_field_tells_what_it_is(as_supervisor: Client) -> None:
    page = text(as_supervisor.get(MESSAGES))
    described = set(re.findall(r'aria-describedby="([^"]*)"', page))
    for name in EXPORTS["messages"].filters:
        assert f"help-{name}" in described
        assert str(labels.FILTER_WORDS[name].help) in page
    for column in EXPORTS["messages"].all_columns():
        assert column.sensitive or f"<dd>{column.description}</dd>" in page


def test_an_export_that_is_none_is_not_found(as_supervisor: Client) -> None:
    assert as_supervisor.get("/digital/exports/nothing/").status_code == 404


def test_an_export_whose_extension_is_off_says_so(as_supervisor: Client) -> None:
    response = as_supervisor.get("/digital/exports/responses/")
    assert response.status_code == 403
    assert "the export “responses” needs an extension that is off" in text(response).lower()


# The count, the size and the preview.


def counted(client: Client, name: str = "messages", **values: Any) -> Any:
    return text(client.post(f"/digital/exports/{name}/count/", form(name, **values), headers=HTMX))


def test_the_count_is_the_engines(as_supervisor: Client, supervisor: User, installation: Settings) -> None:
    assert "3,000 items to export" in counted(as_supervisor)
    days = SavedRequest("messages", start="2025-11-01", end="2025-11-30", timezone="Europe/Paris")
    november = prepared(Actor(supervisor), days, installation)
    rows = november.engine.count(november.query)
    assert 0 < rows < 3000
    assert f'data-rows="{rows}"' in counted(as_supervisor, start="2025-11-01", end="2025-11-30")


def test_the_count_in_french_parts_thousands_as_the_french_do(as_supervisor: Client, supervisor: User) -> None:
    supervisor.locale = "fr"
    supervisor.save()
    assert "3\N{NARROW NO-BREAK SPACE}000 éléments à exporter" in counted(as_supervisor)


def test_filters_are_counted(as_supervisor: Client) -> None:
    page = text(as_supervisor.get(MESSAGES))
    select = re.findall(r'<select[^>]*id="filter_status".*?</select>', page, re.DOTALL)[0]
    statuses = re.findall(r'<option value="([^"]*)"', select)
    rows = [
        int(re.findall(r'data-rows="(\d+)"', counted(as_supervisor, filter_status=status))[0]) for status in statuses
    ]
    assert len(rows) > 1
    assert sum(rows) == 3000
    both = counted(as_supervisor, filter_status=statuses[:2])
    assert f'data-rows="{rows[0] + rows[1]}"' in both


def test_an_empty_count_is_reported(as_supervisor: Client) -> None:
    part = counted(as_supervisor, start="1999-01-01", end="1999-12-31")
    assert "No items to export" in part
    assert 'data-rows="0"' in part


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"start": "2025-02-02", "end": "2025-01-01"}, "The end is before the start"),
        ({"fields": []}, "Choose at least one field"),
        ({"start": "yesterday"}, "Enter a valid date"),
        ({"filter_status": "no such status"}, "Unknown status"),
        ({"format": "papyrus"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_counted_is_explained(as_supervisor: Client, values: Any, sentence: str) -> None:
    part = counted(as_supervisor, **values)
    assert sentence in part
    assert 'data-rows="0"' in part


def test_a_text_in_place_of_a_filters_value_is_refused_by_its_beginning(as_supervisor: Client) -> None:
    long = "': did you mean '" * 500
    assert f"Unknown agent '{long[:99]}…'." in counted(as_supervisor, filter_agent=long)


def test_the_size_is_requested_separately_from_the_count(as_supervisor: Client) -> None:
    part = text(as_supervisor.post(f"{MESSAGES}size/", form("messages"), headers=HTMX))
    assert re.fullmatch(r"≈ [\d.,]+\N{NO-BREAK SPACE}(kB|MB)", part.strip())


def cells(response: Any) -> list[list[str]]:
    """The cells of the preview's table, row by row."""
    page = response.content.decode()
    table = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [html.unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def test_the_preview_shows_the_first_rows_as_the_file_has_them(
    as_administrator: Client, administrator: User, installation: Settings
) -> None:
    fields = ["created_at", "source_name", "private_message", "categories", "body", "rating"]
    response = as_administrator.post(f"{MESSAGES}preview/", form("messages", fields=fields), headers=HTMX)
    whole = prepared(
        Actor(administrator),
        SavedRequest("messages", fields=tuple(fields), format="excel", timezone="Europe/Paris"),
        installation,
    )
    sink = io.BytesIO()
    whole.write(sink)
    titles, *rows = csv.reader(io.StringIO(sink.getvalue().decode("utf-8-sig"), newline=""))
    assert [
        re.sub("<[^>]*>", "", title).strip() for title in re.findall(r"<th[^>]*>(.*?)</th>", text(response), re.DOTALL)
    ] == titles
    assert cells(response) == [[cell if len(cell) <= 500 else f"{cell[:499]}…" for cell in row] for row in rows[:20]]


@pytest.mark.parametrize("name", ["bi", "excel", "jsonl", "parquet"])
def test_the_preview_tells_an_empty_text_from_nothing(
    as_administrator: Client, engine: DuckDBEngine, name: str
) -> None:
    [(day,)] = engine.ask("SELECT strftime(min(created_at), '%Y-%m-%d') FROM contents WHERE body = ''")
    asked = form("messages", fields=["id", "body", "rating"], format=name, start=day, end=day)
    shown = cells(as_administrator.post(f"{MESSAGES}preview/", asked, headers=HTMX))
    stored = {key: (body, rating) for key, body, rating in engine.ask("SELECT id, body, rating FROM contents")}
    assert [key for key, body, _ in shown if body == "empty text"] == [key for key, *_ in shown if stored[key][0] == ""]
    assert [key for key, _, rating in shown if rating == ""] == [key for key, *_ in shown if stored[key][1] is None]
    assert any(body == "empty text" and rating == "" for _, body, rating in shown)


def test_without_scripts_the_page_comes_again_with_count_and_preview(as_supervisor: Client) -> None:
    page = text(as_supervisor.post(f"{MESSAGES}count/", form("messages", start="2025-11-01")))
    assert "items to export" in page
    assert "≈ " in page
    assert 'value="2025-11-01"' in page
    assert "<tbody>" in text(as_supervisor.post(f"{MESSAGES}preview/", form("messages")))


def test_an_empty_store_has_nothing_to_export(as_supervisor: Client, tmp_path: Path) -> None:
    with override_settings(NAVETTE=Settings(home=tmp_path / "new")):
        assert "No items to export" in counted(as_supervisor)


# Asking for a run.


def asked(client: Client, name: str = "messages", **values: Any) -> Any:
    """The run that a posted form asked for."""
    response = client.post(f"/digital/exports/{name}/", form(name, **values))
    assert response.status_code == 302, text(response)
    run = Run.objects.latest("created_at")
    assert response["Location"] == f"/digital/runs/{run.pk}/"
    return run


def test_exporting_queues_a_run_and_leads_to_it(as_supervisor: Client, supervisor: User) -> None:
    run = asked(as_supervisor, start="2025-11-01", end="2025-11-30", format="bi", compression="gzip")
    assert (run.state, run.export, run.requested_by) == ("queued", "messages", supervisor)
    assert run.request["start"] == "2025-11-01"
    assert run.request["end"] == "2025-11-30"
    assert (run.request["format"], run.request["compression"]) == ("bi", "gzip")
    assert run.request["timezone"] == "Europe/Paris"
    event = Event.objects.get(name="export.requested")
    assert (event.user_id, event.details["run"]) == (supervisor.pk, run.pk)
    assert event.address == "127.0.0.1"


def test_htmx_is_led_to_the_run_too(as_supervisor: Client) -> None:
    response = as_supervisor.post(MESSAGES, form("messages"), headers=HTMX)
    assert response.headers["HX-Redirect"] == f"/digital/runs/{Run.objects.get().pk}/"


def test_a_mistake_brings_the_panel_back_with_what_was_typed(as_supervisor: Client) -> None:
    response = as_supervisor.post(MESSAGES, form("messages", start="2025-02-02", end="2025-01-01"), headers=HTMX)
    assert response.status_code == 422
    assert "The end is before the start" in text(response)
    assert 'value="2025-02-02"' in text(response)
    assert not Run.objects.exists()


def test_chosen_fields_stand_in_the_order_of_the_catalogue(as_administrator: Client) -> None:
    run = asked(as_administrator, fields=["body", "id", "created_at"])
    assert run.request["fields"] == ["created_at", "id", "body"]
    assert run.columns == [
        {"name": "created_at", "sensitive": False},
        {"name": "id", "sensitive": False},
        {"name": "body", "sensitive": True},
    ]


def test_the_default_fields_are_not_named(as_supervisor: Client) -> None:
    assert asked(as_supervisor).request["fields"] == []


def test_a_quick_choice_becomes_days_when_the_run_is_requested(as_supervisor: Client, supervisor: User) -> None:
    run = asked(as_supervisor, period="last_month", start="2001-01-01")
    first, last = period("last_month", timezone.now().astimezone(supervisor.zone).date(), 0)
    assert (run.request["start"], run.request["end"]) == (first.isoformat(), last.isoformat())


def test_a_format_that_is_not_compressed_ignores_the_compression(as_supervisor: Client) -> None:
    assert asked(as_supervisor, format="xlsx", compression="gzip").request["compression"] == ""


def test_the_codec_inside_of_a_parquet_file_can_be_chosen(as_supervisor: Client) -> None:
    run = asked(as_supervisor, format="parquet", codec="snappy", compression="gzip")
    assert run.request["compression"] == "snappy"
    assert asked(as_supervisor, format="bi", codec="snappy").request["compression"] == ""


def test_the_time_that_dates_apply_to_is_kept(as_supervisor: Client) -> None:
    assert asked(as_supervisor, "identities", by="updated", start="2025-01-01").request["by"] == "updated"


# How much a form may send.

EVERY_CHOICE = 8 * 5_000 + 1_000
"""Eight filters in which all that they offer is chosen, and 1,000 columns."""


@pytest.mark.parametrize("part", ["count", "size", "preview"])
def test_every_choice_of_every_filter_may_be_chosen(part: int, as_supervisor: Client, installation: Settings) -> None:
    status = filter_choices(EXPORTS["messages"], "status", installation)[0].value
    chosen = form("messages", filter_status=[status] * EVERY_CHOICE)
    response = as_supervisor.post(f"{MESSAGES}{part}/", urlencode(chosen, doseq=True), FORM_TYPE, headers=HTMX)
    assert (response.status_code, response.context["form"].errors) == (200, {})


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "can send at most 50,000 values"), ("fr", "au plus 50\N{NARROW NO-BREAK SPACE}000 valeurs")],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_more_values_than_a_form_may_send_are_refused_with_the_limit(
    headers: Any, language: str, said: Any, supervisor: User, as_supervisor: Client
) -> None:
    supervisor.locale = language
    supervisor.save()
    chosen = form("messages", filter_status=["new"] * 50_001)
    response = as_supervisor.post(f"{MESSAGES}count/", urlencode(chosen, doseq=True), FORM_TYPE, headers=headers)
    assert response.status_code == 400
    assert said in text(response)
    assert ("<html" in text(response)) is (headers == {})


def test_a_form_of_too_many_bytes_is_refused_with_the_limit(as_supervisor: Client) -> None:
    response = as_supervisor.post(f"{MESSAGES}presets/", urlencode({"preset_name": "x" * 5_000_001}), FORM_TYPE)
    assert response.status_code == 400
    assert "The form is larger than the limit of 5\N{NO-BREAK SPACE}MB" in text(response)


def test_a_value_that_no_longer_exists_stays_chosen_in_saved_settings_and_is_refused(
    as_supervisor: Client, supervisor: User
) -> None:
    """Left out, it would let the export grow to everything without a word."""
    gone = SavedRequest("messages", filters={"source": ("f" * 24,)}).to_json()
    preset = Preset.objects.create(user=supervisor, export="messages", name="Closed shop", request=gone)
    page = text(as_supervisor.get(f"{MESSAGES}?preset={preset.pk}"))
    assert f'<option value="{"f" * 24}" selected' in page
    assert f"Unknown source '{'f' * 24}'" in counted(as_supervisor, filter_source="f" * 24)
    supervisor.locale = "fr"
    supervisor.save()
    shown = counted(as_supervisor, filter_status="Replyed")
    assert "Statut\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}Replyed\N{NO-BREAK SPACE}» est inconnu" in shown
    refused = as_supervisor.post(MESSAGES, form("messages", filter_status="Replyed"))
    assert refused.status_code == 422
    assert not Run.objects.exists()


def test_a_filter_takes_a_name_too(as_supervisor: Client, installation: Settings) -> None:
    source = filter_choices(EXPORTS["messages"], "source", installation)[0]
    by_id, by_name = (counted(as_supervisor, filter_source=value) for value in (source.value, source.label))
    assert by_id == by_name
    assert 'data-rows="0"' not in by_id
