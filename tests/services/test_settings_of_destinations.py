"""Whatever a program gives as a setting of a destination is refused, or stored clean and as its type."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from navette.control.models import Destination, Task, User
from navette.core.errors import NavetteError
from navette.core.file_names import CONTROL
from navette.destinations import DESTINATIONS, SettingType
from navette.services.task_values import check_destination

pytestmark = pytest.mark.django_db

SETTINGS = [(kind.name, setting.name) for kind in DESTINATIONS.values() for setting in kind.settings]

WORDS = ["sftp.example.org", "22", "bob", "./in", "/srv/files", "administrator@example.org", "٢٢", "9" * 5000]
ODD = st.characters(categories=["Cc", "Cs", "Zs", "Zl", "Cf"])
TEXTS = st.one_of(
    st.text(st.characters(codec=None)),
    st.builds("".join, st.tuples(st.text(ODD, max_size=2), st.sampled_from(WORDS), st.text(ODD, max_size=2))),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 70_000) | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture(autouse=True)
def permitted(administrator: User) -> Iterator[None]:
    """An installation that may write to /srv/files, whose administrator may be mailed files."""
    changed = django_settings.NAVETTE.model_copy(update={"folders": "/srv/files"})
    with override_settings(NAVETTE=changed):
        yield


def good(kind: str) -> dict[str, Any]:
    server = {"host": "sftp.example.org", "port": 22, "user": "bob", "directory": "./in"}
    return {"sftp": server, "folder": {"folder": "/srv/files"}, "email": {"recipient": "administrator@example.org"}}[
        kind
    ]


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_any_value_of_a_setting_is_refused_or_stored_clean(kind: str, name: str, value: Any) -> None:
    destination = Destination(kind=kind, settings={**good(kind), name: value})
    try:
        check_destination(destination, Task())
    except NavetteError as error:
        str(error).encode()
        return
    [declared] = [setting for setting in DESTINATIONS[kind].settings if setting.name == name]
    stored = destination.settings[name]
    if declared.type is SettingType.PORT:
        assert type(stored) is int
        assert 1 <= stored <= 65535
    else:
        assert type(stored) is str
        assert stored == stored.strip()
        assert stored
        assert not CONTROL.search(stored)
        assert len(stored) <= declared.longest
    json.dumps(destination.settings, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"user": "bob\n"}, {"user": "bob"}),
        ({"port": "2222"}, {"port": 2222}),
        ({"port": None}, {"port": 22}),
        ({"host": " sftp.example.org "}, {"host": "sftp.example.org"}),
    ],
)
def test_settings_are_stored_as_their_type(given: dict[str, Any], stored: dict[str, Any]) -> None:
    destination = Destination(kind="sftp", settings=good("sftp") | given)
    check_destination(destination, Task())
    assert destination.settings == good("sftp") | stored


@pytest.mark.parametrize(
    "wrong", [{"user": {"a": 1}}, {"port": "9" * 5000}, {"port": True}, {"port": 22.5}, {"host": 7}]
)
def test_settings_of_another_type_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NavetteError):
        check_destination(Destination(kind="sftp", settings=good("sftp") | wrong), Task())
