"""Errors about permissions."""

from navette.core.errors import RequestError


class ForbiddenError(RequestError):
    """The user's role does not permit the request."""
