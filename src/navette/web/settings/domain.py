"""Settings > Domain: what holds for everybody."""

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.forms import BoundField
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.automation.scheduler import queue_due
from navette.automation.slot_planning import begin_anew
from navette.control.journal import record
from navette.control.models import Domain, Run
from navette.control.models.domain import DAYS
from navette.control.run_file_names import check_pattern
from navette.core.errors import RequestError
from navette.web.forms import give_choices
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import sentence

if TYPE_CHECKING:
    DomainModelForm = forms.ModelForm[Domain]
else:
    DomainModelForm = forms.ModelForm


class HoursField(forms.CharField):
    """The hours of a day, as in ``09:00-12:30, 14:00-18:00``; empty is closed. Gives them without spaces."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60, **options)
        self.widget.attrs["placeholder"] = gettext_lazy("closed")

    def prepare_value(self, value: Any) -> Any:
        """A space after each comma."""
        return value.replace(",", ", ") if isinstance(value, str) and ", " not in value else value

    def clean(self, value: Any) -> str:
        """Raise ValidationError for what are no hours, or hours that overlap or go backwards."""
        text = re.sub(r"\s", "", super().clean(value)).replace("–", "-").replace(";", ",")
        if text and not _are_hours(text):
            raise forms.ValidationError(_("Write hours as in 09:00-12:30, 14:00-18:00, in their order."))
        return text


def _are_hours(text: str) -> bool:
    if not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d(,\d\d:\d\d-\d\d:\d\d)*", text):
        return False
    ends = re.split("[-,]", text)
    return ends == sorted(set(ends)) and all(_is_time(end) for end in ends)


def _is_time(text: str) -> bool:
    try:
        return text == "24:00" or bool(time.fromisoformat(text))
    except ValueError:
        return False


class DomainForm(DomainModelForm):
    """The domain's settings."""

    locale = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Of people who chose none, of their files and mails."),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("In which days begin and end, and in which times are shown and exported."),
    )
    first_day_of_week = forms.TypedChoiceField(
        label=gettext_lazy("First day of the week"),
        choices=lambda: [(number, capfirst(day)) for number, day in WEEKDAYS.items()],
        coerce=int,
    )

    class Meta:
        model = Domain
        fields: ClassVar = [
            "name",
            "locale",
            "timezone",
            "first_day_of_week",
            "export_in_seconds",
            "retention_days",
            "link_days",
            "file_name_pattern",
        ]
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "export_in_seconds": gettext_lazy("Export in seconds"),
            "retention_days": gettext_lazy("Retention, in days"),
            "link_days": gettext_lazy("Links in mails, in days"),
            "file_name_pattern": gettext_lazy("Pattern of file names"),
        }
        help_texts: ClassVar = {
            "name": gettext_lazy("The contact centre's name, as people know it."),
            "export_in_seconds": gettext_lazy("Durations in whole seconds instead of hours and minutes."),
            "retention_days": gettext_lazy(
                "After so many days the file of an export is deleted; what it was stays known."
            ),
            "link_days": gettext_lazy("So long works the link of a mail whose file was too large to attach."),
            "file_name_pattern": gettext_lazy(
                "{{export_name}} is the export's name, {{year}} to {{second}} when it was asked for, {{domain}} the "
                "domain's name."
            ),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        give_choices(self)
        for number, day in enumerate(DAYS):
            self.fields[day] = HoursField(label=WEEKDAYS[number], initial=self.instance.business_hours.get(day, ""))

    @property
    def days(self) -> list[BoundField]:
        """The fields of the business hours, from the first day of the week on."""
        first = self.instance.first_day_of_week
        return [self[day] for day in (*DAYS[first:], *DAYS[:first])]

    def clean_file_name_pattern(self) -> str:
        """Refuse a pattern that would not make file names."""
        pattern = str(self.cleaned_data["file_name_pattern"]).strip()
        try:
            check_pattern(pattern)
        except RequestError as error:
            raise forms.ValidationError(sentence(error)) from error
        return pattern

    def save(self, commit: bool = True) -> Domain:
        """Keep the settings, and the days that have hours."""
        self.instance.business_hours = {day: self.cleaned_data[day] for day in DAYS if self.cleaned_data[day]}
        return super().save(commit)


def _keep(form: DomainForm) -> None:
    """Save the settings; another retention holds for the files that are there already, too."""
    moved = bool({"timezone", "first_day_of_week"} & set(form.changed_data))
    while moved and queue_due(timezone.now()):  # what is due by the old clocks is due
        pass
    with transaction.atomic():
        saved = form.save()
        if "retention_days" in form.changed_data:
            kept = timedelta(days=saved.retention_days)
            Run.objects.exclude(path="").update(expires_at=F("created_at") + kept)
        if moved:
            begin_anew(timezone.now())


@permitted("update_settings")
def domain(request: ConsoleRequest) -> HttpResponseBase:
    """Show the settings, and change them."""
    form = DomainForm(request.POST or None, instance=Domain.current())
    if request.method == "POST" and form.is_valid():
        _keep(form)
        if form.changed_data:
            record("settings.updated", request.actor, changed=form.changed_data)
        messages.success(request, _("The settings are saved."))
        return redirect("domain")
    return render(request, "settings/domain.html", {"title": _("Domain"), "form": form})
