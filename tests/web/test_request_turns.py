"""Turns of what takes long: nobody takes all threads, nobody waits for ever, and nobody works for who went away."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from django.test import override_settings
from django.urls import reverse
from tests.task_form import TASK_FORM

from navette.control.models import Extension
from navette.core.errors import TryLaterError
from navette.web.exports.views import LOOKING
from navette.web.turns import ROOM, BusyError, GoneError, Room, Turns, is_gone

ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"


def asked_by(person, connection=None):
    return SimpleNamespace(user=SimpleNamespace(pk=person), META={"gunicorn.socket": connection})


@contextmanager
def waiting(turns, *people):
    """Other requests, of those people, that wait for their turn while the block goes on."""
    request = [asked_by(person) for person in people]

    def wait(one):
        with turns.turn(one):
            pass

    threads = [threading.Thread(target=wait, args=(one,)) for one in request]
    held = turns.room.held.total()
    for thread in threads:
        thread.start()
    while turns.room.held.total() < held + len(people):
        threads[0].join(0.001)
        assert all(thread.is_alive() for thread in threads)  # else this would wait for ever
    yield
    for thread in threads:
        thread.join()


def in_turn(turns, request, work):
    """Do it in a turn."""
    with turns.turn(request) as turn:
        work(turn)


def refused(turns, person):
    try:
        with turns.turn(asked_by(person)):
            return False
    except BusyError:
        return True


def test_a_person_who_holds_the_most_threads_is_refused_another_at_once():
    turns = Turns(at_once=2, patience=60, room=Room(most=50, per_person=3))
    with ExitStack() as others, turns.turn(asked_by("ann")):
        others.enter_context(waiting(turns, "ann", "ann"))
        assert refused(turns, "ann")
        assert not refused(turns, "bob")
    assert not refused(turns, "ann")


def test_half_of_the_threads_stay_free_for_other_requests():
    room = Room(most=4)
    looking, testing = Turns(at_once=2, room=room), Turns(at_once=2, room=room)
    with ExitStack() as held:
        for turns, person in ((looking, "a"), (looking, "b"), (testing, "c"), (testing, "d")):
            held.enter_context(turns.turn(asked_by(person)))
        assert refused(looking, "e")
        assert refused(testing, "f")
    assert not refused(looking, "e")
    assert room.held == {}


def test_a_request_that_waits_too_long_is_refused():
    turns = Turns(at_once=1, patience=0.01, room=Room())
    with turns.turn(asked_by("ann")), pytest.raises(BusyError), turns.turn(asked_by("bob")):
        pass
    assert not refused(turns, "bob")


@pytest.fixture
def connection():
    """A browser's end of a connection, and ours."""
    browser, ours = socket.socketpair()
    with browser, ours:
        yield browser, ours


def test_a_query_is_interrupted_when_the_browser_disconnects(engine, connection):
    browser, ours = connection
    turns = Turns(room=Room())

    def work(turn):
        turn.watch(engine)
        browser.close()
        engine.ask(ENDLESS)

    with pytest.raises(GoneError):
        in_turn(turns, asked_by("ann", ours), work)
    assert not refused(turns, "ann")


def test_a_query_that_takes_too_long_is_interrupted(engine):
    turns = Turns(longest=0.1, room=Room())

    def work(turn):
        turn.watch(engine)
        engine.ask(ENDLESS)

    with pytest.raises(BusyError, match="longer than 0 seconds"):
        in_turn(turns, asked_by("ann"), work)


def test_no_further_query_starts_for_a_disconnected_browser(engine, connection):
    browser, ours = connection

    def work(turn):
        browser.close()
        while turn.why is None:
            turn._over.wait(0.01)
        turn.watch(engine)

    with pytest.raises(GoneError):
        in_turn(Turns(room=Room()), asked_by("ann", ours), work)


def test_a_browser_that_disconnected_while_waiting_gets_no_turn(connection):
    browser, ours = connection
    turns = Turns(at_once=1, room=Room())
    browser.close()
    with turns.turn(asked_by("ann")), pytest.raises(GoneError), turns.turn(asked_by("bob", ours)):
        pass


def test_a_connected_browser_counts_as_connected(connection):
    browser, ours = connection
    assert not is_gone(asked_by("ann", ours))
    browser.send(b"GET / HTTP/1.1\r\n")
    assert not is_gone(asked_by("ann", ours))
    browser.close()
    assert ours.recv(100)
    assert is_gone(asked_by("ann", ours))


def test_an_error_during_a_turn_is_raised_unchanged():
    with pytest.raises(TryLaterError, match="the disk is full"), Turns(room=Room()).turn(asked_by("ann")):
        raise TryLaterError("the disk is full")


# On the pages.

FORM = {"period": "custom", "format": "bi", "fields": ["id"]}
HTMX = {"HX-Request": "true", "HX-Target": "preview"}
BUSY = {"en": "Too many counts, previews or tests are in progress", "fr": "Trop de décomptes, d’aperçus ou d’essais"}


@pytest.fixture
def busy(supervisor):
    """Three threads are held for the supervisor already."""
    with ROOM.changed:
        ROOM.held[str(supervisor.pk)] += 3
    yield
    with ROOM.changed:
        ROOM.held.clear()


@pytest.mark.django_db
@pytest.mark.parametrize("language", BUSY)
@pytest.mark.parametrize("part", ["count", "size", "preview", ""])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_page_says_in_the_readers_language_that_too_many_requests_are_in_progress(
    headers, part, language, busy, demo, supervisor, as_supervisor
):
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
def test_so_does_a_test_of_a_connection(headers, busy, demo, as_supervisor):
    Extension.objects.create(name="automatic_exports")
    with override_settings(NAVETTE=demo):
        form = TASK_FORM | {"sftp-0-host": "sftp.example.org", "destination": "sftp-0"}
        response = as_supervisor.post(reverse("test_task"), form, headers=headers)
    assert response.status_code == 503
    assert BUSY["en"] in response.content.decode()


@pytest.mark.django_db
def test_a_finished_turn_releases_its_thread(demo, as_supervisor):
    with override_settings(NAVETTE=demo):
        for _ in range(10):
            assert as_supervisor.post("/digital/exports/messages/count/", FORM, headers=HTMX).status_code == 200
    assert (ROOM.held.total(), LOOKING._working.total()) == (0, 0)
