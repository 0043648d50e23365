"""Every number that the console's pages tell is the code's, or stands in an example: none is left over.

A page that tells a new number gets a line below: its value in the code and the words around it, or an example.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account import app_settings as account
from allauth.mfa import app_settings as second_factor
from django.conf import settings
from django.db.models import Model

from navette.automation.outcome import MOST_FAILURES
from navette.control.ids import new_id
from navette.control.models import Delivery, Domain, Payload
from navette.core.name_patterns import LONGEST
from navette.core.settings import Settings
from navette.destinations import DESTINATIONS
from navette.destinations.sftp import Limits
from navette.destinations.sftp.directory import OLD_SECONDS
from navette.exporting.preview import PREVIEW_ROWS
from navette.services.slots import MEASURED, MOST_GOING_ON, SPARE
from navette.web.concurrency import EXPORT_QUERIES, QUERY_THREADS
from navette.web.runs.dashboard import DAYS
from navette.work.queue import DEATHS
from navette.work.worker import FIRST_WAIT, LONGEST_WAIT

DOCS = Path(__file__).parents[2] / "docs"
SFTP = Limits()

HOUR, DAY, MIB = 3600, 24 * 3600, 1 << 20


def default(model: type[Model], field: str) -> Any:
    found: Any = model._meta.get_field(field)
    return found.default


def failures(key: str) -> tuple[str, ...]:
    """How many failures to sign in lock what that is, and in how many minutes."""
    rates = settings.ACCOUNT_RATE_LIMITS["login_failed"].split(",")
    return next(found.groups() for rate in rates if (found := re.fullmatch(r"(\d+)/(\d+)m/" + key, rate)))


def hours_of_attempts(retries: int) -> int:
    """How long after the first one the last attempt is made, in whole hours."""
    return round(sum(min(FIRST_WAIT * 2**n, LONGEST_WAIT) for n in range(retries)) / HOUR)


[LENGTH] = [
    options["min_length"]
    for validator in settings.AUTH_PASSWORD_VALIDATORS
    if isinstance(options := validator["OPTIONS"], dict) and "min_length" in options
]
ATTACHMENT = Settings.model_fields["attachment_limit_mb"].default

CONSOLE = (
    ((settings.PASSWORD_RESET_TIMEOUT // DAY,), "works once, within {} days", "dans un délai de {} jours"),
    ((LENGTH,), "A password must have at least {} characters", "compte au moins {} caractères"),
    (
        (*failures("key"), failures("key")[1]),
        "After {} failures in {} minutes an account is locked for {} minutes",
        "Après {} échecs en {} minutes, un compte est verrouillé pendant {} minutes",
    ),
    ((failures("ip")[0],), "After {} failures, the network address", "Après {} échecs, c’est l’adresse réseau"),
    ((settings.SESSION_LONGEST // HOUR,), "without activity, and after {} hours", "dans tous les cas après {} heures"),
    ((settings.SESSION_LONGEST // HOUR,), "over after {} hours at most", "finies après {} heures au plus"),
    (
        (account.REAUTHENTICATION_TIMEOUT // 60,),
        "entered it in the last {} minutes",
        "dans les {} dernières minutes",
    ),
    ((second_factor.RECOVERY_CODE_COUNT,), "You get {} recovery codes", "Vous recevez {} codes de récupération"),
    ((PREVIEW_ROWS,), "shows the first {} rows", "montre les {} premières lignes"),
    ((PREVIEW_ROWS,), "a preview shows up to {} rows", "un aperçu montre jusqu’à {} lignes"),
    ((EXPORT_QUERIES.patience,), "others wait for at most {} seconds", "les autres attendent au plus {} secondes"),
    ((EXPORT_QUERIES.longest,), "that takes longer than {} seconds", "qui dépasse {} secondes"),
    ((f"{ATTACHMENT:g}",), "is at most {} MB", "fait au plus {} Mo"),
    ((default(Domain, "link_days"),), "It works for {} days unless", "Il fonctionne {} jours, sauf"),
    (
        (default(Domain, "link_days"),),
        "how long a link works, {} at first",
        "durée de validité d’un lien, {} au départ",
    ),
    (
        (default(Domain, "retention_days"),),
        "how long files are kept, {} at first",
        "la durée de conservation des fichiers, {} au départ",
    ),
    ((default(Domain, "retention_days"),), "from the request ({} days unless changed", "la demande ({} jours, sauf"),
    (
        (Delivery.RETRIES, FIRST_WAIT),
        "up to {} more attempts, after {} seconds",
        "jusqu’à {} nouvelles tentatives suivent, après {} secondes",
    ),
    ((hours_of_attempts(Delivery.RETRIES),), "about {} hours in all", "environ {} heures en tout"),
    ((DAYS,), "failures of the last {} days", "les échecs des {} derniers jours"),
)
"""Of the page on the console: the values, and what it says of them in English and in French."""

TASKS = (
    ((MOST_GOING_ON,), "and takes {} at most", "prend {} échéances au plus"),
    ((MOST_GOING_ON,), "no more than {} slots", "pas avoir plus de {} échéances"),
    ((MEASURED,), "the task's last {} slots", "des {} dernières échéances de la tâche"),
    ((f"{SPARE:.0%}".rstrip("%"),), "of which {} % of the disk must stay free", "dont {} % du disque doivent rester"),
    ((len(new_id()),), "{} hexadecimal digits that no other", "{} chiffres hexadécimaux qu’aucu"),
    ((len(new_id()),), "is {} hexadecimal digits, the same for every", "est fait de {} chiffres hexadécimaux"),
    ((LONGEST,), "has at most {} bytes", "un nom compte au plus {} octets"),
    (
        (SFTP.rewind // MIB, (SFTP.rewind + SFTP.under_way) // MIB),
        "the last {} to {} MiB are sent once more",
        "les {} à {} derniers Mio sont envoyés",
    ),
    (
        (int(SFTP.slowest_pace) // 1000,),
        "less than {} kB a second for an hour",
        "moins de {} ko par seconde pendant une heure",
    ),
    ((FIRST_WAIT,), "after about {} seconds", "après environ {} secondes"),
    ((Delivery.RETRIES,), "{} times in about five hours", "{} fois en cinq heures environ"),
    ((22,), "The port is {} unless you change it", "Le port est {}, sauf indication contraire"),
)
"""Of the page on automated exports."""

EXAMPLES = (
    r"(SHA-|\.sha)256|SHA-1\b|Argon2|Ed25519",
    r"IPv6|first 64 bits|64 premiers bits",
    r"\b(18|29|17)\b (November|March|novembre|mars)( 2026)?|\b9 (to|au) 15 (November|novembre)",
    r"2024 (and|et) 2025|\| 2025 \|",
    r"\b(6|2|3)(:30|:00| h 30| h\b)",
    r"23 (and|et de) 25 (hours|heures)",
    r"on the 1st\b|le 1er\b",
    r"(?<!\d)[1-9]\. (?=\S)",  # the numbers of steps
)
"""Names of algorithms and protocols, days and times of examples, and the numbers of steps."""

PAGES = [
    ("console.md", CONSOLE, 1),
    ("console.fr.md", CONSOLE, 2),
    ("automated-exports.md", TASKS, 1),
    ("exportations-automatiques.md", TASKS, 2),
]


def prose(page: str) -> str:
    """The words of a page in one line, without code, samples and where its links lead."""
    text = (DOCS / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```|`[^`\n]*`|(?<=\])\([^)]*\)", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(("page", "numbers", "language"), PAGES, ids=[page for page, *_ in PAGES])
def test_the_docs_give_the_numbers_of_the_code(page: str, numbers: tuple[Any, ...], language: int) -> None:
    text = prose(page)
    for values, *words in numbers:
        phrase = words[language - 1].format(*values)
        assert phrase in text, f"{page} does not say: {phrase}"
        text = text.replace(phrase, "")
    for example in EXAMPLES:
        text = re.sub(example, "", text)
    unknown = [text[max(0, number.start() - 30) : number.end() + 30] for number in re.finditer(r"\d+", text)]
    assert unknown == [], "numbers that no line of this test knows"


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (settings.SESSION_IDLE == HOUR, "after an hour without activity", "après une heure d’inactivité"),
        (QUERY_THREADS.per_person == 3, "You can have three in progress", "Vous pouvez en avoir trois en cours"),
        (DEATHS == 3, "When three have died", "Après trois disparitions"),
        (LONGEST_WAIT == HOUR, "up to an hour", "une heure au plus"),
    ],
)
def test_the_docs_give_numbers_in_words_as_the_code_has_them(value: bool, english: str, french: str) -> None:
    assert value
    assert english in prose("console.md")
    assert french in prose("console.fr.md")


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (getattr(DESTINATIONS["sftp"].several, "most", None) == 5, "five at most", "cinq au plus"),
        (MOST_FAILURES == 10, "ten", "dix"),
        (OLD_SECONDS == 7 * DAY, "wrote to for a week", "depuis une semaine"),
        (SFTP.pace_seconds == LONGEST_WAIT == HOUR, "up to an hour", "jusqu’à une heure"),
        (hours_of_attempts(Delivery.RETRIES) == 5, "in about five hours", "en cinq heures environ"),
        (timedelta(hours=6) == Delivery.PATIENCE[Payload.SLOT], "waited six hours", "pendant six heures"),
    ],
)
def test_the_docs_on_automated_exports_give_numbers_in_words_as_the_code_has_them(
    value: bool, english: str, french: str
) -> None:
    assert value
    assert english in prose("automated-exports.md")
    assert french in prose("exportations-automatiques.md")
