"""Named settings of an export: saved, offered again, replaced and deleted by the people they belong to."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.web.exports.test_exports_pages import HTMX, MESSAGES, form, offered, text

from navette.catalogue.exports import EXPORTS
from navette.control.models import Event, Preset, Role, Run, User
from navette.web.exports.fields import default_names

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


def saved(client: Client, called: Any, **values: Any) -> Any:
    return client.post(f"{MESSAGES}presets/", form("messages", preset_name=called, **values), headers=HTMX)


def test_settings_are_saved_loaded_and_replaced(as_supervisor: Client, supervisor: User) -> None:
    assert "saved as “Week”" in text(saved(as_supervisor, " Week ", period="last_week", format="bi", fields=["id"]))
    preset = Preset.objects.get(user=supervisor, export="messages", name="Week")
    page = text(as_supervisor.get(f"{MESSAGES}?preset={preset.pk}"))
    assert offered(page)[1] == ["id"]
    assert re.search(r'id="period-last_week" value="last_week" checked', page)
    assert re.search(r'<option value="bi" selected', page)
    assert "replaced." in text(saved(as_supervisor, "Week", format="xlsx"))
    assert Preset.objects.get().request["format"] == "xlsx"
    assert list(Event.objects.filter(name__startswith="preset").values_list("name", flat=True)) == [
        "preset.updated",
        "preset.created",
    ]


def test_settings_need_a_name(as_supervisor: Client) -> None:
    response = saved(as_supervisor, "  ")
    assert response.status_code == 422
    assert "Give the settings a name." in text(response)
    assert saved(as_supervisor, "x" * 101).status_code == 422
    assert not Preset.objects.exists()


def test_a_name_has_no_control_characters(as_supervisor: Client) -> None:
    saved(as_supervisor, "\0Last\x1b\tweek\x85\x00")
    assert Preset.objects.get().name == "Last week"
    assert saved(as_supervisor, "\0\x07").status_code == 422


def test_settings_are_deleted(as_supervisor: Client) -> None:
    saved(as_supervisor, "Week")
    assert as_supervisor.post(f"{MESSAGES}presets/{Preset.objects.get().pk}/delete/").status_code == 302
    assert not Preset.objects.exists()


def test_settings_are_their_owners_alone(as_supervisor: Client, as_stranger: Client) -> None:
    saved(as_supervisor, "Mine", fields=["id"])
    key = Preset.objects.get().pk
    assert offered(text(as_stranger.get(f"{MESSAGES}?preset={key}")))[1] == default_names(EXPORTS["messages"])
    assert "Mine" not in text(as_stranger.get(MESSAGES))
    as_stranger.post(f"{MESSAGES}presets/{key}/delete/")
    assert Preset.objects.filter(pk=key).exists()


def test_settings_of_who_was_demoted_lose_their_sensitive_columns(
    as_administrator: Client, administrator: User, roles: dict[str, Role]
) -> None:
    saved(as_administrator, "Texts", fields=["id", "body"])
    administrator.role = roles["Supervisor"]
    administrator.save()
    page = text(as_administrator.get(f"{MESSAGES}?preset={Preset.objects.get().pk}"))
    assert offered(page)[1] == ["id"]
    assert "they were left out" in page


def test_an_earlier_run_fills_the_panel_in(
    as_supervisor: Client, supervisor: User, as_stranger: Client, made: Callable[..., Run]
) -> None:
    run = made(supervisor)
    assert offered(text(as_supervisor.get(f"{MESSAGES}?run={run.pk}")))[1] == ["id"]
    assert offered(text(as_stranger.get(f"{MESSAGES}?run={run.pk}")))[1] == default_names(EXPORTS["messages"])
