"""The form of a task: when it runs, what it exports, what its files are called, and where they go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from navette.catalogue.export import Export
from navette.catalogue.words import words
from navette.control.models import Destination, Domain, Frequency, Task, User
from navette.control.requests import exports_for
from navette.core.errors import NavetteError
from navette.core.schedules import schedule
from navette.core.zones import zone
from navette.destinations.folder import folder_within
from navette.jobs.tasks.plan import PERIODS
from navette.web.error_words import sentence
from navette.web.forms import zone_choices
from navette.web.pages import export_words
from navette.web.pages.export_fields import Group, default_names, groups

if TYPE_CHECKING:
    TaskModelForm = forms.ModelForm[Task]
else:
    TaskModelForm = forms.ModelForm

_HOST = re.compile(r"\A[0-9A-Za-z.:_-]{1,253}\Z")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
_HOST_KEY = re.compile(r"\A(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+) [0-9A-Za-z+/=]{1,3000}\Z")


@dataclass(frozen=True)
class ExportRow:
    """One export as the form shows it, and what is chosen of it."""

    name: str
    label: str
    description: str
    incremental: bool
    chosen: bool
    period: str
    by: str
    times: list[tuple[str, export_words.Word]]
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
    host = forms.RegexField(_HOST, label=gettext_lazy("Host"), required=False)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22, required=False)
    username = forms.CharField(label=gettext_lazy("User"), max_length=100, required=False)
    directory = forms.CharField(
        label=gettext_lazy("Directory"),
        max_length=500,
        initial="./",
        required=False,
        help_text=gettext_lazy("It must exist, and the user may read and write it."),
    )
    host_key = forms.RegexField(_HOST_KEY, required=False, widget=forms.HiddenInput)
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
            "minimum_rows": gettext_lazy("Minimum rows"),
        }
        help_texts: ClassVar = {
            "cron": gettext_lazy("Minute, hour, day, month, day of the week; as in 30 6 * * 1-5."),
            "manifest": gettext_lazy("A program that waits for it finds all files whole."),
            "minimum_rows": gettext_lazy("You get a mail when fewer come out, in all files together."),
        }

    def __init__(self, user: User, task: Task, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, instance=task, initial=_places(task))
        self.user, self.exports = user, exports_for(user)
        self.fields["format"].choices = [(name, word.label) for name, word in export_words.FORMATS.items()]  # type: ignore[attr-defined]
        own = Domain.current().timezone
        zones = [("", _("As the domain: {choice}").format(choice=own)), *zone_choices()]
        self.fields["timezone"].choices = zones  # type: ignore[attr-defined]
        people = User.objects.filter(is_active=True).select_related("role")
        self.fields["recipients"].queryset = people.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in people if one.may("read_export")]
        )
        if not settings.NAVETTE.folder_roots:
            del self.fields["folder"]

    def clean_label(self) -> str:
        """Refuse control characters."""
        return self._plain("label")

    def clean_directory(self) -> str:
        """Refuse control characters; nothing stands for where a login begins."""
        return self._plain("directory") or "./"

    def clean_username(self) -> str:
        """Refuse control characters."""
        return self._plain("username")

    def _plain(self, name: str) -> str:
        text = str(self.cleaned_data.get(name) or "").strip()
        if _CONTROL.search(text):
            raise forms.ValidationError(_("This has characters that cannot be seen: correct it."))
        return text

    def clean_folder(self) -> str:
        """Refuse a folder that is not one of those where files may go."""
        folder = self._plain("folder")
        if folder:
            try:
                folder_within(folder, settings.NAVETTE.folder_roots)
            except NavetteError as error:
                raise forms.ValidationError(sentence(error)) from error
        return folder

    def clean(self) -> dict[str, Any]:
        """Refuse a cron line that is none, a server without user, and a task whose files go nowhere."""
        chosen = self.cleaned_data
        if chosen.get("frequency") == Frequency.CRON:
            try:
                schedule(chosen.get("cron", ""), zone(chosen.get("timezone") or Domain.current().timezone))
            except NavetteError as error:
                self.add_error("cron", sentence(error))
        if chosen.get("host") and not chosen.get("username"):
            self.add_error("username", _("Say who signs in on the server."))
        if not any(chosen.get(name) for name in ("host", "recipients", "folder")) and not self["host"].errors:
            self.add_error("host", _("Say where the files go."))
        self.instance.exports = self._exports()
        if not self.instance.exports:
            self.add_error(None, _("The task exports nothing: choose at least one export."))
        return chosen

    def _exports(self) -> list[dict[str, Any]]:
        """What is chosen, with its period and columns; no columns stand for the default ones."""
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
            "fields": [] if columns == default_names(declared) else columns,
        }

    def rows(self) -> list[ExportRow]:
        """The exports, those that are chosen with what is chosen of them."""
        worded = words(get_language() or "en")
        exports = self._exports() if self.is_bound else self.instance.exports
        chosen = {one["export"]: one for one in exports}
        rows = [self._row(one, chosen.get(name), worded) for name, one in self.exports.items()]
        return sorted(rows, key=lambda row: row.label.casefold())

    def _row(self, declared: Export, chosen: dict[str, Any] | None, worded: Any) -> ExportRow:
        told = chosen or {}
        columns = told.get("fields") or default_names(declared)
        return ExportRow(
            name=declared.name,
            label=worded(declared.label),
            description=worded(declared.description),
            incremental=declared.incremental,
            chosen=chosen is not None,
            period=told.get("period") or "yesterday",
            by=told.get("by") or next(iter(declared.times), ""),
            times=[(name, export_words.TIMES[name]) for name in declared.times],
            groups=groups(declared, self.user, columns),
        )

    def destinations(self) -> list[Destination]:
        """Where the files go, of a valid form: the task's own rows where they are still of that kind."""
        chosen = self.cleaned_data
        kept = [] if self.instance._state.adding else list(self.instance.destinations.all())
        by_kind = {one.kind: one for one in reversed(kept)}
        found = []
        if chosen.get("host"):
            found.append(self.server(by_kind.get("sftp") or Destination(kind="sftp")))
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

    def server(self, place: Destination) -> Destination:
        """The SFTP server of the form as it stands. A key that was accepted holds for the same host and port only."""
        chosen = self.cleaned_data
        told = {"host": chosen.get("host", ""), "port": chosen.get("port") or 22}
        same = {name: place.settings.get(name) for name in told} == told
        place.settings = told | {"user": chosen.get("username", ""), "directory": chosen.get("directory") or "./"}
        accepted = chosen.get("host_key")
        place.host_keys = [accepted] if accepted else place.host_keys if same else []
        if accepted:
            place.offered_host_key = ""
        return place


def _places(task: Task) -> dict[str, Any]:
    """The form's fields for where a task's files go now."""
    if task._state.adding:
        return {}
    found: dict[str, Any] = {}
    places = list(task.destinations.all())
    for one in places:
        if one.kind == "sftp":
            told = one.settings
            found |= {name: told.get(name) for name in ("host", "port", "directory")} | {"username": told.get("user")}
        elif one.kind == "folder":
            found["folder"] = one.settings["folder"]
    addresses = [one.settings["recipient"] for one in places if one.kind == "email"]
    found["recipients"] = list(User.objects.filter(email__in=addresses))
    return found
