"""What a mail server answered, or what smtplib, TLS or the system reports in its place, as messages."""

import smtplib
import ssl

from navette.core.foreign_words import answered, reason_of
from navette.core.messages import Message, message
from navette.core.system_errors import system_reason

_CLOSED = message("the connection was closed")

_BY_SMTPLIB = {
    "Connection unexpectedly closed": _CLOSED,
    "Server not connected": _CLOSED,
    "please run connect() first": _CLOSED,
    "STARTTLS extension not supported by server.": message("it does not offer STARTTLS"),
    "SMTP AUTH extension not supported by server.": message("it does not offer sign-in"),
    "No suitable authentication method found.": message("it does not offer sign-in with user and password"),
}

_BY_CERTIFICATE = {  # OpenSSL's numbers (x509_vfy.h)
    9: message("the certificate is not valid yet"),
    10: message("the certificate has expired"),
    18: message("the certificate is self-signed"),
    19: message("the certificate's issuer is not trusted"),
    20: message("the certificate's issuer is not trusted"),
    62: message("the certificate is for another host"),
    64: message("the certificate is for another address"),
}


def answer_of(error: OSError) -> tuple[int, str]:
    """The server's code and reason for not having the mail; the code is 0 where it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reason = next(iter(error.recipients.values()))
        return code, reason_of(reason)
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code, reason_of(error.smtp_error)
    return 0, ""


def words_of(error: OSError | UnicodeError) -> Message:
    """The server's words, quoted; else what the error of smtplib, TLS or the system means."""
    if isinstance(error, UnicodeError):
        return message("the host name is not valid")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return answered(answer_of(error)[1])
    if isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, reason_of(error.smtp_error)
        return answered(f"{code} {words}") if code > 0 else message("its answer is not that of a mail server")
    # smtplib says only "Server not connected" where the system said why.
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(cause, ssl.SSLError):
        return _of_tls(cause)
    if isinstance(cause, smtplib.SMTPException):
        return _BY_SMTPLIB.get(str(cause)) or answered(str(cause))
    return system_reason(cause)


def _of_tls(error: ssl.SSLError) -> Message:
    """Its ``errno`` says nothing: it is the same for every error of TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_CERTIFICATE.get(error.verify_code) or message("TLS reports '{words}'", words=error.verify_message)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _CLOSED
    reason = getattr(error, "reason", "")  # Python sets it on those that TLS raised
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return message("it does not speak TLS on this port")
    return message("TLS reports '{words}'", words=reason or error.strerror or str(error))
