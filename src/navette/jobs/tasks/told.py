"""What people are told of tasks: that one failed, works again, was late, or was paused."""

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from navette.control.models import Domain, Notice, Paused, Task, TaskSlot, User
from navette.jobs.facts import Reader
from navette.jobs.mail import language_of
from navette.jobs.tasks.words import slot_warning

_MOST_LINES = 50

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


def tell_owner(task: Task, slot: TaskSlot, what: str, problems: Sequence[str] = ()) -> None:
    """Tell the owner what came of a slot: FAILED, the first time in a row, WORKS_AGAIN, or a WARNING."""
    if not task.owner.is_active:
        return
    reader = Reader(language_of(task.owner.language), task.owner.zone)
    with override(reader.language):
        told = {"task": task.label, "at": reader.instant(slot.at)}
        lines = problems or [slot_warning(one, reader) for one in slot.warnings]
        _queue(task.owner, _SUBJECTS[what] % told, _OPENINGS[what] % told, lines, f"{task.pk}/history/")


def tell_paused(person: User, stopped: Sequence[tuple[Task, Paused, str]]) -> None:
    """Tell somebody that tasks were switched off, and why."""
    with override(language_of(person.language)):
        count = len(stopped)
        subject = ngettext(
            "An automated export was switched off", "%(count)s automated exports were switched off", count
        )
        lines = [f"{task.label}: {why.label} ({reason})" for task, why, reason in stopped[:_MOST_LINES]]
        _queue(
            person,
            subject % {"count": count},
            _("Nothing more is delivered until they are switched on again:"),
            lines,
            "",
        )


def _queue(person: User, subject: str, opening: str, lines: Sequence[str], page: str) -> None:
    told = {
        "name": person.name,
        "opening": opening,
        "lines": lines,
        "link": f"{settings.NAVETTE.url.rstrip('/')}/digital/automated/{page}",
        "domain": Domain.current().name,
        "url": settings.NAVETTE.url,
    }
    text = render_to_string("navette/mail/task.txt", told).strip() + "\n"
    Notice.objects.create(recipient=person, subject=subject[:200], text=text)
