"""Middleware of every request: headers, the end of sessions, language and time zone, and error pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import add_never_cache_headers

from navette.control.actor import Actor
from navette.control.models import Domain
from navette.core.errors import NavetteError
from navette.core.zones import first_known
from navette.web.account.sessions import note_activity, over
from navette.web.errors import bad_request, error_response
from navette.web.request import ConsoleRequest, address
from navette.wording.reader import Reader, reader_of

Respond = Callable[[HttpRequest], HttpResponseBase]


def headers(respond: Respond) -> Respond:
    """Declare what the browser may load, and that no cache may store pages."""
    policy = _content_security_policy()

    def respond_with_headers(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response

    return respond_with_headers


def _content_security_policy() -> str:
    # The browser follows the redirect of a form only to where forms may go: to the OpenID Connect provider too.
    issuer = urlsplit(settings.NAVETTE.oidc_issuer)
    provider = f" {issuer.scheme}://{issuer.netloc}" if issuer.netloc else ""
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{provider}"
    )


def session_limits(respond: Respond) -> Respond:
    """End expired sessions.

    A request that a page makes by itself (``?poll=1``) is no activity of its user.
    """

    def respond_within_limits(request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return respond(request)
        if reason := over(request):
            request.session_ended = reason  # type: ignore[attr-defined] # the journal says it
            logout(request)
            return _sign_in_again(request)
        if "poll" not in request.GET:
            note_activity(request)
        return respond(request)

    return respond_within_limits


class SignInRequired(LoginRequiredMiddleware):
    """Redirects people who are not signed in to the sign-in page, except from public pages."""

    def handle_no_permission(self, request: HttpRequest, _view: Any) -> HttpResponse:  # type: ignore[override]
        """A redirect to the sign-in page, and back."""
        return _sign_in_again(request)


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    if "HX-Request" in request.headers:  # a part of a page: the browser leaves the whole page
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return HttpResponse(headers={"HX-Redirect": redirect_to_login(page.path or "/").url})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def language_and_zone(respond: Respond) -> Respond:
    """Speak the user's language in their time zone; before sign-in the browser's language, else the domain's."""

    def respond_in_language(request: ConsoleRequest) -> HttpResponseBase:
        if request.path_info.startswith("/health/"):  # which answers without the database
            return respond(request)
        request.domain = Domain.current()
        request.actor = Actor(request.user if request.user.is_authenticated else None, address(request))
        request.reader = _reader(request)
        with request.reader.active() as reader:
            response = respond(request)
            response.headers.setdefault("Content-Language", reader.language)
        return response

    return respond_in_language  # type: ignore[return-value]


def _reader(request: ConsoleRequest) -> Reader:
    if request.user.is_authenticated:
        request.user.domain = request.domain
        return reader_of(request.user)
    is_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES or "Accept-Language" in request.headers
    locale = translation.get_language_from_request(request) if is_chosen else request.domain.locale
    return Reader(locale, first_known(request.domain.timezone))


class ExplainedErrors:
    """Turns Navette's own errors into pages with their sentence."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Only errors are our concern."""
        return self._respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of ours, or for what no database can hold; None leaves any other to Django."""
        if isinstance(error, DataError) and _holds_nul(request):
            return bad_request(request)
        return error_response(request, error) if isinstance(error, NavetteError) else None


def _holds_nul(request: HttpRequest) -> bool:
    """Whether the request contains the character NUL, which PostgreSQL accepts in no text, not even in a query."""
    fields = [*request.GET.lists(), *request.POST.lists()]
    return "\0" in request.path_info or any("\0" in value for _name, values in fields for value in values)
