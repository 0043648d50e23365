"""``navette keys``: new pairs, forgotten ones, and secrets under another key."""

from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.installation import Installation

OLD, NEW = "an old secret key, long enough for everybody", "a new secret key, long enough for everybody"


@pytest.fixture
def installation(tmp_path: Path) -> Any:
    made = Installation(tmp_path, {"NAVETTE_SECRET_KEY": OLD})
    made.navette("init")
    return made


def fingerprints(installation: Installation) -> Any:
    return [line.split()[0] for line in installation.navette("keys", "list").splitlines() if line.startswith("SHA256")]


def test_a_new_pair_comes_first_and_the_old_one_stays_until_it_is_removed(installation: Installation) -> None:
    [first] = fingerprints(installation)
    public = installation.navette("keys", "new").strip()
    newer, older = fingerprints(installation)
    assert older == first
    assert public in installation.navette("keys", "list")
    assert "replaced" in installation.navette("keys", "list")
    installation.navette("keys", "remove", first)
    assert fingerprints(installation) == [newer]
    with pytest.raises(AssertionError, match="only key pair"):
        installation.navette("keys", "remove", newer)


def test_private_keys_are_never_printed(installation: Installation) -> None:
    assert "PRIVATE" not in installation.navette("keys", "list") + installation.navette("keys", "new")


def test_secrets_move_to_another_key(installation: Installation) -> None:
    read = """
from navette.site.start import start_django
start_django()
from navette.control.ssh_keys import private_keys
print(len(private_keys()))
"""
    installation.navette("keys", "list")
    installation.variables |= {"NAVETTE_SECRET_KEY": NEW}
    with pytest.raises(AssertionError, match="Navette's private SSH key was encrypted with another NAVETTE_SECRET_KEY"):
        installation.script(read, [])
    installation.variables |= {"NAVETTE_PREVIOUS_SECRET_KEY": OLD}
    assert installation.script(read, []).strip() == "1"
    assert installation.navette("keys", "renew-secrets").startswith("1 secrets")
    del installation.variables["NAVETTE_PREVIOUS_SECRET_KEY"]
    assert installation.script(read, []).strip() == "1"
