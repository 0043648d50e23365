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
    "Turn off": "Désactiver",
    "Delete": "Supprimer",
    "Cancel": "Annuler",
    "Close": "Fermer",
    "Permission denied": "Accès refusé",
    # Automated exports.
    "Test connection": "Tester la connexion",
    "on time": "à l’heure",
    "This server is new.": "Ce serveur est nouveau.",
    "The connection works: files can be delivered.": "La connexion fonctionne : les fichiers peuvent être livrés.",
    "Run “{task}” now": "Exécuter « {task} » maintenant",
    "The server's key has changed.": "La clé du serveur a changé.",
    # The details panel.
    "Export": "Exporter",
    "Export: Agents": "Exporter : Agents",
    "Export: Identities": "Exporter : Identités",
    "Export: Messages": "Exporter : Messages",
    "New export – Agents": "Nouvelle exportation – Agents",
    "New export – Identities": "Nouvelle exportation – Identités",
    "Custom": "Personnalisé",
    "Yesterday": "Hier",
    "Last week": "Semaine dernière",
    "Last month": "Mois dernier",
    "This year": "Cette année",
    "Start date": "Date de début",
    "End date": "Date de fin",
    "Filtered by": "Filtré par",
    "Update date": "Date de mise à jour",
    "Role": "Rôle",
    "Format": "Format",
    "Compression": "Compression",
    "Fields": "Champs",
    "Default fields": "Champs par défaut",
    "Sensitive fields": "Champs sensibles",
    "Sensitive fields contain personal data": "Les champs sensibles contiennent des données personnelles",
    "Only for twitter": "Seulement pour twitter",
    "Remove all": "Tout retirer",
    "Choose at least one field.": "Choisissez au moins un champ.",
    "Help: {label}": "Aide : {label}",
    "Count": "Compter",
    "items to export": "éléments à exporter",
    "No items to export": "Aucun élément à exporter",
    "Preview": "Aperçu",
    "The first {rows} rows, as in the file": "Les {rows} premières lignes, telles que dans le fichier",
    "The end is before the start: choose an end on or after the start.": "La fin précède le début : choisissez une fin"
    " égale ou postérieure au début.",
    "Settings name": "Nom des réglages",
    "Settings saved as “{name}”.": "Réglages enregistrés sous « {name} ».",
    "Settings deleted.": "Réglages supprimés.",
    "Delete the settings “{name}”": "Supprimer les réglages « {name} »",
    "Counting…": "Comptage en cours…",
    "Preparing the preview…": "Préparation de l’aperçu…",
    "Something went wrong.": "Une erreur s’est produite.",
    "Navette cannot be reached.": "Navette est injoignable.",
    "Navette took too long to answer.": "Navette a mis trop de temps à répondre.",
    "The form has expired": "Le formulaire a expiré",
    # Runs.
    "Waiting": "En attente",
    "Being written": "En cours d’écriture",
    "Done": "Terminée",
    "Cancelled": "Annulée",
    "{done} of {counted} rows": "{done} lignes sur {counted}",
    "Run again": "Relancer",
    "Edit and export": "Modifier et exporter",
    "Rows": "Lignes",
    "sensitive": "sensible",
    "with sensitive fields": "avec des champs sensibles",
    "Delivered": "Livrée",
    "Failed": "Échec",
    "Delivery failed": "Échec de livraison",
    "Retrying": "Nouvelle tentative prévue",
    "Resend": "Renvoyer",
    "as a link": "sous forme de lien",
    "as an attachment": "en pièce jointe",
    "Revoke the link": "Révoquer le lien",
    "The link in that e-mail no longer works.": "Le lien de cet e-mail n’est plus valable.",
    "This download link has expired": "Ce lien de téléchargement a expiré",
    # Mails.
    "Identities: {rows} rows": "Identités : {rows} lignes",
    "is attached to this e-mail": "est jointe à cet e-mail",
    "too large to attach": "trop volumineuse pour être jointe",
    # Signing in.
    "Sign in": "Se connecter",
    "Sign out": "Se déconnecter",
    "Password saved. You can now sign in.": "Mot de passe enregistré. Vous pouvez vous connecter.",
    "The e-mail address or the password is wrong.": "L’adresse e-mail ou le mot de passe est incorrect.",
    "Sign in with Test provider": "Se connecter avec Test provider",
    "No account": "Aucun compte",
    "Set up": "Configurer",
    "Remove the second factor": "Retirer le second facteur",
    # The settings.
    "Name": "Nom",
    "Supervisor": "Superviseur",
    "E-mail address": "Adresse e-mail",
    "Language": "Langue",
    "Show a link": "Afficher un lien",
    "Extension": "Extension",
    "Customer satisfaction": "Satisfaction client",
    "Add another server": "Ajouter un autre serveur",
    "Remove this server": "Retirer ce serveur",
    "pattern of file names": "modèle du nom de fichier",
    "Settings saved.": "Paramètres enregistrés.",
}


@dataclass(frozen=True)
class Words:
    """What the console says in one language."""

    language: str

    def __call__(self, english: str, **values: object) -> str:
        """The text in the language; a text whose French is not written down above is a mistake."""
        french = FRENCH[english]
        return (english if self.language == "en" else french).format(**values)
