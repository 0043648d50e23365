"""Compare the response times of sign-in and password pages for addresses with and without a user.

``python -m benchmarks.sign_in [REPETITIONS]``: both are asked in turn over HTTP, each time for another address and from
another client, so that no limit is met. The part of all pairs in which the known address took longer is 50 % where time
tells nothing.
"""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from statistics import median
from urllib.parse import urlencode

PORT = 18_973
MAKE_PEOPLE = """
import sys
from navette.site.start import start_django
start_django()
from django.contrib.auth.hashers import make_password
from navette.control.models import Role, User
role, password = Role.objects.first(), make_password("a long enough pass phrase")
for number in range(int(sys.argv[1])):
    secret = password if number % 2 else make_password(None)
    User.objects.create(email=f"known{number}@example.org", name=str(number), role=role, password=secret)
"""
PAGES = {
    "asking for a new password": ("/account/password/reset/", lambda email: {"email": email}),
    "signing in": ("/account/sign-in/", lambda email: {"login": email, "password": "not the pass phrase"}),
}


def main(repetitions: int) -> None:
    """Print a table for the two pages."""
    with tempfile.TemporaryDirectory() as home:
        variables = {
            "NAVETTE_HOME": home,
            "NAVETTE_TRUSTED_PROXIES": "1",
            "NAVETTE_ADMIN_EMAIL": "administrator@example.org",
            "NAVETTE_ADMIN_PASSWORD": "a long enough pass phrase",
        }
        environment = os.environ | variables
        navette = [sys.executable, "-m", "navette"]
        subprocess.run([*navette, "init"], env=environment, check=True)
        subprocess.run([sys.executable, "-c", MAKE_PEOPLE, str(repetitions)], env=environment, check=True)
        server = subprocess.Popen([*navette, "web", "--bind", f"127.0.0.1:{PORT}"], env=environment)
        try:
            print("| what | known, median ms | unknown, median ms | known took longer |\n| --- | --- | --- | --- |")
            for name, (page, form) in PAGES.items():
                _print(name, *_measured(page, form, repetitions))
        finally:
            server.terminate()
            server.wait()


def _measured(page, form, repetitions: int) -> tuple[list[float], list[float]]:
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    cookie, token = _opened(page)
    for number in range(-10, repetitions):  # the first ones only warm it up
        for kind in sorted(times, reverse=bool(number % 2)):
            client = f"10.{kind == 'known':d}.{(number + 10) // 250}.{(number + 10) % 250}"
            email = f"{kind}{number % repetitions}@example.org"
            seconds = _posted(page, form(email) | {"csrfmiddlewaretoken": token}, cookie, client)
            if number >= 0:
                times[kind].append(seconds)
    return times["known"], times["unknown"]


def _opened(page: str) -> tuple[str, str]:
    """The cookie and the token of the page's form, once the server answers."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        try:
            connection.request("GET", page)
            answer = connection.getresponse()
            text = answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.2)
            continue
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        return cookie, re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]  # type: ignore[index]


def _posted(page: str, form: dict[str, str], cookie: str, client: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    headers = {"Cookie": cookie, "X-Forwarded-For": client, "Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    connection.request("POST", page, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    seconds = time.perf_counter() - began
    assert answer.status in (200, 302), answer.status
    return seconds


def _print(name: str, known: list[float], unknown: list[float]) -> None:
    longer = sum((one > other) + (one == other) / 2 for one in known for other in unknown) / len(known) / len(unknown)
    print(f"| {name} | {median(known) * 1000:.1f} | {median(unknown) * 1000:.1f} | {longer:.0%} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
