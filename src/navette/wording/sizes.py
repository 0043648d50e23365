"""How large a file is, as people write it: on the pages and in the mails."""

from babel.numbers import format_decimal
from django.utils.translation import pgettext


def file_size(size: int, locale: str) -> str:
    """A number of bytes in the largest unit that leaves it at 1 or more: 1 kB is 1,000 bytes.

    The number is written as the locale has it (Babel's name of it), the unit in the language of now.
    """
    value, units = float(size), _units()
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    pattern = "#,##0" if value >= 100 or value == int(value) else "#,##0.0"
    return f"{format_decimal(value, format=pattern, locale=locale)}\N{NO-BREAK SPACE}{units[0]}"


def _units() -> list[str]:
    found = (pgettext("unit", "B"), pgettext("unit", "kB"), pgettext("unit", "MB"), pgettext("unit", "GB"))
    return [*found, pgettext("unit", "TB")]
