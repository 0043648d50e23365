"""A control database of an earlier version keeps every delivery, of every kind and in every state."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.installation import Installation
from tests.postgresql import running_postgresql

Row = dict[str, Any]
Found = dict[str, Any]

ROWS = "tests.acceptance.migration_rows"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """What the present version finds in a database that version 0007 made."""
    home = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield rows_in(home, "")
        return
    with running_postgresql() as server:
        yield rows_in(home, f"postgresql://postgres@/postgres?host={server.folder}")


def rows_in(home: Path, database: str) -> Found:
    environment = Installation(home, {"NAVETTE_DATABASE": database}).environment
    for step in ("make", "look"):
        command = [sys.executable, "-m", ROWS, step]
        done = subprocess.run(command, env=environment, check=False, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


def of(migrated: Found, **values: Any) -> list[Row]:
    """The deliveries with those values."""
    rows = migrated["deliveries"].values()
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def test_every_row_is_a_delivery_under_its_id(migrated: Found) -> None:
    assert sorted(migrated["deliveries"]) == [f"{number:024x}" for number in range(1, 33)]
    counts = Counter((row["payload"], row["state"]) for row in migrated["deliveries"].values())
    each = {"queued": 1, "sending": 1, "done": 1, "failed": 1, "cancelled": 1}
    assert counts == {
        **{("run", state): 2 * count for state, count in (each | {"unknown": 1}).items()},
        **{("notice", state): count for state, count in (each | {"unknown": 1}).items()},
        **{("slot", state): count for state, count in each.items()},
        **{("password_link", state): count for state, count in each.items()},
        ("slot", "failed"): 2,
        ("run", "done"): 3,
        ("run", "sending"): 3,
        ("notice", "sending"): 2,
    }


def test_each_has_the_lane_of_its_workers(migrated: Found) -> None:
    lanes = {(row["payload"], row["lane"]) for row in migrated["deliveries"].values()}
    assert lanes == {("run", "mail"), ("notice", "mail"), ("password_link", "mail"), ("slot", "files")}


def test_workers_keep_what_they_have_in_hand(migrated: Found) -> None:
    for row in of(migrated, state="sending"):
        assert row["attempt"] == 2
        if row["owner"]:
            assert (row["owner"], row["deaths"], row["lease_until"][:16]) == ("worker", 1, "2026-03-10 03:01")


def test_mails_that_were_handed_over_still_are(migrated: Found) -> None:
    handed_over = [row["payload"] for row in of(migrated, state="sending") if row["checkpoint"]]
    assert sorted(handed_over) == ["notice", "run"]


def test_a_revoked_link_stays_revoked(migrated: Found) -> None:
    [row] = of(migrated, as_link=True)
    assert (row["target"], row["person_id"], row["message_id"]) == ("former@example.org", None, "<1@here>")
    assert row["link_revoked_at"] == row["link_expires_at"] == row["delivered_at"] == "2026-03-10 03:00:00+00:00"


def test_the_mails_of_a_slot_are_deliveries_of_the_slot(migrated: Found) -> None:
    mails = of(migrated, payload="run", slot_id=migrated["slot"])
    assert sorted(row["state"] for row in mails) == ["cancelled", "done", "failed", "queued", "sending", "unknown"]


def test_files_go_to_where_they_were_planned(migrated: Found) -> None:
    planned = {
        "kind": "sftp",
        "settings": {"host": "sftp.example.org", "port": 22, "user": "navette", "directory": "./in/{{year}}"},
        "host_keys": ["ssh-ed25519 AAAA"],
        "directory": "./in/2026",
        "made": 1,
    }
    rows = of(migrated, payload="slot", target="navette@sftp.example.org ./in/2026")
    assert len(rows) == 5
    for row in rows:
        assert row["planned"] == planned | {"destination": row["destination_id"]}
        assert (row["kind"], row["slot_id"], row["bytes_done"]) == ("sftp", migrated["slot"], 7)
    server, mailed = migrated["planned"]
    assert server == rows[0]["planned"]
    assert (mailed["kind"], mailed["settings"]) == ("email", {"recipient": "nadia@example.org"})


def test_notices_and_links_know_their_people(migrated: Found) -> None:
    for notice in of(migrated, payload="notice"):
        assert (notice["target"], notice["subject"], notice["text"]) == ("nadia@example.org", "It failed", "It failed.")
        assert notice["person_id"]
    for link in of(migrated, payload="password_link"):
        assert (link["target"], link["person_id"]) == ("typed@example.org", None)
