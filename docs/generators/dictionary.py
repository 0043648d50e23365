"""The data dictionary: every export and every column of the catalogue."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from docs.generators.french import FOLDER, messages
from docs.generators.markdown import code, page, table

from navette.catalogue.export import Column, Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.words import words
from navette.control.extensions import EXTENSIONS


@dataclass(frozen=True)
class Texts:
    """The page's own words in one language; the catalogue has the others."""

    language: str
    title: str
    introduction: str
    contents: tuple[str, str, str]
    titles: tuple[str, str, str, str, str]
    times: str
    filters: str
    none: tuple[str, str]
    incremental: tuple[str, str]
    sensitive: str
    extra: str
    extension: str


ENGLISH = Texts(
    language="en",
    title="Data dictionary",
    introduction="""This page lists every export and every column, in file order. By default, a file has the columns
that are neither *sensitive* (personal data) nor *extra* (only some records have them). Add others by name, as in
`--fields +author_name`. A name in braces, with an `x` or with `1(upto10)` stands for one column for each channel,
status, question, variable or numbered field of the domain.

By default, a window applies to the first of an export's *times*. The rows of an *incremental* export belong to a
period; the other exports are always complete.

Types are those of the public reference ([why](decisions/0005-published-types.md)). [Formats](formats.md) describes
how each type is written, and [derived columns](derived-columns.md) how columns are computed that no table contains.""",
    contents=("export", "contents", "columns"),
    titles=("column", "type", "notes", "label", "description"),
    times="times: {}",
    filters="filters: {}",
    none=("none", "none"),
    incremental=("incremental", "always complete"),
    sensitive="sensitive",
    extra="extra: {}",
    extension="extension: {}",
)

FRENCH = Texts(
    language="fr",
    title="Dictionnaire des données",
    introduction="""Cette page présente toutes les exportations et toutes leurs colonnes, dans l’ordre du fichier. Par
défaut, un fichier contient les colonnes qui ne sont ni *sensibles* (données personnelles) ni *supplémentaires*
(propres à certains enregistrements). Ajoutez les autres par leur nom, comme dans `--fields +author_name`. Un nom
entre accolades, avec un `x` ou avec `1(upto10)`, désigne une colonne par groupe de canaux, statut, question, variable
ou champ numéroté du domaine.

Par défaut, une période s’applique à la première des *dates* d’une exportation. Les lignes d’une exportation
*incrémentale* appartiennent à une période ; les autres exportations sont toujours complètes.

Les types sont ceux de la référence publique ([pourquoi](decisions/0005-published-types.md)). La page
[formats](formats.md) décrit comment chacun s’écrit, et la page [colonnes dérivées](derived-columns.md) comment se
calculent les colonnes qu’aucune table ne contient (ces trois pages sont en anglais).""",
    contents=("exportation", "contenu", "colonnes"),
    titles=("colonne", "type", "remarques", "libellé", "description"),
    times="dates : {}",
    filters="filtres : {}",
    none=("aucune", "aucun"),
    incremental=("incrémentale", "toujours complète"),
    sensitive="sensible",
    extra="supplémentaire : {}",
    extension="extension : {}",
)


def dictionary(language: str) -> str:
    """Return the page in a language: ``en`` or ``fr``."""
    texts, say = {"en": ENGLISH, "fr": FRENCH}[language], words(language)
    rows = [_summary(export, say) for export in EXPORTS.values()]
    sections = [block for export in EXPORTS.values() for block in _section(export, texts, say)]
    return page(f"# {texts.title}", texts.introduction, table(texts.contents, rows), *sections)


def _summary(export: Export, say: Callable[[str], str]) -> list[str]:
    return [f"[`{export.name}`](#{export.name})", say(export.label), str(len(list(export.all_columns())))]


def _section(export: Export, texts: Texts, say: Callable[[str], str]) -> Iterator[str]:
    yield f"## {export.name}"
    yield f"**{say(export.label)}.** {say(export.description)}"
    yield _facts(export, texts, say)
    yield table(texts.titles, (_row(column, texts, say) for column in export.all_columns()))


def _facts(export: Export, texts: Texts, say: Callable[[str], str]) -> str:
    grain = say(export.grain)
    facts = [
        grain[0].upper() + grain[1:],
        texts.times.format(_names(export.times, texts.none[0])),
        texts.filters.format(_names(export.filters, texts.none[1])),
        texts.incremental[0 if export.incremental else 1],
    ]
    extension = [texts.extension.format(_extensions(texts.language)[export.extension])] if export.extension else []
    return " · ".join(facts + extension)


@cache
def _extensions(language: str) -> dict[str, str]:
    """Return the labels of the extensions, as the console shows them, by what the catalogue calls them."""
    french = {str(message.id): str(message.string) for path in FOLDER.glob("*.po") for message in messages(path)}
    labels = {
        name: kind.name.replace("_", " ").capitalize() for kind in EXTENSIONS.values() for name in kind.catalogue_names
    }
    return labels if language == "en" else {name: french[label] for name, label in labels.items()}


def _names(names: Iterable[str], none: str) -> str:
    return ", ".join(code(name) for name in names) or none


def _row(column: Column, texts: Texts, say: Callable[[str], str]) -> list[str]:
    notes = [
        texts.sensitive if column.sensitive else "",
        texts.extra.format(column.extra) if column.extra else "",
        texts.extension.format(_extensions(texts.language)[column.extension]) if column.extension else "",
    ]
    shown = ", ".join(note for note in notes if note)
    return [code(column.name), column.type.name, shown, say(column.label), say(column.description)]
