"""The error pages: they say what went wrong, and where to continue."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from navette.control.errors import ForbiddenError
from navette.core.errors import NavetteError, RequestError, TryLaterError
from navette.wording.errors import sentence
from navette.wording.reader import current_reader

STATUSES = {
    ForbiddenError: HTTPStatus.FORBIDDEN,
    RequestError: HTTPStatus.BAD_REQUEST,
    TryLaterError: HTTPStatus.SERVICE_UNAVAILABLE,
    NavetteError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The HTTP status of an error; the first class that it is an instance of counts."""


def error_response(request: HttpRequest, error: NavetteError) -> HttpResponse:
    """The page for one of Navette's errors, with its sentence."""
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logging.getLogger("navette.web").warning("%s: %s", type(error).__name__, error)
    return _page(request, status, sentence(error))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Navette's pages never send, or a form that is larger than the limit."""
    return _page(request, HTTPStatus.BAD_REQUEST, _unreadable(exception))


def _unreadable(error: Exception | None) -> str:
    match error:
        case TooManyFieldsSent():
            return _(
                "This form can send at most %(most)s values: choose fewer. A filter without a value includes "
                "everything."
            ) % {"most": current_reader().number(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}
        case RequestDataTooBig():
            return _("The form is larger than the limit of %(most)s: choose fewer values or shorten the texts.") % {
                "most": current_reader().size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            }
    return _("Navette could not read this request.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 # Django's name
    """The page for something that the user may not do."""
    return _page(request, HTTPStatus.FORBIDDEN, _("Your role does not permit this."))


def csrf(request: HttpRequest, **_about: Any) -> HttpResponse:
    """The page for a form that is not from one of our pages, or from one that is too old."""
    text = _("The form has expired, or the browser blocks cookies. Go back, reload the page, and try again.")
    return _page(request, HTTPStatus.FORBIDDEN, text, _("The form was not accepted"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 # Django's name
    """The page for an unknown address, or one of something that was removed."""
    return _page(request, HTTPStatus.NOT_FOUND, _("The address is wrong, or the page has been removed."))


def failed(request: HttpRequest) -> HttpResponse:
    """The page for an internal error. It needs neither the database nor anything else that may have failed."""
    if _is_part(request):
        return _part(HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong. Try again."))
    return HttpResponse(render_to_string("navette/failed.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def titles() -> dict[int, str]:
    """The heading of each status, in the reader's language."""
    return {
        HTTPStatus.BAD_REQUEST: _("This request cannot be completed"),
        HTTPStatus.FORBIDDEN: _("Permission denied"),
        HTTPStatus.NOT_FOUND: _("Page not found"),
        HTTPStatus.SERVICE_UNAVAILABLE: _("Try again later"),
        HTTPStatus.INTERNAL_SERVER_ERROR: _("Something is wrong with this installation"),
    }


def _page(request: HttpRequest, status: HTTPStatus, text: str, title: str = "") -> HttpResponse:
    if _is_part(request):
        return _part(status, text)
    context = {"title": title or titles()[status], "sentence": text, "status": int(status)}
    return render(request, "navette/error.html", context, status=status)


def _is_part(request: HttpRequest) -> bool:
    """Whether htmx requested a part of a page."""
    return "HX-Request" in request.headers


def _part(status: HTTPStatus, text: str) -> HttpResponse:
    """The sentence alone; the page puts it where its notices are (see ``htmx-config`` in base.html)."""
    return HttpResponse(render_to_string("navette/parts/notice.html", {"sentence": text}), status=status)
