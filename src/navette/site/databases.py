"""The control database: SQLite in the home folder, or PostgreSQL where several machines share it."""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from navette.core.errors import ConfigurationError
from navette.core.settings import Settings


def database(settings: Settings) -> dict[str, Any]:
    """The entry of Django's DATABASES. Raises ConfigurationError for an address that is not PostgreSQL's."""
    address = settings.database.get_secret_value()
    return _postgresql(address) if address else _sqlite(settings)


def _sqlite(settings: Settings) -> dict[str, Any]:
    settings.home.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(settings.control_file.absolute()),
        # Writers queue up at BEGIN instead of failing at their first write; readers never wait for them.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    url, port = _read(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A worker that freezes within a transaction would keep its rows from all the others.
        "OPTIONS": {"options": "-c idle_in_transaction_session_timeout=60s", **dict(parse_qsl(url.query, True))},
    }


def _read(address: str) -> tuple[SplitResult, str]:
    """The parts of the address, and its port. No error repeats the address, which may contain a password."""
    try:
        url = urlsplit(address)
        port = str(url.port or "")
    except ValueError:  # brackets that do not match, or a port that is no number
        url, port = urlsplit(""), ""
    if url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
        raise ConfigurationError(
            "NAVETTE_DATABASE is not valid: write it as postgresql://USER:PASSWORD@HOST:PORT/NAME, or leave it "
            "empty for SQLite."
        )
    return url, port
