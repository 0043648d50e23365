"""Settings > Audit log: who did what, when, and from where."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.control.models import Event
from navette.web.forms import DayField
from navette.web.request import ConsoleRequest, permitted
from navette.wording.events import event_label

PAGE = 50


def _names() -> list[tuple[str, str]]:
    names = Event.objects.order_by("name").values_list("name", flat=True).distinct()
    return [("", _("All events")), *sorted(((name, event_label(name)) for name in names), key=lambda pair: pair[1])]


def _people() -> list[tuple[str, str]]:
    people = Event.objects.exclude(who="").order_by("who").values_list("who", flat=True).distinct()
    return [("", _("Everyone")), *((who, who) for who in people)]


class FilterForm(forms.Form):
    """Which events. Days are the reader's, both included."""

    name = forms.ChoiceField(label=gettext_lazy("Event"), choices=_names, required=False)
    who = forms.ChoiceField(label=gettext_lazy("User"), choices=_people, required=False)
    start = DayField(label=gettext_lazy("From"), required=False)
    end = DayField(label=gettext_lazy("To"), required=False)
    before = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and end < start:
            self.add_error("end", _("Choose a day on or after the first one."))
        return self.cleaned_data

    def events(self) -> QuerySet[Event]:
        """The events, the newest first; ``before`` is the number of an event that is newer than all of them."""
        chosen = self.cleaned_data
        conditions = {
            "name": chosen["name"],
            "who": chosen["who"],
            "created_at__gte": chosen["start"] and _midnight(chosen["start"]),
            "created_at__lt": chosen["end"] and _midnight(chosen["end"] + timedelta(days=1)),
            "number__lt": chosen["before"],
        }
        return Event.objects.filter(**{name: value for name, value in conditions.items() if value})


def _midnight(day: Any) -> datetime:
    """The beginning of the day in the reader's time zone."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


@permitted("search_event")
def journal(request: ConsoleRequest) -> HttpResponseBase:
    """A page of events, the newest first."""
    form = FilterForm(request.GET)
    events = list(form.events()[: PAGE + 1]) if form.is_valid() else []
    context: dict[str, Any] = {"title": _("Audit log"), "form": form, "events": events[:PAGE]}
    chosen = {name: value for name, value in request.GET.items() if value}
    context["filtered"] = bool(chosen.keys() - {"before"})
    if len(events) > PAGE:
        context["older"] = request.GET.copy()
        context["older"]["before"] = str(events[PAGE - 1].number)
    if "before" in chosen:
        context["newest"] = request.GET.copy()
        del context["newest"]["before"]
    return render(request, "settings/journal.html", context)
