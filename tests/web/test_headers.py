"""What every answer tells the browser."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

PAGES = ["/account/sign-in/", "/profile/", "/settings/users/", "/nothing/", "/health/live"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_nothing_but_its_own_files(page: str, as_administrator: Client) -> None:
    policy = as_administrator.get(page).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_nobody_elses_to_keep_to_frame_or_to_guess(page: str, as_administrator: Client) -> None:
    headers = as_administrator.get(page).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
