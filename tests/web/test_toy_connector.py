"""A new connector touches its own file and one line of ``CONNECTORS``: a toy becomes a command and is shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from django.test import Client
from typer.testing import CliRunner

from navette.cli.load import commands
from navette.connectors import CONNECTORS, Batch, CommandOption, Connector
from navette.core.messages import message

pytestmark = pytest.mark.django_db


class Toy(Connector):
    label = message("Toys")
    description = message("Teams that are called after toys.")
    summary = "Load teams that are called after toys."
    command = "navette load toys KIND --count 3"
    options: ClassVar = (
        CommandOption("kind", str, "What the toys are."),
        CommandOption("count", int, "How many.", 2, least=1),
    )
    notes = ("a toy was broken",)

    def __init__(self, kind: str, count: int) -> None:
        self.kind, self.count = kind, count

    def read(self) -> Iterator[Any]:
        ids = [f"{number:024x}" for number in range(self.count)]
        yield Batch("teams", pa.table({"id": ids, "name": [f"{self.kind} {id_[-1]}" for id_ in ids]}), "toys")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command ``navette load`` with the toy in the table."""
    monkeypatch.setenv("NAVETTE_HOME", str(tmp_path))
    app = commands(CONNECTORS | {"toys": Toy})
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_its_options_are_the_commands(command: Any) -> None:
    help_ = command("toys", "--help").output
    assert "Load teams that are called after toys." in help_
    assert "What the toys are." in help_
    assert "x>=1" in help_
    done = command("toys", "bear", "--count", "3", "--json")
    assert done.exit_code == 0
    assert '"inserted": 3' in done.output
    assert "note: a toy was broken" in done.output
    assert command("toys", "bear", "--count", "0").exit_code == 2


def test_the_page_shows_it(as_administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONNECTORS, "toys", Toy)
    page = as_administrator.get("/settings/connectors/").content.decode()
    assert "Teams that are called after toys." in page
    assert "navette load toys KIND --count 3" in page


@pytest.mark.parametrize("name", CONNECTORS)
def test_each_example_is_of_its_own_command(name: str) -> None:
    kind = CONNECTORS[name]
    required = [option.name.upper() for option in kind.options if option.default is None]
    assert kind.command.split()[: 3 + len(required)] == ["navette", "load", name, *required]
