"""The reply assistant's texts: groups, entries with a version in each language, and sentences."""

from typing import NamedTuple

GROUPS = ("Livraison", "Facturation", "Réseaux sociaux", "Formules; salutations")
LANGUAGES = ("fr", "en")


class Entry(NamedTuple):
    """One answer of the knowledge base, in French and in English; html where its format is html."""

    foreign_id: str | None
    label: str
    group: int
    french: str
    english: str
    html: bool = False


ENTRIES = (
    Entry(
        "4",
        "Suivi de colis",
        0,
        "Votre colis est suivi ici : https://example.com/suivi",
        "Track it at https://example.com/track",
    ),
    Entry(
        "0005",
        "Retard de livraison",
        0,
        "Nous sommes désolés de ce retard.\nVotre colis part demain.",
        "We are sorry for the delay.\nYour parcel leaves tomorrow.",
    ),
    Entry(
        "006",
        "Colis endommagé",
        0,
        "Envoyez-nous une photo ; nous échangeons l’article.",
        "Send us a picture; we will replace the item.",
    ),
    Entry(
        "FAC-1",
        "Remboursement",
        1,
        "<p>Le remboursement prend <b>5 jours</b>.</p>",
        "<p>The refund takes <b>5 days</b>.</p>",
        html=True,
    ),
    Entry(
        "FAC-2",
        "Facture, TVA",
        1,
        "La facture est dans votre espace client.",
        'The invoice is in your account, under "Orders".',
    ),
    Entry(
        None,
        "Message privé",
        2,
        "Bonjour, écrivez-nous en message privé, merci 🙂",
        "Hi, please reach us by private message, thanks 🙂",
    ),
    Entry("RS-2", "Avis positif", 2, "Merci beaucoup pour votre retour !", "Thank you so much for your feedback!"),
    Entry("RS-3", "@mention hors sujet", 2, "Merci de nous avoir mentionnés.", "Thanks for the mention."),
    Entry("99", "=Clôture", 3, "Je reste à votre disposition.", "Do get in touch if you need anything else."),
)


class Sentence(NamedTuple):
    """A formula that agents insert."""

    label: str
    language: str
    body: str


SENTENCES = (
    Sentence("Salutation", "fr", "Bonjour {{identity.firstname}},"),
    Sentence("Greeting", "en", "Hello {{identity.firstname}},"),
    Sentence("Excuses", "fr", "Nous vous prions de nous excuser pour la gêne occasionnée.\n"),
    Sentence("Apology", "en", "Please accept our apologies for the inconvenience."),
    Sentence("Signature", "fr", "Cordialement,\nLe service client"),
    Sentence("Sign-off", "en", "Kind regards,\r\nCustomer care"),
)
