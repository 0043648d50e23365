"""Limits of what takes long: nobody takes all threads, nobody waits for ever, no query outlives its browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from tests.task_form import TASK_FORM

from navette.control.models import Extension, User
from navette.core.errors import TryLaterError
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.web.concurrency import (
    EXPORT_QUERIES,
    QUERY_THREADS,
    BusyError,
    GoneError,
    RequestLimit,
    ThreadLimit,
    is_gone,
)

ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"


def asked_by(person: str, connection: Any = None) -> Any:
    return SimpleNamespace(user=SimpleNamespace(pk=person), META={"gunicorn.socket": connection})


@contextmanager
def waiting(limit: Any, *people: str) -> Iterator[Any]:
    """Other requests, of those people, that wait to be admitted while the block goes on."""
    request = [asked_by(person) for person in people]

    def wait(one: Any) -> None:
        with limit.admit(one):
            pass

    threads = [threading.Thread(target=wait, args=(one,)) for one in request]
    held = limit.threads.in_use.total()
    for thread in threads:
        thread.start()
    while limit.threads.in_use.total() < held + len(people):
        threads[0].join(0.001)
        assert all(thread.is_alive() for thread in threads)  # else this would wait for ever
    yield
    for thread in threads:
        thread.join()


def run_within(limit: Any, request: Any, work: Any) -> None:
    """Do it once the request is admitted."""
    with limit.admit(request) as running:
        work(running)


def refused(limit: Any, person: str) -> Any:
    try:
        with limit.admit(asked_by(person)):
            return False
    except BusyError:
        return True


def test_a_person_who_holds_the_most_threads_is_refused_another_at_once() -> None:
    limit = RequestLimit(at_once=2, patience=60, threads=ThreadLimit(most=50, per_person=3))
    with ExitStack() as others, limit.admit(asked_by("ann")):
        others.enter_context(waiting(limit, "ann", "ann"))
        assert refused(limit, "ann")
        assert not refused(limit, "bob")
    assert not refused(limit, "ann")


def test_half_of_the_threads_stay_free_for_other_requests() -> None:
    room = ThreadLimit(most=4)
    looking, testing = RequestLimit(at_once=2, threads=room), RequestLimit(at_once=2, threads=room)
    with ExitStack() as held:
        for limit, person in ((looking, "a"), (looking, "b"), (testing, "c"), (testing, "d")):
            held.enter_context(limit.admit(asked_by(person)))
        assert refused(looking, "e")
        assert refused(testing, "f")
    assert not refused(looking, "e")
    assert room.in_use == {}


def test_a_request_that_waits_too_long_is_refused() -> None:
    limit = RequestLimit(at_once=1, patience=0.01, threads=ThreadLimit())
    with limit.admit(asked_by("ann")), pytest.raises(BusyError), limit.admit(asked_by("bob")):
        pass
    assert not refused(limit, "bob")


@pytest.fixture
def connection() -> Iterator[Any]:
    """A browser's end of a connection, and ours."""
    browser, ours = socket.socketpair()
    with browser, ours:
        yield browser, ours


def test_a_query_is_interrupted_when_the_browser_disconnects(engine: DuckDBEngine, connection: Any) -> None:
    browser, ours = connection
    limit = RequestLimit(threads=ThreadLimit())

    def work(running: Any) -> None:
        running.watch(engine)
        browser.close()
        engine.ask(ENDLESS)

    with pytest.raises(GoneError):
        run_within(limit, asked_by("ann", ours), work)
    assert not refused(limit, "ann")


def test_a_query_that_takes_too_long_is_interrupted(engine: DuckDBEngine) -> None:
    limit = RequestLimit(longest=0.1, threads=ThreadLimit())

    def work(running: Any) -> None:
        running.watch(engine)
        engine.ask(ENDLESS)

    with pytest.raises(BusyError, match="longer than 0 seconds"):
        run_within(limit, asked_by("ann"), work)


