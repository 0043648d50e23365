"""The console speaks French: every text has its translation, none is left over, and what Django reads is up to date."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.extract import extract
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize
from tests.error_calls import ERRORS

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "navette"
PO = sorted((CODE / "wording" / "locale" / "fr").glob("*.po"))
ENGLISH_ALONE = (
    "cli",  # who types commands reads English
    "core/settings.py",  # where they are wrong, nothing starts
    "demo",
    "exporting/package",
    "ingesting",
    "services/setup.py",
    "site/databases.py",
)
"""What nobody but a shell shows."""
PYTHON = [path for path in sorted(CODE.rglob("*.py")) if not str(path.relative_to(CODE)).startswith(ENGLISH_ALONE)]
TEMPLATES = [path for path in sorted(CODE.rglob("templates/**/*")) if path.is_file()]
IN_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "message", "unknown", *ERRORS)),
    **dict.fromkeys(("ngettext", "ngettext_lazy", "plural"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), IN_CONTEXT),
    "npgettext": (*IN_CONTEXT, 3),
}


def texts(path: Path) -> Iterator[Any]:
    """The translatable texts of a file: context and text, of a plural the singular."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django turns a template into Python's tokens; its indentation stays the template's.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for _line, text, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
        yield context, text[0] if isinstance(text, tuple) else text


@pytest.fixture(scope="module")
def french() -> Any:
    """The module that reads and compiles the .po files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        from docs.generators import french  # noqa: PLC0415 # docs/ is no part of the package
    return french


def key(message: Any) -> Any:
    """How ``texts`` gives the text of a message."""
    return message.context, message.id[0] if isinstance(message.id, tuple) else message.id


@pytest.fixture(scope="module")
def translated(french: Any) -> Any:
    """Context and English to all the French that the files give for them."""
    found: dict[Any, Any] = {}
    for path in PO:
        for message in french.messages(path):
            found.setdefault(key(message), []).append(message)
    return found


@pytest.mark.parametrize("path", [*PYTHON, *TEMPLATES], ids=lambda path: str(path.relative_to(CODE)))
def test_every_text_has_its_french(path: Path, translated: Any) -> None:
    assert {text for text in texts(path) if text not in translated} == set()


def test_no_french_is_for_a_text_that_is_gone(french: Any) -> None:
    used = {text for path in [*PYTHON, *TEMPLATES] for text in texts(path)}
    ours = [message for path in PO if path.name != "borrowed.po" for message in french.messages(path)]
    assert {key(message) for message in ours} - used == set()


def test_areas_agree_on_the_french_of_a_text(translated: Any) -> None:
    several = {text: {str(one.string) for one in found} for text, found in translated.items()}
    assert {text: strings for text, strings in several.items() if len(strings) > 1} == {}


def strings(message: Any) -> Any:
    """The French of a message: of a plural both forms."""
    return [message.string] if isinstance(message.string, str) else message.string


def placeholders(text: str) -> Any:
    return set(re.findall(r"%\(\w+\)s", text)) | {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_french_keeps_what_is_filled_in(translated: Any) -> None:
    lost = []
    for messages in translated.values():
        for message in messages:
            english = [message.id] if isinstance(message.id, str) else message.id
            # Of a plural, either form may leave the number out: "one row".
            known = [placeholders(form) for form in english]
            lost += [string for string in strings(message) if placeholders(string) not in known]
    assert lost == []


def test_the_french_has_french_typography(translated: Any) -> None:
    # A typographic apostrophe; a narrow no-break space before ; ? and !, a no-break space before the colon. Apart from
    # what is written as a program reads it: addresses, networks, ports, the format of a size, and a quoted
    # question mark.
    literal = re.compile(r"\S+://\S*|\[fd00::/8\]|:22\b|:size\b|\?(?=\u00a0»)")
    wrong = re.compile(r"'|[^\u202f];|[^\u202f][?!]|[^\u00a0\d]:|[^ \n\u00a0(«]«|«[^\u00a0]|[^\u00a0]»")
    found = [string for messages in translated.values() for message in messages for string in strings(message)]
    assert [string for string in found if wrong.search(literal.sub("", string))] == []


def test_what_django_reads_is_up_to_date(french: Any) -> None:
    assert french.COMPILED.read_bytes() == french.french(), "run: make docs"
    assert french.COMPILED_ENGLISH.read_bytes() == french.english(), "run: make docs"


def test_texts_of_libraries_are_worded_in_both_languages(french: Any) -> None:
    borrowed = [
        {key(message) for message in french.messages(PO[0].parents[1] / language / "borrowed.po")}
        for language in ("en", "fr")
    ]
    assert borrowed[0] == borrowed[1]


@pytest.mark.parametrize(("language", "label"), [("en", "E-mail address"), ("fr", "Adresse e-mail")])
def test_sign_in_calls_the_address_as_the_console_does(language: str, label: str) -> None:
    with override(language):
        assert gettext("Email") == label
