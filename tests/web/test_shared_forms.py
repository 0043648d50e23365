"""Forms of what several people change: nobody overwrites by accident what somebody else saved meanwhile."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.task_form import TASK_FORM

from navette.control.models import Domain, Extension, Role, Task, User

pytestmark = pytest.mark.django_db

DOMAIN = {
    "name": "Test domain",
    "locale": "en",
    "timezone": "Europe/Paris",
    "first_day_of_week": "0",
    "retention_days": "30",
    "link_days": "7",
    "file_name_pattern": "{{export_name}}",
}
TASK = TASK_FORM | {"exports": ["agents"], "sftp-0-host": "sftp.example.org"}


@pytest.fixture
def pages(as_administrator: Client, supervisor: User, roles: dict[str, Role]) -> dict[str, Any]:
    """Of each form: its page, what one person would save, what another one saves, and what is stored then."""
    Extension.objects.create(name="automatic_exports")
    as_administrator.post(reverse("add_task"), TASK)
    task, role = Task.objects.get(), roles["Supervisor"]
    as_administrator.post(reverse("domain"), DOMAIN)
    person = {
        "name": "Sam",
        "email": supervisor.email,
        "role": role.pk,
        "locale": "",
        "timezone": "",
        "is_active": "on",
    }
    kept = {"sftp-0-row_id": task.destinations.get().pk, "sftp-INITIAL_FORMS": "1"}
    return {
        "user": (
            reverse("user", args=[supervisor.pk]),
            person,
            {"role": roles["Auditor"].pk},
            lambda: User.objects.get(pk=supervisor.pk).role.label,
        ),
        "role": (
            reverse("role", args=[role.pk]),
            {"label": "Leads", "permissions": ["read_export", "manage_automatic_exports"]},
            {"permissions": ["read_export"]},
            lambda: Role.objects.get(pk=role.pk).permissions,
        ),
        "domain": (reverse("domain"), DOMAIN, {"retention_days": "3"}, lambda: Domain.current().retention_days),
        "task": (
            reverse("task", args=[task.pk]),
            TASK | kept,
            {"exports": ["agents", "messages"]},
            lambda: [one["export"] for one in Task.objects.get().exports],
        ),
        "task's server": (
            reverse("task", args=[task.pk]),
            TASK | kept,
            {"sftp-0-host": "other.example.org"},
            lambda: task.destinations.get().settings["host"],
        ),
    }


def opened(page: Any) -> str:
    [value] = re.findall(r'name="opened" value="([0-9a-f]+)"', page.content.decode())
    return str(value)


@pytest.mark.parametrize("name", ["user", "role", "domain", "task", "task's server"])
def test_what_somebody_else_saved_meanwhile_is_overwritten_only_when_told_twice(
    name: str, pages: dict[str, tuple[str, dict[str, Any], dict[str, Any], Callable[[], Any]]], as_administrator: Client
) -> None:
    address, first, other, stored = pages[name]
    page = as_administrator.get(address)
    assert as_administrator.post(address, first | other | {"opened": opened(page)}).status_code == 302
    theirs = stored()

    refused = as_administrator.post(address, first | {"opened": opened(page)})
    assert "Somebody else has changed this" in refused.content.decode()
    assert stored() == theirs

    assert as_administrator.post(address, first | {"opened": opened(refused)}).status_code == 302
    assert stored() != theirs


def test_a_page_that_adds_something_overwrites_nothing(as_administrator: Client) -> None:
    assert b'name="opened"' not in as_administrator.get(reverse("add_role")).content
