"""Workers as processes, over SQLite and PostgreSQL: shared work, killed, frozen, ended and cancelled workers."""

import hashlib
import json
import secrets
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.installation import Installation, eventually
from tests.mail_server import Mailbox, smtp_server
from tests.postgresql import PostgreSQL, running_postgresql

from navette.core.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")

ASK_LIMIT = """
from navette.site.start import start_django
start_django()
from django.db import connection
with connection.cursor() as cursor:
    print(*cursor.execute("show idle_in_transaction_session_timeout").fetchone())
"""

MESSAGES = {"export": "messages", "format": "xlsx"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The server of the control databases, if they need one."""
    if request.param == "sqlite":
        yield None
        return
    with running_postgresql() as server:
        yield server


@pytest.fixture
def database(server: PostgreSQL | None, tmp_path: Path) -> str:
    """The address of an empty control database; of SQLite's, none."""
    if server is None:
        return ""
    name = f"control_{secrets.token_hex(4)}"
    server.ask("--command", f"create database {name}", cwd=tmp_path)
    return f"postgresql://postgres@/{name}?host={server.folder}"


@pytest.fixture
def mailbox() -> Any:
    return Mailbox()


@pytest.fixture
def installation(demo: Settings, database: Any, tmp_path: Path, mailbox: Mailbox) -> Iterator[Any]:
    (tmp_path / "store").symlink_to(demo.store)
    with smtp_server(mailbox, data_size_limit=None) as port:
        variables = {"NAVETTE_SMTP_URL": f"smtp://127.0.0.1:{port}", "NAVETTE_DATABASE": database}
        made = Installation(tmp_path, variables)
        made.navette("init")
        yield made


def states(installation: Installation) -> Any:
    return Counter(run["state"] for run in installation.runs().values())


def begun(installation: Installation) -> Any:
    """Whether a worker said that it began a run."""
    return any(line["event"] == "work.begun" and line["kind"] == "Run" for line in installation.log())


def test_several_workers_share_the_work_and_nothing_is_done_twice(installation: Installation, mailbox: Mailbox) -> None:
    names = ("agents", "categories", "sources", "threads", "messages")
    asked = installation.ask(*({"export": names[number % len(names)], "format": "bi"} for number in range(20)))
    with installation.running("worker"), installation.running("worker"):
        eventually(lambda: states(installation) == {"done": 20}, every=0.5)
    runs = installation.runs()
    assert runs.keys() == set(asked)
    assert {run["attempt"] for run in runs.values()} == {1}
    assert len(mailbox.mails) == 20
    received = {next(mail.iter_attachments()).get_content() for mail in mailbox.mails}
    assert {hashlib.sha256(content).hexdigest() for content in received} == {run["sha256"] for run in runs.values()}


def test_a_killed_workers_run_is_begun_again_and_mailed_once(installation: Installation, mailbox: Mailbox) -> None:
    [asked] = installation.ask(MESSAGES)
    with installation.running("worker") as first:
        eventually(lambda: begun(installation), every=0.01)
        first.kill()
    assert installation.runs()[asked]["state"] in ("running", "writing")
    with installation.running("worker"):
        eventually(lambda: states(installation) == {"done": 1}, every=0.3)
    run = installation.runs()[asked]
    assert (run["attempt"], run["deaths"]) == (2, 1)
    assert [path.name for path in (installation.home / "files" / asked).iterdir()] == ["2"]
    content = (installation.home / "files" / run["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == run["sha256"]
    assert len(mailbox.mails) == 1


def test_a_frozen_worker_that_wakes_up_changes_nothing(installation: Installation, mailbox: Mailbox) -> None:
    [asked] = installation.ask(MESSAGES)
    with installation.running("worker") as frozen:
        eventually(lambda: begun(installation), every=0.01)
        installation.freeze(frozen)
        with installation.running("worker"):
            eventually(lambda: states(installation) == {"done": 1}, seconds=120, every=0.3)
            done = installation.runs()
            frozen.send(signal.SIGCONT)
            eventually(lambda: any(line["event"] == "work.lost" for line in installation.log()))
        assert frozen.end() == 0
    assert installation.runs() == done
    assert done[asked]["attempt"] == 2
    assert [path.name for path in (installation.home / "files" / asked).iterdir()] == ["2"]
    assert len(mailbox.mails) == 1


def test_a_stopping_worker_finishes_or_hands_back(installation: Installation, mailbox: Mailbox) -> None:
    installation.ask(*[MESSAGES] * 4)
    with installation.running("worker") as worker:
        eventually(lambda: begun(installation), every=0.01)
        assert worker.end(30) == 0
    left = states(installation)
    assert left.keys() <= {"queued", "delivering", "done"}
    with installation.running("worker"):
        eventually(lambda: states(installation) == {"done": 4}, every=0.3)
    assert {run["deaths"] for run in installation.runs().values()} == {0}
    assert len(mailbox.mails) == 4


def test_postgresql_ends_what_is_frozen_within_a_transaction(
    installation: Installation, server: PostgreSQL | None
) -> None:
    if server is None:
        pytest.skip("SQLite has no server that could")
    assert installation.script(ASK_LIMIT, []).strip() == "1min"


MAKE_TASKS = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from navette.site.start import start_django
start_django()
from navette.control.actor import Actor
from navette.control.models import Destination, Extension, Task, User
from navette.services import tasks
Extension.objects.create(name="automatic_exports")
folder, count = json.loads(sys.argv[1])
for number in range(count):
    task = Task(label=f"Task {number}", exports=[{"export": "agents"}, {"export": "roles"}], catch_up="last")
    tasks.save(Actor(User.objects.get()), task, [Destination(kind="folder", settings={"folder": folder})])
Task.objects.update(due_at=timezone.now() - timedelta(days=1))
"""

LOOK_AT_TASKS = """
import json
from navette.site.start import start_django
start_django()
from navette.control.models import Delivery, Run, TaskSlot
slots, files = TaskSlot.objects.all(), Delivery.objects.filter(payload="slot")
print(json.dumps([[slot.state for slot in slots], Run.objects.count(), files.count()]))
"""


def test_slots_that_are_due_are_run_once_by_several_workers(
    installation: Installation, mailbox: Mailbox, tmp_path: Path
) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    installation.variables["NAVETTE_FOLDERS"] = str(folder)
    installation.script(MAKE_TASKS, [str(folder), 5])
    done = [["done"] * 5, 10, 5]
    with installation.running("worker"), installation.running("worker"):
        eventually(lambda: json.loads(installation.script(LOOK_AT_TASKS, [])) == done, every=0.3)
    assert len(list(folder.iterdir())) == 10
    assert mailbox.mails == []


def test_the_database_refuses_to_change_the_journal(installation: Installation) -> None:
    assert installation.change_journal() == ["the journal only grows"] * 2
