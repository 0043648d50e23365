"""Alphabetical order as people expect it: accents and capitals aside."""

import unicodedata


def folded(text: str) -> str:
    """The key by which to sort: "Élodie" comes between "Edith" and "Emma"."""
    letters = unicodedata.normalize("NFKD", text.replace("Ł", "L").replace("ł", "l"))
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()
