"""The languages of files for people, and how each locale writes dates, numbers and booleans."""

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.localedata import locale_identifiers

from navette.core.errors import unknown
from navette.core.languages import LANGUAGES, Language


@dataclass(frozen=True)
class LocaleFacts:
    """How a locale writes: ``date`` and ``datetime`` are strftime patterns, ``group`` separates thousands."""

    language: Language
    date: str
    decimal: str
    group: str

    @property
    def datetime(self) -> str:
        """The date and the time to the minute, in 24 hours, as published."""
        return f"{self.date} %H:%M"

    @property
    def separator(self) -> str:
        """The separator that a spreadsheet in that locale expects between values: never the decimal sign."""
        return ";" if self.decimal == "," else ","


def locale_name(tag: str) -> str:
    """CLDR's name of a locale: a language of ``LANGUAGES``, alone or with a region (``fr_CA``, ``fr-ca``).

    Raises RequestError for any other.
    """
    name = _known_tags().get(tag.replace("-", "_").lower())
    if name is None:
        raise unknown("locale", tag, LANGUAGES)
    return name


@cache
def locale_facts(tag: str) -> LocaleFacts:
    """The facts of a locale, by its tag. Raises RequestError for an unknown locale."""
    locale = Locale.parse(locale_name(tag))
    symbols = locale.number_symbols["latn"]
    return LocaleFacts(LANGUAGES[locale.language], _date(locale), symbols["decimal"], symbols["group"])


@cache
def _known_tags() -> dict[str, str]:
    return {tag.lower(): tag for tag in locale_identifiers() if tag.split("_")[0] in LANGUAGES}


def _date(locale: Locale) -> str:
    """The published form for the regions that write dates as their language usually does; else CLDR's short form."""
    published, pattern = LANGUAGES[locale.language].date, _short_date(locale)
    if published and pattern == _short_date(Locale(locale.language)):
        return published
    # Two digits for day and month and four for the year, so that columns align and the century is clear.
    for letter, directive in (("d", "%d"), ("M", "%m"), ("y", "%Y")):
        pattern = re.sub(rf"(?<!%){letter}+", directive, pattern)
    return pattern


def _short_date(locale: Locale) -> str:
    return str(locale.date_formats["short"].pattern)
