"""Sentences about slots, in the language of now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from navette.wording.run_facts import Reader


def slot_warning(warning: Mapping[str, Any], reader: Reader) -> str:
    """What one of ``TaskSlot.warnings`` means."""
    match warning["code"]:
        case "few_rows":
            told = {"count": reader.number(warning["count"]), "minimum": reader.number(warning["minimum"])}
            if not warning["count"]:
                return _("No row came out; at least %(minimum)s are expected.") % told
            return _("Only %(count)s rows came out; at least %(minimum)s are expected.") % told
        case "late":
            expected = reader.instant(datetime.fromisoformat(warning["expected"]))
            return _("The files were expected by %(expected)s.") % {"expected": expected}
    return str(warning["code"])
