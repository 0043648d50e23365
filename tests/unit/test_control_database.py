"""The address of the control database: read into Django's settings, or refused without repeating the password."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from navette.core.errors import ConfigurationError
from navette.core.settings import Settings
from navette.site.databases import database


def entry(address: str, home: Path) -> dict[str, Any]:
    return database(Settings(home=home, database=SecretStr(address)))


def test_without_an_address_it_is_sqlite_in_the_home_folder(tmp_path: Path) -> None:
    found = entry("", tmp_path / "var")
    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert found["NAME"] == str(tmp_path / "var" / "control.sqlite3")


def test_an_addresss_parts_are_decoded(tmp_path: Path) -> None:
    found = entry("postgresql://na%40me:p%2Fw%5B@db.example.org:5433/na%20me?sslmode=require", tmp_path)
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("na@me", "p/w[", "na me")
    assert (found["HOST"], found["PORT"]) == ("db.example.org", "5433")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "idle_in_transaction_session_timeout" in found["OPTIONS"]["options"]


@pytest.mark.parametrize(
    "address",
    [
        "mysql://u:s3cret@db/navette",
        "postgresql://u:s3cret@db",
        "postgresql://u:s3cret@db:port/navette",
        "postgresql://u:s3cret@db:99999/navette",
        "postgresql://u:s3cret[@db/navette",
        "s3cret",
    ],
)
def test_what_is_no_address_is_refused_without_the_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError, match="NAVETTE_DATABASE is not valid") as refused:
        entry(address, tmp_path)
    assert "s3cret" not in str(refused.value)
