"""The Django application of the control database."""

from django.apps import AppConfig


class ControlConfig(AppConfig):
    """Models live in ``models/``; their primary keys are ObjectIds or numbers of their own."""

    name = "navette.control"
    label = "control"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to changes of users' addresses."""
        from navette.control import sign_in_addresses  # noqa: PLC0415 # models are not there before

        sign_in_addresses.follow_user_addresses()
