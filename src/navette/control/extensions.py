"""The extensions: capabilities that an administrator switches on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class ExtensionKind:
    """An extension. ``catalogue_name`` is how exports that need it call it, where some do."""

    name: str
    label: "StrPromise"
    description: "StrPromise"
    catalogue_name: str = ""


EXTENSIONS = {
    one.name: one
    for one in (
        ExtensionKind(
            "automatic_exports",
            _("Automated exports"),
            _("Tasks that put files on an SFTP server every day, week or month."),
        ),
        ExtensionKind(
            "customer_satisfaction",
            _("Customer satisfaction"),
            _("Surveys and their responses, with the export of them."),
            "Customer Satisfaction",
        ),
        ExtensionKind(
            "reply_assistant",
            _("Reply assistant"),
            _("The knowledge base that agents answer from, with the exports of it."),
            "Reply Assistant",
        ),
    )
}
