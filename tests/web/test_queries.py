"""No page asks the control database more than 15 times, however many tasks, runs and users there are.

Every address of the console is asked, so that a new page is included, or fails until ``ARGUMENTS`` knows its values.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from tests.task_form import TASK_FORM

from navette.catalogue.exports import EXPORTS
from navette.control.extensions import EXTENSIONS
from navette.control.models import (
    Delivery,
    Destination,
    Event,
    Extension,
    Preset,
    Role,
    Run,
    Task,
    TaskSlot,
    User,
)
from navette.control.requests import new_request
from navette.core.messages import Message
from navette.core.settings import Settings

MOST = 15
PAGES = {"administrator": 40, "supervisor": 20, "nobody": 5}
"""At least so many addresses show something to them: the others lead elsewhere, or are closed to them."""

TASKS, RUNS, USERS = 100, 10_000, 300
HTMX = {"HX-Request": "true"}
NOW = timezone.now()

FORM = {"period": "custom", "format": "bi", "fields": ["id", "created_at"]}
WRONG_DATES = {**FORM, "start": "2025-02-01", "end": "2025-01-01"}
TASK = {**TASK_FORM, "exports": list(EXPORTS), "sftp-0-host": "sftp.example.org"}
POSTED = {
    "export": WRONG_DATES,
    "export_count": FORM,
    "export_size": FORM,
    "export_preview": FORM,
    "save_preset": FORM,
    "add_task": {"label": ""},
    "task": {"label": ""},
    "task_names": TASK,
    "test_task": {**TASK, "destination": "sftp-0", "sftp-0-port": "0"},
    "task_history": {"first": "", "last": ""},
    "domain": {"name": ""},
    "add_user": {"name": ""},
    "user": {"name": ""},
    "add_role": {"label": ""},
    "role": {"label": ""},
    "add_extension": {"name": ""},
    "profile": {"locale": "?"},
}
"""What is sent to pages that answer a form with a page: with a part of one, or with what is wrong."""

CANCELLED = Message("it was cancelled.")


def addresses(patterns: Any, before: Any = "") -> Iterator[Any]:
    """The path of each address, with the names of its values in angle brackets, and its own name."""
    for one in patterns:
        path = before + str(one.pattern).replace("str:", "")
        if isinstance(one, URLPattern):
            yield path, one.name
        else:
            yield from addresses(one.url_patterns, path)


ADDRESSES = dict(addresses(get_resolver().url_patterns))


@pytest.fixture
def busy(demo: Settings, administrator: User, supervisor: User, roles: dict[str, Role]) -> Iterator[Any]:
    """An installation with much in it; gives the values that stand in addresses, by what comes before them."""
    with override_settings(NAVETTE=demo):
        yield _filled(administrator, supervisor, roles)


def _filled(administrator: User, supervisor: User, roles: dict[str, Role]) -> Any:
    TOTP.activate(administrator, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(administrator)
    for name in EXTENSIONS:
        Extension.objects.get_or_create(name=name, defaults={"added_by": administrator})
    users = _users(roles)
    tasks = _tasks([administrator, supervisor, *users])
    slots = _slots(tasks)
    runs = _runs([supervisor, administrator, *users], slots)
    deliveries = _deliveries(runs, slots)
    Event.objects.bulk_create(
        Event(name="export.created", created_at=NOW, who=user.email, details={"rows": 12, "task": "Nightly"})
        for user in users
        for _ in range(5)
    )
    saved = new_request(supervisor, "messages").to_json()
    Preset.objects.bulk_create(
        Preset(user=user, export="messages", name=f"Preset {number}", request=saved)
        for user in (administrator, supervisor)
        for number in range(50)
    )
    return {
        "digital/exports/<name>": "messages",
        "presets/<key>": Preset.objects.filter(user=supervisor)[0].pk,
        "digital/runs/<key>": runs[0].pk,
        "digital/deliveries/<key>": deliveries[0].pk,
        "slots/<key>": slots[0].pk,
        "automated/deliveries/<key>": Delivery.objects.filter(payload="slot")[0].pk,
        "digital/automated/<key>": tasks[0].pk,
        "users/<key>": users[0].pk,
        "roles/<key>": roles["Auditor"].pk,
        "extensions/<name>": "automatic_exports",
        "^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/1-set-password/",
        "^(?P<provider_id>[^/]+)": "oidc",
    }


def _users(roles: dict[str, Role]) -> Any:
    made = [
        User(email=f"user-{number}@example.org", name=f"User {number}", role=list(roles.values())[number % len(roles)])
        for number in range(USERS)
    ]
    return User.objects.bulk_create(made)


def _tasks(owners: Any) -> Any:
    """Each exports everything and goes to a server, to a folder and to people; every fourth one is off."""
    exports = [{"export": name, "period": "", "by": "", "fields": ["id"]} for name in EXPORTS]
    made = [
        Task(label=f"Task {number}", owner=owners[number], exports=exports, is_on=bool(number % 4), due_at=NOW)
        for number in range(TASKS)
    ]
    deleted = [Task(label=f"Gone {number}", owner=owners[0], deleted_at=NOW) for number in range(TASKS)]
    tasks = Task.objects.bulk_create(made)
    Task.objects.bulk_create(deleted)
    server = {"host": "sftp.example.org", "port": 22, "user": "navette", "directory": "./"}
    Destination.objects.bulk_create(
        Destination(task=task, kind=kind, settings=settings)
        for task in tasks
        for kind, settings in (
            *[("sftp", server)] * 3,
            ("folder", {"folder": "/srv"}),
            *[("email", {"recipient": owner.email}) for owner in owners[:20]],
        )
    )
    return tasks


def _slots(tasks: Any) -> Any:
    """Sixty of the first task, one of each other."""
    made = [(tasks[0], 0), *((task, 0) for task in tasks[1:]), *((tasks[0], back) for back in range(1, 60))]
    warning = [{"code": "few_rows", "count": 1, "minimum": 2}]
    return TaskSlot.objects.bulk_create(
        TaskSlot(task=task, at=NOW - timedelta(days=back), day=NOW, state="done", finished_at=NOW, warnings=warning)
        for task, back in made
    )


def _runs(users: Any, slots: Any) -> Any:
    """The first slot has one of each export; every hundredth failed."""
    names = list(EXPORTS)
    made = [
        Run(
            export=names[number % len(names)],
            request={
                **new_request(users[0], names[number % len(names)]).to_json(),
                "filters": {name: ["a", "b"] for name in EXPORTS[names[number % len(names)]].filters},
            },
            requested_by=users[number % len(users)],
            slot=slots[0] if 0 < number <= len(names) else None,
            state="failed" if number % 100 == 1 else "done",
            created_at=NOW - timedelta(minutes=number),
            rows=number,
            bytes=number * 100,
            seconds=1.5,
            file_name="file.csv",
            path="folder/file.csv",
            expires_at=NOW + timedelta(days=1),
            columns=[{"name": "id", "sensitive": False}],
            log=[{"at": NOW.isoformat(), "what": "counted", "rows": number}],
            warnings=[{"code": "cut", "count": 3}],
        )
        for number in range(RUNS)
    ]
    return Run.objects.bulk_create(made, 500)


def _deliveries(runs: Any, slots: Any) -> Any:
    """Twenty mails of the first run, as after many attempts, one of each other; twenty of the first slot's files."""
    mails = [runs[0]] * 20 + runs[1:]
    made = [Delivery(run=run, target="a@example.org", state="failed", error=CANCELLED) for run in mails]
    destinations = list(Destination.objects.filter(task=slots[0].task))
    Delivery.objects.bulk_create(
        Delivery(
            payload="slot",
            slot=slots[0],
            destination=destination,
            target="there",
            state="failed",
            error=CANCELLED,
        )
        for destination in destinations
    )
    return Delivery.objects.bulk_create(made, 500)


