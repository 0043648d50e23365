"""What the tests of the pages under Settings share."""

from collections.abc import Callable
from typing import Any

import pytest

from navette.control.models import Event, Role, User


def text(response: Any) -> str:
    return response.content.decode()


def journal() -> list[tuple[str, Any]]:
    """Names and details of what was done, the oldest first; signing in is left out."""
    return [(one.name, one.details) for one in Event.objects.exclude(name="session.created").order_by("number")]


@pytest.fixture
def permit() -> Callable[..., None]:
    """Give a user exactly those permissions."""

    def permit(user: User, *permissions: Any) -> None:
        user.role, _ = Role.objects.update_or_create(label="Made to measure", defaults={"permissions": permissions})
        user.save()

    return permit
