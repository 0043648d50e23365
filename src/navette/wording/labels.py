"""What people call the parts of a request and of a task, and the help that explains them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from navette.catalogue.exports import EXPORTS
from navette.formats import CODECS, COMPRESSIONS, FORMATS
from navette.wording.reader import Reader

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def export_label(name: str, reader: Reader) -> str:
    """What the reader calls an export; its name where there is none of that name (any more)."""
    return reader.catalogue_text(EXPORTS[name].label) if name in EXPORTS else name


@dataclass(frozen=True)
class Word:
    """A label, and a sentence or two on what it stands for."""

    label: "StrPromise | str"
    help: "StrPromise"


TIMES = {
    "created": Word(_("Creation date"), _("The dates apply to when a record was created.")),
    "updated": Word(_("Update date"), _("The dates apply to when a record was last changed.")),
    "date": Word(_("Day"), _("The dates apply to the day that a row is about.")),
    "response": Word(_("Response date"), _("The dates apply to when a survey was answered.")),
    "started": Word(_("Activity start"), _("The dates apply to when an activity began.")),
    "last_content": Word(_("Last message"), _("The dates apply to when the latest message was written.")),
}
"""Every time of the catalogue that a window can apply to, by its name in ``Export.times``."""

FILTER_WORDS = {
    "agent": Word(_("Agent"), _("Only records about one of these agents.")),
    "category": Word(_("Category"), _("Only records in one of these categories. Subcategories are not included.")),
    "channel": Word(_("Channel"), _("Only records that came in or went out through one of these channels.")),
    "group": Word(_("Entry group"), _("Only entries in one of these reply assistant groups.")),
    "language": Word(_("Language"), _("Only records in one of these languages.")),
    "name": Word(_("Name"), _("Only events or notifications with one of these names.")),
    "role": Word(_("Role"), _("Only agents who have one of these roles.")),
    "source": Word(_("Source"), _("Only records from one of these connected accounts.")),
    "status": Word(_("Status"), _("Only records with one of these statuses.")),
    "tag": Word(_("Tag"), _("Only records with one of these tags.")),
    "team": Word(_("Team"), _("Only records about agents in one of these teams.")),
    "type": Word(_("Type"), _("Only records of one of these types.")),
}
"""Every filter of the catalogue, by its name in ``Export.filters``. Several values of one filter mean any of them."""

NO_COMPRESSION = _("None")


def format_choices() -> list[tuple[str, str]]:
    """The formats as choices, in the order in which they are offered."""
    return [(name, format_.label) for name, format_ in FORMATS.items()]


def compression_choices() -> list[tuple[str, "StrPromise | str"]]:
    """How a file can be compressed as a whole, as choices."""
    wholes = [(whole.name, f"{whole.label} (.{whole.extension})") for whole in COMPRESSIONS.values()]
    return [("", NO_COMPRESSION), *wholes]


def codec_choices() -> list[tuple[str, "StrPromise | str"]]:
    """How what is inside of a file can be compressed, as choices; the empty one is the format's own way."""
    codecs = [format_.codecs for format_ in FORMATS.values() if len(format_.codecs) > 1]
    own = " / ".join(dict.fromkeys(CODECS[first] for first, *_alternatives in codecs))
    alternatives = dict.fromkeys(name for _own, *names in codecs for name in names)
    return [("", own), *((name, NO_COMPRESSION if name == "none" else CODECS[name]) for name in alternatives)]


def formats_with_codecs() -> str:
    """The labels of the formats of which what is inside can be compressed."""
    return ", ".join(format_.label for format_ in FORMATS.values() if len(format_.codecs) > 1)


CUSTOM = "custom"
QUICK_PERIODS = {
    CUSTOM: _("Custom"),
    "yesterday": _("Yesterday"),
    "last_week": _("Last week"),
    "last_month": _("Last month"),
    "this_year": _("This year"),
}
"""The quick choices of dates; ``CUSTOM`` stands for the dates that are typed in."""

START = Word(
    _("Start date"),
    _("First day included, from midnight your time. Leave empty for no limit."),
)
END = Word(_("End date"), _("Last day included, until midnight your time. Leave empty for no limit."))
PERIOD = Word(
    _("Quick choices"),
    _("They set both dates. Saved settings keep relative dates."),
)
BY = Word(_("Filtered by"), _("Which date of a record the start and end dates apply to."))
FORMAT = Word(_("Format"), _("The type of file you receive."))
COMPRESSION = Word(_("Compression"), _("Makes the file smaller, for programs that read compressed files."))
CODEC = Word(
    _("Compression"),
    _("Inside the file. Choose Snappy for old programs that do not support Zstandard."),
)
FIELDS = Word(
    _("Fields"),
    _("The columns of the file. File order follows the data dictionary."),
)

STEP_WORDS: dict[str, "StrPromise"] = {
    "address": _("Find an allowed address"),
    "connect": _("Connect"),
    "algorithms": _("Negotiate encryption"),
    "host_key": _("Verify the server's key"),
    "authenticate": _("Sign in with our key"),
    "directory": _("Check the directory"),
    "write": _("Write a file"),
    "rename": _("Rename it to its final name"),
    "free_space": _("Free space"),
}
"""The steps of a test of a connection, in their order."""

VARIABLE_WORDS: dict[str, "StrPromise"] = {
    "label": _("the task's label"),
    "export_name": _("the export's name"),
    "year": _("year"),
    "month": _("month"),
    "day": _("day"),
    "hour": _("hour"),
    "minute": _("minute"),
    "window_start": _("first day of the period"),
    "window_end": _("last day of the period"),
    "run_id": _("the run's ID"),
    "extension": _("the format's extension"),
}
"""The variables of a file name pattern."""
