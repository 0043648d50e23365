"""Commands that change the store report to the audit log, where there is one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.acceptance.installation import Installation

EVENTS = """
import json
import subprocess
import sys
from navette.site.start import start_django
start_django()
from navette.control.models import Event
events = Event.objects.filter(name__startswith="data_store.").order_by("id")
print(json.dumps(list(events.values("name", "who", "details"))))
"""
LOAD = ("load", "demo", "--messages", "50", "--json")


def test_loads_and_vacuums_are_in_the_audit_log(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.navette(*LOAD)  # there is no audit log yet
    assert not (installation.home / "control.sqlite3").exists()
    installation.navette("init")
    loaded: list[dict[str, Any]] = json.loads(installation.navette(*LOAD))
    installation.navette("store", "vacuum", "--keep-hours", "0", "--dry-run")
    removed = json.loads(installation.navette("store", "vacuum", "--keep-hours", "0", "--json"))
    load, vacuum = json.loads(installation.script(EVENTS, []))
    assert (load["name"], load["who"], load["details"]["connector"]) == ("data_store.loaded", "", "demo")
    assert load["details"]["loaded_rows"]["inserted"] == 0
    assert load["details"]["loaded_rows"]["unchanged"] == sum(row["unchanged"] for row in loaded)
    files = sum(row["removed"] for row in removed)
    assert (vacuum["name"], vacuum["details"]) == ("data_store.vacuumed", {"keep_hours": 0, "files": files})


def test_a_load_is_done_even_if_the_audit_log_cannot_be_written(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    (tmp_path / "control.sqlite3").touch()  # a control database without tables
    command = [sys.executable, "-m", "navette", *LOAD]
    done = subprocess.run(command, env=installation.environment, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert "note: the audit log has no entry of this" in done.stderr
