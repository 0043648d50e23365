"""Which runs the history shows: those that the user may see, filtered as they ask."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from navette.catalogue.exports import EXPORTS
from navette.control.models import Run, User
from navette.control.shown_states import with_shown_state
from navette.core.alphabetical import folded
from navette.core.windows import midnight
from navette.web.forms import DayField
from navette.wording.labels import export_label
from navette.wording.reader import Reader
from navette.wording.states import RUN_STATES

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SHOWN = (
    "pk",
    "state",
    "created_at",
    "export",
    "request",
    "requested_by__name",
    "rows",
    "rows_counted",
    "rows_done",
    "bytes",
    "seconds",
    "path",
    "file_name",
    "columns",
    "expires_at",
)
"""What the list reads of a run; logs and the like stay where they are."""


def sees_all(user: User) -> bool:
    """Whether other people's runs are there for the user."""
    return user.may("read_all_runs") or user.may("download_all_runs")


def visible_runs(user: User) -> QuerySet[Run]:
    """The runs that the user may see, the latest first; see ``control.permissions.may_see_run``."""
    if sees_all(user):
        return Run.objects.all()
    return Run.objects.filter(requested_by=user) if user.may("read_export") else Run.objects.none()


class RunFilter(forms.Form):
    """The filters above the history."""

    export = forms.ChoiceField(label=_("Export"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    user = forms.ChoiceField(label=_("Requested by"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, data: Mapping[str, Any], user: User, reader: Reader) -> None:
        super().__init__(data)
        self._zone = reader.zone
        labels = [(name, export_label(name, reader)) for name in EXPORTS]
        self._offer("export", sorted(labels, key=lambda pair: folded(pair[1])), pgettext_lazy("exports", "All"))
        self._offer("state", list(RUN_STATES.items()), _("All"))
        if sees_all(user):
            people = User.objects.values_list("pk", "name")
            self._offer("user", sorted(people, key=lambda pair: folded(pair[1])), _("All"))
        else:
            del self.fields["user"]

    def _offer(self, name: str, choices: list[tuple[str, Any]], all_label: "StrPromise") -> None:
        self.fields[name].choices = [("", all_label), *choices]  # type: ignore[attr-defined]

    def applied(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        """The runs that fit, with their shown state; a filter that is not valid is left out, and the form says so."""
        self.is_valid()
        criteria = {name: value for name, value in self.cleaned_data.items() if value}
        columns = {"export": "export", "state": "shown", "user": "requested_by"}
        runs = with_shown_state(runs).filter(
            **{columns[name]: value for name, value in criteria.items() if name in columns}
        )
        if "since" in criteria:
            runs = runs.filter(created_at__gte=midnight(criteria["since"], self._zone))
        if "until" in criteria:
            runs = runs.filter(created_at__lt=midnight(criteria["until"] + timedelta(days=1), self._zone))
        return runs
