"""The requests of pages, and the permissions that pages require."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from navette.control.actor import Actor
from navette.control.models import Domain, User
from navette.control.permissions import PERMISSIONS, require
from navette.wording.reader import Reader

Page = Callable[..., HttpResponseBase]


class ConsoleRequest(HttpRequest):
    """A request as the middleware hands it on; of a signed-in user, except on the few pages that ask for none."""

    user: User
    actor: Actor
    htmx: HtmxDetails
    domain: Domain
    reader: Reader


def permitted(*permissions: str) -> Callable[[Page], Page]:
    """A decorator for pages, which raises ForbiddenError for users without one of the permissions.

    Where one of them ``needs_confirmation``, a form goes on once its user has entered their password or code again.
    """
    needs_confirmation = any(PERMISSIONS[permission].needs_confirmation for permission in permissions)

    def decorate(page: Page) -> Page:
        if needs_confirmation:
            page = reauthentication_required(page, enabled=_changes_something)

        @wraps(page)
        def checked(request: ConsoleRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            for permission in permissions:
                require(request.user, permission)
            return page(request, *arguments, **named)

        return checked

    return decorate


def _changes_something(request: HttpRequest) -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS")


def in_place(request: ConsoleRequest, response: HttpResponse, swap: str = "innerHTML") -> HttpResponse:
    """A response that htmx shows in its target, although it is an error; other errors appear as notices."""
    if request.htmx.target:
        response.headers["HX-Retarget"] = f"#{request.htmx.target}"
        response.headers["HX-Reswap"] = swap
    return response


def address(request: HttpRequest) -> str | None:
    """The IP address that a request came from, for the journal; None if it is unknown.

    Of X-Forwarded-For only what our own proxies added counts: the rest is whatever the client wrote.
    """
    proxies: int = settings.NAVETTE.trusted_proxies
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    named = hops[-proxies] if 0 < proxies <= len(hops) else request.META.get("REMOTE_ADDR", "")
    return _ip(named) or _ip(request.META.get("REMOTE_ADDR", ""))


def _ip(text: Any) -> str | None:
    try:
        address = ipaddress.ip_address(str(text).strip("[]"))
    except ValueError:
        return None
    # A server that listens on [::] sees IPv4 clients like this; counted as IPv6, they would all be one network.
    return str((isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address)
