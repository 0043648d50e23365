"""What people are told of tasks: that one failed, works again, was late, or was paused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from navette.catalogue.exports import EXPORTS
from navette.catalogue.words import words
from navette.control.models import Domain, Notice, Paused, Task, TaskSlot, User
from navette.wording.run_facts import Reader
from navette.wording.run_mail import language_of
from navette.wording.slots import slot_warning

_MOST_LINES = 50


@dataclass(frozen=True)
class Problem:
    """A failed export or destination, and the error as it is stored, in English."""

    name: str
    error: str
    is_export: bool = False

    def __str__(self) -> str:
        """As the audit log keeps it."""
        return f"{self.name}: {self.error}"

    def named(self, reader: Reader) -> "Problem":
        """The same, with the export's label in the reader's language."""
        declared = EXPORTS.get(self.name) if self.is_export else None
        return replace(self, name=words(reader.language)(declared.label)) if declared else self


Stopped = tuple[Task, Paused, Problem | str]
"""A task that was switched off, why, and what went wrong."""

FAILED, WORKS_AGAIN, WARNING = "failed", "works_again", "warning"

_SUBJECTS = {
    FAILED: gettext_lazy("%(task)s failed"),
    WORKS_AGAIN: gettext_lazy("%(task)s works again"),
    WARNING: gettext_lazy("%(task)s: a warning"),
}
_OPENINGS = {
    FAILED: gettext_lazy("The automated export “%(task)s” of %(at)s did not work:"),
    WORKS_AGAIN: gettext_lazy("The automated export “%(task)s” of %(at)s worked again."),
    WARNING: gettext_lazy("About the automated export “%(task)s” of %(at)s:"),
}


def tell_owner(task: Task, slot: TaskSlot, what: str, problems: Sequence[Problem] = ()) -> None:
    """Tell the owner what came of a slot: FAILED, the first time in a row, WORKS_AGAIN, or a WARNING."""
    if not task.owner.is_active:
        return
    reader = Reader(language_of(task.owner.language), task.owner.zone)
    with override(reader.language):
        told = {"task": task.label, "at": reader.instant(slot.at)}
        texts = _SUBJECTS[what] % told, _OPENINGS[what] % told
        lines = [] if problems else [slot_warning(warning, reader) for warning in slot.warnings]
        named = [problem.named(reader) for problem in problems]
        _queue(task.owner, *texts, f"slots/{slot.pk}/", lines=lines, problems=named)


def tell_paused(person: User, stopped: Sequence[Stopped]) -> None:
    """Tell somebody that tasks were switched off, and why."""
    reader = Reader(language_of(person.language), person.zone)
    with override(reader.language):
        count = len(stopped)
        subject = ngettext(
            "An automated export was switched off", "%(count)s automated exports were switched off", count
        )
        opening = _("Nothing more is delivered until they are switched on again:")
        tasks = [_paused(*pause, reader) for pause in stopped[:_MOST_LINES]]
        _queue(person, subject % {"count": count}, opening, "", tasks=tasks)


def _paused(task: Task, why: Paused, reason: Problem | str, reader: Reader) -> dict[str, Any]:
    """What the mail says of one task."""
    problem = reason.named(reader) if isinstance(reason, Problem) else Problem("", reason)
    return {"label": task.label, "why": why.label, "problem": problem}


def _queue(person: User, subject: str, opening: str, page: str, **contents: Any) -> None:
    """Queue the mail; ``contents`` are its lines, problems or tasks."""
    told = {
        **contents,
        "name": person.name,
        "opening": opening,
        "link": f"{settings.NAVETTE.url.rstrip('/')}/digital/automated/{page}",
        "domain": Domain.current().name,
        "url": settings.NAVETTE.url,
    }
    text = render_to_string("mail/task.txt", told).strip() + "\n"
    Notice.objects.create(recipient=person, subject=subject[:200], text=text)
