"""Settings come from NAVETTE_… variables, and what is wrong is named."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from navette.core.errors import ConfigurationError, RequestError
from navette.core.settings import Settings, load_settings
from navette.core.zones import zone


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NAVETTE_{name.upper()}", raising=False)


def test_without_variables_every_setting_has_a_default() -> None:
    settings = load_settings()
    assert (settings.home, settings.locale, settings.timezone) == (Path("var"), "en", "UTC")
    assert (settings.store, settings.scratch) == (Path("var/store"), Path("var/tmp"))


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://Données.example.org:8443/", "https://xn--donnes-eva.example.org:8443/"),
        ("https://navette.example.org", "https://navette.example.org"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_consoles_host_is_in_ascii_as_browsers_send_it(
    monkeypatch: pytest.MonkeyPatch, url: str, stored: str
) -> None:
    monkeypatch.setenv("NAVETTE_URL", url)
    assert load_settings().url == stored


def test_a_variable_is_the_fields_name_in_capitals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "home": str(tmp_path),
        "locale": "fr",
        "timezone": "Europe/Paris",
        "export_in_seconds": "true",
        "threads": "3",
        "memory_limit_mb": "512",
        "url": "https://navette.example.org",
        "database": "postgresql://navette@db/navette",
        "secret_key": "key",
        "previous_secret_key": "older key",
        "smtp_url": "smtps://mail.example.org",
        "mail_from": "exports@example.org",
        "mail_folder": str(tmp_path / "mails"),
        "attachment_limit_mb": "7.5",
        "lease_seconds": "30",
        "quick_workers": "2",
        "bulk_workers": "3",
        "bulk_rows": "5",
        "delivery_workers": "4",
        "upload_workers": "3",
        "sftp_allowed": "sftp.example.org, 10.0.0.0/8",
        "folders": "/srv/in:/srv/out",
        "folder_umask": "0022",
        "runs_per_user": "4",
        "runs_per_domain": "5",
        "oidc_issuer": "https://id.example.org",
        "oidc_name": "Example",
        "oidc_client_id": "navette",
        "oidc_client_secret": "secret",
        "sign_in_notice": "Authorised persons only.",
        "trusted_proxies": "1",
        "replay_days": "7",
    }
    assert set(values) == set(Settings.model_fields)
    for name, value in values.items():
        monkeypatch.setenv(f"NAVETTE_{name.upper()}", value)
    settings = load_settings()
    assert settings == Settings(**values)
    assert (settings.threads, settings.export_in_seconds, settings.attachment_limit_mb) == (3, True, 7.5)
    assert (settings.store, settings.files) == (tmp_path / "store", tmp_path / "files")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("\ufeffthe secret \nnot this\n", encoding="utf-8")
    monkeypatch.setenv("NAVETTE_OIDC_CLIENT_SECRET_FILE", str(path))
    settings = load_settings()
    assert settings.oidc_client_secret.get_secret_value() == "the secret"
    assert "the secret" not in repr(settings)


@pytest.mark.parametrize("content", [None, "", "\nsecond line"])
def test_a_secrets_file_that_holds_none_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("NAVETTE_SECRET_KEY_FILE", str(path))
    with pytest.raises(ConfigurationError, match="NAVETTE_SECRET_KEY_FILE"):
        load_settings()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"NAVETTE_{name.upper()}", "")
    assert load_settings() == Settings()


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVETTE_TIMEZONE", "Europe/Pariss")
    monkeypatch.setenv("NAVETTE_THREADS", "-1")
    monkeypatch.setenv("NAVETTE_MEMORY_LIMIT_MB", "much")
    with pytest.raises(ConfigurationError) as wrong:
        load_settings()
    for part in (
        "NAVETTE_TIMEZONE: ",
        "did you mean 'Europe/Paris'?",
        "NAVETTE_THREADS: ",
        "NAVETTE_MEMORY_LIMIT_MB: ",
    ):
        assert part in str(wrong.value)


@pytest.mark.parametrize("days", ["0", "99999999999"])
def test_replays_are_possible_for_a_day_at_least_and_never_for_longer_than_dates_go(
    monkeypatch: pytest.MonkeyPatch, days: str
) -> None:
    monkeypatch.setenv("NAVETTE_REPLAY_DAYS", days)
    with pytest.raises(ConfigurationError, match="NAVETTE_REPLAY_DAYS"):
        load_settings()


@pytest.mark.parametrize("text", ["022", "0022", "27", "7", "000"])
def test_a_umask_of_group_and_others(text: str) -> None:
    assert Settings(folder_umask=text).folder_mask == int(text, 8)


@pytest.mark.parametrize("text", ["", "127", "0700", "028", "u=rwx", "-22", "0o22"])
def test_an_invalid_umask_or_one_that_removes_the_owners_rights_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("NAVETTE_FOLDER_UMASK", text or " ")
    with pytest.raises(ConfigurationError, match=r"NAVETTE_FOLDER_UMASK: .* is not a umask of group and others"):
        load_settings()


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_zone_by_its_name() -> None:
    assert datetime(2024, 7, 1, tzinfo=zone("Europe/Paris")).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/paris", "did you mean 'Europe/Paris'?"),
        ("Europe/Pari", "did you mean 'Europe/Paris'?"),
        ("Paris", "did you mean 'Europe/Paris'?"),
        ("new york", "did you mean 'America/New_York'?"),
        ("", "unknown time zone ''"),
        ("../../etc/passwd", "unknown time zone"),
        ("Europe", "unknown time zone"),
        ("\x00", "unknown time zone"),
        ("localtime", "unknown time zone"),  # another zone on every machine
        ("posix/Europe/Paris", "unknown time zone"),
    ],
)
def test_a_zone_that_is_not_known_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(RequestError) as refused:
        zone(name)
    assert hint in str(refused.value)
