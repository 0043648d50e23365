"""The rows of the reply assistant and of the surveys."""

import json
from collections.abc import Iterator

import pyarrow as pa

from navette.demo.people import Row, dated, people_rows
from navette.demo.reply_texts import ENTRIES, GROUPS, REPLY_LANGUAGES, SENTENCES
from navette.demo.setup import Setup
from navette.demo.survey_forms import SURVEY_FORMS, SurveyForm


def knowledge(setup: Setup) -> Iterator[tuple[str, pa.Table]]:
    """The rows of agents' prepared answers, and of customers' surveys."""
    groups: list[Row] = [{"name": name, "autocomplete": n != 2, "position": n + 1} for n, name in enumerate(GROUPS)]
    yield people_rows("reply_assistant_groups", dated(setup, setup.group_ids, groups))
    entries = [_entry(setup, number) for number in range(len(ENTRIES))]
    yield people_rows("reply_assistant_entries", dated(setup, setup.entry_ids, entries))
    versions = [_version(setup, n, language) for n in range(len(ENTRIES)) for language in REPLY_LANGUAGES]
    yield people_rows("reply_assistant_versions", dated(setup, setup.version_ids, versions))
    sentences = [_sentence(setup, number) for number in range(len(SENTENCES))]
    yield people_rows("reply_assistant_sentences", dated(setup, setup.ids("sentences", len(sentences)), sentences))
    yield people_rows("surveys", dated(setup, setup.survey_ids, [_survey(form) for form in SURVEY_FORMS]))


def _entry(setup: Setup, number: int) -> Row:
    entry = ENTRIES[number]
    return {
        "foreign_id": entry.foreign_id,
        "label": entry.label,
        "entry_group_id": setup.group_ids[entry.group],
        "category_ids": setup.category_ids[number + 1 : number + 1 + number % 3],
        "source_ids": _some_sources(setup, number),
    }


def _version(setup: Setup, number: int, language: str) -> Row:
    entry = ENTRIES[number]
    return {
        "entry_id": setup.entry_ids[number],
        "number": REPLY_LANGUAGES.index(language) + 1,
        "language": language,
        "format": "html" if entry.html else "text",
        "body": entry.french if language == "fr" else entry.english,
        "source_ids": _some_sources(setup, number + 1),
    }


def _sentence(setup: Setup, number: int) -> Row:
    sentence = SENTENCES[number]
    return {
        "label": sentence.label,
        "number": number + 1,
        "language": sentence.language,
        "body": sentence.body,
        "source_ids": _some_sources(setup, number),
    }


def _some_sources(setup: Setup, number: int) -> list[str]:
    return [source.id for source in setup.sources[:: number % 4 + 3]] if number % 4 else []


def _survey(form: SurveyForm) -> Row:
    return {
        "name": form.name,
        "type": "alchemer",
        "foreign_id": form.foreign_id,
        "link": f"https://survey.example.com/s3/{form.foreign_id}?i={{{{intervention.id}}}}",
        "active": form.active,
        "definition": json.dumps(form.definition, ensure_ascii=False),
    }
