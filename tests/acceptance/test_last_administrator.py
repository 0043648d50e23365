"""Two administrators who demote each other at the same moment, on PostgreSQL: one of them stays in charge."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.installation import Installation
from tests.postgresql import running_postgresql

DEMOTE_EACH_OTHER = """
import json, sys, threading, time
from navette.site.start import start_django
start_django()
from django.db import connection, transaction
from navette.control.actor import Actor
from navette.control.models import Role, User
from navette.core.errors import NavetteError
from navette.services import roles, users
from navette.services.users import UserValues

way, = json.loads(sys.argv[1])
first = User.objects.get()
second = User.objects.create_user("second@example.org", "a long enough pass phrase", name="Second", role=first.role)
other = Role.objects.exclude(pk=first.role_id).first()
if way == "role":
    second.role = Role.objects.create(label="Second", permissions=first.role.permissions)
    second.save()

def demote(person):
    values = UserValues(person.name, person.email, other.pk)
    by = {first: second, second: first}[person]
    if way == "role":
        roles.change(Actor(by), person.role, person.role.label, [])
    else:
        users.change(Actor(by), person, values)

def demote_first():
    try:
        demote(first)
    except NavetteError as error:
        said.append(str(error))
    finally:
        connection.close()

def is_waiting():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_locks where not granted")
        return cursor.fetchone()[0]

said, deadline = [], time.monotonic() + 20
thread = threading.Thread(target=demote_first)
with transaction.atomic():
    demote(second)
    thread.start()
    while thread.is_alive() and not is_waiting():
        assert time.monotonic() < deadline
        time.sleep(0.01)
thread.join()
masters = [user.email for user in User.objects.select_related("role") if user.may("manage_users")]
print(json.dumps([masters, said]))
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with running_postgresql() as server:
        server.ask("--command", "create database one", "--command", "create database two", cwd=Path("/"))
        yield f"postgresql://postgres@/%s?host={server.folder}"


@pytest.mark.parametrize(("way", "name"), [("user", "one"), ("role", "two")])
def test_two_administrators_who_demote_each_other_at_once_leave_one(
    way: str, name: str, database: str, tmp_path: Path
) -> None:
    installation = Installation(tmp_path, {"NAVETTE_DATABASE": database % name})
    installation.navette("init")
    masters, said = json.loads(installation.script(DEMOTE_EACH_OTHER, [way]))
    assert masters == ["administrator@example.org"]
    assert said == [
        "this would leave nobody who can manage users and roles: first give that role to somebody who can sign in."
    ]
