"""What people are told of tasks: that one failed, works again, was late, or was paused."""

from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from navette.control.models import Domain, Notice, Paused, Task, TaskSlot, User
from navette.jobs.facts import Reader
from navette.jobs.mail import language_of
from navette.jobs.tasks.words import slot_warning


def tell_owner(task: Task, slot: TaskSlot, problems: list[str]) -> None:
    """Tell the owner what came of a slot: the first failure in a row, that it works again, or what is odd about it."""
    if not task.owner.is_active:
        return
    reader = Reader(language_of(task.owner.language), task.owner.zone)
    with override(reader.language):
        at = reader.instant(slot.at)
        if problems:
            subject = _("%(task)s failed") % {"task": task.label}
            opening = _("The automated export “%(task)s” of %(at)s did not work:")
        elif task.failures:
            subject = _("%(task)s works again") % {"task": task.label}
            opening = _("The automated export “%(task)s” of %(at)s worked again.")
        else:
            subject = _("%(task)s: a warning") % {"task": task.label}
            opening = _("The automated export “%(task)s” of %(at)s ended with a warning:")
        lines = problems or [slot_warning(one, reader) for one in slot.warnings]
        _queue(task.owner, subject, opening % {"task": task.label, "at": at}, lines, task)


def tell_paused(task: Task, why: Paused, reason: str, people: Iterable[User]) -> None:
    """Tell people that a task was switched off, and why."""
    for person in people:
        with override(language_of(person.language)):
            opening = _("The automated export “%(task)s” was switched off: %(why)s.") % {
                "task": task.label,
                "why": why.label,
            }
            _queue(person, _("%(task)s was switched off") % {"task": task.label}, opening, [reason], task)


def _queue(person: User, subject: str, opening: str, lines: list[str], task: Task) -> None:
    told = {
        "name": person.name,
        "opening": opening,
        "lines": lines,
        "link": f"{settings.NAVETTE.url.rstrip('/')}/digital/automated/{task.pk}/",
        "domain": Domain.current().name,
        "url": settings.NAVETTE.url,
    }
    text = render_to_string("navette/mail/task.txt", told).strip() + "\n"
    Notice.objects.create(recipient=person, subject=subject[:200], text=text)
