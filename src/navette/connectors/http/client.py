"""Requests to one source: only reading ones, at an even pace, repeated where that can help."""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2
import stamina

from navette.connectors.http.address import Address
from navette.connectors.http.pace import Pace
from navette.core.allowed_servers import Allowed
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.foreign_words import answered, reason_of
from navette.core.messages import Message, message

LARGEST_ANSWER = 256 << 20
"""The most bytes of an answer: a page of a list has some hundred kilobytes."""

_FIRST_HOLD, _LONGEST_HOLD = 2.0, 60.0
"""Seconds without requests after a 429 that does not say how many; they double each time."""


class NotAllowedError(ConfigurationError):
    """The source refuses the token, or what it asks for: nothing is asked again before a person has looked at it."""


class MissingError(NavetteError):
    """The source has no such record."""


@dataclass(frozen=True)
class Answer:
    """The value of an answer in JSON, its ``content`` as it came, and its time by the source's clock."""

    value: Any
    content: bytes
    at: datetime


@dataclass(frozen=True)
class Patience:
    """How long the client waits, in seconds: for one answer, and for a source that does not answer as it should."""

    answer: float = 60.0
    source: float = 900.0
    first_wait: float = 0.5
    longest_wait: float = 30.0


class Client:
    """Sends requests to a source, from any number of threads.

    ``permitted`` says which paths (below the address, without a slash at the beginning) can be requested. ``headers``
    are secret. ``pace`` gives the turns. Use it as a context manager.
    """

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        permitted: Callable[[str], bool],
        pace: Pace,
        *,
        allowed: Allowed,
        patience: Patience = Patience(),
    ) -> None:
        self.address, self.requests = address, 0
        self._permitted, self._pace, self._patience = permitted, pace, patience
        self._hosts = address.resolve(allowed)
        self._holds = 0
        # A redirect could lead anywhere, and a proxy of the environment too.
        self._http = httpx2.Client(
            headers={"Accept": "application/json", **headers, "Host": address.netloc},
            timeout=patience.answer,
            verify=ssl.create_default_context(),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Answer:
        """Ask for a path below the address.

        Raises NotAllowedError if the source refuses (401, 403), MissingError if there is no such record (404, 410), and
        TryLaterError if it does not answer in time. A rate limit (429) is waited for, however long it lasts.
        """
        return self._request("GET", path, parameters or {}, None)

    def search(self, path: str, parameters: Mapping[str, str | int], query: Any) -> Answer:
        """Ask with a search in JSON, which changes nothing. Raises what ``get`` raises."""
        return self._request("POST", path, parameters, query)

    def _request(self, method: str, path: str, parameters: Mapping[str, str | int], query: Any) -> Answer:
        if not self._permitted(path):
            raise ValueError(f"{path} is not among the paths that can be read")
        began = time.monotonic()

        def can_help(error: Exception) -> bool:
            limited = isinstance(error, _StatusError) and error.status == HTTPStatus.TOO_MANY_REQUESTS
            return limited or (isinstance(error, _RETRIED) and time.monotonic() - began < self._patience.source)

        try:
            for attempt in stamina.retry_context(
                on=can_help,
                attempts=None,
                timeout=None,
                wait_initial=self._patience.first_wait,
                wait_max=self._patience.longest_wait,
                wait_jitter=self._patience.first_wait,
            ):
                with attempt:
                    return self._once(method, path, parameters, query)
        except _RETRIED as error:
            raise TryLaterError(
                "{host} does not respond as it should: {reason}. Navette will retry later.",
                host=self.address.host,
                reason=_reason(error),
            ) from error
        raise AssertionError  # pragma: no cover # the loop returns or raises

    def _once(self, method: str, path: str, parameters: Mapping[str, str | int], query: Any) -> Answer:
        self._pace.take_turn()
        self.requests += 1
        host = self._hosts[0]
        url = httpx2.URL(
            scheme=self.address.scheme, host=host, port=self.address.port, path=f"{self.address.path}/{path}"
        )
        extensions = {"sni_hostname": self.address.host}
        try:
            with self._http.stream(method, url, params=dict(parameters), json=query, extensions=extensions) as response:
                return self._answer(response, _body(response))
        except httpx2.ConnectError:
            self._hosts.append(self._hosts.pop(0))  # the next attempt goes to the next address
            raise

    def _answer(self, response: httpx2.Response, content: bytes) -> Answer:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._hold(response)
            raise _StatusError(status, content)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise NotAllowedError(
                "{host} refuses the token or the request ({status}: {said}): check the token and its"
                " user's permissions.",
                host=self.address.host,
                status=status,
                said=reason_of(content),
            )
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise MissingError("{host} has no such record.", host=self.address.host)
        if status != HTTPStatus.OK:
            raise _StatusError(status, content)
        self._holds = 0
        try:
            return Answer(json.loads(content), content, _time(response))
        except ValueError as error:
            raise _StatusError(status, content) from error

    def _hold(self, response: httpx2.Response) -> None:
        seconds = _retry_after(response) or min(_LONGEST_HOLD, _FIRST_HOLD * 2**self._holds)
        self._holds += 1
        self._pace.hold(seconds)


class _StatusError(Exception):
    """An answer that a later one can replace."""

    def __init__(self, status: int, content: bytes) -> None:
        super().__init__(status)
        self.status, self.content = status, content


_RETRIED = (_StatusError, httpx2.TransportError)


def _body(response: httpx2.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise NavetteError("a response from {host} is too large to be a page of a list.", host=response.url.host)
    return bytes(content)


def _time(response: httpx2.Response) -> datetime:
    """The time of the answer by the source's clock, or by ours if it does not say."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _retry_after(response: httpx2.Response) -> float | None:
    """The seconds that the source asks to wait; RFC 9110, section 10.2.3: a number, or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text).astimezone(UTC) - _time(response)).total_seconds())
    except ValueError:
        return None


def _reason(error: Exception) -> Message | str:
    if isinstance(error, _StatusError):
        return message("status {status}, {said}", status=error.status, said=answered(error.content))
    return type(error).__name__
