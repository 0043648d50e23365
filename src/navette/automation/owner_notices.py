"""What people are notified of about tasks: that one failed, works again, was late, or was paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from navette.catalogue.exports import EXPORTS
from navette.control.models import Paused, Task, TaskSlot, User
from navette.control.outbox import mail_notice
from navette.core.messages import Message
from navette.wording.errors import in_words
from navette.wording.reader import Reader, reader_of
from navette.wording.warnings import slot_warning

_MOST_LINES = 50


@dataclass(frozen=True)
class Problem:
    """A failed export or destination, and why it failed."""

    name: str
    error: Message
    is_export: bool = False

    def __str__(self) -> str:
        """As the audit log keeps it, in English."""
        return f"{self.name}: {self.error}"

    def for_reader(self, reader: Reader) -> dict[str, str]:
        """Its name and its error in the reader's language."""
        declared = EXPORTS.get(self.name) if self.is_export else None
        name = reader.catalogue_text(declared.label) if declared else self.name
        return {"name": name, "error": in_words(self.error)}


Stopped = tuple[Task, Paused, Problem | Message]
"""A task that was switched off, why, and what went wrong."""

FAILED, WORKS_AGAIN, WARNING = "failed", "works_again", "warning"

_SUBJECTS = {
    FAILED: gettext_lazy("%(task)s failed"),
    WORKS_AGAIN: gettext_lazy("%(task)s works again"),
    WARNING: gettext_lazy("%(task)s: warning"),
}
_OPENINGS = {
    FAILED: gettext_lazy("The automated export “%(task)s” of %(at)s failed:"),
    WORKS_AGAIN: gettext_lazy("The automated export “%(task)s” of %(at)s succeeded again."),
    WARNING: gettext_lazy("The automated export “%(task)s” of %(at)s has a warning:"),
}


def notify_owner(task: Task, slot: TaskSlot, what: str, problems: Sequence[Problem] = ()) -> None:
    """Tell the owner what came of a slot: FAILED, the first time in a row, WORKS_AGAIN, or a WARNING."""
    if not task.owner.is_active:
        return
    with reader_of(task.owner).active() as reader:
        told = {"task": task.label, "at": reader.instant(slot.at)}
        texts = _SUBJECTS[what] % told, _OPENINGS[what] % told
        lines = [] if problems else [slot_warning(warning, reader) for warning in slot.warnings]
        named = [problem.for_reader(reader) for problem in problems]
        _queue(task.owner, *texts, f"slots/{slot.pk}/", lines=lines, problems=named)


def notify_paused(person: User, stopped: Sequence[Stopped]) -> None:
    """Tell somebody that tasks were switched off, and why."""
    with reader_of(person).active() as reader:
        count = len(stopped)
        subject = ngettext("An automated export was paused", "%(count)s automated exports were paused", count)
        opening = _("Nothing more is delivered until they are resumed:")
        tasks = [_paused(*pause, reader) for pause in stopped[:_MOST_LINES]]
        _queue(person, subject % {"count": count}, opening, "", tasks=tasks)


def _paused(task: Task, why: Paused, reason: Problem | Message, reader: Reader) -> dict[str, Any]:
    """What the mail says of one task."""
    problem = reason if isinstance(reason, Problem) else Problem("", reason)
    return {"label": task.label, "why": why.label, "problem": problem.for_reader(reader)}


def _queue(person: User, subject: str, opening: str, page: str, **contents: Any) -> None:
    """Queue the mail; ``contents`` are its lines, problems or tasks."""
    told = {
        **contents,
        "name": person.name,
        "opening": opening,
        "link": f"{settings.NAVETTE.url.rstrip('/')}/digital/automated/{page}",
        "domain": person.domain.name,
        "url": settings.NAVETTE.url,
    }
    text = render_to_string("mail/task.txt", told).strip() + "\n"
    mail_notice(person, subject, text)
