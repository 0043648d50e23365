"""Time zones, all from one copy of the tz database.

Python prefers the operating system's copy, which can be years apart from the engine's; a window would then start at
another instant than the file shows. So the ``tzdata`` package is the only source here.
"""

import zoneinfo
from functools import cache
from importlib.resources import files

from navette.core.errors import unknown

zoneinfo.reset_tzpath(to=())

UTC = zoneinfo.ZoneInfo("UTC")


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that tz database name. Raises RequestError with the nearest name if there is none."""
    if name not in _names():
        raise unknown("time zone", name, _names())
    return zoneinfo.ZoneInfo(name)


def first_known(*names: str) -> zoneinfo.ZoneInfo:
    """The zone of the first stored name that the tz database still has; UTC where it dropped all of them."""
    return next((zoneinfo.ZoneInfo(name) for name in names if name in _names()), UTC)


@cache
def _names() -> frozenset[str]:
    """The names that the package lists. Looking for them in its folders would read all of its files."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split())


def zone_name(text: str) -> str:
    """The tz database's name of a zone that is given in another case, with spaces, or by Windows's name.

    Raises RequestError with the nearest name if there is none.
    """
    name = text.strip()
    if name in _names():
        return name
    from babel.core import get_global  # noqa: PLC0415  # slow to import, and hardly ever needed

    windows = {key.lower(): value for key, value in get_global("windows_zone_mapping").items()}
    own = {key.lower(): key for key in _names()}
    plain = name.lower()
    if zone := own.get(plain.replace(" ", "_")) or windows.get(plain):
        return zone
    raise unknown("time zone", name, _names())
