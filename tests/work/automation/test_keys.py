"""Our SSH keys: what the journal knows of them, and what is said where the secret key is another one."""

import pytest
from django.test import override_settings

from navette.control import ssh_keys as keys
from navette.control.actor import OPERATOR
from navette.control.models import Event, KeyPair
from navette.core.errors import ConfigurationError
from navette.services import ssh_keys

pytestmark = pytest.mark.django_db


def recorded() -> list[tuple[str, str]]:
    return [(event.name, event.details["fingerprint"]) for event in Event.objects.order_by("number")]


def test_each_key_that_is_made_or_removed_is_in_the_journal_without_its_private_half() -> None:
    [first] = keys.key_pairs()
    second = ssh_keys.rotate(OPERATOR, "ed25519")
    ssh_keys.remove(OPERATOR, first.fingerprint)
    assert recorded() == [
        ("ssh_key.created", first.fingerprint),
        ("ssh_key.created", second.fingerprint),
        ("ssh_key.destroyed", first.fingerprint),
    ]
    assert "PRIVATE" not in str([event.details for event in Event.objects.all()])


def test_the_error_for_another_secret_key_names_three_ways_out() -> None:
    keys.key_pairs()
    with (
        override_settings(SECRET_KEY="another key"),
        pytest.raises(ConfigurationError, match=r"NAVETTE_PREVIOUS_SECRET_KEY.*'navette keys new'"),
    ):
        keys.private_keys()


def test_a_new_key_signs_in_though_the_former_one_cannot_be_opened_any_more() -> None:
    keys.key_pairs()
    with override_settings(SECRET_KEY="another key"):
        ssh_keys.rotate(OPERATOR, "ed25519")
        assert len(keys.private_keys()) == 1
    assert KeyPair.objects.count() == 2
