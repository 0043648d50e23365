"""The journal's sentences: specific ones for everyday events, generic ones for the others."""

from importlib.resources import files
from typing import NamedTuple

EVENT_NAMES: tuple[str, ...] = tuple(
    files("navette.demo").joinpath("journal_event_names.txt").read_text("utf-8").split()
)
"""The names of all events that the contact centre journals."""


class JournalSentence(NamedTuple):
    """Texts before the first name, between both and after the second, in French and in English."""

    french: tuple[str, str, str]
    english: tuple[str, str, str]


EVERYDAY = {
    "content.imported": JournalSentence(("Nouveau message de ", " sur ", ""), ("New message from ", " on ", "")),
    "content.replied": JournalSentence(("", " a répondu à ", ""), ("", " replied to ", "")),
    "content.ignored": JournalSentence(("", " a ignoré un message de ", ""), ("", " ignored a message from ", "")),
    "intervention.opened": JournalSentence(("", " a ouvert un cas avec ", ""), ("", " opened a case with ", "")),
    "intervention.closed": JournalSentence(("", " a clos le cas de ", ""), ("", " closed the case of ", "")),
    "intervention.assigned": JournalSentence(
        ("Cas assigné à ", " (client : ", ")"), ("Case assigned to ", " (customer: ", ")")
    ),
    "task.assigned": JournalSentence(
        ("Tâche assignée à ", " : message de ", ""), ("Task assigned to ", ": message from ", "")
    ),
    "task.completed": JournalSentence(("", " a terminé la tâche de ", ""), ("", " completed the task of ", "")),
    "session.created": JournalSentence(("", " s’est connecté(e) depuis ", ""), ("", " signed in from ", "")),
    "session.destroyed": JournalSentence(("", " s’est déconnecté(e) de ", ""), ("", " signed out from ", "")),
}

_THINGS = {
    "alert_notification": "alerte", "api_access_token": "jeton d’API",
    "automatic_exports_task": "exportation automatique",
    "case": "dossier", "category": "catégorie", "channel": "groupe de canaux", "community": "communauté",
    "content": "message", "content_source": "canal", "content_thread": "fil de discussion",
    "custom_field": "champ personnalisé", "custom_notification": "notification personnalisée",
    "emails.template": "modèle d’e-mail", "escalate_to_video": "visioconférence", "expired_data_purge": "purge",
    "export": "exportation", "folder": "dossier de messages", "identity": "identité",
    "identity_group": "groupe d’identité", "identity_list": "liste d’identités", "intervention": "cas",
    "intervention_comment": "commentaire de cas", "intervention_segment": "segment de cas", "password": "mot de passe",
    "push_agent": "distribution", "role": "rôle", "rules_engine_rule": "règle", "security": "sécurité",
    "session": "session", "settings": "paramètres", "survey": "sondage", "survey_response": "réponse au sondage",
    "tag": "tag", "task": "tâche", "team": "équipe", "time_sheet": "horaires", "topology": "topologie",
    "user": "agent", "virtual_agent": "agent virtuel",
}  # fmt: skip

_HAPPENINGS = {
    "activated": "activation", "anonymized": "anonymisation", "approved": "approbation", "assigned": "assignation",
    "canceled": "annulation", "categorized": "catégorisation", "closed": "clôture", "completed": "fin",
    "connected": "connexion", "created": "création", "deferred": "mise en attente", "deleted": "suppression",
    "destroyed": "suppression", "disabled": "désactivation", "disconnected": "déconnexion", "failed": "échec",
    "followed": "abonnement", "forwarded": "transfert", "ignored": "mise à l’écart", "imported": "importation",
    "invited": "invitation", "liked": "mention « j’aime »", "locked": "verrouillage", "merged": "fusion",
    "muted": "mise en sourdine", "opened": "ouverture", "published": "publication", "reactivated": "réactivation",
    "recategorized": "recatégorisation", "reopened": "réouverture", "replied": "réponse", "requested": "demande",
    "restored": "rétablissement", "sent": "envoi", "succeed": "réussite", "suspended": "suspension",
    "taken": "prise en charge", "transferred": "transfert", "unlocked": "déverrouillage", "updated": "modification",
}  # fmt: skip


def sentence_of(name: str) -> JournalSentence:
    """The sentence of an event, around the names of the person and of the subject."""
    if name in EVERYDAY:
        return EVERYDAY[name]
    subject, _, happening = name.rpartition(".")
    plain_subject, plain_happening = _spaced(subject), _spaced(happening)
    french = f" – {_THINGS.get(subject, plain_subject)} : {_HAPPENINGS.get(happening, plain_happening)} ("
    return JournalSentence(("", french, ")"), ("", f" – {plain_subject}: {plain_happening} (", ")"))


def _spaced(word: str) -> str:
    return word.replace("_", " ").replace(".", ", ").replace("/", " / ")
