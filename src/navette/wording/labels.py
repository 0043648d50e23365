"""What people call the parts of a request, and what a run has to tell about its file."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FILTERS: dict[str, "StrPromise"] = {
    "agent": gettext_lazy("Agent"),
    "category": gettext_lazy("Category"),
    "channel": gettext_lazy("Channel"),
    "group": gettext_lazy("Entry group"),
    "language": gettext_lazy("Language"),
    "name": gettext_lazy("Name"),
    "role": gettext_lazy("Role"),
    "source": gettext_lazy("Source"),
    "status": gettext_lazy("Status"),
    "tag": gettext_lazy("Tag"),
    "team": gettext_lazy("Team"),
    "type": gettext_lazy("Type"),
}
"""Every filter of the catalogue."""

TIMES: dict[str, "StrPromise"] = {
    "created": gettext_lazy("Creation time"),
    "date": gettext_lazy("Day"),
    "last_content": gettext_lazy("Last message"),
    "response": gettext_lazy("Response time"),
    "started": gettext_lazy("Start time"),
    "updated": gettext_lazy("Update time"),
}
"""Every time of the catalogue that a window can apply to."""


def warning_sentence(warning: Mapping[str, Any], counted: str) -> str:
    """What one of ``Run.warnings`` means, in the language of now; ``counted`` is its count as the reader writes it."""
    count = warning.get("count", 0)
    match warning["code"]:
        case "cut":
            return ngettext(
                "%(count)s cell was too long for the format and was shortened.",
                "%(count)s cells were too long for the format and were shortened.",
                count,
            ) % {"count": counted}
        case "replaced":
            return ngettext(
                "In %(count)s cell, characters that the format cannot hold were replaced by others that can be seen.",
                "In %(count)s cells, characters that the format cannot hold were replaced by others that can be seen.",
                count,
            ) % {"count": counted}
        case "rejected":
            return ngettext(
                "%(count)s incoming record of this kind was refused when it was loaded, and is in no export.",
                "%(count)s incoming records of this kind were refused when they were loaded, and are in no export.",
                count,
            ) % {"count": counted}
        case "sensitive_left_out":
            names = ", ".join(warning["columns"])
            return _("You may not see sensitive columns any more, so these were left out: %(names)s.") % {
                "names": names
            }
    return _("The run has a note, see its page: %(code)s.") % {"code": warning["code"]}
