"""Django's way to send mail, through the installation's mail server: for what django-allauth sends by itself."""

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from navette.destinations.email import mail_server


class SMTPBackend(EmailBackend):
    """Django's SMTP backend for the server of the setting ``smtp_url``. Raises ConfigurationError where that is wrong.

    A user or password that Django's functions name is not used: the server is the installation's.
    """

    def __init__(self, fail_silently: bool = False, **_named: object) -> None:
        server = mail_server(settings.NAVETTE.smtp_url.get_secret_value())
        super().__init__(
            host=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.scheme == "smtp+starttls",
            use_ssl=server.scheme == "smtps",
            fail_silently=fail_silently,
            timeout=server.timeout,
        )
