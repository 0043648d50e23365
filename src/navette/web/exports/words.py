"""What the console calls the parts of a request, and what it tells of each on hover and focus."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from navette.wording import labels

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Word:
    """A label, and a sentence or two on what it stands for."""

    label: "StrPromise | str"
    help: "StrPromise"


TIMES = {
    "created": Word(labels.TIMES["created"], _("The dates apply to when a record was created.")),
    "updated": Word(labels.TIMES["updated"], _("The dates apply to when a record was last changed.")),
    "date": Word(labels.TIMES["date"], _("The dates apply to the day that a row is about.")),
    "response": Word(labels.TIMES["response"], _("The dates apply to when a survey was answered.")),
    "started": Word(labels.TIMES["started"], _("The dates apply to when an activity began.")),
    "last_content": Word(labels.TIMES["last_content"], _("The dates apply to when the latest message was written.")),
}
"""The times that a window can apply to, by their names in ``Export.times``."""

FILTERS = {
    "agent": Word(labels.FILTERS["agent"], _("Only what concerns one of these agents.")),
    "category": Word(labels.FILTERS["category"], _("Only what is filed under one of these categories themselves.")),
    "channel": Word(labels.FILTERS["channel"], _("Only what came in, or went out, through one of these channels.")),
    "group": Word(labels.FILTERS["group"], _("Only entries of one of these groups of the reply assistant.")),
    "language": Word(labels.FILTERS["language"], _("Only what is in one of these languages.")),
    "name": Word(labels.FILTERS["name"], _("Only events, or notifications, of one of these kinds.")),
    "role": Word(labels.FILTERS["role"], _("Only agents who have one of these roles.")),
    "source": Word(labels.FILTERS["source"], _("Only what concerns one of these connected accounts.")),
    "status": Word(labels.FILTERS["status"], _("Only what is in one of these states.")),
    "tag": Word(labels.FILTERS["tag"], _("Only what bears one of these tags.")),
    "team": Word(labels.FILTERS["team"], _("Only what concerns agents of one of these teams.")),
    "type": Word(labels.FILTERS["type"], _("Only records of one of these kinds.")),
}
"""The filters, by their names in ``Export.filters``. Several values of one filter mean any of them."""

FORMATS = {
    "excel": Word("Excel", _("A text file that Excel opens, with dates and numbers as your language writes them.")),
    "bi": Word("BI", _("A CSV file for programs such as Power BI: ISO dates, every value as it is stored.")),
    "xlsx": Word("XLSX", _("A workbook with typed cells and a sheet that says what it holds.")),
    "parquet": Word("Parquet", _("A columnar file for analysis programs.")),
    "jsonl": Word("JSON Lines", _("One JSON object a line, for programs.")),
}
"""The formats in the order in which they are offered."""

COMPRESSIONS = {"": _("None"), "gzip": "gzip (.gz)", "zstd": "Zstandard (.zst)"}
"""How a file can be compressed as a whole."""

CODECS = {"": "Zstandard", "snappy": "Snappy", "gzip": "gzip", "none": _("None")}
"""How a Parquet file can be compressed internally."""

CUSTOM = "custom"
PERIODS = {
    CUSTOM: _("Chosen dates"),
    "yesterday": _("Yesterday"),
    "last_week": _("Last week"),
    "last_month": _("Last month"),
    "this_year": _("This year"),
}
"""The quick choices of dates; ``CUSTOM`` stands for the dates that are typed in."""

START = Word(
    _("Start date"), _("The first day that counts, from midnight in your time zone. Empty: from the beginning.")
)
END = Word(_("End date"), _("The last day that counts, up to its end. Empty: up to now."))
PERIOD = Word(
    _("Quick choices"),
    _("They set both dates. Saved settings keep the choice: its dates move along with the calendar."),
)
BY = Word(_("Filtered by"), _("The time of a record that the start and end dates apply to."))
FORMAT = Word(_("Format"), _("What kind of file you get."))
COMPRESSION = Word(_("Compression"), _("Makes the file smaller, for programs that read compressed files."))
CODEC = Word(_("Compression"), _("Inside the file. Choose Snappy for old programs that do not support Zstandard."))
FIELDS = Word(_("Fields"), _("The columns of the file. They stand in the file in the order of the data dictionary."))
