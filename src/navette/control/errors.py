"""Errors of who may do what."""

from navette.core.errors import RequestError


class ForbiddenError(RequestError):
    """The user's role does not permit what was asked."""
