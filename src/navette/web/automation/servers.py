"""The SFTP servers of a task's form, each with the host key that was accepted for it."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.automation.task_plan import OF_A_SLOT
from navette.control.models import Destination, Task
from navette.core.errors import NavetteError
from navette.core.name_patterns import check_directory_pattern
from navette.wording.errors import sentence

MOST = 5
"""Servers of one task."""

PREFIX = "servers"

_HOST = re.compile(r"\A[0-9A-Za-z.:_-]{1,253}\Z")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
_HOST_KEY = re.compile(r"\A(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+) [0-9A-Za-z+/=]{1,3000}\Z")


def plain(text: object) -> str:
    """The text without spaces around it. Raises ValidationError where something in it cannot be seen."""
    found = str(text or "").strip()
    if _CONTROL.search(found):
        raise forms.ValidationError(_("This has characters that cannot be seen: correct it."))
    return found


def directory(text: object) -> str:
    """The pattern of a directory. Raises ValidationError where it is none."""
    found = plain(text)
    try:
        check_directory_pattern(found, OF_A_SLOT)
    except NavetteError as error:
        raise forms.ValidationError(sentence(error)) from error
    return found


class ServerForm(forms.Form):
    """One server; without a host it stands for none."""

    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    host = forms.RegexField(_HOST, strip=True, label=gettext_lazy("Host"), required=False)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22, required=False)
    username = forms.CharField(label=gettext_lazy("User"), max_length=100, required=False)
    directory = forms.CharField(
        label=gettext_lazy("Directory"),
        max_length=500,
        initial="./",
        required=False,
        help_text=gettext_lazy(
            "It must exist, and the user must be allowed to write there. Parts with a variable, as in ./in/{{year}}, "
            "are made."
        ),
    )
    host_key = forms.RegexField(_HOST_KEY, required=False, widget=forms.HiddenInput)
    key_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, destinations: Mapping[str, Destination], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.destination = destinations.get(str(self["kept"].value()))

    def clean_username(self) -> str:
        """Refuse control characters."""
        return plain(self.cleaned_data["username"])

    def clean_directory(self) -> str:
        """Refuse control characters and unknown variables; nothing stands for where a login begins."""
        return directory(self.cleaned_data["directory"]) or "./"

    def clean(self) -> dict[str, Any]:
        """Refuse a server without user."""
        if self.cleaned_data.get("host") and not self.cleaned_data.get("username") and not self["username"].errors:
            self.add_error("username", _("Say who signs in on the server."))
        return self.cleaned_data

    @property
    def address(self) -> str:
        """Host and port of a valid form: whose key it is."""
        return f"{self.cleaned_data.get('host', '')} {self.cleaned_data.get('port') or 22}"

    def place(self) -> Destination:
        """The form's server, in the row that it had. A key holds only for the host and port that it is accepted for."""
        chosen, place = self.cleaned_data, self.destination or Destination(kind="sftp")
        told = {"host": chosen.get("host", ""), "port": chosen.get("port") or 22}
        same = {name: place.settings.get(name) for name in told} == told
        place.settings = told | {"user": chosen.get("username", ""), "directory": chosen.get("directory") or "./"}
        accepted = chosen.get("host_key") if chosen.get("key_of") == self.address else ""
        place.host_keys = [accepted] if accepted else place.host_keys if same else []
        if accepted or not same:
            place.offered_host_key = ""
        return place


_Forms = forms.formset_factory(ServerForm, extra=0, min_num=1, max_num=MOST, absolute_max=MOST)


class ServerForms(_Forms):  # type: ignore[misc, valid-type]
    """All servers of a task; at least one form, which may be empty."""

    def __init__(self, task: Task, data: Mapping[str, Any] | None) -> None:
        kept = [] if task._state.adding else list(task.destinations.filter(kind="sftp"))
        super().__init__(
            data,
            prefix=PREFIX,
            error_messages={"missing_management_form": _("The servers did not arrive: load the page again.")},
            initial=[_fields(one) for one in kept],
            form_kwargs={"destinations": {one.pk: one for one in kept}},
        )

    @property
    def named(self) -> list[ServerForm]:
        """The forms, of valid ones, that stand for a server."""
        return [form for form in self.forms if form.cleaned_data.get("host")]

    def form_of(self, prefix: str) -> ServerForm | None:
        """The form of that prefix, if there is one."""
        return next((form for form in self.forms if form.prefix == prefix), None)

    def places(self) -> list[Destination]:
        """The servers, of valid forms. A row that several forms name is the first one's."""
        found: dict[str, Destination] = {}
        for form in self.named:
            if form.destination is not None and form.destination.pk in found:
                form.destination = None
            place = form.place()
            found[place.pk] = place
        return list(found.values())


def with_one_more(data: QueryDict) -> QueryDict:
    """What a browser without JavaScript sent, with an empty form of a server more."""
    total, more = f"{PREFIX}-TOTAL_FORMS", data.copy()
    now = data.get(total, "")
    more[total] = str(min(int(now) + 1, MOST)) if re.fullmatch("[0-9]{1,3}", now) else "1"
    return more


def _fields(destination: Destination) -> dict[str, Any]:
    told = destination.settings
    named = {name: told.get(name) for name in ("host", "port", "directory")}
    return {"kept": destination.pk, "username": told.get("user"), **named}
