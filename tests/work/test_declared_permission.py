"""An export declares the permission that it needs, and what must be done before it reads: nothing else knows of it."""

from dataclasses import replace

import pytest
from tests.work.conftest import Installation

from navette.catalogue.export import Prerequisite
from navette.catalogue.exports import EXPORTS
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import User
from navette.control.permissions import may_have_file
from navette.control.requests import exports_for, new_request
from navette.core.settings import Settings
from navette.services.runs import prepared
from navette.work.run_export import PREREQUISITES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of the roles that only those who manage users may have."""
    declared = replace(
        EXPORTS["roles"], name="secret", permission="manage_users", prerequisites=(Prerequisite.STORED_JOURNAL,)
    )
    monkeypatch.setitem(EXPORTS, "secret", declared)


def test_only_who_has_the_permission_may_run_it(
    installation: Installation, administrator: User, supervisor: User
) -> None:
    assert "secret" in exports_for(administrator)
    assert "secret" not in exports_for(supervisor)
    with pytest.raises(ForbiddenError, match="manage_users"):
        prepared(Actor(supervisor, None), new_request(supervisor, "secret"), installation.settings)


def test_who_lost_the_permission_may_not_have_its_file_any_more(
    installation: Installation, administrator: User
) -> None:
    run = installation.export(installation.ask(administrator, "secret"))
    assert may_have_file(administrator, run, sensitive=False)
    administrator.role.permissions.remove("manage_users")
    administrator.role.save()
    assert not may_have_file(administrator, run, sensitive=False)


def test_its_prerequisites_are_met_before_it_reads(
    installation: Installation, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, states = installation.ask(administrator, "secret"), []

    def store(settings: Settings) -> None:
        assert settings == installation.settings
        run.refresh_from_db()
        states.append((run.state, run.rows_counted))

    monkeypatch.setitem(PREREQUISITES, Prerequisite.STORED_JOURNAL, store)
    counted = run.rows_counted
    assert installation.export(run).rows == counted
    assert states == [("running", counted)]
