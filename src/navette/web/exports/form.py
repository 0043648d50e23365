"""The form of the details panel: what is asked of one export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from navette.catalogue.export import Export
from navette.control.models import User
from navette.control.requests import SavedRequest, new_request
from navette.core.periods import PERIODS, period
from navette.exporting.choices import Choice, filter_choices
from navette.formats import COMPRESSIONS, FORMATS
from navette.web.exports.fields import default_names
from navette.wording import labels

FILTER = "filter_"
"""What the names of the filters' fields begin with."""


@dataclass(frozen=True)
class ShownFilter:
    """One filter as it is shown: its field, its help, and its choices with their depth in a tree."""

    name: str
    word: labels.Word
    choices: tuple[Choice, ...]
    chosen: frozenset[str]


class FilterField(forms.MultipleChoiceField):
    """The chosen values of one filter, each once. Thousands may be chosen."""

    def to_python(self, value: Any) -> list[str]:
        """The values without duplicates."""
        return list(dict.fromkeys(super().to_python(value)))

    def validate(self, value: list[str]) -> None:
        """Accept values that are not offered any more: ``exporting.filter_values`` refuses them, naming the nearest."""


class ExportForm(forms.Form):
    """What a user asks of one export. Who may have what, ``check_allowed`` says, not this form."""

    start = forms.DateField(label=labels.START.label, required=False)
    end = forms.DateField(label=labels.END.label, required=False)
    period = forms.ChoiceField(choices=tuple(labels.QUICK_PERIODS.items()), required=False)
    by = forms.ChoiceField(required=False)
    format = forms.ChoiceField(choices=labels.format_choices)
    compression = forms.ChoiceField(choices=labels.compression_choices, required=False)
    codec = forms.ChoiceField(choices=labels.codec_choices, required=False)

    def __init__(
        self, export: Export, user: User, data: Mapping[str, Any] | None = None, saved: SavedRequest | None = None
    ) -> None:
        super().__init__(data, initial=_initial(saved or new_request(user, export.name), export))
        self.export, self.user = export, user
        self._choices = {name: filter_choices(export, name, settings.NAVETTE) for name in export.filters}
        for name, filter_values in self._choices.items():
            options = [(choice.value, choice.label) for choice in filter_values]
            self.fields[FILTER + name] = FilterField(choices=options, required=False)
        names = [column.name for column in export.all_columns()]
        self.fields["fields"] = forms.MultipleChoiceField(
            choices=[(name, name) for name in names],
            error_messages={"required": _("Choose at least one field.")},
        )
        self.fields["by"].choices = [(name, labels.TIMES[name].label) for name in export.times]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        chosen = self.cleaned_data
        start, end = chosen.get("start"), chosen.get("end")
        if start and end and end < start and chosen.get("period") not in PERIODS:
            self.add_error("end", _("The end is before the start: choose an end on or after the start."))
        return chosen

    def saved(self) -> SavedRequest:
        """The request of a valid form."""
        chosen = self.cleaned_data
        quick = chosen["period"] if chosen["period"] in PERIODS else ""
        days = {} if quick else {side: chosen[side].isoformat() for side in ("start", "end") if chosen[side]}
        filters = {name: tuple(chosen[FILTER + name]) for name in self.export.filters if chosen[FILTER + name]}
        return new_request(
            self.user,
            self.export.name,
            **days,
            period=quick,
            by=chosen["by"] or None,
            filters=filters,
            fields=self._columns(),
            format=chosen["format"],
            compression=self._compression(),
        )

    def _compression(self) -> str:
        """The choice (of two) that applies to the format; other formats are not compressed."""
        format_ = FORMATS[self.cleaned_data["format"]]
        if format_.compressible:
            return str(self.cleaned_data["compression"])
        return str(self.cleaned_data["codec"]) if len(format_.codecs) > 1 else ""

    def _columns(self) -> tuple[str, ...]:
        """The chosen columns in file order; none of them stands for the default ones, whatever these will be."""
        names = set(self.cleaned_data["fields"])
        chosen = [column.name for column in self.export.all_columns() if column.name in names]
        return () if chosen == default_names(self.export) else tuple(chosen)

    def chosen_fields(self) -> list[str]:
        """The columns that are chosen now, in the form as it stands."""
        return list(self["fields"].value() or [])

    def filters(self) -> Iterator[ShownFilter]:
        """The filters as they are shown, in the order in which the export has them."""
        for name, filter_values in self._choices.items():
            chosen = frozenset(self[FILTER + name].value() or ())
            removed = sorted(chosen - {choice.value for choice in filter_values})  # without them the export would grow
            extra = (Choice(value, value) for value in removed)
            yield ShownFilter(name, labels.FILTER_WORDS[name], (*filter_values, *extra), chosen)


def _initial(saved: SavedRequest, export: Export) -> dict[str, Any]:
    names = {column.name for column in export.all_columns()}
    return {
        "start": (saved.start or "")[:10],
        "end": (saved.end or "")[:10],
        "period": saved.period or labels.CUSTOM,
        "by": saved.by or next(iter(saved.declared.times), ""),
        "format": saved.format,
        "compression": saved.compression if saved.compression in COMPRESSIONS else "",
        "codec": saved.compression if saved.compression in _codecs_of(saved.format) else "",
        "fields": [name for name in saved.fields or default_names(export) if name in names],
        **{FILTER + name: list(values) for name, values in saved.filters.items()},
    }


def _codecs_of(name: str) -> tuple[str, ...]:
    """The codecs that can be chosen of a format, but for its own."""
    return FORMATS[name].codecs[1:] if name in FORMATS else ()


@dataclass(frozen=True)
class Quick:
    """A quick choice of dates; ``start`` and ``end`` are the days that it means today, empty for none."""

    name: str
    label: Any
    start: str = ""
    end: str = ""


def quick_choices(user: User) -> list[Quick]:
    """The quick choices, with the days that they mean today where the user is."""
    today, first = timezone.now().astimezone(user.zone).date(), user.domain.first_day_of_week
    quick = []
    for name, label in labels.QUICK_PERIODS.items():
        days = [day.isoformat() for day in period(name, today, first)] if name in PERIODS else []
        quick.append(Quick(name, label, *days))
    return quick
