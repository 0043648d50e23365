"""Names of people and places that the domain draws from.

Phone prefixes, with 0 to 999 on four digits, give numbers reserved for fiction.
"""

FIRST_NAMES = (
    (
        *(
            "Camille",
            "Léa",
            "Manon",
            "Chloé",
            "Inès",
            "Zoé",
            "Juliette",
            "Aïcha",
            "Hélène",
            "Maëlle",
            "Océane",
            "Yasmine",
        ),
        *("Hugo", "Louis", "Jules", "Adam", "Théo", "Noël", "Rémi", "Karim", "François", "Gaël", "Mathéo", "Anaël"),
    ),
    (
        *("Olivia", "Amelia", "Grace", "Freya", "Ruby", "Priya", "Hannah", "Siobhán", "Chloe", "Zara", "Nora", "Megan"),
        *("Oliver", "George", "Harry", "Noah", "Ethan", "Arjun", "Liam", "Callum", "Dylan", "Omar", "Seán", "Mason"),
    ),
)
"""French, then English; the first half of each are women's."""

LAST_NAMES = (
    (
        *("Martin", "Bernard", "Petit", "Durand", "Leroy", "Moreau", "Lefèvre", "Girard", "Rousseau", "Fontaine"),
        *(
            "Mercier",
            "Garnier",
            "Chevalier",
            "Faure",
            "Perrin",
            "N'Diaye",
            "Besançon",
            "Le Goff",
            "De La Tour",
            "Nguyen",
        ),
    ),
    (
        *("Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Thompson", "Hughes"),
        *("Green", "Patel", "O'Neill", "Clarke-Webb", "MacLeod", "Okafor", "Murphy", "Cooper", "Ward", "Nguyen"),
    ),
)

CITIES = (
    ("Paris", "Lyon", "Nîmes", "Besançon", "Saint-Étienne", "Lille", "Orléans", "Fort-de-France", "Brest", "Pau"),
    (
        "London",
        "Leeds",
        "Glasgow",
        "Newcastle upon Tyne",
        "Cardiff",
        "New York",
        "Boston",
        "Austin, TX",
        "York",
        "Bath",
    ),
)

STREETS = (
    ("rue des Lilas", "avenue de la Gare", "place de l’Église", "boulevard du Marché", "impasse du Moulin; bât. B"),
    ("Station Road", "High Street", "Church Lane", "Mill Close, Flat 2", '"The Old Forge", Park Road'),
)

COMPANIES = ("Exemple SARL", "Sample & Sons Ltd", "Société Modèle", "Example, Inc.", "Atelier « Témoin »", None, None)

MOBILE_PREFIXES = ("+3363998", "+44770090")
HOME_PREFIXES = ("019900", "0163296")
