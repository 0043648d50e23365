"""Kill workers in the middle of large runs, and count what became of runs, files and mails.

``python -m benchmarks.kills [KILLS MESSAGES SEED]``: by default 200 kills, at random moments, of a worker that exports
1,000,000 messages. A mail server of this process takes the mails. Ends with 1 where something is lost or done twice.
"""

import hashlib
import sys
from collections import Counter
from pathlib import Path

from tests.mail_server import Mailbox, smtp_server

from benchmarks.__main__ import domain
from benchmarks.messages import emptied
from benchmarks.peers import HOME
from benchmarks.workers import installed, killed, reported

WAITING = 4
"""Number of runs that are always queued."""


def main(kills: int = 200, messages: int = 1_000_000, seed: int = 1) -> None:
    """Kill workers, let the last one finish, and print the outcome of every run."""
    home = emptied(HOME / "kills")
    (home / "store").symlink_to(domain(messages).store.absolute())
    mailbox = Mailbox()
    with smtp_server(mailbox, data_size_limit=None) as port:
        installed(home, NAVETTE_SMTP_URL=f"smtp://127.0.0.1:{port}")
        killed(kills, seed, _top_up, _states, _all_ended)
    reported(_report(home, mailbox, messages))


def _top_up() -> None:
    from navette.control.actor import Actor
    from navette.control.models import Run, User
    from navette.control.requests import new_request
    from navette.core.settings import load_settings
    from navette.services.runs import request_run

    user = User.objects.get()
    while Run.objects.filter(state=Run.State.QUEUED).count() < WAITING:
        request_run(Actor(user), new_request(user, "messages", format="bi", compression="zstd"), load_settings())


def _all_ended() -> bool:
    from navette.control.models import Delivery, Run

    runs, deliveries = Run.objects.exclude(state__in=Run.ENDED), Delivery.objects.exclude(state__in=Delivery.ENDED)
    return not runs.exists() and not deliveries.exists()


def _states() -> str:
    from navette.control.models import Run

    return ", ".join(
        f"{count} {state}" for state, count in Counter(Run.objects.values_list("state", flat=True)).items()
    )


def _report(home: Path, mailbox: Mailbox, messages: int) -> dict[str, int]:
    """Count what there is and, as ``WRONG …``, what must not be."""
    from navette.control.models import Delivery, Event, Run

    runs = list(Run.objects.prefetch_related("deliveries"))
    done = [run for run in runs if run.state == Run.State.DONE]
    failed = [run for run in runs if run.state == Run.State.FAILED]
    mails = Counter(str(mail["Message-ID"]).strip() for mail in mailbox.mails)
    files = {path for path in (home / "files").rglob("*") if path.is_file() and not path.name.endswith(".part")}
    right = {home / "files" / run.path for run in done}
    made = Counter(event.details["run"] for event in Event.objects.filter(name="export.created"))
    outcomes = Counter(Delivery.objects.values_list("state", flat=True))
    return {
        "runs": len(runs),
        "runs done": len(done),
        "runs failed after 3 workers ended": len(failed),
        "runs that survived a worker's death": sum(run.deaths > 0 for run in done),
        "mails": sum(mails.values()),
        "mails that the server accepted": outcomes[Delivery.State.DONE],
        "mails reported with an unknown outcome": outcomes[Delivery.State.UNKNOWN],
        "WRONG runs neither done nor failed": len(runs) - len(done) - len(failed),
        "WRONG runs failed for another reason": sum(run.deaths < 3 for run in failed),
        "WRONG runs done twice": sum(count > 1 for count in made.values()),
        "WRONG files not as recorded": sum(not _is_whole(home, run, messages) for run in done),
        "WRONG files of no run": len(files - right),
        "WRONG mails sent twice": sum(count > 1 for count in mails.values()),
        "WRONG runs with two mails": sum(run.deliveries.count() != 1 for run in done),
        "WRONG mails reported as done but not received": sum(
            mails[delivery.message_id] != 1 for delivery in Delivery.objects.filter(state=Delivery.State.DONE)
        ),
    }


def _is_whole(home: Path, run, messages: int) -> bool:  # type: ignore[no-untyped-def]
    path = home / "files" / run.path
    with path.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == run.sha256
    return same and path.stat().st_size == run.bytes and run.rows == messages


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
