"""The languages that the console speaks."""

from django.conf import settings


def supported(locale: str) -> str:
    """The language of the console for a locale such as ``fr_CA``: one of LANGUAGES."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
