"""Columns and exports that come with an extension are there where it is on, and only there."""

from typing import Any

import pytest
from tests.work.conftest import Installation

from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import Extension, User
from navette.control.requests import exports_for, new_request
from navette.services.runs import prepared, request_run

pytestmark = pytest.mark.django_db

COLUMNS = [
    ("customer_satisfaction", "interventions", "satisfaction_grade"),
    ("sentiment_analysis", "messages", "sentiment_text"),
]


def columns(installation: Installation, user: User, export: str, **asked: Any) -> list[str]:
    ready = prepared(Actor(user), new_request(user, export, **asked), installation.settings)
    return [column.name for column in ready.query.columns]


@pytest.mark.parametrize(("extension", "export", "column"), COLUMNS)
def test_a_column_of_an_extension(
    installation: Installation, administrator: User, extension: str, export: str, column: str
) -> None:
    def offered() -> list[str]:
        return [one.name for one in exports_for(administrator)[export].all_columns()]

    assert column not in offered()
    assert column not in columns(installation, administrator, export)
    with pytest.raises(ForbiddenError, match=column):
        request_run(Actor(administrator), new_request(administrator, export, fields=(column,)), installation.settings)
    Extension.objects.create(name=extension)
    assert column in offered()
    assert column in columns(installation, administrator, export)
    assert columns(installation, administrator, export, fields=(column,)) == [column]


def test_the_export_of_responses(administrator: User) -> None:
    assert "responses" not in exports_for(administrator)
    Extension.objects.create(name="customer_satisfaction")
    assert "responses" in exports_for(administrator)
