"""The mails to owners and administrators about tasks: that one failed, works again, was late, or was paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from navette.catalogue.exports import EXPORTS
from navette.control.models import Paused, Task, TaskSlot, User
from navette.core.messages import Message, message
from navette.wording.errors import in_words
from navette.wording.reader import Reader, reader_of
from navette.wording.tasks import WHY_PAUSED
from navette.wording.warnings import slot_warning

_MOST_LINES = 50


@dataclass(frozen=True)
class Problem:
    """A failed export or destination, and why it failed."""

    name: str
    error: Message
    is_export: bool = False

    @property
    def message(self) -> Message:
        """As the audit log stores it."""
        return message("{name}: {error}", name=self.name, error=self.error)

    def for_reader(self, reader: Reader) -> dict[str, str]:
        """Its name and its error in the reader's language."""
        declared = EXPORTS.get(self.name) if self.is_export else None
        name = reader.catalogue_text(declared.label) if declared else self.name
        return {"name": name, "error": in_words(self.error)}


Stopped = tuple[Task, Paused, Problem | Message]
"""A task that was switched off, why, and what went wrong."""

FAILED, WORKS_AGAIN, WARNING = "failed", "works_again", "warning"
"""What an owner is notified of."""

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


def outcome_mail(task: Task, slot: TaskSlot, outcome: str, problems: Sequence[Problem] = ()) -> tuple[str, str]:
    """The subject and the text of a mail to the owner: FAILED, WORKS_AGAIN, or a WARNING."""
    with reader_of(task.owner).active() as reader:
        values = {"task": task.label, "at": reader.instant(slot.at)}
        lines = [] if problems else [slot_warning(warning, reader) for warning in slot.warnings]
        named = [problem.for_reader(reader) for problem in problems]
        opening = _OPENINGS[outcome] % values
        text = _text(task.owner, opening, f"slots/{slot.pk}/", lines=lines, problems=named)
        return str(_SUBJECTS[outcome] % values), text


def paused_mail(person: User, stopped: Sequence[Stopped]) -> tuple[str, str]:
    """The subject and the text of a mail about tasks that were paused."""
    with reader_of(person).active() as reader:
        count = len(stopped)
        subject = ngettext("An automated export was paused", "%(count)s automated exports were paused", count)
        opening = _("Nothing more is delivered until they are resumed:")
        tasks = [_paused(*pause, reader) for pause in stopped[:_MOST_LINES]]
        return subject % {"count": count}, _text(person, opening, "", tasks=tasks)


def _paused(task: Task, why: Paused, reason: Problem | Message, reader: Reader) -> dict[str, Any]:
    """What the mail says about one task."""
    problem = reason if isinstance(reason, Problem) else Problem("", reason)
    return {"label": task.label, "why": WHY_PAUSED[why], "problem": problem.for_reader(reader)}


def _text(person: User, opening: str, page: str, **contents: Any) -> str:
    """The text of a mail; ``contents`` are its lines, problems or tasks."""
    values = {
        **contents,
        "name": person.name,
        "opening": opening,
        "link": f"{settings.NAVETTE.url.rstrip('/')}/digital/automated/{page}",
        "domain": person.domain.name,
        "url": settings.NAVETTE.url,
    }
    return render_to_string("mail/task.txt", values).strip() + "\n"
