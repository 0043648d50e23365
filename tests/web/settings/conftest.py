"""What the tests of the pages under Settings share."""

import pytest

from navette.control.models import Event, Role


def text(response):
    return response.content.decode()


def journal():
    """Names and details of what was done, the oldest first; signing in is left out."""
    return [(one.name, one.details) for one in Event.objects.exclude(name="session.created").order_by("number")]


@pytest.fixture
def permit():
    """Give a user exactly those permissions."""

    def permit(user, *permissions):
        user.role, _ = Role.objects.update_or_create(label="Made to measure", defaults={"permissions": permissions})
        user.save()

    return permit
