"""The form of a task: when it runs, what it exports, what its files are called, and where they go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.automation.task_plan import check_names, default_period
from navette.catalogue.export import Export
from navette.control.actor import Actor
from navette.control.models import Destination, Frequency, Task, User
from navette.control.requests import exports_for
from navette.core.alphabetical import folded
from navette.core.errors import NavetteError
from navette.core.periods import TASK_PERIODS
from navette.core.schedules import schedule
from navette.core.zones import zone
from navette.destinations import DestinationKind, FileDestinationKind
from navette.services.task_values import recipients
from navette.web.automation.destination_forms import (
    DestinationForm,
    available_kinds,
    destination_forms,
    without_hidden_characters,
)
from navette.web.exports.fields import Group, default_names, field_groups
from navette.web.forms import SharedForm, zone_choices
from navette.wording import labels, tasks
from navette.wording.errors import in_words, sentence
from navette.wording.reader import current_reader

if TYPE_CHECKING:
    TaskModelForm = forms.ModelForm[Task]
else:
    TaskModelForm = forms.ModelForm


_WORDS = {"frequency": tasks.FREQUENCIES, "catch_up": tasks.MISSED_RUNS, "empty": tasks.EMPTY_FILES}
"""What the choices of these fields are called."""


@dataclass(frozen=True)
class ExportRow:
    """One export as the form shows it, and what is chosen of it."""

    name: str
    label: str
    description: str
    incremental: bool
    listing: bool
    chosen: bool
    period: str
    periods: dict[str, Any]
    by: str
    times: list[tuple[str, labels.Word]]
    groups: list[Group]


class TaskForm(SharedForm, TaskModelForm):
    """A task as its owner changes it. Who may have what, ``services.tasks`` says, not this form."""

    at = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("In the domain's time zone. If a clock change skips this time, it runs right after."),
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Cron time zone"), required=False)
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    expected_by = forms.TimeField(
        label=gettext_lazy("Expected by"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("We e-mail you if the files arrive later."),
    )
    minimum_rows = forms.IntegerField(
        label=gettext_lazy("Minimum rows"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("We e-mail you if there are fewer, in all files together."),
    )

    class Meta:
        model = Task
        fields: ClassVar = [
            *("label", "frequency", "at", "cron", "timezone", "catch_up", "format", "zipped", "file_name_pattern"),
            *("empty", "manifest", "checksums", "expected_by", "minimum_rows"),
        ]
        labels: ClassVar = {
            "label": gettext_lazy("Label"),
            "frequency": gettext_lazy("Frequency"),
            "cron": gettext_lazy("Cron expression"),
            "catch_up": gettext_lazy("Missed runs"),
            "zipped": gettext_lazy("Compress all exports into one file"),
            "file_name_pattern": gettext_lazy("File name pattern"),
            "empty": gettext_lazy("If there are no rows"),
            "manifest": gettext_lazy("Add manifest.json"),
            "checksums": gettext_lazy("Add .sha256 checksum files"),
        }
        help_texts: ClassVar = {
            "cron": gettext_lazy("Minute, hour, day, month, day of the week; for example 30 6 * * 1-5."),
            "manifest": gettext_lazy("Delivered last: once it is there, all other files are complete."),
        }

    def __init__(self, user: User, task: Task, data: Mapping[str, Any] | None = None) -> None:
        rows = [] if task._state.adding else list(task.destinations.all())
        self._destinations = [(row.kind, row.settings, row.host_keys) for row in rows]
        super().__init__(data, instance=task)
        self.user, self.exports = user, exports_for(user)
        kinds = available_kinds()
        self._rows = {kind.name: [row for row in rows if row.kind == kind.name] for kind in kinds}
        self.destination_forms = [
            destination_forms(kind, self._rows[kind.name], data)
            for kind in kinds
            if isinstance(kind, FileDestinationKind)
        ]
        for name, words in _WORDS.items():
            self.fields[name].choices = words.items()  # type: ignore[attr-defined]
        self.fields["format"].choices = labels.format_choices()  # type: ignore[attr-defined]
        zones = [("", _("Domain default: {choice}").format(choice=user.domain.timezone)), *zone_choices()]
        self.fields["timezone"].choices = zones  # type: ignore[attr-defined]
        self.kinds_for_people = [kind for kind in kinds if kind.person]
        self.fields.update({kind.name: _people(kind, self._rows[kind.name], user) for kind in self.kinds_for_people})

    def stored(self) -> dict[str, Any]:
        """What the form would overwrite."""
        return {**self.initial, "exports": self.instance.exports, "destinations": self._destinations}

    def clean_label(self) -> str:
        """Refuse control characters."""
        return without_hidden_characters(self.cleaned_data["label"])

    def is_valid(self) -> bool:
        """Whether the destinations are valid, too."""
        return all([super().is_valid(), *(formset.is_valid() for formset in self.destination_forms)])

    @property
    def people(self) -> list[forms.BoundField]:
        """The fields in which people are chosen to whom files go."""
        return [self[kind.name] for kind in self.kinds_for_people]

    @property
    def wrong_destinations(self) -> int:
        """How many errors there are in the forms of destinations."""
        return sum(formset.total_error_count() for formset in self.destination_forms)

    def destination_form(self, prefix: str) -> DestinationForm | None:
        """The form of the destination that has that prefix, if there is one."""
        return next((form for formset in self.destination_forms for form in formset if form.prefix == prefix), None)

    def clean(self) -> dict[str, Any]:
        """Refuse a cron line that is none, and a task whose files go nowhere."""
        chosen = self.cleaned_data
        if chosen.get("frequency") == Frequency.CRON:
            try:
                schedule(chosen.get("cron", ""), zone(chosen.get("timezone") or self.user.domain.timezone))
            except NavetteError as error:
                self.add_error("cron", sentence(error))
        nobody = not any(chosen.get(kind.name) for kind in self.kinds_for_people)
        if nobody and all(formset.is_valid() and not formset.named for formset in self.destination_forms):
            self.add_error(None, _("Add a destination."))
        self.instance.exports = self._exports()
        if not self.instance.exports:
            self.add_error(None, _("Choose at least one export."))
        return chosen

    def full_clean(self) -> None:
        """Refuse a pattern that would not make names, too, which takes all of the task to know."""
        super().full_clean()
        if self.is_bound and not self.errors:
            try:
                check_names(self.instance, self.user.domain)
            except NavetteError as error:
                self.add_error("file_name_pattern", sentence(error))

    def _exports(self) -> list[dict[str, Any]]:
        """What is chosen, with its period and its columns, by name: no extension that is added changes the files."""
        chosen = set(self.data.getlist("exports"))  # type: ignore[attr-defined]
        return [self._export(name, declared) for name, declared in self.exports.items() if name in chosen]

    def _export(self, name: str, declared: Export) -> dict[str, Any]:
        names = set(self.data.getlist(f"fields_{name}"))  # type: ignore[attr-defined]
        columns = [column.name for column in declared.all_columns() if column.name in names]
        period, by = self.data.get(f"period_{name}"), self.data.get(f"by_{name}")
        return {
            "export": name,
            "period": period if declared.incremental and period in TASK_PERIODS else "",
            "by": by if by in declared.times else "",
            "fields": columns or default_names(declared),
        }

    def rows(self) -> list[ExportRow]:
        """The exports, those that are chosen with what is chosen of them."""
        exports = self._exports() if self.is_bound else self.instance.exports
        chosen = {chosen_export["export"]: chosen_export for chosen_export in exports}
        rows = [self._row(declared, chosen.get(name)) for name, declared in self.exports.items()]
        return sorted(rows, key=lambda row: folded(row.label))

    def _row(self, declared: Export, chosen: dict[str, Any] | None) -> ExportRow:
        choice, text = chosen or {}, current_reader().catalogue_text
        columns = choice.get("fields") or default_names(declared)
        return ExportRow(
            name=declared.name,
            label=text(declared.label),
            description=text(declared.description),
            incremental=declared.incremental,
            listing=declared.listing,
            chosen=chosen is not None,
            period=choice.get("period") or default_period(declared),
            periods=tasks.LIST_PERIODS if declared.listing else tasks.PERIODS,
            by=choice.get("by") or next(iter(declared.times), ""),
            times=[(name, labels.TIMES[name]) for name in declared.times],
            groups=field_groups(declared, self.user, columns),
        )

    def destinations(self) -> list[Destination]:
        """Where the files go, of a valid form: the task's own rows where they are still of that kind."""
        rows = [row for formset in self.destination_forms for row in formset.destinations()]
        for kind in self.kinds_for_people:
            rows += _rows_of_people(kind, self._rows[kind.name], self.cleaned_data.get(kind.name, ()))
        return rows


def _people(kind: DestinationKind, rows: Iterable[Destination], user: User) -> "forms.ModelMultipleChoiceField[User]":
    """The field in which the people are chosen to whom files go by a kind; now, those of the task's ``rows`` are."""
    [setting] = kind.settings
    addresses = [row.settings[kind.person] for row in rows]
    return forms.ModelMultipleChoiceField(
        recipients(Actor(user)),
        label=in_words(setting.label),
        required=False,
        widget=forms.SelectMultiple({"data-tags": "filter", "data-empty": _("Nobody"), "size": 4}),
        help_text=in_words(setting.help) if setting.help else "",
        initial=list(User.objects.filter(email__in=addresses)),
    )


def _rows_of_people(kind: DestinationKind, rows: Iterable[Destination], people: Iterable[User]) -> list[Destination]:
    by_address = {row.settings[kind.person]: row for row in rows}
    return [
        by_address.get(person.email) or Destination(kind=kind.name, settings={kind.person: person.email})
        for person in people
    ]
