"""Requests to a source that limits, fails, cuts, refuses and redirects."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from tests.http_source import Asked, HttpSource, Reply, http_source

from navette.connectors.http.address import Address
from navette.connectors.http.client import Client, MissingError, NotAllowedError, Patience
from navette.connectors.http.pace import Pace
from navette.core.allowed_servers import Allowed
from navette.core.errors import ConfigurationError, NavetteError, RequestError, TryLaterError

LOOPBACK = Allowed.parse("127.0.0.0/8, localhost")
QUICK = Patience(answer=20, source=60, first_wait=0.01, longest_wait=0.02)


@contextmanager
def client(source: HttpSource, pace: Pace | None = None, patience: Patience = QUICK) -> Iterator[Client]:
    address = Address.parse(f"{source.url}/1.0")
    headers = {"Authorization": "Bearer s3cret"}
    with Client(
        address, headers, lambda path: path != "close", pace or Pace(1e6), allowed=LOOPBACK, patience=patience
    ) as opened:
        yield opened


def replies(*given: Reply) -> Callable[[Asked], Reply]:
    remaining = list(given)
    return lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def test_a_request_has_its_parameters_and_the_token() -> None:
    date = {"Date": "Sat, 28 Nov 2026 10:00:00 GMT"}
    with http_source(replies(Reply(b'{"count": 1}', headers=date))) as source, client(source) as api:
        answer = api.get("threads", {"offset": 0, "q": "created_after:2026-01-01 10:00:00"})
        assert answer.value == {"count": 1}
        assert answer.content == b'{"count": 1}'
        assert answer.at == datetime(2026, 11, 28, 10, tzinfo=UTC)
        [asked] = source.asked
        assert asked.path == "/1.0/threads?offset=0&q=created_after%3A2026-01-01+10%3A00%3A00"
        assert asked.headers["Authorization"] == "Bearer s3cret"
        assert asked.headers["Host"] == f"127.0.0.1:{source.port}"


def test_a_search_is_sent_as_json() -> None:
    with http_source(replies(Reply(b"[]"))) as source, client(source) as api:
        assert api.search("transactions", {"per_page": 100}, [{"field": "id"}]).value == []
        assert (source.asked[0].method, source.asked[0].body) == ("POST", b'[{"field":"id"}]')


def test_only_permitted_paths_are_requested() -> None:
    with http_source(replies(Reply())) as source, client(source) as api:
        with pytest.raises(ValueError, match="not among the paths"):
            api.get("close")
        assert source.asked == []


@pytest.mark.parametrize(
    "bad",
    [
        Reply(status=500),
        Reply(status=503, headers={"Retry-After": "0"}),
        Reply(b"<html>", 502),
        Reply(b"<html>a page of a proxy</html>"),
        Reply(b'{"records": []}', cut=True),
    ],
    ids=["500", "503", "502", "no JSON", "cut"],
)
def test_what_can_be_better_the_next_time_is_asked_again(bad: Reply) -> None:
    with http_source(replies(bad, bad, Reply(b"[1]"))) as source, client(source) as api:
        assert api.get("threads").value == [1]
        assert api.requests == len(source.asked) == 3


def test_a_source_that_stays_broken_is_an_error_for_later() -> None:
    patience = Patience(source=0.05, first_wait=0.01, longest_wait=0.02)
    with http_source(replies(Reply(b"overloaded", 500))) as source, client(source, patience=patience) as api:
        with pytest.raises(TryLaterError, match="status 500, it answered 'overloaded'"):
            api.get("threads")
        assert len(source.asked) >= 1


def test_a_rate_limit_is_waited_for_as_long_as_it_lasts() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limited = [Reply(b'{"error": "rate_limit_exceeded"}', 429)] * 8
    waited = [Reply(status=429, headers={"Retry-After": "3600"})]
    pace = Pace(1e6, clock=lambda: now[0], sleep=sleep)
    with http_source(replies(*limited, *waited, Reply(b"[1]"))) as source, client(source, pace) as api:
        assert api.get("threads").value == [1]
        assert len(source.asked) == 10
    assert now[0] >= 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60 + 3600


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_asked_for_once(status: int) -> None:
    with http_source(replies(Reply(b'{"message": "no"}', status))) as source, client(source) as api:
        with pytest.raises(NotAllowedError, match="refuses the token"):
            api.get("threads")
        assert len(source.asked) == 1


def test_a_missing_record_is_an_error_of_its_own() -> None:
    with http_source(replies(Reply(status=404))) as source, client(source) as api, pytest.raises(MissingError):
        api.get("threads/1")


def test_redirects_are_not_followed() -> None:
    away = Reply(status=302, headers={"Location": "http://127.0.0.1:1/"})
    with http_source(replies(away)) as source, client(source) as api, pytest.raises(TryLaterError, match="status 302"):
        api.get("threads")


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.WARNING)  # as core.logs does
    with http_source(replies(Reply(b"s3cret", 500), Reply())) as source, client(source) as api:
        api.get("threads", {"q": "identity:5f00"})
    logged = caplog.text + "".join(capsys.readouterr())
    assert "stamina.retry_scheduled" in logged
    assert "s3cret" not in logged
    assert "5f00" not in logged


@pytest.mark.parametrize(
    "text",
    ["", "centre.example.org", "ftp://a.example", "https://", "https://me:pw@a.example", "https://a.example/?q=1",
     "https://a b.example", "https://a.example:99999", "https://a.example\n", "http://[::1"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(text: str) -> None:
    if text.strip() == "https://a.example":
        assert Address.parse(text).host == "a.example"
        return
    with pytest.raises(RequestError, match="not a valid address"):
        Address.parse(text)


def test_an_address_is_written_in_one_way() -> None:
    assert str(Address.parse(" HTTPS://Bücher.example:443/api/ ")) == "https://xn--bcher-kva.example/api"
    assert str(Address.parse("http://[::1]:8080/x")) == "http://[::1]:8080/x"


def test_a_private_address_must_be_listed_and_the_internet_needs_tls() -> None:
    private = Address.parse("http://127.0.0.1:8080")
    with pytest.raises(ConfigurationError, match="may not connect"):
        private.resolve(Allowed())
    assert private.resolve(LOOPBACK) == ["127.0.0.1"]
    with pytest.raises(ConfigurationError, match="https"):
        Address.parse("http://9.9.9.9").resolve(Allowed())
    assert Address.parse("https://9.9.9.9").resolve(Allowed()) == ["9.9.9.9"]


def test_the_pace_is_even_and_below_the_rate() -> None:
    now, turns = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(500, clock=lambda: now[0], sleep=sleep)
    for _ in range(2_000):
        pace.take_turn()
        turns.append(now[0])
    assert max(sum(1 for turn in turns if begin <= turn <= begin + 60) for begin in turns) <= 500
    assert turns[-1] < 2_000 / 500 * 60 * 1.05


def test_a_wait_can_be_ended() -> None:
    def stop() -> None:
        raise NavetteError("stopped")

    pace = Pace(1, stop)
    pace.take_turn()
    with pytest.raises(NavetteError, match="stopped"):
        pace.take_turn()