def test_no_further_query_starts_for_a_disconnected_browser(engine: DuckDBEngine, connection: Any) -> None:
    browser, ours = connection

    def work(running: Any) -> None:
        browser.close()
        while running.why is None:
            running._over.wait(0.01)
        running.watch(engine)

    with pytest.raises(GoneError):
        run_within(RequestLimit(threads=ThreadLimit()), asked_by("ann", ours), work)


def test_a_browser_that_disconnected_while_waiting_is_not_admitted(connection: Any) -> None:
    browser, ours = connection
    limit = RequestLimit(at_once=1, threads=ThreadLimit())
    browser.close()
    with limit.admit(asked_by("ann")), pytest.raises(GoneError), limit.admit(asked_by("bob", ours)):
        pass


def test_a_connected_browser_counts_as_connected(connection: Any) -> None:
    browser, ours = connection
    assert not is_gone(asked_by("ann", ours))
    browser.send(b"GET / HTTP/1.1\r\n")
    assert not is_gone(asked_by("ann", ours))
    browser.close()
    assert ours.recv(100)
    assert is_gone(asked_by("ann", ours))


def test_an_error_of_what_runs_is_raised_unchanged() -> None:
    with (
        pytest.raises(TryLaterError, match="the disk is full"),
        RequestLimit(threads=ThreadLimit()).admit(asked_by("ann")),
    ):
        raise TryLaterError("the disk is full")


# On the pages.

FORM = {"period": "custom", "format": "bi", "fields": ["id"]}
HTMX = {"HX-Request": "true", "HX-Target": "preview"}
BUSY = {"en": "Too many counts, previews or tests are in progress", "fr": "Trop de comptages, d’aperçus ou de tests"}


@pytest.fixture
def busy(supervisor: User) -> Iterator[Any]:
    """Three threads are held for the supervisor already."""
    with QUERY_THREADS.changed:
        QUERY_THREADS.in_use[str(supervisor.pk)] += 3
    yield
    with QUERY_THREADS.changed:
        QUERY_THREADS.in_use.clear()


@pytest.mark.django_db
@pytest.mark.parametrize("language", BUSY)
@pytest.mark.parametrize("part", ["count", "size", "preview", ""])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_page_says_in_the_readers_language_that_too_many_requests_are_in_progress(
    headers: Any, part: str, language: str, busy: Any, demo: Settings, supervisor: User, as_supervisor: Client
) -> None:
    supervisor.locale = language
    supervisor.save()
    with override_settings(NAVETTE=demo):
        address = f"/digital/exports/messages/{part}/" if part else "/digital/exports/messages/"
        response = as_supervisor.post(address, FORM, headers=headers)
    assert response.status_code == 503
    assert (BUSY[language] in response.content.decode()) is (part != "size" or not headers)
    assert response.headers.get("HX-Retarget") == ("#preview" if headers else None)
    assert 'data-rows="0"' not in response.content.decode()  # what is not known is not nothing


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_so_does_a_test_of_a_connection(headers: Any, busy: Any, demo: Settings, as_supervisor: Client) -> None:
    Extension.objects.create(name="automatic_exports")
    with override_settings(NAVETTE=demo):
        form = TASK_FORM | {"sftp-0-host": "sftp.example.org", "destination": "sftp-0"}
        response = as_supervisor.post(reverse("test_task"), form, headers=headers)
    assert response.status_code == 503
    assert BUSY["en"] in response.content.decode()


@pytest.mark.django_db
def test_a_finished_turn_releases_its_thread(demo: Settings, as_supervisor: Client) -> None:
    with override_settings(NAVETTE=demo):
        for _ in range(10):
            assert as_supervisor.post("/digital/exports/messages/count/", FORM, headers=HTMX).status_code == 200
    assert (QUERY_THREADS.in_use.total(), EXPORT_QUERIES._working.total()) == (0, 0)
