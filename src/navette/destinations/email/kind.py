"""E-mail as a kind of destination: each file goes to one person, in a mail of its own (``work.run_mails``)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from navette.core.messages import message
from navette.destinations.destination import DestinationKind, Setting, SettingType


class Email(DestinationKind):
    """The mailbox of a user."""

    name = "email"
    label = message("E-mail")
    settings: ClassVar = (
        Setting(
            "recipient",
            SettingType.PERSON,
            message("E-mail recipients"),
            message("Only people who may export; one e-mail per file."),
        ),
    )
    person = "recipient"

    def target(self, settings: Mapping[str, Any]) -> str:
        """The person's address."""
        return str(settings["recipient"])
