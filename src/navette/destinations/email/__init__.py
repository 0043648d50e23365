"""E-mail: one message to one recipient, with a receipt, or an error that says whether trying again is safe.

``kind`` declares it. ``server`` reads the mail server's address, ``message`` makes a mail's bytes, ``smtp`` talks to
the server, and ``sending`` tells what came of it.
"""

from navette.destinations.destination import Receipt, RefusedError, UnknownOutcomeError
from navette.destinations.email.message import Mail, encoded_size
from navette.destinations.email.sending import send
from navette.destinations.email.server import MailServer, mail_server

__all__ = [
    "Mail",
    "MailServer",
    "Receipt",
    "RefusedError",
    "UnknownOutcomeError",
    "encoded_size",
    "mail_server",
    "send",
]
