"""The reply assistant's texts: groups, entries with a version in each language, and sentences."""

from typing import NamedTuple

GROUPS = ("Livraison", "Facturation", "Réseaux sociaux", "Formules; salutations")
REPLY_LANGUAGES = ("fr", "en")


class ReplyEntry(NamedTuple):
    """One answer of the knowledge base, in French and in English; html where its format is html."""

    foreign_id: str | None
    label: str
    group: int
    french: str
    english: str
    html: bool = False


ENTRIES = (
    ReplyEntry(
        "4",
        "Suivi de colis",
        0,
        "Votre colis est suivi ici : https://example.com/suivi",
        "Track it at https://example.com/track",
    ),
    ReplyEntry(
        "0005",
        "Retard de livraison",
        0,
        "Nous sommes désolés de ce retard.\nVotre colis part demain.",
        "We are sorry for the delay.\nYour parcel leaves tomorrow.",
    ),
    ReplyEntry(
        "006",
        "Colis endommagé",
        0,
        "Envoyez-nous une photo ; nous échangeons l’article.",
        "Send us a picture; we will replace the item.",
    ),
    ReplyEntry(
        "FAC-1",
        "Remboursement",
        1,
        "<p>Le remboursement prend <b>5 jours</b>.</p>",
        "<p>The refund takes <b>5 days</b>.</p>",
        html=True,
    ),
    ReplyEntry(
        "FAC-2",
        "Facture, TVA",
        1,
        "La facture est dans votre espace client.",
        'The invoice is in your account, under "Orders".',
    ),
    ReplyEntry(
        None,
        "Message privé",
        2,
        "Bonjour, écrivez-nous en message privé, merci 🙂",
        "Hi, please reach us by private message, thanks 🙂",
    ),
    ReplyEntry("RS-2", "Avis positif", 2, "Merci beaucoup pour votre retour !", "Thank you so much for your feedback!"),
    ReplyEntry("RS-3", "@mention hors sujet", 2, "Merci de nous avoir mentionnés.", "Thanks for the mention."),
    ReplyEntry("99", "=Clôture", 3, "Je reste à votre disposition.", "Do get in touch if you need anything else."),
)


class ReplySentence(NamedTuple):
    """A formula that agents insert."""

    label: str
    language: str
    body: str


SENTENCES = (
    ReplySentence("Salutation", "fr", "Bonjour {{identity.firstname}},"),
    ReplySentence("Greeting", "en", "Hello {{identity.firstname}},"),
    ReplySentence("Excuses", "fr", "Nous vous prions de nous excuser pour la gêne occasionnée.\n"),
    ReplySentence("Apology", "en", "Please accept our apologies for the inconvenience."),
    ReplySentence("Signature", "fr", "Cordialement,\nLe service client"),
    ReplySentence("Sign-off", "en", "Kind regards,\r\nCustomer care"),
)
