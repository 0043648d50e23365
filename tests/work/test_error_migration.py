"""Errors that a version before stored as sentences: after its migration they read as they did."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgresql import running_postgresql

from navette.core.messages import Message

BEFORE, AFTER = "0013_former_outboxes", "0014_errors_as_messages"

SENTENCES = (
    "",
    "the task was deleted.",
    "unknown export 'x{y}': did you mean '100 %s \"quoted\" \\'?",
    "{server} cannot be reached. (Connection refused)\nl’été\u202f!",
    "x" * 20_000,
    *2 * [f"line {number} cannot be read." for number in range(2_500)],  # more than are read or written at once
)

DRIVER = """
import json, sys
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def at(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("control", name)])
    return MigrationExecutor(connection).loader.project_state([("control", name)]).apps.get_model

before, after, sentences = json.load(sys.stdin)
model = lambda name: at_now("control", name)
at_now = at(before)
role = model("role").objects.create(label="r", permissions=[])
user = model("user").objects.create(email="a@example.org", name="A", role=role)
run = model("run").objects.create(export="messages", request={}, requested_by=user)
made = {
    "run": {"export": "messages", "request": {}, "requested_by": user},
    "delivery": {"payload": "run", "run": run, "target": "a@example.org", "person": user},
}
for name, values in made.items():
    rows = [model(name)(pk=f"{number:024}", error=one, **values) for number, one in enumerate(sentences)]
    model(name).objects.bulk_create(rows, batch_size=500)
at_now = at(after)
errors = lambda name: model(name).objects.filter(pk__lt="1").order_by("pk").values_list("error", flat=True)
kept = lambda: {name: list(errors(name)) for name in made}
forwards = kept()
at_now = at(before)
backwards = kept()
print(json.dumps([forwards, backwards]))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def variables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation without a database yet."""
    own = {"NAVETTE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "navette.site.settings"}
    if request.param == "sqlite":
        yield own
        return
    with running_postgresql() as server:
        yield own | {"NAVETTE_DATABASE": f"postgresql://postgres@/postgres?host={server.folder}"}


def test_stored_sentences_become_messages_and_back(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    asked = json.dumps([BEFORE, AFTER, SENTENCES])
    done = subprocess.run([sys.executable, "-c", DRIVER], input=asked, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    forwards, backwards = json.loads(done.stdout)
    assert forwards.keys() == {"run", "delivery"}
    for kept in forwards.values():
        assert kept[0] is None
        assert tuple(str(Message.from_json(message)) for message in kept[1:]) == SENTENCES[1:]
    assert all(tuple(kept) == SENTENCES for kept in backwards.values())
