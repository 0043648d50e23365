"""The form of a task: when it runs, what it exports, what its files are called, and where they go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.automation.task_plan import BEGINNING, PERIODS, check_names, default_period
from navette.catalogue.export import Export
from navette.control.models import Destination, Domain, Frequency, Task, User
from navette.control.requests import exports_for
from navette.core.errors import NavetteError
from navette.core.schedules import schedule
from navette.core.zones import zone
from navette.destinations.folder import folder_within
from navette.web.automation.servers import ServerForms, directory, plain
from navette.web.exports.fields import Group, default_names, groups
from navette.web.forms import zone_choices
from navette.wording import labels
from navette.wording.errors import sentence
from navette.wording.reader import current_reader

if TYPE_CHECKING:
    TaskModelForm = forms.ModelForm[Task]
else:
    TaskModelForm = forms.ModelForm


LIST_PERIODS = {BEGINNING: gettext_lazy("Everything"), **{name: PERIODS[name] for name in PERIODS if name != BEGINNING}}
"""The periods of a list, with the whole list first, which is what people expect."""


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


class TaskForm(TaskModelForm):
    """A task as its owner changes it. Who may have what, ``jobs.tasks.editing`` says, not this form."""

    at = forms.TimeField(
        label=gettext_lazy("At"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("By the domain's clocks. An hour that a change of the clock skips: right after it."),
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone of the cron line"), required=False)
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    expected_by = forms.TimeField(
        label=gettext_lazy("Expected by"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("You get a mail when the files arrive later."),
    )
    minimum_rows = forms.IntegerField(
        label=gettext_lazy("Minimum rows"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("You get a mail when fewer come out, in all files together."),
    )
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("By e-mail, too"),
        required=False,
        widget=forms.SelectMultiple({"data-tags": "filter", "data-empty": gettext_lazy("Nobody"), "size": 4}),
        help_text=gettext_lazy("To people who may export; one mail for each file."),
    )
    folder = forms.CharField(label=gettext_lazy("Into a folder, too"), max_length=500, required=False)

    class Meta:
        model = Task
        fields: ClassVar = [
            *("label", "frequency", "at", "cron", "timezone", "catch_up", "format", "zipped", "file_name_pattern"),
            *("empty", "manifest", "checksums", "expected_by", "minimum_rows"),
        ]
        labels: ClassVar = {
            "label": gettext_lazy("Label"),
            "frequency": gettext_lazy("Run"),
            "cron": gettext_lazy("Cron line"),
            "catch_up": gettext_lazy("Slots missed while Navette was off"),
            "zipped": gettext_lazy("Compress the exports into one file"),
            "file_name_pattern": gettext_lazy("Pattern of the file name"),
            "empty": gettext_lazy("A file without rows"),
            "manifest": gettext_lazy("Add manifest.json, last"),
            "checksums": gettext_lazy("Add a .sha256 beside each file"),
        }
        help_texts: ClassVar = {
            "cron": gettext_lazy("Minute, hour, day, month, day of the week; as in 30 6 * * 1-5."),
            "manifest": gettext_lazy("A program that waits for it finds all files whole."),
        }

    def __init__(self, user: User, task: Task, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, instance=task, initial=_places(task))
        self.user, self.exports, self.servers = user, exports_for(user), ServerForms(task, data)
        self.fields["format"].choices = [(name, word.label) for name, word in labels.FORMATS.items()]  # type: ignore[attr-defined]
        own = Domain.current().timezone
        zones = [("", _("As the domain: {choice}").format(choice=own)), *zone_choices()]
        self.fields["timezone"].choices = zones  # type: ignore[attr-defined]
        people = User.objects.filter(is_active=True).select_related("role")
        self.fields["recipients"].queryset = people.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in people if one.may("read_export")]
        )
        if roots := settings.NAVETTE.folder_roots:
            self.fields["folder"].help_text = _(
                "It must exist, in or below %(folders)s. Parts with a variable, as in {{year}}, are made."
            ) % {"folders": ", ".join(map(str, roots))}
        else:
            del self.fields["folder"]

    def clean_label(self) -> str:
        """Refuse control characters."""
        return plain(self.cleaned_data["label"])

    def clean_folder(self) -> str:
        """Refuse a folder that is not one of those where files may go."""
        folder = directory(self.cleaned_data["folder"])
        if folder:
            try:
                folder_within(folder, settings.NAVETTE.folder_roots)
            except NavetteError as error:
                raise forms.ValidationError(sentence(error)) from error
        return folder

    def is_valid(self) -> bool:
        """Whether the servers are valid, too."""
        return all([super().is_valid(), self.servers.is_valid()])

    def clean(self) -> dict[str, Any]:
        """Refuse a cron line that is none, and a task whose files go nowhere."""
        chosen = self.cleaned_data
        if chosen.get("frequency") == Frequency.CRON:
            try:
                schedule(chosen.get("cron", ""), zone(chosen.get("timezone") or Domain.current().timezone))
            except NavetteError as error:
                self.add_error("cron", sentence(error))
        elsewhere = chosen.get("recipients") or chosen.get("folder")
        if self.servers.is_valid() and not self.servers.named and not elsewhere:
            self.add_error(None, _("Say where the files go."))
        self.instance.exports = self._exports()
        if not self.instance.exports:
            self.add_error(None, _("The task exports nothing: choose at least one export."))
        return chosen

    def full_clean(self) -> None:
        """Refuse a pattern that would not make names, too, which takes all of the task to know."""
        super().full_clean()
        if self.is_bound and not self.errors:
            try:
                check_names(self.instance, Domain.current())
            except NavetteError as error:
                self.add_error("file_name_pattern", sentence(error))

    def _exports(self) -> list[dict[str, Any]]:
        """What is chosen, with its period and its columns, by name: no extension that is added changes the files."""
        chosen = set(self.data.getlist("exports"))  # type: ignore[attr-defined]
        return [self._export(name, one) for name, one in self.exports.items() if name in chosen]

    def _export(self, name: str, declared: Export) -> dict[str, Any]:
        asked = set(self.data.getlist(f"fields_{name}"))  # type: ignore[attr-defined]
        columns = [column.name for column in declared.all_columns() if column.name in asked]
        period, by = self.data.get(f"period_{name}"), self.data.get(f"by_{name}")
        return {
            "export": name,
            "period": period if declared.incremental and period in PERIODS else "",
            "by": by if by in declared.times else "",
            "fields": columns or default_names(declared),
        }

    def rows(self) -> list[ExportRow]:
        """The exports, those that are chosen with what is chosen of them."""
        exports = self._exports() if self.is_bound else self.instance.exports
        chosen = {one["export"]: one for one in exports}
        rows = [self._row(one, chosen.get(name)) for name, one in self.exports.items()]
        return sorted(rows, key=lambda row: row.label.casefold())

    def _row(self, declared: Export, chosen: dict[str, Any] | None) -> ExportRow:
        told, text = chosen or {}, current_reader().catalogue_text
        columns = told.get("fields") or default_names(declared)
        return ExportRow(
            name=declared.name,
            label=text(declared.label),
            description=text(declared.description),
            incremental=declared.incremental,
            listing=declared.listing,
            chosen=chosen is not None,
            period=told.get("period") or default_period(declared),
            periods=LIST_PERIODS if declared.listing else PERIODS,
            by=told.get("by") or next(iter(declared.times), ""),
            times=[(name, labels.TIMES[name]) for name in declared.times],
            groups=groups(declared, self.user, columns),
        )

    def destinations(self) -> list[Destination]:
        """Where the files go, of a valid form: the task's own rows where they are still of that kind."""
        chosen = self.cleaned_data
        kept = [] if self.instance._state.adding else list(self.instance.destinations.all())
        by_kind = {one.kind: one for one in reversed(kept)}
        found = self.servers.places()
        by_address = {one.settings.get("recipient"): one for one in kept if one.kind == "email"}
        for person in chosen.get("recipients", ()):
            found.append(
                by_address.get(person.email) or Destination(kind="email", settings={"recipient": person.email})
            )
        if chosen.get("folder"):
            place = by_kind.get("folder") or Destination(kind="folder")
            place.settings = {"folder": chosen["folder"]}
            found.append(place)
        return found


def _places(task: Task) -> dict[str, Any]:
    """The form's fields for where a task's files go now, but for servers."""
    if task._state.adding:
        return {}
    found: dict[str, Any] = {}
    places = list(task.destinations.all())
    for one in places:
        if one.kind == "folder":
            found["folder"] = one.settings["folder"]
    addresses = [one.settings["recipient"] for one in places if one.kind == "email"]
    found["recipients"] = list(User.objects.filter(email__in=addresses))
    return found
