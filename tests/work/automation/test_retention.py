"""What is deleted of slots once the retention of their files ended."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.outbox import notices
from tests.work.automation.conftest import Automated

from navette.control.models import Delivery, Domain, Run, User
from navette.control.outbox import mail_notice, mail_password_link
from navette.work.chores import CHORES, delete_expired_files

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


def test_notices_that_ended_are_deleted_with_the_files_of_their_time(
    automated: Automated, administrator: User, domain: Domain
) -> None:
    """A notice that is still to be mailed stays, however old it is, and so do other deliveries."""
    old, young = timezone.now() - timedelta(days=8), timezone.now() - timedelta(days=6)
    for state in (*Delivery.State.values, "young"):
        notice = mail_notice(administrator, state, "A task failed.")
        is_young = state == "young"
        changes = {"state": "done" if is_young else state, "created_at": young if is_young else old}
        Delivery.objects.filter(pk=notice.pk).update(**changes)
    mail_password_link(administrator)
    Delivery.objects.exclude(pk__in=notices()).update(state="done", created_at=old)
    CHORES["notices"].do(automated.settings)
    assert notices().count() == 7
    Domain.objects.update(retention_days=7)
    CHORES["notices"].do(automated.settings)
    assert {notice.subject for notice in notices()} == {"queued", "sending", "young"}
    assert Delivery.objects.count() == 4
