"""The Django application of the console."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates, static files and French texts."""

    name = "navette.web"
    label = "web"

    def ready(self) -> None:
        """Connect the signals of sign-ins, which the journal records."""
        from navette.web.account import signals  # noqa: PLC0415 # models are not there before

        signals.journal_sign_ins()
