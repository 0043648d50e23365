"""Names of the files that people receive."""

import re
from datetime import datetime

from navette.control.models import Domain
from navette.control.requests import SavedRequest
from navette.core.errors import RequestError

VARIABLES = ("export", "date", "time", "domain")
"""What may stand in braces in a pattern."""

LONGEST = 150
"""In bytes of UTF-8; systems allow 255, and the extensions follow."""


def check_pattern(pattern: str) -> None:
    """Raise RequestError unless the pattern names only what it may, and would make a name."""
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", pattern) if name not in VARIABLES]
    rest = re.sub(r"\{[^{}]*\}", "", pattern)
    if unknown or set("{}") & set(rest):
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        raise RequestError(f"the pattern '{pattern}' has something else in braces than {known}.")
    if "{export}" not in pattern:
        raise RequestError(f"the pattern '{pattern}' has no {{export}}: files of two exports could not be told apart.")
    if re.search(r'[/\\:*?"<>|\x00-\x1f]', rest):
        raise RequestError(f"the pattern '{pattern}' has a character that file names cannot have.")


def file_name(pattern: str, request: SavedRequest, default: str, at: datetime) -> str:
    """The file's name: the pattern filled in, in the request's time zone, and the extensions of ``default``."""
    local = at.astimezone(request.zone)
    values = {
        "export": request.export,
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H%M%S}",
        "domain": Domain.current().name,
    }
    stem = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], pattern)
    stem = re.sub(r'[/\\:*?"<>|\x00-\x1f\x7f]', "_", stem).strip(" .")
    return stem.encode()[:LONGEST].decode(errors="ignore") + default.removeprefix(request.export)
