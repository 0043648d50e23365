"""The console's own server: what it takes from a proxy, and that no user keeps the others from it."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.acceptance.browser import free_port
from tests.acceptance.installation import Installation, eventually

from navette.core.settings import Settings

HEALTH = "/health/live"

SIGN_IN = """
import json, sys, time
from navette.site.start import start_django
start_django()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from navette.control.models import Role, User
for name in json.loads(sys.argv[1]):
    role = Role.objects.get(label="Supervisor")
    user = User.objects.create_user(f"{name}@example.org", name=name.title(), role=role)
    session = SessionStore()
    session.update({
        SESSION_KEY: user.pk, BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(), "began": time.time(), "seen": time.time(),
    })
    session.create()
    print(session.session_key)
"""


@pytest.fixture(scope="module")
def server(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The installation of the console that runs."""
    home = tmp_path_factory.mktemp("server")
    (home / "store").symlink_to(demo.store)
    installation = Installation(home)
    installation.navette("init")
    return installation


@pytest.fixture(scope="module")
def port(server: Installation) -> Iterator[int]:
    """The port of a console that runs; a client on this machine is what a proxy is to it."""
    installation, port = server, free_port()
    with installation.running("web", "--bind", f"127.0.0.1:{port}"):
        eventually(lambda: _answers(port))
        yield port


def _answers(port: int) -> bool:
    try:
        return status(port, HEALTH) == 200
    except ConnectionRefusedError:
        return False


def status(port: int, path: str, **headers: str) -> int:
    """The status of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME", "script_name", "SCRIPT-NAME", "X-Script-Name", "X-Forwarded-Prefix", "SCRIPT_URL"]
)
def test_no_header_takes_a_request_past_the_path_rules_of_a_proxy(port: int, header: Any) -> None:
    assert status(port, f"/elsewhere{HEALTH}", **{header: "/elsewhere"}) == 404


@pytest.mark.parametrize("header", ["PATH_INFO", "Path-Info", "X-Original-URL", "X-Rewrite-URL"])
def test_no_header_names_another_path(port: int, header: Any) -> None:
    assert status(port, "/elsewhere", **{header: HEALTH}) == 404


TOKEN = "t" * 32
PREVIEW = {
    "period": "custom",
    "format": "excel",
    "fields": ["id", "created_at", "source_name", "categories", "creator_name"],
}


def preview(port: int, session: str) -> Any:
    """The status of a preview of messages, asked for by who has that session."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request("POST", "/digital/exports/messages/preview/", urlencode(PREVIEW, doseq=True), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def took(port: int, path: str) -> float:
    """The seconds that a page takes."""
    began = time.monotonic()
    assert status(port, path) == 200
    return time.monotonic() - began


def test_previews_by_one_user_do_not_block_sign_in_or_other_users_previews(server: Installation, port: int) -> None:
    greedy, other = server.script(SIGN_IN, ["greedy", "other"]).split()
    assert preview(port, other) == 200
    alone = median(took(port, "/account/sign-in/") for _ in range(5))
    with ThreadPoolExecutor(41) as pool:
        many = [pool.submit(preview, port, greedy) for _ in range(80)]
        pages = []
        while not all(one.done() for one in many):
            pages.append(took(port, "/account/sign-in/"))
        answers = {one.result() for one in many}
    assert answers == {200, 503}
    assert median(pages) < max(1, 20 * alone), pages  # where previews take every thread, each page waits for one
    assert preview(port, other) == preview(port, greedy) == 200


def test_a_request_whose_browser_disconnected_is_stopped(server: Installation, port: int) -> None:
    (session,) = server.script(SIGN_IN, ["hasty"]).split()
    for _ in range(20):  # more than one person may hold, and more than there are threads
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        body = urlencode(PREVIEW, doseq=True)
        headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", "/digital/exports/messages/preview/", body, headers)
        connection.close()
    eventually(lambda: preview(port, session) == 200)
