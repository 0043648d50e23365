"""A request may name one member of a family of columns, such as one chat variable: it is as sensitive as its family."""

import pytest

from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import Domain, Event, Role, Run, User
from navette.control.requests import SavedRequest, new_request
from navette.core.settings import Settings
from navette.services import runs

pytestmark = pytest.mark.django_db


def person(domain: Domain, *permissions: str) -> Actor:
    role = Role.objects.create(label=" ".join(permissions), permissions=list(permissions))
    return Actor(User.objects.create_user(f"{len(permissions)}@example.org", name="Somebody", role=role))


def naming_a_variable(actor: Actor, demo: Settings) -> SavedRequest:
    """A request of threads for the column of one chat variable, by its name in files."""
    assert actor.user is not None
    every = new_request(actor.user, "threads", fields=("{custom_variable_name}",))
    variable = runs.prepared(actor, every, demo).query.columns[0].name
    return new_request(actor.user, "threads", fields=("id", variable))


def test_one_chat_variable_is_for_those_who_may_see_sensitive_columns(domain: Domain, demo: Settings) -> None:
    permitted, other = person(domain, "read_export", "view_sensitive_columns"), person(domain, "read_export")
    request = naming_a_variable(permitted, demo)
    for ask in (runs.preview, runs.request_run):
        with pytest.raises(ForbiddenError, match="does not permit the sensitive fields"):
            ask(other, request, demo)
    assert not Run.objects.exists()
    assert not Event.objects.exists()


def test_a_preview_of_one_chat_variable_is_recorded(domain: Domain, demo: Settings) -> None:
    actor = person(domain, "read_export", "view_sensitive_columns")
    request = naming_a_variable(actor, demo)
    runs.preview(actor, request, demo)
    assert Event.objects.get().details["sensitive_columns"] == list(request.fields[1:])
