"""Work on a notice: a mail without a file, once."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from navette.control.models import Notice, User
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.settings import Settings
from navette.destinations.email import Mail, UnknownOutcomeError, send
from navette.wording.reader import language_of
from navette.work.deliver_run import HANDED_OVER, require_same
from navette.work.lease import Hold

HTML = '<html lang="%(language)s"><body><pre style="white-space: pre-wrap">%(text)s</pre></body></html>'


@dataclass(frozen=True)
class SendNotice:
    """Sends notices with the settings of one installation."""

    settings: Settings

    def __call__(self, hold: Hold[Notice]) -> None:
        """Mail it. Raises TryLaterError where that may be tried again without harm, RefusedError where not."""
        notice = hold.work
        if HANDED_OVER in notice.checkpoint:
            self._end(hold, "unknown")
            return
        if not notice.recipient.is_active:
            self._end(hold, "cancelled")
            return
        mail = self._mail(notice)

        def handing_over() -> None:
            hold.go_on()
            require_same(mail.recipient, User.objects.get(pk=notice.recipient_id))
            hold.write(checkpoint={**notice.checkpoint, HANDED_OVER: True})

        try:
            send(mail, handing_over, self.settings)
        except UnknownOutcomeError:
            self._end(hold, "unknown")
        except ConfigurationError as error:
            raise TryLaterError(str(error)) from error
        except NavetteError:
            hold.write(checkpoint={name: value for name, value in notice.checkpoint.items() if name != HANDED_OVER})
            raise
        else:
            self._end(hold, "done")

    def _end(self, hold: Hold[Notice], state: str) -> None:
        with hold.still():
            hold.queue.finish(hold.work, state)

    def _mail(self, notice: Notice) -> Mail:
        host = urlsplit(self.settings.url).hostname or "localhost"
        language = language_of(notice.recipient.language)
        return Mail(
            message_id=f"<{notice.pk}@{host}>",
            sender=self.settings.mail_from,
            recipient=notice.recipient.email,
            subject=notice.subject,
            text=notice.text,
            html=HTML % {"language": language, "text": escape(notice.text)},
            locale=language,
        )
