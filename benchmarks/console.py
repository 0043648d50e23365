"""The console's response times with many runs and many messages: ``python -m benchmarks.console``.

Server time, through every middleware, without the network: medians of some requests one after the other. Counts are
asked of ten million messages, as the export form asks.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.__main__ import Row, domain
from benchmarks.messages import emptied
from benchmarks.peers import HOME

ROUNDS = 7


def main(runs: int = 10_000, messages: int = 10_000_000) -> None:
    """Print the table."""
    home = emptied(HOME / "console")
    (home / "store").symlink_to(domain(messages).store.absolute())
    client, run = _signed_in(home, runs)
    print("| what | median ms | slowest ms | target |\n| --- | --- | --- | --- |")
    for row in (*_pages(client, run, runs), *_counts(client, messages)):
        print("| " + " | ".join(row) + " |", flush=True)


def _signed_in(home: Path, runs: int):  # type: ignore[no-untyped-def]
    """Return a client signed in as an administrator, and one of the runs."""
    os.environ["NAVETTE_HOME"] = str(home)
    from navette.site.start import start_django

    start_django()
    from django.conf import settings
    from django.test import Client

    from navette.control.actor import OPERATOR
    from navette.services.setup import Person, make_administrator, make_domain, make_tables

    settings.ALLOWED_HOSTS.append("testserver")
    make_tables(OPERATOR)
    make_domain(OPERATOR, settings.NAVETTE)
    user = make_administrator(
        OPERATOR, Person("administrator@example.org", "Administrator", "not a secret in a benchmark")
    )
    client = Client()
    client.force_login(user)
    return client, _made(user, runs)


def _made(user, runs: int):  # type: ignore[no-untyped-def]
    """Create that many finished runs of the last 60 days, with their deliveries and events."""
    from django.utils import timezone

    from navette.catalogue.exports import EXPORTS
    from navette.control.actor import Actor
    from navette.control.journal import record
    from navette.control.models import Delivery, Run
    from navette.control.requests import new_request

    now, names = timezone.now(), list(EXPORTS)
    made = [
        Run(
            export=names[number % len(names)],
            request=new_request(user, names[number % len(names)], format="bi").to_json(),
            requested_by=user,
            state=Run.State.FAILED if number % 50 == 0 else Run.State.DONE,
            created_at=now - timedelta(minutes=number * 8),
            started_at=now - timedelta(minutes=number * 8),
            finished_at=now - timedelta(minutes=number * 8 - 1),
            rows=number,
            rows_done=number,
            rows_counted=number,
            bytes=number * 200,
            sha256=f"{number:064x}",
            seconds=1.5,
            columns=[{"name": f"column_{column}", "sensitive": column > 35} for column in range(40)],
            log=[{"at": now.isoformat(), "what": "begun", "attempt": 1}],
        )
        for number in range(runs)
    ]
    Run.objects.bulk_create(made, 500)
    Delivery.objects.bulk_create([Delivery(run=run, target=user.email, state=Delivery.State.DONE) for run in made], 500)
    for run in made[:2000]:
        record(
            "export.created", Actor(user, "192.0.2.1"), run=run.pk, export=run.export, rows=run.rows, sha256=run.sha256
        )
    return made[1]


def _pages(client, run, runs: int) -> Iterator[Row]:  # type: ignore[no-untyped-def]
    pages = {
        "exports": "/digital/exports/",
        "panel of messages": "/digital/exports/messages/",
        "history": "/digital/runs/",
        "history, last page": f"/digital/runs/?page={runs // 50}",
        "history of failed runs": "/digital/runs/?state=failed",
        "run": f"/digital/runs/{run.pk}/",
        "run, polled": f"/digital/runs/{run.pk}/?poll=1",
        "audit log": "/settings/journal/",
        "users": "/settings/users/",
        "roles": "/settings/roles/",
        "domain": "/settings/domain/",
        "extensions": "/settings/extensions/",
        "connectors": "/settings/connectors/",
        "profile": "/profile/",
    }
    for name, path in pages.items():
        yield _measured(f"{name}, {runs:,} runs", lambda path=path: client.get(path), "100")


def _counts(client, messages: int) -> Iterator[Row]:  # type: ignore[no-untyped-def]
    from django.conf import settings

    from navette.catalogue.export import is_default
    from navette.catalogue.exports import EXPORTS
    from navette.exporting.choices import filter_choices

    fields = [column.name for column in EXPORTS["messages"].all_columns() if is_default(column)]
    whole = {"start": "2024-01-01", "end": "2025-12-31"}
    month = {"start": "2025-05-10", "end": "2025-06-09"}
    for window, dates in (("all", {}), ("two years", whole), ("a month, from its middle", month)):
        for name in ("", *EXPORTS["messages"].filters):
            found = filter_choices(EXPORTS["messages"], name, settings.NAVETTE) if name else ()
            asked = {"format": "bi", "fields": fields, "period": "custom", **dates}
            asked |= {f"filter_{name}": found[len(found) // 2].value} if name else {}
            what = f"count, {messages:,} messages, {window}" + (f", of one {name}" if name else "")
            yield _measured(what, lambda asked=asked: _counted(client, asked), "300")


def _counted(client, asked):  # type: ignore[no-untyped-def]
    """Request a count that is not cached."""
    from navette.exporting import prepare as export

    export.COUNTS.clear()
    answer = client.post("/digital/exports/messages/count/", asked, headers={"HX-Request": "true"})
    if b"data-rows" not in answer.content or b"danger" in answer.content:
        raise RuntimeError(f"{asked}: {answer.content!r}")
    return answer


def _measured(what: str, ask, target: str) -> Row:  # type: ignore[no-untyped-def]
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = ask()
        b"".join(answer) if answer.streaming else answer.content
        times.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"{what}: {answer.status_code} {answer.content[:500]!r}")
    return what, f"{statistics.median(times) * 1000:.0f}", f"{max(times) * 1000:.0f}", target


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
