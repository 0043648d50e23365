"""The console's words in French, by the English ones: what the browser's tests read and press."""

from dataclasses import dataclass

LANGUAGES = ("fr", "en")

FRENCH = {
    # The frame.
    "Administrator": "Administrateur",
    "Digital": "Digital",
    "Exports": "Exportations",
    "Automated exports": "Exportations automatiques",
    "History": "Historique",
    "Settings": "Paramètres",
    "Domain": "Domaine",
    "Users": "Utilisateurs",
    "Roles": "Rôles",
    "Connectors": "Connecteurs",
    "Extensions": "Extensions",
    "Audit log": "Journal d’audit",
    "Save": "Enregistrer",
    "Add": "Ajouter",
    "Remove": "Supprimer",
    "Delete": "Supprimer",
    "Cancel": "Annuler",
    "Close": "Fermer",
    "You may not do this": "Accès refusé",
    # Automated exports.
    "Test the connection": "Tester la connexion",
    "on time": "à l’heure",
    "The server is not known yet.": "Le serveur n’est pas encore connu.",
    "The connection works: files can be delivered.": "La connexion fonctionne : les fichiers peuvent être livrés.",
    "Run “{task}” now": "Exécuter « {task} » maintenant",
    "The server showed another key": "Le serveur a présenté une autre clé",
    # The details panel.
    "Export": "Exporter",
    "Export: Agents": "Exporter : Agents",
    "Export: Identities": "Exporter : Identités",
    "Export: Messages": "Exporter : Messages",
    "New export – Agents": "Nouvelle exportation – Agents",
    "New export – Identities": "Nouvelle exportation – Identités",
    "Chosen dates": "Dates choisies",
    "Yesterday": "Hier",
    "Last week": "Semaine dernière",
    "Last month": "Mois dernier",
    "This year": "Cette année",
    "Start date": "Date de début",
    "End date": "Date de fin",
    "Filtered by": "Filtré par",
    "Update time": "Heure de mise à jour",
    "Role": "Rôle",
    "Format": "Format",
    "Compression": "Compression",
    "Fields": "Champs",
    "Default columns": "Colonnes par défaut",
    "Sensitive columns": "Colonnes sensibles",
    "Sensitive columns hold personal data": "Les colonnes sensibles contiennent des données personnelles",
    "Only for twitter": "Seulement pour twitter",
    "Remove all": "Tout retirer",
    "No column is left: choose at least one.": "Il ne reste aucune colonne : choisissez-en au moins une.",
    "Help: {label}": "Aide : {label}",
    "Count": "Compter",
    "items to export": "éléments à exporter",
    "No item to export": "Aucun élément à exporter",
    "Preview": "Aperçu",
    "The first {rows} rows, as they will stand in the file": "Les {rows} premières lignes, telles qu’elles figureront"
    " dans le fichier",
    "The end is before the start: choose an end on or after the start.": "La fin précède le début : choisissez une fin"
    " égale ou postérieure au début.",
    "Name of these settings": "Nom de ces réglages",
    "The settings are saved as “{name}”.": "Les réglages sont enregistrés sous « {name} ».",
    "The settings are deleted.": "Les réglages sont supprimés.",
    "Delete the settings “{name}”": "Supprimer les réglages « {name} »",
    "Counting…": "Comptage en cours…",
    "Preparing the preview…": "Préparation de l’aperçu…",
    "That did not work.": "Cela n’a pas fonctionné.",
    "Navette cannot be reached.": "Navette est injoignable.",
    "Navette took too long to answer.": "Navette a mis trop de temps à répondre.",
    "The form is too old": "Le formulaire est trop ancien",
    # Runs.
    "Waiting": "En attente",
    "Being written": "En cours d’écriture",
    "Done": "Terminée",
    "Cancelled": "Annulée",
    "{done} of {counted} rows": "{done} lignes sur {counted}",
    "Run again": "Relancer",
    "Change and export": "Modifier et exporter",
    "Rows": "Lignes",
    "sensitive": "sensible",
    "with sensitive columns": "avec des colonnes sensibles",
    "Delivered": "Livré",
    "Delivery failed": "Livraison échouée",
    "Retrying": "Nouvel essai prévu",
    "Send again": "Renvoyer",
    "as a link": "sous forme de lien",
    "as an attachment": "en pièce jointe",
    "Revoke the link": "Révoquer le lien",
    "The link of that mail does not work any more.": "Le lien de cet e-mail ne fonctionne plus.",
    "The link of this mail does not work any more": "Le lien de cet e-mail ne fonctionne plus",
    # Mails.
    "Identities: {rows} rows": "Identités : {rows} lignes",
    "is attached to this mail": "est jointe à cet e-mail",
    "too large for a mail": "trop volumineuse pour un e-mail",
    # Signing in.
    "Sign in": "Se connecter",
    "Sign out": "Se déconnecter",
    "Your password is set. Sign in with it.": "Votre mot de passe est défini. Connectez-vous avec celui-ci.",
    "The e-mail address or the password is wrong.": "L’adresse e-mail ou le mot de passe est incorrect.",
    "Sign in with Test provider": "Se connecter avec Test provider",
    "No account here": "Aucun compte ici",
    "Set up": "Configurer",
    "Remove the second factor": "Retirer le second facteur",
    # The settings.
    "Name": "Nom",
    "Supervisor": "Superviseur",
    "E-mail address": "Adresse e-mail",
    "Language": "Langue",
    "Show a link": "Afficher un lien",
    "Extension": "Extension",
    "Customer satisfaction": "Client de satisfaction",
    "Add another server": "Ajouter un autre serveur",
    "Remove this server": "Retirer ce serveur",
    "pattern of file names": "modèle du nom de fichier",
    "The settings are saved.": "Les paramètres sont enregistrés.",
}


@dataclass(frozen=True)
class Words:
    """What the console says in one language."""

    language: str

    def __call__(self, english: str, **values: object) -> str:
        """The text in the language; a text whose French is not written down above is a mistake."""
        french = FRENCH[english]
        return (english if self.language == "en" else french).format(**values)
