"""Where files go: directories of a slot's own, destinations that are others meanwhile, people who moved."""

from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.outbox import run_mails, slot_files, tried_once
from tests.ssh_server import WithoutPosixRename, running_asyncssh, running_sshd
from tests.work.automation.conftest import Automated, due

from navette.automation.destinations import planned, recipient_moved
from navette.automation.task_plan import of_slot
from navette.control.actor import Actor
from navette.control.models import Destination, Domain, TaskSlot, User
from navette.control.ssh_keys import key_pairs
from navette.services import slots

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00+00:00"


def test_a_directory_of_each_slots_own_is_made(automated: Automated) -> None:
    task = automated.task()
    destination = task.destinations.get()
    destination.settings = {"folder": f"{automated.folder}/{{{{label}}}}/{{{{year}}}}-{{{{month}}}}-{{{{day}}}}"}
    destination.save()
    automated.tick(NOW)
    automated.work()
    made = automated.folder / "Nightly" / "2026-03-10"
    assert [path.name for path in made.iterdir()] == ["Nightly_2026_03_10_agents.csv"]
    assert slot_files().get().target == str(made)


def test_a_label_leads_nowhere_else(automated: Automated) -> None:
    task = automated.task()
    task.label = "../../elsewhere"
    destination = Destination(kind="sftp", settings={"host": "a", "user": "b", "directory": "./in/{{label}}/{{day}}"})
    there = planned(destination, of_slot(task, due(task), Domain.current()))
    assert (there.directory, there.made) == ("./in/_.._elsewhere/10", 2)


def test_files_do_not_go_to_a_destination_that_was_corrected_meanwhile(automated: Automated) -> None:
    task = automated.task()
    automated.tick(NOW)
    right = automated.folder / "right"
    right.mkdir()
    task.destinations.update(settings={"folder": str(right)})
    automated.work()
    assert automated.files == ["right"]
    failed = slot_files().get()
    assert "has changed in the meantime" in str(failed.error)
    slots.send_again(Actor(automated.owner), failed)
    automated.work()
    assert [path.name for path in right.iterdir()] == ["Nightly_2026_03_10_agents.csv"]
    assert TaskSlot.objects.get().state == "done"


def test_a_file_that_arrived_before_the_next_one_failed_does_not_go_out_twice(automated: Automated) -> None:
    automated.task(["agents", "roles"])
    automated.tick(NOW)
    first, second = "Nightly_2026_03_10_agents.csv", "Nightly_2026_03_10_roles.csv"
    (automated.folder / second).mkdir()
    with tried_once():
        automated.work()
    failed = slot_files().get()
    assert (failed.state, failed.checkpoint.get("done")) == ("failed", [first])
    (automated.folder / first).unlink()  # whoever waited for it has taken it
    (automated.folder / second).rmdir()
    slots.send_again(Actor(automated.owner), failed)
    automated.work()
    assert automated.files == [second]


def test_files_do_not_go_to_a_destination_that_was_removed_meanwhile(automated: Automated) -> None:
    task = automated.task()
    automated.tick(NOW)
    task.destinations.all().delete()
    automated.work()
    assert automated.files == []


def test_a_key_that_was_accepted_after_the_slot_was_planned_is_trusted(automated: Automated) -> None:
    """And with a delivery that works, the key that another server showed is settled."""
    with running_sshd(key_pairs()[0].public) as server:
        folder, directory = server.folder()
        told = {"host": "127.0.0.1", "port": server.port, "user": server.user, "directory": directory + "/{{year}}"}
        task = automated.task()
        task.destinations.update(kind="sftp", settings=told, offered_host_key="ssh-ed25519 AAAA")
        automated.tick(NOW)
        task.destinations.update(host_keys=list(server.host_keys))
        automated.work()
        assert [path.name for path in (folder / "2026").iterdir()] == ["Nightly_2026_03_10_agents.csv"]
    assert task.destinations.get().offered_host_key == ""


class DoesLittle(WithoutPosixRename):
    """Tells nothing of files, confirms nothing, and lets none be removed."""

    def lstat(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("no")

    def fstat(self, file_obj: object) -> Any:
        raise asyncssh.SFTPPermissionDenied("no")

    def fsync(self, file_obj: object) -> Any:
        raise asyncssh.SFTPFailure("no")

    def remove(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("no")

    def stat(self, path: bytes) -> Any:
        if path != b"/":
            raise asyncssh.SFTPPermissionDenied("no")
        return super().stat(path)


def test_a_server_that_does_little_gets_every_file_and_the_slot_is_done(automated: Automated, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with running_asyncssh(key_pairs()[0].public, tmp_path / "root", DoesLittle) as server:
        told = {"host": "127.0.0.1", "port": server.port, "user": server.user, "directory": "/"}
        task = automated.task(exports=["agents", "roles"], manifest=True)
        task.destinations.update(kind="sftp", settings=told, host_keys=list(server.host_keys))
        automated.tick(NOW)
        automated.work()
    slot = TaskSlot.objects.get()
    names = ["Nightly_2026_03_10_agents.csv", "Nightly_2026_03_10_roles.csv", "manifest.json"]
    assert sorted(path.name for path in (tmp_path / "root").iterdir()) == names
    assert slot.state == "done"
    assert slot.deliveries.get().checkpoint == {"done": names, "remarks": ["unsized", "unsynced"]}


def test_files_follow_somebody_to_their_new_address(automated: Automated) -> None:
    task = automated.task()
    Destination.objects.create(task=task, kind="email", settings={"recipient": automated.owner.email}, position=1)
    former = automated.owner.email
    User.objects.filter(pk=automated.owner.pk).update(email="moved@example.org")
    recipient_moved(former, "moved@example.org")
    automated.tick(NOW)
    automated.work()
    assert run_mails().get().target == "moved@example.org"
    assert TaskSlot.objects.get().state == "done"
