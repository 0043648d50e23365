"""E-mail as a kind of destination: each file goes to one person, in a mail of its own."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from navette.core.messages import message
from navette.core.settings import Settings
from navette.destinations.destination import Destination, Receipt, Setting, SettingType
from navette.destinations.email.message import Mail
from navette.destinations.email.sending import send


class Email(Destination):
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

    def put(self, mail: Mail, handing_over: Callable[[], None], settings: Settings) -> Receipt:
        """Hand a mail over, once; see ``sending.send``."""
        return send(mail, handing_over, settings)
