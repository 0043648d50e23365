"""Names of the files that people receive."""

import unicodedata
from datetime import datetime

from navette.catalogue.exports import EXPORTS
from navette.control.models import Domain
from navette.control.requests import SavedRequest
from navette.core.errors import RequestError
from navette.core.file_names import beginning
from navette.core.name_patterns import check_filled, check_name_pattern, filled, names_in, times

DOMAIN_FILE_NAME_VARIABLES = ("export_name", "year", "month", "day", "hour", "minute", "second", "domain")
"""What a pattern may name: the moment is when the file was asked for."""

_MOST_OF_DOMAIN = 60
"""Bytes of the domain's name, in UTF-8, that go into a file's."""


def check_pattern(pattern: str) -> None:
    """Raise RequestError unless the pattern names only what it may, and would make a name for each export."""
    check_name_pattern(pattern, DOMAIN_FILE_NAME_VARIABLES)
    if "export_name" not in names_in(pattern):
        raise RequestError(
            "the pattern '{pattern}' has no {{export_name}}, so files of different exports could get the same "
            "name: add it.",
            pattern=pattern,
        )
    check_filled(pattern, _values(max(EXPORTS, key=len), "x" * _MOST_OF_DOMAIN, datetime(2000, 1, 1)))


def domain_file_name(domain: Domain, request: SavedRequest, default: str, at: datetime) -> str:
    """The domain's pattern filled in, in the request's time zone, and the extensions of ``default``."""
    values = _values(request.export, domain.name, at.astimezone(request.zone))
    return filled(domain.file_name_pattern, values) + default.removeprefix(request.export)


def _values(export: str, domain: str, local: datetime) -> dict[str, str]:
    cut = beginning(unicodedata.normalize("NFC", domain), _MOST_OF_DOMAIN)
    return {"export_name": export, "domain": cut, "second": f"{local:%S}", **times(local)}