def path_to(pattern: Any, values: Any) -> Any:
    """The path of an address; a value that is not known is an error, so that no page is left out."""
    for part, value in values.items():
        pattern = pattern.replace(part, f"{part.rpartition('<')[0]}{value}" if "/<" in part else value)
    assert "<" not in pattern, f"{pattern}: say in the fixture which value stands there"
    return f"/{pattern}"


def counted(ask: Any) -> Any:
    """How many queries that takes."""
    with CaptureQueriesContext(connection) as queries:
        response = ask()
        list(getattr(response, "streaming_content", ()))
    assert response.status_code < 500
    return len(queries), response.status_code


def client_of(user: User | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if user:
        client.force_login(user)
    return client


@pytest.mark.parametrize("who", ["administrator", "supervisor", "nobody"])
def test_no_page_takes_more_than_fifteen_queries(busy: Any, who: str, administrator: User, supervisor: User) -> None:
    client = client_of({"administrator": administrator, "supervisor": supervisor}.get(who))
    found = {}
    for pattern, name in ADDRESSES.items():
        path = path_to(pattern, busy)
        for htmx in ({}, HTMX):
            found["get", path, *htmx] = counted(partial(client.get, path, headers=htmx))
            if name in POSTED:
                found["post", path, *htmx] = counted(partial(client.post, path, POSTED[name], headers=htmx))
    assert {page: count for page, (count, _status) in found.items() if count > MOST} == {}
    answered = {path for (_method, path, *_htmx), (_count, status) in found.items() if status in (200, 422)}
    assert len(answered) > PAGES[who]


def test_what_is_posted_goes_to_pages_that_exist() -> None:
    assert POSTED.keys() <= set(ADDRESSES.values())
