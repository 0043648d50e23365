"""Secrets in the database: what lies there tells nothing, and only the key it was made with opens it."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import TOTP
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from navette.control.models import User
from navette.control.secrets import decrypt, encrypt
from navette.core.errors import ConfigurationError


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_encrypted_comes_back(text: str) -> None:
    encrypted = encrypt(text)
    assert decrypt(encrypted) == text
    assert encrypted.isascii()
    assert encrypt(text) != encrypted
    assert len(text) < 4 or text not in encrypted


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    encrypted = encrypt("a secret")
    with override_settings(SECRET_KEY="another key"), pytest.raises(ConfigurationError, match="NAVETTE_SECRET_KEY"):
        decrypt(encrypted)


@pytest.mark.django_db
def test_second_factors_lie_encrypted(administrator: User) -> None:
    factor = TOTP.activate(administrator, "JBSWY3DPEHPK3PXP").instance
    assert "JBSWY3DPEHPK3PXP" not in str(factor.data)
    assert get_adapter().decrypt(factor.data["secret"]) == "JBSWY3DPEHPK3PXP"
