"""The tree of categories, three levels deep, and the sets of categories that conversations have."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Category:
    """One category; ``parent`` is the name of another, None at the top."""

    name: str
    parent: str | None
    mandatory: bool = False
    post_qualification: bool = False
    multiple: bool = False
    unselectable: bool = False


class _Branch(NamedTuple):
    name: str
    leaves: tuple[str, ...]


_TREE: dict[str, tuple[_Branch, ...]] = {
    "Motif de contact": (
        _Branch("Livraison", ("Retard", "Colis perdu", "Colis endommagé", "Adresse erronée")),
        _Branch("Facturation", ("Remboursement", "Double débit", "Facture, TVA")),
        _Branch("Produit", ("Panne", "Pièce manquante", "Garantie", "Mode d’emploi")),
        _Branch("Compte client", ("Mot de passe", "Données personnelles", "Fidélité")),
    ),
    "Issue": (
        _Branch("Résolu", ("Au premier contact", "Après escalade")),
        _Branch("Non résolu", ("Transféré; autre service", "Client injoignable")),
    ),
    "Ton": (_Branch("Positif", ("Remerciement",)), _Branch("Négatif", ("Menace de départ", "Insulte"))),
}


def _walk() -> tuple[Category, ...]:
    categories: list[Category] = []
    for root, branches in _TREE.items():
        categories.append(Category(root, None, mandatory=root == "Motif de contact", multiple=True, unselectable=True))
        for branch in branches:
            categories.append(Category(branch.name, root, post_qualification=root == "Issue"))
            categories.extend(Category(leaf, branch.name, multiple=root == "Ton") for leaf in branch.leaves)
    return tuple(categories)


CATEGORIES = _walk()
"""Every category, parents before their children."""


def category_sets(ids: list[str]) -> list[list[str]]:
    """The sets of threads, cases and messages: none, one or two reasons, some with an outcome or a tone."""
    selectable = [number for number, category in enumerate(CATEGORIES) if not category.unselectable]
    sets: list[list[str]] = [[]]
    for step, number in enumerate(selectable):
        second, third = selectable[(step * 5 + 3) % len(selectable)], selectable[(step * 11 + 7) % len(selectable)]
        for members in ([number], [number, second], [number, second, third]):
            sets.append([ids[member] for member in dict.fromkeys(members)])
    return sets
