"""What to know about a file, a slot or a delivery that did not fail."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from navette.wording.reader import Reader

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def run_warning(warning: Mapping[str, Any], reader: Reader) -> str:
    """What one of ``Run.warnings`` means."""
    count = warning.get("count", 0)
    counted = {"count": reader.number(count)}
    match warning["code"]:
        case "cut":
            return (
                ngettext(
                    "%(count)s cell was too long for the format and was shortened.",
                    "%(count)s cells were too long for the format and were shortened.",
                    count,
                )
                % counted
            )
        case "replaced":
            return (
                ngettext(
                    "In %(count)s cell, characters that the format does not support were replaced by visible ones.",
                    "In %(count)s cells, characters that the format does not support were replaced by visible ones.",
                    count,
                )
                % counted
            )
        case "rejected":
            return (
                ngettext(
                    "%(count)s incoming record of this type was rejected when it was loaded, and is missing from "
                    "all exports.",
                    "%(count)s incoming records of this type were rejected when they were loaded, and are "
                    "missing from all exports.",
                    count,
                )
                % counted
            )
        case "sensitive_left_out":
            names = {"names": ", ".join(warning["columns"])}
            return _("You may no longer export sensitive fields, so these were left out: %(names)s.") % names
    return _("The run has a note; see its page: %(code)s.") % {"code": warning["code"]}


def slot_warning(warning: Mapping[str, Any], reader: Reader) -> str:
    """What one of ``TaskSlot.warnings`` means."""
    match warning["code"]:
        case "few_rows":
            rows = {"count": reader.number(warning["count"]), "minimum": reader.number(warning["minimum"])}
            if not warning["count"]:
                return _("No rows were exported; at least %(minimum)s are expected.") % rows
            return (
                ngettext(
                    "Only %(count)s row was exported; at least %(minimum)s are expected.",
                    "Only %(count)s rows were exported; at least %(minimum)s are expected.",
                    warning["count"],
                )
                % rows
            )
        case "late":
            expected = reader.instant(datetime.fromisoformat(warning["expected"]))
            return _("The files were expected by %(expected)s.") % {"expected": expected}
    return str(warning["code"])


REMARKS: dict[str, "StrPromise"] = {
    "unsynced": gettext_lazy("The server does not confirm that files are on its disk."),
    "unsized": gettext_lazy(
        "The server does not report the size of files: Navette cannot verify that all of their bytes arrived."
    ),
    "in_place": gettext_lazy(
        "The server does not rename files: they are visible under their final names before they are complete."
    ),
    "there": gettext_lazy("The same file already existed, and the server does not let us replace it."),
    "left": gettext_lazy("The server does not let us remove files: our hidden files stay in the directory."),
}
"""What a delivery did without, or a test says that deliveries will do without."""


def remarks(codes: Iterable[str]) -> list[str]:
    """The sentences of remarks."""
    return [str(REMARKS[code]) for code in codes]
