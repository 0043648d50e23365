"""The extensions: capabilities that an administrator switches on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class ExtensionKind:
    """An extension. ``catalogue_names`` are how exports and columns that come with it call it, where some do."""

    name: str
    label: "StrPromise"
    description: "StrPromise"
    catalogue_names: tuple[str, ...] = ()


EXTENSIONS = {
    kind.name: kind
    for kind in (
        ExtensionKind(
            "automatic_exports",
            _("Automated exports"),
            _("Tasks that send files every day, week or month, to an SFTP server, into a folder or by e-mail."),
        ),
        ExtensionKind(
            "customer_satisfaction",
            _("Customer satisfaction"),
            _("Surveys and their responses: an export, and fields of cases."),
            ("Customer Satisfaction", "Surveys"),
        ),
        ExtensionKind(
            "reply_assistant",
            _("Reply assistant"),
            _("The knowledge base that agents answer from, with its exports."),
            ("Reply Assistant",),
        ),
        ExtensionKind(
            "sentiment_analysis",
            _("Sentiment analysis"),
            _("A field of messages that says whether they are positive, neutral or negative."),
            ("Sentiment Analysis",),
        ),
    )
}
