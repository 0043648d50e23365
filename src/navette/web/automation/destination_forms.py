"""The destinations of a task's form: its fields are what their kinds declare, beside the key that was accepted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from navette.control.models import Destination
from navette.core.errors import RequestError
from navette.core.file_names import CONTROL
from navette.destinations import DESTINATIONS, DestinationKind, FileDestinationKind, Setting, SettingType
from navette.services.task_values import HOST_KEY, most_of, require_permitted, setting_value
from navette.wording.errors import in_words, sentence


def available_kinds() -> list[DestinationKind]:
    """The kinds of destinations that this installation permits."""
    return [kind for kind in DESTINATIONS.values() if kind.is_available(settings.NAVETTE)]


def without_hidden_characters(text: object) -> str:
    """The text without spaces around it. Raises ValidationError where something in it cannot be seen."""
    stripped = str(text or "").strip()
    if CONTROL.search(stripped):
        raise forms.ValidationError(_("Remove the invisible characters."))
    return stripped


def field_of(setting: Setting, kind: DestinationKind) -> forms.Field:
    """The field for a setting of a kind. What must be given is not required: an empty form stands for none."""
    options: dict[str, Any] = {"label": in_words(setting.label), "required": False}
    if setting.help:
        options["help_text"] = in_words(replace(setting.help, values=kind.facts(settings.NAVETTE)))
    if setting.default:
        options["initial"] = setting.default
    if setting.type is SettingType.PORT:
        field = forms.CharField(widget=forms.NumberInput({"min": 1, "max": 65535}), **options)
    else:
        field = forms.CharField(widget=forms.TextInput({"maxlength": setting.longest}), **options)
    field.widget.attrs["data-default"] = str(setting.default)
    if setting.name in kind.key_of:
        field.widget.attrs["data-key-of"] = True
    return field


class DestinationForm(forms.Form):
    """One destination of a kind; without the first of its settings it stands for none."""

    row_id = forms.CharField(required=False, widget=forms.HiddenInput)
    host_key = forms.RegexField(HOST_KEY, required=False, widget=forms.HiddenInput)
    key_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *arguments: Any, kind: FileDestinationKind, rows: Mapping[str, Destination], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.kind = kind
        self.row = rows.get(str(self["row_id"].value()))
        self.fields.update({setting.name: field_of(setting, kind) for setting in kind.settings})
        if not kind.key_of:
            del self.fields["host_key"], self.fields["key_of"]

    @property
    def pairs(self) -> list[list[forms.BoundField]]:
        """The fields of the settings, as they stand beside each other."""
        fields = [self[setting.name] for setting in self.kind.settings]
        return [fields[begin : begin + 2] for begin in range(0, len(fields), 2)]

    @property
    def is_named(self) -> bool:
        """Whether the form stands for a destination."""
        return bool(self.cleaned_data.get(self.kind.settings[0].name))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a valid form."""
        return {setting.name: self.cleaned_data.get(setting.name) or setting.default for setting in self.kind.settings}

    @property
    def address(self) -> str:
        """Of a valid form: what a key is of, by which the other side is known."""
        return " ".join(str(self.settings[name]) for name in self.kind.key_of)

    def clean(self) -> dict[str, Any]:
        """Have the service check the settings: of a destination all of them, else those that are given."""
        is_named = self.is_named
        for setting in self.kind.settings:
            value = self.cleaned_data.get(setting.name)
            if is_named or value:
                with self._showing_errors(setting.name):
                    self.cleaned_data[setting.name] = setting_value(setting, value)
        if self.is_named:
            with self._showing_errors(self.kind.settings[0].name):
                require_permitted(self.kind, self.settings)
        return self.cleaned_data

    @contextmanager
    def _showing_errors(self, name: str) -> Iterator[None]:
        """Show an error of the block at its field, or else at the one of that name."""
        try:
            yield
        except RequestError as error:
            self.add_error(error.field or name, sentence(error))

    def destination(self) -> Destination:
        """The form's destination, in the row that it had. A key holds only for the address that it is accepted for."""
        row = self.row or Destination(kind=self.kind.name)
        settings = self.settings
        same = all(row.settings.get(name) == settings[name] for name in self.kind.key_of)
        row.settings = settings
        accepted = self.cleaned_data.get("host_key") if self.cleaned_data.get("key_of") == self.address else ""
        row.host_keys = [accepted] if accepted else row.host_keys if same else []
        if accepted or not same:
            row.offered_host_key = ""
        return row


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[DestinationForm]
else:
    _FormSet = forms.BaseFormSet


class _DestinationForms(_FormSet):
    """The destinations of one kind; at least one form, which may be empty."""

    def __init__(self, kind: FileDestinationKind, rows: Sequence[Destination], data: Mapping[str, Any] | None) -> None:
        self.kind = kind
        super().__init__(
            data,
            prefix=kind.name,
            error_messages={"missing_management_form": _("The form arrived incomplete: reload the page.")},
            initial=[{**row.settings, "row_id": row.pk} for row in rows],
            form_kwargs={"kind": kind, "rows": {row.pk: row for row in rows}},
        )

    @property
    def texts(self) -> dict[str, str]:
        """What the page calls these destinations."""
        texts = {"label": in_words(self.kind.label)}
        if several := self.kind.several:
            texts |= {name: in_words(getattr(several, name)) for name in ("title", "add", "remove")}
        return texts

    @property
    def named(self) -> list[DestinationForm]:
        """The forms, of valid ones, that stand for a destination."""
        return [form for form in self.forms if form.is_named]

    def destinations(self) -> list[Destination]:
        """The destinations, of valid forms. A row that several forms name is the first one's."""
        rows: dict[str, Destination] = {}
        for form in self.named:
            if form.row is not None and form.row.pk in rows:
                form.row = None
            row = form.destination()
            rows[row.pk] = row
        return list(rows.values())


def destination_forms(
    kind: FileDestinationKind, rows: Sequence[Destination], data: Mapping[str, Any] | None
) -> _DestinationForms:
    """The forms of a kind, of which a task has these ``rows``: as many as it may have destinations of it."""
    most = most_of(kind)
    make_forms = forms.formset_factory(
        DestinationForm, formset=_DestinationForms, extra=0, min_num=1, max_num=most, absolute_max=most
    )
    return make_forms(kind, rows, data)  # type: ignore[arg-type,return-value] # our own constructor


def with_one_more(data: QueryDict, name: str) -> QueryDict:
    """What a browser without JavaScript sent, with an empty form more for a destination of the kind of that name."""
    if name not in DESTINATIONS:
        return data
    total, more = f"{name}-TOTAL_FORMS", data.copy()
    now, most = data.get(total, ""), most_of(DESTINATIONS[name])
    more[total] = str(min(int(now) + 1, most)) if re.fullmatch("[0-9]{1,3}", now) else "1"
    return more
