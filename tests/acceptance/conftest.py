"""A console that runs for all tests of a process, and the browser of one module."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import sync_playwright
from tests.acceptance.browser import ARGUMENTS, CHROMIUM, PASSWORD, Console, Visit, Visits, Window, free_port
from tests.acceptance.console_words import LANGUAGES
from tests.acceptance.installation import Installation, eventually
from tests.mail_server import Mailbox, smtp_server
from tests.oidc_provider import Provider

from navette.core.settings import Settings

ROLES = {
    "administrator": "Administrator",
    "supervisor": "Supervisor",
    "auditor": "Auditor",
    "careful": "Supervisor",  # will have a second factor
    "busy": "Supervisor",  # has a run that goes on, until a test cancels it
    "patient": "Supervisor",  # has a run that goes on, which nobody cancels
}
"""The people that every language has one of, and their roles."""

MAKE_PEOPLE = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from navette.control.actor import Actor
from navette.site.start import start_django
start_django()
from navette.control.models import Role, Run, User
from navette.control.requests import new_request
from navette.core.settings import load_settings
from navette.services.runs import request_run

password, roles, languages = json.loads(sys.argv[1])
for language in languages:
    for name, role in roles.items():
        person = User.objects.create_user(
            f"{name}-{language}@example.org", password, name=f"{name.title()} {language}",
            role=Role.objects.get(label=role), locale=language, timezone="Europe/Paris",
        )
        if name not in ("busy", "patient"):
            continue
        # A worker elsewhere is in the middle of a run of theirs.
        run = request_run(Actor(person), new_request(person, "threads"), load_settings())
        now = timezone.now()
        log = [*run.log, {"at": (now - timedelta(seconds=10)).isoformat(), "what": "counted", "rows": 12408}]
        Run.objects.filter(pk=run.pk).update(
            state="writing", owner="elsewhere", attempt=1, lease_until=now + timedelta(hours=1), started_at=now,
            rows_counted=12408, rows_done=5000, log=log,
        )
"""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def console(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console with the demo domain, a mail server that takes little, an OpenID Connect provider, and people."""
    with running_console(demo, tmp_path_factory.mktemp("console")) as running:
        yield running


@contextmanager
def running_console(demo: Settings, home: Path, **more: str) -> Iterator[Console]:
    """A console of that home; ``more`` variables are set for it."""
    port, mailbox = free_port(), Mailbox()
    (home / "store").symlink_to(demo.store)
    with ExitStack() as stack:
        provider = stack.enter_context(Provider())
        mail_port = stack.enter_context(smtp_server(mailbox, data_size_limit=None))
        url = f"http://127.0.0.1:{port}"
        variables = {
            "NAVETTE_URL": url,
            "NAVETTE_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
            "NAVETTE_ATTACHMENT_LIMIT_MB": "0.15",
            "NAVETTE_LEASE_SECONDS": "60",
            "NAVETTE_RUNS_PER_USER": "1",
            "NAVETTE_OIDC_ISSUER": provider.url,
            "NAVETTE_OIDC_NAME": "Test provider",
            "NAVETTE_OIDC_CLIENT_ID": provider.client_id,
            "NAVETTE_OIDC_CLIENT_SECRET": provider.secret,
            **more,
        }
        installation = Installation(home, variables)
        installation.navette("init")
        installation.script(MAKE_PEOPLE, [PASSWORD, ROLES, LANGUAGES])
        process = stack.enter_context(installation.running("serve", "--bind", f"127.0.0.1:{port}"))
        eventually(lambda: _answers(f"{url}/health/ready"))
        yield Console(url, installation, mailbox, provider)
        assert process.end() == 0


def _answers(url: str) -> bool:
    try:
        with urlopen(url) as answer:
            return answer.status == 200
    except URLError:
        return False


@pytest.fixture(scope="module")
def visits(console: Console) -> Iterator[Visits]:
    """A browser, for a module and not for longer: while it runs, its event loop is in the way of other tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield Visits(console, browser)
        browser.close()


@pytest.fixture
def mailbox(console: Console) -> Iterator[Mailbox]:
    """The mail server's temper is its own again after the test."""
    yield console.mailbox
    console.mailbox.on_recipient = Mailbox.on_recipient


@pytest.fixture
def visit(visits: Visits, language: str) -> Iterator[Visit]:
    """A function that opens a window, of a person of the test's language where it is told one's name."""
    with ExitStack() as windows:

        def open_window(name: str | None = None, **options: Any) -> Window:
            person = f"{name}-{language}@example.org" if name else None
            return windows.enter_context(visits.window(language, person, **options))

        yield open_window
