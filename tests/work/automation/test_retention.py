"""What is deleted of slots once the retention of their files ended."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.work.automation.conftest import Automated

from navette.control.models import Run
from navette.work.chores import delete_expired_files

pytestmark = pytest.mark.django_db


def test_a_slots_archive_and_the_files_about_it_go_with_the_files_of_its_runs(automated: Automated) -> None:
    task = automated.task(
        ["agents", "roles"], zipped=True, file_name_pattern="{{label}}", checksums=True, manifest=True
    )
    automated.tick("2026-03-10T03:00:00+00:00")
    automated.work()
    folder = automated.settings.files / task.slots.get().pk
    assert sorted(path.name for path in folder.iterdir()) == ["Nightly.zip", "Nightly.zip.sha256", "manifest.json"]
    delete_expired_files(automated.settings)
    assert folder.exists()
    Run.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    delete_expired_files(automated.settings)
    assert list(automated.settings.files.iterdir()) == []
