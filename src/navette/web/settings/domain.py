"""Settings > Domain: what holds for everybody."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.control.models import Domain
from navette.services.domain import DomainValues, change
from navette.web.forms import SharedForm, give_choices, submitted
from navette.web.request import ConsoleRequest, permitted

if TYPE_CHECKING:
    DomainModelForm = forms.ModelForm[Domain]
else:
    DomainModelForm = forms.ModelForm


class DomainForm(SharedForm, DomainModelForm):
    """The domain's settings."""

    locale = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Used for people who have not chosen one."),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Used for day boundaries and all times."),
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
            "export_in_seconds": gettext_lazy("Durations in seconds"),
            "retention_days": gettext_lazy("Retention period (days)"),
            "link_days": gettext_lazy("Link validity (days)"),
            "file_name_pattern": gettext_lazy("File name pattern"),
        }
        help_texts: ClassVar = {
            "name": gettext_lazy("The contact centre's name, as people know it."),
            "export_in_seconds": gettext_lazy("Exports show durations in whole seconds instead of hours and minutes."),
            "retention_days": gettext_lazy("Files are deleted after this many days. The history keeps the details."),
            "link_days": gettext_lazy("How long a download link stays valid when a file is too large to attach."),
            "file_name_pattern": gettext_lazy(
                "{{export_name}} is the export's name, {{year}} to {{second}} the time of the request, "
                "{{domain}} the domain's name."
            ),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        give_choices(self)

    @property
    def values(self) -> DomainValues:
        """What a valid form says."""
        return DomainValues(**self.cleaned_data)


@permitted("update_settings")
def domain(request: ConsoleRequest) -> HttpResponseBase:
    """Show the settings, and change them."""
    form = DomainForm(request.POST or None, instance=Domain.current())
    if submitted(form, lambda: change(request.actor, form.values)):
        messages.success(request, _("Settings saved."))
        return redirect("domain")
    return render(request, "settings/domain.html", {"title": _("Domain"), "form": form})
