"""Kill workers while they deliver large files by SFTP, and check that the server only ever has complete files.

``python -m benchmarks.kills_sftp [KILLS MESSAGES SEED]``: by default 200 kills, at random moments, of a worker that
runs a task of 1,000,000 messages and delivers it to Debian's sshd on loopback. The directory is looked at all the
time. Ends with 1 where something is lost, doubled, or incomplete under its name.
"""

import hashlib
import sys
import threading
from collections import Counter
from pathlib import Path

from tests.ssh_server import running_sshd

from benchmarks.__main__ import domain
from benchmarks.messages import emptied
from benchmarks.peers import HOME
from benchmarks.workers import installed, killed, reported

WAITING = 2
"""Number of slots that are always in progress."""


def main(kills: int = 200, messages: int = 1_000_000, seed: int = 1) -> None:
    """Kill workers, let the last one finish, and print the outcome of every slot."""
    home = emptied(HOME / "kills-sftp")
    (home / "store").symlink_to(domain(messages).store.absolute())
    installed(home, NAVETTE_SFTP_ALLOWED="127.0.0.0/8", NAVETTE_MAIL_FOLDER=str(home / "mails"))
    from navette.control.ssh_keys import key_pairs

    with running_sshd(key_pairs()[0].public) as server:
        folder, directory = server.folder()
        _task(server, directory)
        seen: dict[str, set[int]] = {}
        whole: dict[str, bool] = {}
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(folder, seen, over))
        watcher.start()
        killed(kills, seed, lambda: _top_up(folder, whole, messages), _states, _all_ended)
        over.set()
        watcher.join()
        _compare(folder, whole, messages)
        report = _report(folder, seen, whole)
    reported(report)


def _task(server, directory: str) -> None:  # type: ignore[no-untyped-def]
    from navette.control.actor import Actor
    from navette.control.models import Destination, Extension, Task, User
    from navette.services import tasks

    Extension.objects.create(name="automatic_exports")
    told = {"host": "127.0.0.1", "port": server.port, "user": server.user, "directory": directory}
    place = Destination(kind="sftp", settings=told, host_keys=list(server.host_keys))
    exports = [{"export": "messages", "period": "beginning"}]
    task = Task(label="Messages", exports=exports, file_name_pattern="{{label}}_{{run_id}}", frequency="monthly")
    tasks.save(Actor(User.objects.get()), task, [place])


def _top_up(folder: Path, whole: dict[str, bool], messages: int) -> None:
    from navette.control.actor import Actor
    from navette.control.models import Task, TaskSlot, User
    from navette.services import slots as slot_services

    while TaskSlot.objects.filter(state__in=TaskSlot.GOING_ON).count() < WAITING:
        slot_services.run_now(Actor(User.objects.get()), Task.objects.select_related("owner__role").get())
    _compare(folder, whole, messages)


def _compare(folder: Path, whole: dict[str, bool], messages: int) -> None:
    """Check the files of slots that are done, then empty them, because they take much space."""
    from navette.control.models import Run, TaskSlot
    from navette.core.settings import load_settings

    for run in Run.objects.filter(slot__state=TaskSlot.State.DONE).exclude(pk__in=whole):
        with (folder / run.file_name).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == run.sha256
        whole[run.pk] = same and run.rows == messages
        with (folder / run.file_name).open("wb"), (load_settings().files / run.path).open("wb"):
            pass


def _watch(folder: Path, seen: dict[str, set[int]], over: threading.Event) -> None:
    """Record every size that a file under a final name ever had."""
    while not over.wait(0.02):
        for path in folder.iterdir():
            if not path.name.startswith("."):
                seen.setdefault(path.name, set()).add(path.stat().st_size)


def _all_ended() -> bool:
    from navette.control.models import TaskSlot

    return not TaskSlot.objects.filter(state__in=TaskSlot.GOING_ON).exists()


def _states() -> str:
    from navette.control.models import TaskSlot

    counts = Counter(TaskSlot.objects.values_list("state", flat=True))
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _report(folder: Path, seen: dict[str, set[int]], whole: dict[str, bool]) -> dict[str, int]:
    """Count what there is and, as ``WRONG …``, what must not be."""
    from navette.control.models import Delivery, Run, TaskSlot
    from navette.control.models.work import FAILED

    slots, runs = list(TaskSlot.objects.all()), list(Run.objects.all())
    delivered = [run for run in runs if run.slot and run.slot.state == TaskSlot.State.DONE]
    failed = [slot for slot in slots if slot.state == TaskSlot.State.FAILED]
    deliveries = list(Delivery.objects.filter(payload="slot"))
    died = [work for work in (*runs, *deliveries) if work.state == FAILED]
    files = {path.name for path in folder.iterdir()}
    final = {name for name in files if not name.startswith(".")}
    return {
        "slots": len(slots),
        "slots done": len(delivered),
        "slots failed after 3 workers ended": len(failed),
        "runs that survived a worker's death": sum(run.deaths > 0 for run in delivered),
        "deliveries that survived a worker's death": sum(
            one.state == Delivery.State.DONE and one.deaths > 0 for one in deliveries
        ),
        "WRONG slots neither done nor failed": len(slots) - len(delivered) - len(failed),
        "WRONG failed for another reason": sum(work.deaths < 3 for work in died),
        "WRONG files not as recorded": sum(not whole.get(run.pk) for run in delivered),
        "WRONG files of no run": len(final - {run.file_name for run in runs}),
        "WRONG files seen with two sizes": sum(len(sizes - {0}) > 1 for sizes in seen.values()),
        "WRONG temporary files left by slots that are done": _left(files),
    }


def _left(files: set[str]) -> int:
    from navette.control.models import Delivery, Payload

    done = set(Delivery.objects.filter(payload=Payload.SLOT, state=Delivery.State.DONE).values_list("pk", flat=True))
    return sum(name.startswith(".") and any(key in name for key in done) for name in files)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
