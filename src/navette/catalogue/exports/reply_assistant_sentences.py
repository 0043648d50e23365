"""Reply assistant sentences: phrases that agents insert into replies."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import names_of
from navette.core.types import Array, Integer, String, Text

REPLY_ASSISTANT_SENTENCES = Export(
    name="reply_assistant-sentences",
    label="Reply assistant sentences",
    description="The phrases that agents insert into their replies with the reply assistant.",
    grain="one row per version of a sentence",
    extension="Reply Assistant",
    rows="reply_assistant_sentences AS p",
    lookups=(Lookup("s", names_of("source_ids", "sources"), on="s.ids = p.source_ids"),),
    filters={"language": "p.language = $value", "source": "list_contains(p.source_ids, $value)"},
    order=("p.label", "p.number", "p.id"),
    columns=(
        Column("body", Text, "p.body", "Body", "Text of the sentence."),
        Column("label", String, "p.label", "Label", "Label of the sentence."),
        Column("language", String, "p.language", "Language", "Language of the sentence, as an ISO 639-1 code."),
        Column("number", Integer, "p.number", "Version number", "Number of the version within its sentence."),
        Column("sources", Array, "s.names", "Sources", "Names of the sources on which it can be used."),
    ),
)
