"""Set an installation up: the control database's tables, the domain, the roles, the first administrator."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext, override

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Domain, KeyPair, Role, User
from navette.control.permissions import ROLES_AT_SETUP, require_operator
from navette.control.secrets import renewed
from navette.core.errors import ConfigurationError, RequestError
from navette.core.messages import lines
from navette.core.settings import Settings
from navette.services.valid_values import email_address, text


@dataclass(frozen=True)
class Person:
    """The first administrator."""

    email: str
    name: str
    password: str


def make_tables(actor: Actor) -> None:
    """Create the tables of the control database, or update them. Raises ForbiddenError."""
    require_operator(actor)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


def check_tables(actor: Actor) -> None:
    """Raise ConfigurationError unless the control database's tables are those of this version, or ForbiddenError."""
    require_operator(actor)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ConfigurationError("the control database is missing or older than this version: run 'navette init'.")


@transaction.atomic
def renew_secrets(actor: Actor) -> int:
    """Encrypt every secret of the control database with the current secret key, and return their number.

    Raises ForbiddenError, and ConfigurationError where one was encrypted with a key that is neither the present nor the
    previous one.
    """
    require_operator(actor)
    pairs, factors = list(KeyPair.objects.select_for_update()), list(Authenticator.objects.select_for_update())
    for pair in pairs:
        pair.private = renewed(pair.private)
    hidden = ("secret", "seed")
    for factor in factors:
        factor.data |= {name: renewed(factor.data[name]) for name in hidden if name in factor.data}
    KeyPair.objects.bulk_update(pairs, ["private"])
    Authenticator.objects.bulk_update(factors, ["data"])
    count = len(pairs) + sum(name in factor.data for factor in factors for name in hidden)
    record("secrets.updated", actor, count=count)
    return count


def needs_administrator(actor: Actor) -> bool:
    """Whether there is no user yet who can sign in. Raises ForbiddenError."""
    require_operator(actor)
    return not User.objects.exists()


@transaction.atomic
def make_domain(actor: Actor, settings: Settings) -> None:
    """Create the domain from the settings, and its roles in its language, unless they exist.

    Records an event if it creates something. Raises ForbiddenError.
    """
    require_operator(actor)
    values = {"locale": settings.locale, "timezone": settings.timezone, "export_in_seconds": settings.export_in_seconds}
    domain, is_new = Domain.objects.get_or_create(pk=1, defaults=values)
    roles: list[Role] = []
    if not Role.objects.exists():
        with override(domain.locale):
            for label, permissions in ROLES_AT_SETUP.items():
                roles.append(Role.objects.create(label=gettext(label), permissions=list(permissions)))
    if is_new or roles:
        record("settings.created", actor, roles=[role.label for role in roles])


@transaction.atomic
def make_administrator(actor: Actor, person: Person) -> User:
    """Create the first user, with every permission. The audit log names that user as the actor.

    Raises ForbiddenError, and RequestError for an address or a password that will not do, or where there are users.
    """
    if not needs_administrator(actor):
        raise RequestError("there are users already: a user who may manage users can add others.")
    try:
        email = email_address("email", person.email)
        user = User(email=email, name=text("name", person.name.strip() or email, 150))
        validate_password(person.password, user)
    except RequestError as error:
        raise RequestError(
            "the first administrator could not be created: {problems}", problems=error.message
        ) from error
    except ValidationError as error:
        raise RequestError(
            "the first administrator could not be created: {problems}", problems=lines(error.messages)
        ) from error
    user.role = max(Role.objects.all(), key=lambda role: len(role.permissions))
    user.set_password(person.password)
    user.save()
    record("user.created", Actor(user), user=user.email, role=user.role.label)
    return user
