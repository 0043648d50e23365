"""What every kind of destination declares: whoever adds one is tested here."""

from typing import Any

import pytest

from navette.core.messages import fields
from navette.core.settings import Settings
from navette.destinations import DESTINATIONS, DestinationKind, FileDestinationKind, SettingType, file_destination

SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "sftp": ({"host": "sftp.example.org", "port": 22, "user": "navette", "directory": "./in"}, "./in"),
    "folder": ({"folder": "/srv/in"}, "/srv/in"),
    "email": ({"recipient": "nadia@example.org"}, "nadia@example.org"),
}
"""A destination of each kind, and what people read of it at least."""


@pytest.fixture(params=list(DESTINATIONS))
def kind(request: pytest.FixtureRequest) -> DestinationKind:
    return DESTINATIONS[request.param]


def test_it_is_listed_under_its_name(kind: DestinationKind) -> None:
    assert DESTINATIONS[kind.name] is kind


def test_people_read_where_it_is(kind: DestinationKind) -> None:
    settings, shown = SETTINGS[kind.name]
    assert shown in kind.target(settings)


def test_its_settings_have_names_of_their_own_and_labels(kind: DestinationKind) -> None:
    names = [setting.name for setting in kind.settings]
    assert names == list(dict.fromkeys(names)) == list(SETTINGS[kind.name][0])
    assert all(str(setting.label) for setting in kind.settings)


def test_its_traits_name_settings(kind: DestinationKind) -> None:
    types = {setting.name: setting.type for setting in kind.settings}
    directories = [name for name, type_ in types.items() if type_ is SettingType.DIRECTORY]
    people = [name for name, type_ in types.items() if type_ is SettingType.PERSON]
    assert [kind.directory] == (directories or [""])
    assert [kind.person] == (people or [""])
    assert set(kind.key_of) <= types.keys()


def test_its_help_is_filled_in_by_its_facts(kind: DestinationKind) -> None:
    facts = kind.facts(Settings(folders="/srv"))
    for setting in kind.settings:
        assert setting.help is None or fields(setting.help.text) <= facts.keys()


def test_it_brings_files_to_a_person_or_somewhere(kind: DestinationKind) -> None:
    assert isinstance(kind, FileDestinationKind) is not bool(kind.person)


def test_what_goes_to_people_is_no_destination_of_files() -> None:
    with pytest.raises(TypeError, match="email"):
        file_destination("email")
