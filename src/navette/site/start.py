"""Start Django in a process that is not a web server's."""

import os

import django


def start_django() -> None:
    """Make the control database usable; safe to call again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "navette.site.settings")
    django.setup()
