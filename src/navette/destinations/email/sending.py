"""Send one mail, and report the outcome."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.files import complete_file
from navette.core.foreign_words import answered, reason_of
from navette.core.settings import Settings
from navette.destinations.destination import Receipt, RefusedError, UnknownOutcomeError
from navette.destinations.email.message import Envelope, Mail, encoded, envelope
from navette.destinations.email.server import MailServer, mail_server
from navette.destinations.email.server_words import answer_of, words_of
from navette.destinations.email.smtp import ANSWER_SECONDS, SMTPConversation, conversation_with

_SIGN_IN_FIRST = 530


def send(
    mail: Mail, handing_over: Callable[[], None], settings: Settings, *, answer_seconds: float = ANSWER_SECONDS
) -> Receipt:
    """Hand a mail to the server of the setting ``smtp_url``, or put it into the folder of ``mail_folder``.

    ``handing_over`` is called once the server has accepted sender and recipient, just before the message goes out;
    what it raises ends the attempt, with nothing sent. ``answer_seconds`` is how long the server may then take.

    Raises RefusedError (final), TryLaterError (nothing was accepted), UnknownOutcomeError (the whole message was sent
    and no answer came: trying again may deliver it twice), ConfigurationError (server or sign-in), and OSError where
    the attachment cannot be read.
    """
    between, content = envelope(mail), encoded(mail)
    if settings.mail_folder is not None:
        return _write_to_folder(settings.mail_folder, mail, content, handing_over)
    with ExitStack() as stack:
        conversation = _opened(stack, mail_server(settings.smtp_url.get_secret_value()))
        conversation.before_data, conversation.answer_seconds = handing_over, answer_seconds
        return _send(conversation, between, content)


def _write_to_folder(folder: Path, mail: Mail, content: bytes, handing_over: Callable[[], None]) -> Receipt:
    handing_over()
    path = folder / f"{mail.message_id.strip('<>')}.eml"
    with complete_file(path) as file:
        file.write(content)
    return Receipt(path.name, datetime.now(UTC))


def _opened(stack: ExitStack, server: MailServer) -> SMTPConversation:
    try:
        return stack.enter_context(conversation_with(server))
    except smtplib.SMTPNotSupportedError as error:
        raise ConfigurationError(
            "NAVETTE_SMTP_URL requires something that the mail server does not support: {said}", said=words_of(error)
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise ConfigurationError(
            "the mail server's certificate is not trusted: correct the host in NAVETTE_SMTP_URL, or renew the"
            " certificate. ({said})",
            said=words_of(error),
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise _later(error) from error
        raise ConfigurationError(
            "the mail server rejected the user and password of NAVETTE_SMTP_URL: correct them. ({said})",
            said=words_of(error),
        ) from error
    except (OSError, UnicodeError) as error:  # a host's name may be none
        raise _later(error) from error


def _send(conversation: SMTPConversation, between: Envelope, content: bytes) -> Receipt:
    options = ["SMTPUTF8", "BODY=8BITMIME"] if between.international else []
    if options and not conversation.has_extn("smtputf8"):
        raise RefusedError(
            "the mail server does not support e-mail addresses with characters outside ASCII: use another address."
        )
    try:
        conversation.sendmail(between.sender.addr_spec, between.recipient.addr_spec, content, options)
    except OSError as error:
        raise _outcome(error, conversation) from error
    return Receipt(reason_of(conversation.answer[1]), datetime.now(UTC))


def _outcome(error: OSError, conversation: SMTPConversation) -> NavetteError:
    """What an error in the middle of the conversation means; smtplib's are OSErrors too."""
    code, reason = answer_of(error)
    if code == _SIGN_IN_FIRST:
        return ConfigurationError(
            "the mail server requires a sign-in or encryption: add it to NAVETTE_SMTP_URL. ({said})",
            said=answered(reason),
        )
    if 500 <= code < 600:
        return RefusedError(
            "the mail server rejected this e-mail: {said}", said=answered(reason), too_large=_too_large(code, reason)
        )
    if conversation.handed_over and not 400 <= code < 500:
        return UnknownOutcomeError(
            "the mail server received the whole e-mail but did not say whether it accepted it: ask the recipient"
            " before you resend it. ({said})",
            said=words_of(error),
        )
    return _later(error)


def _too_large(code: int, reason: str) -> bool:
    # 552 alone may also be a full mailbox, of which the extended code is 5.2.2 (RFC 3463).
    return "5.3.4" in reason or "5.2.3" in reason or (code == 552 and "5.2.2" not in reason)


def _later(error: OSError | UnicodeError) -> TryLaterError:
    return TryLaterError("the mail server cannot accept this e-mail now: {said}", said=words_of(error))
