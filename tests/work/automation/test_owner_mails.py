"""The mails about a task: wholly in their reader's language, with a link that leads to what they are about."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.outbox import add_slot_files, notices
from tests.work.automation.conftest import Automated

from navette.automation.outcome import end_slot, pause
from navette.control.journal import in_english
from navette.control.models import Delivery, Event, Paused, Role, Run, Task, TaskSlot, User
from navette.core.messages import message
from navette.wording.events import event_in_words
from navette.wording.reader import Reader
from navette.wording.task_mails import Problem

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00:00+00:00"


@pytest.fixture
def french(automated: Automated) -> Any:
    """The task's owner reads French."""
    User.objects.filter(pk=automated.owner.pk).update(locale="fr")
    automated.owner.refresh_from_db()
    return automated


def fail(automated: Automated, **errors: Any) -> tuple[TaskSlot, Delivery]:
    """A task's slot of which those errors are what ended its run, or its delivery; the mail to its owner."""
    automated.task()
    automated.tick(NOW)
    slot = TaskSlot.objects.get()
    TaskSlot.objects.update(state="delivering")
    Run.objects.update(state="failed" if "run" in errors else "delivering", error=errors.get("run"))
    told = {"state": "failed", "error": errors.get("delivery"), "target": "/in"}
    add_slot_files(slot=slot, **told)
    end_slot(slot)
    return slot, notices().get()


def test_the_mail_of_a_failure_is_wholly_in_french(french: Any) -> None:
    _slot, mail = fail(
        french,
        run=message("the control database did not answer in time."),
        delivery=message(
            "{server} does not allow us to {doing}: {help}. ({said})",
            server="files.example",
            doing=message("write a file"),
            help=message("give the user permission"),
            said="No",
        ),
    )
    lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in mail.text.splitlines() if line.startswith("-")]
    assert lines[:2] == [
        "- Agents : la base de contrôle n’a pas répondu à temps.",
        "- /in : files.example ne permet pas l’opération (écrire un fichier) : donnez-en le droit à l’utilisateur. "
        "(No)",
    ]
    assert not re.search(r"\b(the|does|not|failed|did)\b", mail.subject + mail.text)


def test_an_end_without_a_reason_has_its_french(french: Any) -> None:
    _slot, mail = fail(french)
    assert "terminé sans raison indiquée" in mail.text
    assert "failed" not in mail.text


def test_its_link_leads_to_the_slot(automated: Automated) -> None:
    slot, mail = fail(automated, delivery=message("the task was deleted."))
    assert f"/digital/automated/slots/{slot.pk}/" in mail.text


@pytest.mark.parametrize(("minimum", "failures"), [(1_000_000, 0), (None, 1)], ids=["a warning", "it works again"])
def test_the_other_mails_about_a_slot_link_to_it_too(automated: Automated, minimum: int | None, failures: int) -> None:
    task = automated.task(minimum_rows=minimum)
    Task.objects.filter(pk=task.pk).update(failures=failures)
    automated.tick(NOW)
    automated.work()
    assert f"/digital/automated/slots/{TaskSlot.objects.get().pk}/" in notices().get().text


def test_a_task_that_was_paused_is_explained_in_french(french: Any) -> None:
    task = french.task()
    Role.objects.filter(pk=french.owner.role_id).update(permissions=["manage_users", "read_export"])
    french.tick(NOW)
    task.refresh_from_db()
    assert task.paused == "owner"
    text = notices().get().text
    assert "votre rôle ne le permet pas" in text
    assert "Gérer les exportations automatiques" in text
    assert "your role" not in text


def test_so_is_one_that_failed_too_often(french: Any) -> None:
    task = french.task()
    pause([(task, Paused.FAILURES, Problem("agents", message("the task was deleted."), is_export=True))])
    text = notices().get().text.replace("\N{NO-BREAK SPACE}", " ")
    assert "La dernière fois, Agents : la tâche a été supprimée." in text


def test_the_audit_log_names_the_problem_in_the_readers_language_and_its_export_in_english(french: Any) -> None:
    fail(french, delivery=message("the task was deleted."))
    details = Event.objects.get(name="automatic_exports_task.failed").details
    assert in_english(details)["problems"] == ["/in: the task was deleted."]
    for language, said in (("fr", "/in : la tâche a été supprimée."), ("en", "/in: the task was deleted.")):
        with Reader(language, ZoneInfo("UTC")).active() as reader:
            assert said in dict(event_in_words(details, reader)).values()


def test_the_audit_log_gives_the_reason_of_a_pause_in_the_readers_language(french: Any) -> None:
    pause([(french.task(), Paused.OWNER, message("the task was deleted."))])
    details = Event.objects.get(name="automatic_exports_task.updated", details__on=False).details
    with Reader("fr", ZoneInfo("UTC")).active() as reader:
        assert "la tâche a été supprimée." in dict(event_in_words(details, reader)).values()


def test_sentences_that_the_audit_log_has_stored_before_stay_readable() -> None:
    before = {"problems": ["/in: the task was deleted."], "reason": "the task was deleted."}
    with Reader("fr", ZoneInfo("UTC")).active() as reader:
        assert list(dict(event_in_words(before, reader)).values()) == [*before["problems"], before["reason"]]
    assert in_english(before) == before
